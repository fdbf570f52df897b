"""A film of small pictures that children render on several hosts, and what is held to.

The loop, the publishing and all files are the real ones, each child is a process of its own, and
Blender alone is left out (loop_trials.py). A frame is two files, so that there is something between
them. Two renders of a frame have the same pixels and other bytes, as Blender's have.
"""

from __future__ import annotations

import faulthandler
import itertools
import multiprocessing
import os
import signal
import struct
import threading
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from array_chunk_render.child.renderer import RenderCall
from array_chunk_render.chunking.plan import Child as Place
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.publishing.fingerprint import Fingerprint
from array_chunk_render.publishing.patience import Patience
from array_chunk_render.publishing.stage import NodeFolder, Stage
from loop_trials import ChildTrial, DrawingRenderer
from nfs_share import Share
from pictures import Colour, plain

from ..faults.checker import Findings, Reference, look_at, pixels_of
from ..faults.reader import Reader

NODE = NodeFolder("first", own_numbers=False)
PAUSES_SECONDS = (0.01, 0.02, 0.05)
"""From one try to the next: a server of this ring is not away for long, in these."""
READER_PAUSE_SECONDS = 0.03
"""What a reader leaves the server of time between two rounds."""
LONGEST_SECONDS = 120.0
"""A child that has not ended by then hangs: after half of it, it says where."""
IS_KILLED = -int(signal.SIGKILL)
_FORKING = threading.Lock()
"""Held by the one trial of several that makes a child: a lock of the product's that another trial's
thread held just then would be held in the new process for ever."""


@dataclass(frozen=True)
class Ended:
    """How a child has ended: an exit code, or a signal's number below 0."""

    host: str
    index: int
    code: int
    message: str


class Child:
    """A child in a process of its own."""

    def __init__(self, host: str, trial: ChildTrial, hue: int) -> None:
        self.host = host
        self.index = trial.settings.index
        self._stack = trial.home / "stack"
        context = multiprocessing.get_context("fork")
        self._answer, sending = context.Pipe(duplex=False)
        self._process = context.Process(target=_live, args=(trial, hue, sending), daemon=True)
        self._process.start()
        sending.close()

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> Ended:
        """Wait for its end."""
        code, message = IS_KILLED, "killed"
        try:
            if self._answer.poll(LONGEST_SECONDS):
                code, message = self._answer.recv()
            else:
                self.kill()
                code, message = 1, f"it hangs: {self._stack.read_text()}"
        except EOFError:
            pass
        self._process.join()
        return Ended(self.host, self.index, code, message)


def _live(trial: ChildTrial, hue: int, answer: Any) -> None:
    trial.renderer = DrawingRenderer(node_folders=(NODE,))
    with open(trial.home / "stack", "w") as stack:
        faulthandler.dump_traceback_later(LONGEST_SECONDS / 2, file=stack)
        try:
            error = trial.run(**{f"f{frame}": Drawn(hue) for frame in trial.plan.frames})
            answer.send((0, "") if error is None else (error.exit_code, str(error)))
        except BaseException as error:  # noqa: BLE001  whatever it is, the test names it
            answer.send((1, f"{type(error).__name__}: {error}"))
        os._exit(0)


@dataclass(frozen=True)
class Drawn:
    """Draws a frame's pictures, of a film that is told by its hue."""

    hue: int

    def __call__(self, call: RenderCall) -> None:
        stage = Stage(call.arguments["folder"].parent, (NODE,))
        draw_into(stage.beauty / f"{call.stem}.png", self.hue, call.frame)
        draw_into(stage.node(0) / f"Image{call.frame:04d}.png", self.hue + 1, call.frame)


def colour_of(hue: int, frame: int) -> Colour:
    return hue, frame, 77


def draw_into(path: Path, hue: int, frame: int) -> None:
    """A picture with a text of its own, as Blender puts date and time into one."""
    content = plain(path, colour_of(hue, frame), 4, 3).read_bytes()
    text = b"tEXtDate\0" + os.urandom(8).hex().encode()
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    path.write_bytes(content[:-12] + chunk + content[-12:])


