"""Pure: looking at a whole film: which frames are done, which are not, and what does not belong.

This alone, of all that touches the output folder, does work in proportion to the whole film.
"""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

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

    wanted: FrameSet
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
        return [frame for frame in self.wanted if frame not in self.done]

    @property
    def is_complete(self) -> bool:
        return len(self.done) == len(self.wanted)


def survey(folder: OutputFolder, wanted: FrameSet, deep: bool = False) -> Survey:
    """Look at every wanted frame, and at everything else that is in the folder.

    `deep` compares digests, where otherwise size and time are enough, and checks the structure
    of every picture. Raises OutputFailed where the folder can't be read.
    """
    pin = read_pin(folder)
    found = Survey(wanted, pin.fingerprint if pin else "")
    for frame in wanted:
        _look_at_frame(folder, frame, found, deep)
    _look_for_extras(folder, found)
    found.left_overs = sorted([*found.left_overs, *left_over(folder)])
    return found


def _look_at_frame(folder: OutputFolder, frame: int, found: Survey, deep: bool) -> None:
    try:
        record = read_record(folder, frame)
        if record is None:
            found.missing.append(frame)
        elif record.fingerprint != found.fingerprint:
            found.other_render.append(frame)
        elif wrong := (_deep_faults if deep else faults)(folder, record):
            found.broken[frame] = "; ".join(wrong)
        else:
            found.done[frame] = record
    except OutputFailed as error:
        if error.errno not in FORBIDDEN:
            raise
        found.broken[frame] = str(error)


def _deep_faults(folder: OutputFolder, record: Record) -> list[str]:
    found = faults(folder, record)
    for file in record.files if not found else ():
        name = Path(file.name).name
        try:
            if digest_of_published(folder, file.name) != file.digest:
                found.append(f"{name} holds other bytes than those recorded")
            with folder.held.open(file.name) as opened:
                inspect_open(opened)
        except BrokenPicture as broken:
            found.append(f"{name} is broken: {broken}")
        except OSError as error:
            found.append(f"{name} can't be read: {error.strerror}")
    return found


def _look_for_extras(folder: OutputFolder, found: Survey) -> None:
    recorded = {file.name for record in found.done.values() for file in record.files}
    unfinished = {*found.broken, *found.other_render}
    wanted = set(found.wanted)
    found.extra_frames = sorted(set(_recorded_frames(folder, found)) - wanted)
    for frame in (*unfinished, *found.extra_frames):
        try:
            record = read_record(folder, frame)
        except OutputFailed as error:
            if error.errno not in FORBIDDEN:
                raise
            continue
        if record is not None:
            recorded.update(file.name for file in record.files)
    with output_errors(folder.root, "read"):
        found.extra_files = sorted(name for name in _files(folder) if name not in recorded)


def _recorded_frames(folder: OutputFolder, found: Survey) -> Iterator[int]:
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
            found.left_overs.append(name)


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


@dataclass(frozen=True)
class Decoded:
    """What a decoder found in a picture."""

    fault: str = ""
    """Why it can't be decoded; empty: it can."""
    suspicion: str = ""
    """What is unlikely to be meant: all black, all transparent, no numbers."""
    kind: str = ""
    """Size and channels, such as 1920x1080 with 4 channels; empty where they can't be told."""


Decode = Callable[[list[Path]], dict[Path, Decoded]]
"""Decodes pictures."""


def decode_all(folder: OutputFolder, found: Survey, decode: Decode) -> None:
    """Decode every picture of the frames that are done; a frame that can't be is broken."""
    owners = {
        folder.root / file.name: frame
        for frame, record in found.done.items()
        for file in record.files
    }
    decoded = decode(list(owners))
    for path, picture in decoded.items():
        frame = owners[path]
        if picture.fault:
            found.done.pop(frame, None)
            found.broken[frame] = f"{path.name} can't be decoded: {picture.fault}"
        elif picture.suspicion:
            found.suspicious[frame] = f"{path.name} is {picture.suspicion}"
    _suspect_odd_ones(found, folder, decoded)


def _suspect_odd_ones(found: Survey, folder: OutputFolder, decoded: Mapping[Path, Decoded]) -> None:
    """Suspect frames whose picture has another size or other channels than most have."""
    pictures = {
        frame: decoded.get(folder.root / record.files[0].name, Decoded())
        for frame, record in found.done.items()
    }
    kinds = {frame: picture.kind for frame, picture in pictures.items() if picture.kind}
    usual = Counter(kinds.values()).most_common(1)
    for frame, kind in kinds.items():
        if kind != usual[0][0]:
            found.suspicious.setdefault(frame, f"it has {kind}, most have {usual[0][0]}")
