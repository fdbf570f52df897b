"""Pure: having pictures decoded by Blender, in a process of its own.

Blender's readers can crash or hang on a broken file, and a small file can be made to take hours or
all memory. So only files whose structure is whole and whose size is sane come here, each has a time
of its own, and what ends the process all the same costs the one file that it was working at.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
import time
from pathlib import Path

from ..chunking.errors import BadSetting
from ..film.whole_pictures import MOST_PIXELS
from ..machine.child_process import (
    NEW_GROUP,
    end_group,
)
from ..machine.main_command import main_command
from ..publishing.formats import BrokenPicture, Picture, inspect
from ..publishing.verify import Decoded

START_SECONDS = 120.0
"""How long Blender may take until it can decode."""
SECONDS_A_PICTURE = 20.0
SECONDS_A_MEGAPIXEL = 5.0
MOST_SECONDS = 600.0
"""How long one picture may take, which is some fifty times as long as it does take."""
END_SECONDS = 10.0
"""How long it may take to end once it is no longer needed."""
LAST_SECONDS = 10.0
"""How much later the process ends itself, should nobody be left to end it."""

READY = '{"ready": true}'
"""The line that the process writes first."""


def decode_apart(paths: list[Path]) -> dict[Path, Decoded]:
    """Decode these pictures; return what was found in each.

    Raises BadSetting where there is no Blender to decode them.
    """
    answers: dict[Path, Decoded] = {}
    with contextlib.ExitStack() as running:
        decoder: _Decoder | None = None
        for path in paths:
            try:
                picture = inspect(path)
            except (BrokenPicture, OSError) as error:
                answers[path] = Decoded(fault=str(error))
                continue
            if picture.width * picture.height > MOST_PIXELS:  # they would fill the memory
                size = f"{picture.width}x{picture.height}"
                answers[path] = Decoded(suspicion=f"of {size} pixels, too many to be decoded")
                continue
            if decoder is None:
                decoder = running.enter_context(_Decoder())
            answers[path] = decoder.decode(path, seconds_for(picture))
            if decoder.is_lost:
                running.close()
                decoder = None
    return answers


def seconds_for(picture: Picture) -> float:
    """How long a picture of this size may take to be decoded."""
    megapixels = picture.width * picture.height / 1e6
    return min(SECONDS_A_PICTURE + SECONDS_A_MEGAPIXEL * megapixels, MOST_SECONDS)


class _Decoder:
    """A Blender in a process group of its own, which is asked for one picture after the other."""

    def __init__(self) -> None:
        self._answers: queue.Queue[str | None] = queue.Queue()
        self.is_lost = False
        """Whether it has ended, or hangs: it will answer no more."""

    def __enter__(self) -> _Decoder:
        """Start it. Raises BadSetting where it never comes to decode."""
        self._process = subprocess.Popen(
            [*main_command(""), "decode"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            creationflags=NEW_GROUP,
        )
        threading.Thread(target=self._read, daemon=True).start()
        if self._line('{"ready"', START_SECONDS) is None:
            self.is_lost = True
            self.__exit__()
            raise BadSetting("No Blender could be started to decode the pictures, see above.")
        return self

    def __exit__(self, *_: object) -> None:
        """End it and all that it has started, whatever it is doing.

        Where it answers it ends by itself, as no question comes any more, and clears up.
        """
        with contextlib.suppress(OSError):  # it did not read its last question
            if self._process.stdin is not None:
                self._process.stdin.close()
        if not self.is_lost:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(END_SECONDS)
        end_group(self._process)
        self._process.wait()

    def decode(self, path: Path, seconds: float) -> Decoded:
        """What it finds in a picture; where it gives no answer in time, that is the fault."""
        question = json.dumps({"path": str(path), "seconds": seconds + LAST_SECONDS})
        assert self._process.stdin is not None
        begun = time.monotonic()
        with contextlib.suppress(OSError):  # it has ended, which shows in the answer
            self._process.stdin.write(question + "\n")
            self._process.stdin.flush()
        answer = self._line('{"fault"', seconds)
        if answer is not None:
            return Decoded(**json.loads(answer))
        self.is_lost = True
        if time.monotonic() - begun < seconds:
            return Decoded(fault="Blender's own reader ended on it")
        return Decoded(fault=f"Blender's own reader was not done with it after {seconds:.0f} s")

    def _line(self, start: str, seconds: float) -> str | None:
        """The next line that begins so; None where none comes in time, or it has ended."""
        deadline = time.monotonic() + seconds
        with contextlib.suppress(queue.Empty):
            while line := self._answers.get(timeout=max(deadline - time.monotonic(), 0)):
                if line.startswith(start):
                    return line
        return None

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._answers.put(line)
        self._answers.put(None)
