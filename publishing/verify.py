"""Pure: looking at a whole film: which frames are done, which are not, and what does not belong.

This alone, of all that touches the output folder, does work in proportion to the whole film.
"""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ..chunking.errors import OutputFailed
from ..chunking.frames import FrameSet
from .durable import output_errors
from .folder_handles import Odd
from .formats import BrokenPicture, inspect_open
from .output_folder import PRIVATE, RECORDS, OutputFolder, frame_of
from .pin import read_pin
from .record import Record, digest_of_published, faults, read_record
from .sweep import left_over

FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})
"""What is answered for one file that is another user's: no fault of the folder."""


@dataclass
class Survey:
    """What was found in an output folder, by frame and by file."""

    frames: FrameSet
    fingerprint: str = ""
    done: dict[int, Record] = field(default_factory=dict)
    missing: list[int] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)
    other_render: list[int] = field(default_factory=list)
    """Frames whose record is of another render than the one that the folder is pinned for."""
    suspicious: dict[int, str] = field(default_factory=dict)
    """Frames that are done, and whose picture is unlikely to be meant."""
    extra_frames: list[int] = field(default_factory=list)
    extra_files: list[str] = field(default_factory=list)
    left_overs: list[str] = field(default_factory=list)

    @property
    def to_render(self) -> list[int]:
        """The frames that have to be rendered (again), in the order of the frame set."""
        return [frame for frame in self.frames if frame not in self.done]

    @property
    def is_complete(self) -> bool:
        return len(self.done) == len(self.frames)


def survey_of(folder: OutputFolder, frames: FrameSet, deep: bool = False) -> Survey:
    """Look at each of these frames, and at everything else that is in the folder.

    `deep` compares digests, where otherwise size and time are enough, and checks the structure
    of every picture. Raises OutputFailed where the folder can't be read.
    """
    pin = read_pin(folder)
    survey = Survey(frames, pin.fingerprint if pin else "")
    for frame in frames:
        _look_at_frame(folder, frame, survey, deep)
    _look_for_extras(folder, survey)
    survey.left_overs = sorted([*survey.left_overs, *left_over(folder)])
    return survey


def _look_at_frame(folder: OutputFolder, frame: int, survey: Survey, deep: bool) -> None:
    try:
        record = read_record(folder, frame)
        if record is None:
            survey.missing.append(frame)
        elif record.fingerprint != survey.fingerprint:
            survey.other_render.append(frame)
        elif wrong := (_deep_faults if deep else faults)(folder, record):
            survey.broken[frame] = "; ".join(wrong)
        else:
            survey.done[frame] = record
    except OutputFailed as error:
        if error.errno not in FORBIDDEN:
            raise
        survey.broken[frame] = str(error)


def _deep_faults(folder: OutputFolder, record: Record) -> list[str]:
    wrong = faults(folder, record)
    for file in record.files if not wrong else ():
        name = Path(file.name).name
        try:
            if digest_of_published(folder, file.name) != file.digest:
                wrong.append(f"{name} holds other bytes than those recorded")
            with folder.held.open(file.name) as opened:
                inspect_open(opened)
        except BrokenPicture as broken:
            wrong.append(f"{name} is broken: {broken}")
        except OSError as error:
            wrong.append(f"{name} can't be read: {error.strerror}")
    return wrong


def _look_for_extras(folder: OutputFolder, survey: Survey) -> None:
    recorded = {file.name for record in survey.done.values() for file in record.files}
    unfinished = {*survey.broken, *survey.other_render}
    survey.extra_frames = sorted(set(_recorded_frames(folder, survey)) - set(survey.frames))
    for frame in (*unfinished, *survey.extra_frames):
        try:
            record = read_record(folder, frame)
        except OutputFailed as error:
            if error.errno not in FORBIDDEN:
                raise
            continue
        if record is not None:
            recorded.update(file.name for file in record.files)
    with output_errors(folder.root, "read"):
        survey.extra_files = sorted(name for name in _files(folder) if name not in recorded)


def _recorded_frames(folder: OutputFolder, survey: Survey) -> Iterator[int]:
    """The frames that have records; what else lies there is left over."""
    with output_errors(folder.records, "read"):
        try:
            names = folder.held.names(RECORDS)
        except (FileNotFoundError, Odd):
            return
    for name in names:
        frame = frame_of(name.removesuffix(".json"))
        if frame is not None and name.endswith(".json"):
            yield frame
        else:
            survey.left_overs.append(name)


def _files(folder: OutputFolder) -> Iterator[str]:
    """Everything below the folder that is no folder itself, links too; the private one apart."""
    waiting = [""]
    while waiting:
        parent = waiting.pop()
        folders, others = folder.held.contents(parent)
        yield from (_joined(parent, name) for name in others if _joined(parent, name) != PRIVATE)
        waiting += [_joined(parent, name) for name in folders if _joined(parent, name) != PRIVATE]


def _joined(parent: str, name: str) -> str:
    return f"{parent}/{name}" if parent else name


class Decoded(NamedTuple):
    """What a decoder found in a picture."""

    fault: str = ""
    """Why it can't be decoded; empty: it can."""
    suspicion: str = ""
    """What is unlikely to be meant: all black, all transparent, no numbers."""
    kind: str = ""
    """Size and channels, such as 1920x1080 with 4 channels; empty where they can't be told."""


Decode = Callable[[list[Path]], dict[Path, Decoded]]
"""Decodes pictures."""


def decode_all(folder: OutputFolder, survey: Survey, decode: Decode) -> None:
    """Decode every picture of the frames that are done; a frame that can't be is broken."""
    owners = {
        folder.root / file.name: frame
        for frame, record in survey.done.items()
        for file in record.files
    }
    decoded = decode(list(owners))
    for path, picture in decoded.items():
        frame = owners[path]
        if picture.fault:
            survey.done.pop(frame, None)
            survey.broken[frame] = f"{path.name} can't be decoded: {picture.fault}"
        elif picture.suspicion:
            survey.suspicious[frame] = f"{path.name} is {picture.suspicion}"
    _suspect_odd_ones(survey, folder, decoded)


def _suspect_odd_ones(
    survey: Survey, folder: OutputFolder, decoded: Mapping[Path, Decoded]
) -> None:
    """Suspect frames whose picture has another size or other channels than most have."""
    pictures = {
        frame: decoded.get(folder.root / record.files[0].name, Decoded())
        for frame, record in survey.done.items()
    }
    kinds = {frame: picture.kind for frame, picture in pictures.items() if picture.kind}
    usual = Counter(kinds.values()).most_common(1)
    for frame, kind in kinds.items():
        if kind != usual[0][0]:
            survey.suspicious.setdefault(frame, f"it has {kind}, most have {usual[0][0]}")
