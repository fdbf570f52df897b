"""Pure: what the page says while its array renders, with only what is new read at each look."""

from __future__ import annotations

from collections.abc import Mapping

from ..chunking.frames import FrameSet
from ..publishing.done_counter import DoneCounter
from ..publishing.durable import output_errors
from ..publishing.folder_handles import Odd
from ..publishing.output_folder import NOTES, OutputFolder
from ..publishing.pin import read_pin
from ..publishing.record import Record, faults
from ..publishing.verify import Survey
from .children import VerdictReader
from .facts import Facts, facts_of


class LiveFacts:
    """Looks again and again; each record and each verdict is read once.

    A frame that is of another render counts as one that is not there, and what else lies in the
    folder is not looked for: `gather_facts` tells that, at the end.
    """

    def __init__(self, folder: OutputFolder, frames: FrameSet) -> None:
        self._folder = folder
        self._frames = frames
        self._counter = DoneCounter(folder, frames)
        self._verdicts = VerdictReader(folder)
        self._whole: dict[int, Record] = {}
        self._seen: object = None

    @property
    def done(self) -> Mapping[int, Record]:
        """The records of the frames that are done and whole, as they have come."""
        return self._whole

    @property
    def is_complete(self) -> bool:
        """Whether all frames are done, by what the last look has seen."""
        return len(self._whole) == len(self._frames)

    def look(self) -> Facts | None:
        """What there is now; None: what there was. Raises OutputFailed."""
        self._counter.count()
        records = self._counter.records
        broken: dict[int, str] = {}
        for frame in records.keys() - self._whole.keys():
            if wrong := faults(self._folder, records[frame]):
                broken[frame] = "; ".join(wrong)
                self._counter.forget(frame)  # whoever renders it again records it anew
        self._whole = dict(records)
        children = self._verdicts.read()
        seen = (set(self._whole), broken, children, self._notes())
        if seen == self._seen:
            return None
        self._seen = seen
        undone = [each for each in self._frames if each not in self._whole and each not in broken]
        pin = read_pin(self._folder)
        done = {frame: records[frame] for frame in self._frames if frame in self._whole}
        survey = Survey(self._frames, pin.fingerprint if pin else "", done, undone, broken)
        return facts_of(self._folder, survey, children)

    def _notes(self) -> set[str]:
        with output_errors(self._folder.notes, "read"):
            try:
                return set(self._folder.held.names(NOTES))
            except (FileNotFoundError, Odd):
                return set()
