"""Pure: what one process was started for, and the chunk that it renders right now.

There is one session in a process, as there is one set of signals: the door that starts a child
fills it in, and the operator, which Blender's call can hand no object, looks it up. Whoever works
below the operator is handed it. Threads read it that may have to end the process in order; only
they ask a chunk to stop. In Blender's window nothing watches so.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from ..chunking.errors import OutputFailed
from ..machine.session_folder import SessionFolder
from ..publishing.notes import Note
from ..publishing.patience import Patience
from ..publishing.verdict import Verdict
from .blender_words import Words
from .board import FolderBoard
from .delivery import Delivery
from .lane_processes import LaneProcesses
from .setup_script import SetUp
from .taking import FrameSource


@dataclass
class RunningChunk:
    """A chunk in work. The main thread writes it, the others read it, and ask it to stop."""

    verdict: Verdict
    session_folder: SessionFolder
    patience: Patience
    """Tries again what the output folder refuses, and knows the folder again."""
    stage: Path | None = None
    note: Note | None = None
    """The note of the frame in work, which `clear` removes; None also where it has got evidence,
    which has to stay."""
    board: FolderBoard | None = None
    source: FrameSource | None = None
    delivery: Delivery | None = None
    frame: int | None = None
    """The frame in work, or None between frames."""
    _began: float = 0.0
    _frame_times: list[float] = field(default_factory=list)

    @property
    def has_failed(self) -> bool:
        """Whether delivering a frame has met the error that ends the chunk."""
        return self.delivery is not None and self.delivery.has_failed

    def hold(self, seconds: float) -> None:
        """Wait so long for the frames that are being published, and publish no other."""
        if self.delivery is not None:
            self.delivery.hold(seconds)

    def clear(self) -> None:
        """Remove what the main thread would have removed: just before the process is ended."""
        self.session_folder.remove()
        if self.stage is not None:
            shutil.rmtree(self.stage, ignore_errors=True)
        if self.note is not None:
            with contextlib.suppress(OutputFailed):
                self.note.remove()
        if self.source is not None:
            self.source.abandon()
        if self.board is not None:
            self.board.close()

    def begin(self, frame: int) -> None:
        self._began = time.monotonic()
        self.frame = frame

    def end(self, done: bool) -> None:
        """The frame in work has ended; `done` says whether its time tells of the others'."""
        if done:
            self._frame_times.append(time.monotonic() - self._began)
        self.frame = None

    @property
    def frame_seconds(self) -> float:
        """How long the frame in work has been in work; 0 between frames."""
        return time.monotonic() - self._began if self.frame is not None else 0.0

    @property
    def typical_seconds(self) -> float | None:
        """How long this chunk's frames take, by the last one; None before that."""
        return self._frame_times[-1] if self._frame_times else None

    @property
    def longest_seconds(self) -> float | None:
        """How long the heaviest of this chunk's frames took; None before the first."""
        return max(self._frame_times, default=None)

    @property
    def seconds_left_of_frame(self) -> float:
        """How long the frame in work should still take, by the frames seen; 0 where none was."""
        if self.frame is None or not self._frame_times:
            return 0.0
        return max(0.0, self._frame_times[-1] - self.frame_seconds)


class Latch:
    """Closed once, by the first thread that comes to it, and never opened again.

    That thread may close it once more, as the main one does: when it leaves the chunk, and before
    it delivers the verdict.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def close(self, seconds: float = -1.0) -> bool:
        """Whether it is this thread that has closed it.

        Where another one has, this waits for `seconds`, by default for good: that one is about to
        end the process.
        """
        return self._lock.acquire(timeout=seconds)


@dataclass
class Session:
    """What one process was started for; as it stands at first, that of an artist's window."""

    ends_process: bool = False
    """Whether the process ends with its chunk, so that its scenes are nobody's afterwards."""
    lanes: LaneProcesses | None = None
    """Starts further processes for the chunk; None: nobody here knows how to."""
    lane_run: str = ""
    """Name of the run that this process is a lane of; empty: it is the child itself."""
    lane_folder: str = ""
    """The id of the output folder that this lane's child works in; empty: it is not known."""
    set_up: SetUp | None = None
    """The script that has set up the scenes; None: they are as the file has them."""
    words: Words | None = None
    """What Blender says on its standard streams; None: they are in no file."""
    scripts_allowed: bool | None = None
    """Whether scripts of the .blend may run; None: Blender's preferences say."""
    chunk: RunningChunk | None = None
    """The chunk in work, once it has begun."""
    verdict: Verdict | None = None
    """How the last chunk ended, which its operator can't hand back to whoever called it."""
    stop_reason: str = ""
    """Why no other frame is to be begun; empty: nobody asked to stop."""
    end: Latch = field(default_factory=Latch)
    """Closed by the thread that delivers the verdict and ends the process.

    The main thread closes it when it leaves a chunk, so that nobody clears away under it what it
    is about to write; the one that watches closes it to end a chunk in the middle.
    """

    def begin(
        self, verdict: Verdict, session_folder: SessionFolder, patience: Patience
    ) -> RunningChunk:
        """Have a new chunk in work."""
        self.chunk = RunningChunk(verdict, session_folder, patience)
        return self.chunk

    def ask_to_stop(self, reason: str) -> None:
        """Have the chunk, present or to come, begin no other frame."""
        self.stop_reason = reason
        if self.lanes is not None:
            self.lanes.ask_to_end()


_SESSION = Session()


def session_of_process() -> Session:
    """The one session of this process: for doors and operators; all others are handed it."""
    return _SESSION
