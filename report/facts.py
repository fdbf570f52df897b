"""Pure: what the page says, gathered from the output folder."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ..chunking.frames import FrameSet
from ..publishing.durable import output_errors
from ..publishing.folder_handles import Odd
from ..publishing.notes import read_notes
from ..publishing.output_folder import NOTES, RECORDS, OutputFolder, record_name
from ..publishing.pin import Pin, read_pin
from ..publishing.verify import Survey, survey_of
from .children import Children, ChildVerdict, read_children
from .starts import Start, starts_of


@dataclass(frozen=True)
class Facts:
    """A render, as its output folder tells of it."""

    root: Path
    survey: Survey
    pin: Pin
    """An empty one where the folder has none."""
    starts: tuple[Start, ...]
    times_rendered: Mapping[int, int]
    """How often each frame was rendered, as far as verdicts tell."""
    times_reused: Mapping[int, int]
    """How often a start found the frame done."""
    evidence: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """What crashes and hangs left behind, of frames that are not done."""
    in_work: tuple[int, ...] = ()
    """Frames that a child is working at, or was killed in."""
    unreadable_verdicts: int = 0
    unreadable_records: int = 0
    other_verdicts: int = 0
    """Verdicts of renders that this folder held before."""

    @property
    def verdicts(self) -> list[ChildVerdict]:
        return [start.verdict for start in self.starts if start.verdict is not None]

    @property
    def adopted(self) -> list[int]:
        return [frame for frame, record in self.survey.done.items() if record.adopted]


def gather_facts(folder: OutputFolder, frames: FrameSet) -> Facts:
    """Look at each of these frames and every verdict. Raises OutputFailed."""
    return facts_of(folder, survey_of(folder, frames), read_children(folder))


def facts_of(folder: OutputFolder, survey: Survey, children: Children) -> Facts:
    """What is told by frames and verdicts that were looked at. Raises OutputFailed."""
    pin = read_pin(folder) or Pin("", "")
    frames = survey.frames
    verdicts = [verdict for verdict in children.verdicts if _is_of(pin, verdict)]
    has_notes = folder.held.is_folder(NOTES)
    notes = read_notes(folder, set(survey.to_render)) if has_notes else {}
    return Facts(
        root=Path(os.path.abspath(folder.root)),
        survey=survey,
        pin=pin,
        starts=starts_of(verdicts, survey.done.values()),
        times_rendered=_count(frames, [verdict.rendered for verdict in verdicts]),
        times_reused=_count(frames, [verdict.reused for verdict in verdicts]),
        evidence={frame: noted.evidence for frame, noted in notes.items() if noted.evidence},
        in_work=tuple(frame for frame, noted in notes.items() if not noted.evidence),
        unreadable_verdicts=children.unreadable,
        unreadable_records=_count_records(folder, survey.missing),
        other_verdicts=len(children.verdicts) - len(verdicts),
    )


def _count_records(folder: OutputFolder, frames: list[int]) -> int:
    """How many of these frames have something in the place of a record."""
    with output_errors(folder.records, "read"):
        try:
            names = set(folder.held.names(RECORDS))
        except (FileNotFoundError, Odd):
            return 0
    return sum(PurePosixPath(record_name(frame)).name in names for frame in frames)


def _is_of(pin: Pin, verdict: ChildVerdict) -> bool:
    """Whether a verdict is of the render that the folder is pinned for.

    One without a fingerprint ended before it had one: it may be of this render, so it is shown.
    """
    same_array = bool(verdict.render_id) and verdict.render_id == pin.render_id
    return same_array or verdict.fingerprint in ("", pin.fingerprint)


def _count(film: FrameSet, lists: list[FrameSet]) -> Mapping[int, int]:
    """How many of the lists each frame of the film is in."""
    known = frozenset(film)
    times: Counter[int] = Counter()
    for frames in lists:
        times.update(frames.among(known))
    return times
