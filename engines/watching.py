"""Pure: an array that was submitted, watched by a thread while a window lives on."""

from __future__ import annotations

import threading
from pathlib import Path

from ..chunking.errors import ChunkError, Interrupted, RenderFailed
from ..chunking.frames import frames_from
from ..publishing.output_folder import OutputFolder
from ..report.film_strip import FilmLook, FilmWatch
from .engine import ArrayState, Engine, State
from .farms import HERE
from .local.children import most_permanent
from .submissions import Submission

ENDED = frozenset({State.SUCCEEDED, State.FAILED})
FAR_SECONDS = 10.0
"""How often a farm is asked: every look starts its client, and counts against its limits."""
NEAR_SECONDS = 1.0
"""How often this machine is asked, where a look is the reading of a small file."""
FILM = -1
"""Stands for the film's job where a child's index is asked for."""
TAIL_LINES = 12
"""How many lines of a log are shown beside a failed child."""


def exit_code_of(state: ArrayState) -> int:
    """What an array that is over has ended with: the code of its children that helps least again.

    A child that failed and whose code the farm does not tell was ended by somebody (75).
    """
    codes = [child.exit_code or Interrupted.exit_code for child in state.failed]
    if state.state is State.FAILED and not codes:
        codes = [Interrupted.exit_code]
    if state.film is not None and state.film.state is State.FAILED and not codes:
        codes = [state.film.exit_code or RenderFailed.exit_code]
    return most_permanent(codes)


class Watched:
    """What is known of one array. A thread asks its engine; any thread may read and ask for more.

    Once all has ended the thread rests until somebody asks.
    """

    def __init__(self, submission: Submission, engine: Engine) -> None:
        self.submission = submission
        self.engine = engine
        self.seconds = NEAR_SECONDS if submission.farm in HERE else FAR_SECONDS
        self.state: ArrayState | None = None
        """As it was at the last look that was answered; None: none was yet."""
        self.wanted = 0
        """How many frames the array is to render; 0: that is not known."""
        self.film: FilmLook | None = None
        """What the output folder tells; None: it can't be seen from here."""
        self.error = ""
        """Why the last look was not answered; empty: it was."""
        self.tails: dict[int, list[str]] = {}
        """The ends of the logs that were asked for, by child, and by FILM."""
        self.news = 0
        """Grows with each look, so that a window knows when to draw."""
        self._film_watch: FilmWatch | None = None
        if submission.frames and submission.output:
            frames = frames_from(submission.frames)
            film = frames_from(submission.film_frames or submission.frames)
            self.wanted = len(frames)
            self._film_watch = FilmWatch(OutputFolder(Path(submission.output)), film, frames)
        self._tails_asked: set[int] = set()
        self._asked = threading.Event()
        self._is_stopped = False

    def start(self) -> None:
        threading.Thread(target=self._run, name="array watch", daemon=True).start()

    def stop(self) -> None:
        """Ask no more; the array itself goes on."""
        self._is_stopped = True
        self._asked.set()

    def look(self) -> None:
        """Have it looked at now, not at its time."""
        self._asked.set()

    def ask_for_tail(self, index: int) -> None:
        """Have the end of a child's log fetched, into `tails`."""
        self._tails_asked.add(index)
        self._asked.set()

    @property
    def done(self) -> int | None:
        """How many frames are recorded; None: the output folder can't be seen from here."""
        return None if self.film is None else self.film.done

    @property
    def is_over(self) -> bool:
        """Whether nothing of the array, nor of its film, goes on, as far as is known."""
        if self.state is None or self.state.state not in ENDED:
            return False
        return self.state.film is None or self.state.film.state in ENDED

    def look_now(self) -> None:
        """Look in this thread, which may take its time. The errors of it are in `error`."""
        try:
            self.state = self.engine.state(self.submission.ids)
            self.film = self._film_watch.look(not self.is_over) if self._film_watch else None
            self.error = ""
        except ChunkError as error:
            self.error = str(error)
        except Exception as error:  # noqa: BLE001  the thread must not end, and the window stand still
            self.error = f"The array can't be looked at: {type(error).__name__}: {error}."
        while self._tails_asked:
            index = self._tails_asked.pop()
            try:
                if index == FILM:
                    lines = self.engine.film_log(self.submission.ids, TAIL_LINES)
                else:
                    lines = self.engine.logs(self.submission.ids, index, TAIL_LINES)
            except ChunkError as error:
                lines = [str(error)]
            self.tails[index] = lines or ["The log is empty, or not there yet."]
        self.news += 1

    def _run(self) -> None:
        while not self._is_stopped:
            self._asked.clear()
            self.look_now()
            self._asked.wait(None if self.is_over and not self.error else self.seconds)
