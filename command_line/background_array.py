"""An array that was submitted to this machine: its states and logs are kept, its film made."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from ..chunking.errors import EXIT_COMPLETE
from ..engines.engine import EngineFailed, State
from ..engines.local.children import LocalArray
from ..engines.local.local_job import FILM, JobStates, LocalJob


class BackgroundArray:
    """Has an array's children write down how they are doing, below the id of a job."""

    def __init__(self, job: str, array: LocalArray) -> None:
        self._job = LocalJob.of(job)
        self._lock = self._job.hold()
        self._states = JobStates(self._job)
        self._array = array
        self._say = array.on_line
        array.on_line = self._on_line
        array.on_child = self._on_child

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody wants it to end."""
        return self._job.is_cancelled

    def make_film(self, codes: Sequence[int], main: Sequence[str]) -> int:
        """Run the dependent job, where one is wanted and all children succeeded.

        `main` is the command that the film's words are for. Returns its exit code, 0 where there is
        none to run. Raises EngineFailed where what it is to be told is not as it was written.
        """
        try:
            words = self._job.film_words()
        except EngineFailed as error:
            self._states.set(FILM, State.FAILED, reason=str(error))
            raise
        if not words:
            return EXIT_COMPLETE
        if any(codes):
            reason = "not started, as children failed"
            self._states.set(FILM, State.FAILED, reason=reason)
            return EXIT_COMPLETE
        # A copy shares what is running and whether all is to end: a signal ends the film, too.
        film = dataclasses.replace(
            self._array,
            command=[*main, *words],
            size=1,
            on_line=self._on_film_line,
            on_child=self._on_film,
        )
        (code,) = film.run()
        return code

    def _on_child(self, index: int, code: int | None) -> None:
        self._states.take(str(index), code)

    def _on_line(self, index: int, line: str) -> None:
        self._states.on_line(str(index), line)
        self._say(index, line)

    def _on_film_line(self, index: int, line: str) -> None:
        self._states.on_line(FILM, line)

    def _on_film(self, index: int, code: int | None) -> None:
        self._states.take(FILM, code)
