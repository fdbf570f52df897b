"""Pure: having pictures decoded by Blenders, in processes of their own.

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
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from ..chunking.errors import BadSetting
from ..machine.child_process import NEW_GROUP, end_group
from ..machine.cores import usable_cores
from ..machine.main_command import main_command
from ..publishing.formats import BrokenPicture, Picture, inspect
from ..publishing.verify import Decoded
from .whole_pictures import MOST_PIXELS

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

PICTURES_A_READER = 12
"""A further Blender is started for so many: it takes as long to start as they to be decoded."""
MOST_PIXELS_TOGETHER = 1 << 24
"""4096 x 4096, decoded 256 MiB: what is larger is decoded while no other picture is."""

READY = '{"ready": true}'
"""The line that the process writes first."""


def decode_apart(paths: Sequence[Path]) -> dict[Path, Decoded]:
    """Decode these pictures, as many at a time as there are cores; return what was found in each.

    Raises BadSetting where there is no Blender to decode them.
    """
    decoded = dict.fromkeys(paths, Decoded())
    most_readers = min(usable_cores().count, max(1, len(paths) // PICTURES_A_READER))
    with _Readers(most_readers) as readers:
        for path in paths:
            try:
                picture = inspect(path)
            except (BrokenPicture, OSError) as error:
                decoded[path] = Decoded(fault=str(error))
                continue
            if picture.width * picture.height > MOST_PIXELS:
                size = f"{picture.width}x{picture.height}"
                decoded[path] = Decoded(suspicion=f"of {size} pixels, too many to be decoded")
                continue
            readers.ask(path, picture)
        decoded.update(readers.answers())
    return decoded


def seconds_for(picture: Picture) -> float:
    """How long a picture of this size may take to be decoded."""
    megapixels = picture.width * picture.height / 1e6
    return min(SECONDS_A_PICTURE + SECONDS_A_MEGAPIXEL * megapixels, MOST_SECONDS)


class _Readers:
    """Several Blenders that decode at the same time, one picture each.

    The one that was asked first is waited for first: the pictures of a film take equally long, and
    where one hangs the others lose no more than that they wait too.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._idle: list[_Decoder] = []
        self._busy: deque[tuple[Path, _Decoder]] = deque()
        self._answers: dict[Path, Decoded] = {}

    def __enter__(self) -> _Readers:
        return self

    def __exit__(self, *_: object) -> None:
        readers = [*self._idle, *(reader for _, reader in self._busy)]
        for reader in readers:  # so that all of them end at the same time
            reader.ask_no_more()
        for reader in readers:
            reader.end()

    def ask(self, path: Path, picture: Picture) -> None:
        """Have a picture decoded, as soon as a reader is free. Raises BadSetting as `answers`."""
        is_large = picture.width * picture.height > MOST_PIXELS_TOGETHER
        while self._busy and (is_large or (not self._idle and len(self._busy) == self._most)):
            self._await_first()
        reader = self._idle.pop() if self._idle else _Decoder()
        self._busy.append((path, reader))
        reader.ask(path, seconds_for(picture))
        if is_large:
            self._await_first()

    def answers(self) -> dict[Path, Decoded]:
        """What was found in each picture. Raises BadSetting where there is no Blender for them."""
        while self._busy:
            self._await_first()
        return self._answers

    def _await_first(self) -> None:
        path, reader = self._busy[0]
        self._answers[path] = reader.answer()
        self._busy.popleft()
        if reader.is_lost:
            reader.end()
        else:
            self._idle.append(reader)


class _Decoder:
    """A Blender in a process group of its own, which is asked for one picture after the other."""

    def __init__(self) -> None:
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._is_ready = self._has_ended = False
        self._seconds = self._asked = 0.0
        self.is_lost = False
        """Whether it has ended, or hangs: it will answer no more."""
        self.process = subprocess.Popen(
            [*main_command(""), "decode"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            creationflags=NEW_GROUP,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def ask_no_more(self) -> None:
        """Have it end by itself and clear up, once it has answered."""
        with contextlib.suppress(OSError):  # it did not read its last question
            if self.process.stdin is not None:
                self.process.stdin.close()

    def end(self) -> None:
        """End it and all that it has started, whatever it is doing, unless it soon does so."""
        self.ask_no_more()
        if not self.is_lost:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(END_SECONDS)
        end_group(self.process)
        self.process.wait()

    def ask(self, path: Path, seconds: float) -> None:
        """Have it decode a picture, which it may take so long for. It need not be ready yet."""
        question = json.dumps({"path": str(path), "seconds": seconds + LAST_SECONDS})
        self._seconds, self._asked = seconds, time.monotonic()
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended, which shows in the answer
            self.process.stdin.write(question + "\n")
            self.process.stdin.flush()

    def answer(self) -> Decoded:
        """What it finds in the picture; where it gives no answer in time, that is the fault.

        Raises BadSetting where it never comes to decode.
        """
        if not self._is_ready:
            self._is_ready = self._line('{"ready"', self._asked + START_SECONDS) is not None
            if not self._is_ready:
                self.is_lost = True
                raise BadSetting("No Blender could be started to decode the pictures, see above.")
            self._asked = time.monotonic()
        answer = self._line('{"fault"', self._asked + self._seconds)
        if answer is not None:
            return Decoded(**json.loads(answer))
        self.is_lost = True
        if self._has_ended:
            return Decoded(fault="Blender's own reader ended on it")
        return Decoded(
            fault=f"Blender's own reader was not done with it after {self._seconds:.0f} s"
        )

    def _line(self, start: str, deadline: float) -> str | None:
        """The next line that begins so; None where none comes in time, or it has ended."""
        with contextlib.suppress(queue.Empty):
            # What came before the deadline counts, also where it is looked for after it.
            while line := self._lines.get(timeout=max(deadline - time.monotonic(), 0)):
                if line.startswith(start):
                    return line
            self._has_ended = True
        return None

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put(None)