def reference(home: Path, hue: int, frames: int) -> Reference:
    """What a film's pictures are to be, by their names."""
    pixels = {}
    for frame in range(1, frames + 1):
        for name, more in ((f"{frame:05d}.png", 0), (f"compositor/first/Image{frame:05d}.png", 1)):
            picture = plain(home / "reference.png", colour_of(hue + more, frame), 4, 3)
            pixels[name] = pixels_of(picture.read_bytes())
    return Reference(pixels)


@dataclass
class FilmTrial:
    """An output folder on a share, and the children that render into it. A context manager.

    A reader looks at the server's files all the while.
    """

    share: Share
    home: Path
    frames: int = 6
    size: int = 2
    name: str = "out"
    hue: int = 40
    helps: bool = False
    ended: list[Ended] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    """How often rules have struck, by their names."""
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _children: list[Child] = field(default_factory=list)

    def __enter__(self) -> FilmTrial:
        self.home.mkdir(parents=True, exist_ok=True)
        self.reference = reference(self.home, self.hue, self.frames)
        self.reader = Reader(self.output("checker"), READER_PAUSE_SECONDS)
        self.reader.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        for child in self._children:
            child.kill()
        self.share.do("clear_rules")
        for child in self._children:
            child.end()
        self.reader.__exit__(*error)

    def output(self, host: str) -> Path:
        return self.share.folder(host) / self.name

    def begin(self, host: str, index: int = 0, **more: Any) -> Child:
        """Start a child on a host. Another hue is another film, of another array."""
        with _FORKING:
            self._children.append(self._begin(host, index, **more))
        return self._children[-1]

    def _begin(
        self, host: str, index: int = 0, hue: int = 0, array: str = "array 1", **chosen: Any
    ) -> Child:
        home = self.home / f"child{next(self._numbers)}"
        home.mkdir()
        chosen = {"frames": f"1-{self.frames}", "size": self.size, "index": index, **chosen}
        trial = ChildTrial(home, Settings(**chosen), helps=self.helps, output=self.output(host))
        hue = hue or self.hue
        fingerprint = Fingerprint({"hue": str(hue)})
        trial.verdict.render_id = array
        trial.destination = trial.destination._replace(
            fingerprint=fingerprint,
            patience=Patience(trial.folder, PAUSES_SECONDS),
            child=Place(self.size, index, trial.settings.attempt, array),
        )
        return Child(host, trial, hue)

    def end(self, child: Child) -> Ended:
        """Wait for a child's end, and remember what it promised."""
        self._children.remove(child)
        self.ended.append(child.end())
        return self.ended[-1]

    def run(self, host: str, index: int = 0, **chosen: Any) -> Ended:
        return self.end(self.begin(host, index, **chosen))

    def chunk(self, index: int) -> set[int]:
        size, extra = divmod(self.frames, self.size)
        start = 1 + index * size + min(index, extra)
        return set(range(start, start + size + (index < extra)))

    def look(self) -> Findings:
        """What the server has, by the checker of the fault suite."""
        return look_at(self.output("checker"), self.reference)

    def hold(self) -> Findings:
        """At any end: nothing is half, nothing is wrong, and what a 0 has promised is there."""
        found = self.look()
        assert not found.half, found.half
        assert not self.reader.half, self.reader.half
        assert not found.wrong, found.wrong
        assert not found.strange, found.strange
        for each in self.ended:
            assert each.code in (0, 74, 75, IS_KILLED), each
            if each.code == 0:
                lost = self.chunk(each.index) - found.done
                assert not lost, f"{each} promised {sorted(lost)}: {found.untrue}, {self.ended}"
        return found

    def hold_complete(self) -> None:
        found = self.hold()
        assert found.done == set(range(1, self.frames + 1)), found
        assert not found.untrue, found.untrue

    def rest(self) -> None:
        """Nothing strikes any more, and hosts that have lost power are started again."""
        for name, hits in self.share.do("struck").items():
            self.struck[name] += hits
        self.share.do("clear_rules")
        dead = self.share.do("dead")
        for host in dead:
            self.share.do("revive", host=host)
        # Whatever a process there may still have said, nobody has heard it.
        self.ended = [each for each in self.ended if each.code == 0 or each.host not in dead]

    def complete(self, host: str, **chosen: Any) -> None:
        """Run every child once more, with nothing in its way: then all is there."""
        for index in range(self.size):
            ended = self.run(host, index, **{"attempt": 9, **chosen})
            assert ended.code == 0, ended
        self.hold_complete()
