"""Pure: what children leave behind beside their frames, brought along for the page of the render.

Their verdicts, the logs of those that failed, and the notes of frames that are not done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from ..chunking.file_names import is_one_name
from ..publishing import notes, verdict
from ..publishing.json_object import json_object
from ..publishing.output_folder import CHILDREN, NOTES, frame_of
from .bringing import groups
from .fetched_folder import FetchedFolder
from .frame_source import Damaged, FrameSource
from .manifest import Mark

log = logging.getLogger(__name__)

MOST_LOG_BYTES = 16 << 20
"""A longer log stays where it is; of one the end is shown."""
VERDICT, LOG = ".json", ".log"


class Traces:
    """Has verdicts fetched once, and notes kept as long as they are at the source."""

    def __init__(
        self, source: FrameSource, target: FetchedFolder, check: Callable[[], None]
    ) -> None:
        """`check` is called now and then; what it raises ends the fetching."""
        self._source = source
        self._target = target
        self._check = check
        self._settled: dict[str, Mark] = {}

    def fetch(self) -> None:
        """Fetch what is new. Raises SourceAway and OutputFailed; what is odd is said, and left."""
        there = self._source.marks(NOTES, {})
        due: dict[str, tuple[Mark, int]] = {}
        # A verdict is written once, under a name of its own.
        for name, mark in self._source.marks(CHILDREN, self._settled).items():
            if name.endswith(VERDICT) and self._is_new(name, mark):
                due[name] = mark, verdict.MOST_BYTES
        for name, mark in there.items():
            frame = frame_of(name.rpartition("/")[2].partition(".")[0])
            if frame is not None and self._is_new(name, mark):
                due[name] = mark, notes.MOST_BYTES
        for together in groups(due.items(), lambda each: each[1][0].bytes):
            self._source.bring({name: most for name, (_, most) in together}, self._check)
            for name, (mark, most) in together:
                self._check()
                self._fetch(name, mark, most)
        for name in self._target.marks.keys() - there.keys():
            home, _, note = name.rpartition("/")
            if home == NOTES and is_one_name(note):
                self._target.remove(name)

    def _is_new(self, name: str, mark: Mark) -> bool:
        if self._settled.get(name) == mark or not is_one_name(name.rpartition("/")[2]):
            return False
        self._settled[name] = mark
        return not (self._target.marks.get(name) == mark and self._target.has(name))

    def _fetch(self, name: str, mark: Mark, most_bytes: int) -> None:
        content = self._read(name, most_bytes)
        if content is None:
            return
        if name.endswith(VERDICT) and _is_of_failed(content):
            log_name = name.removesuffix(VERDICT) + LOG
            self._source.bring({log_name: MOST_LOG_BYTES}, self._check)
            whole_log = self._read(log_name, MOST_LOG_BYTES)
            if whole_log is not None:  # before the verdict: who sees that may look for it
                self._target.write(log_name, whole_log)
        self._target.write(name, content)
        self._target.set_mark(name, mark)

    def _read(self, name: str, most_bytes: int) -> bytes | None:
        try:
            return self._source.read(name, most_bytes)
        except Damaged as damaged:
            if not name.startswith(NOTES):  # these go when their frames are done
                log.info("not fetched: %s", damaged)
            return None


def _is_of_failed(content: bytes) -> bool:
    try:
        return bool(json_object(content).get("exit_code"))
    except ValueError:
        return True
