"""Pure: the stage, a fresh local folder that one frame is rendered into.

What Blender calls its files is not predicted, it is found by walking the stage: names depend on
the version, on stereo views and on nodes. Each folder below has one meaning:

    beauty/          the render's own picture, or one for each stereo view
    nodes/<k>/n/n/   the files of the k-th File Output node
    others/<k>/n/n/  the same of those nodes that should write nothing, where one did all the same

The two extra levels keep a `..` that no check found from leaving the stage.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ..chunking.errors import OutputFailed, RenderFailed
from .durable import output_errors
from .formats import BrokenPicture, inspect
from .output_folder import COMPOSITOR, frame_name
from .publish import StagedFile

MOST_BYTES_A_PIXEL = 16
"""Four channels of 32 bits: what one picture takes at the most, layers apart."""


class NodeFolder(NamedTuple):
    """A folder that File Output nodes write to."""

    name: str
    """Where its files go below the output folder's `compositor/`; empty: into that itself."""
    own_numbers: bool
    """True where the artist put the number into the file names by `#`."""
    node: str = ""
    """What the node is called."""
    certain: tuple[str, ...] = ()
    """The names of slots, each of which has a file of its own with every frame."""
    possible: tuple[str, ...] = ()
    """The names of further slots that have a link, and may have nothing to write."""
    strip_scene: str = ""
    """The scene of whose compositor the node is, if that is rendered where a strip shows it."""
    is_expected: bool = True
    """Whether that scene should show in this frame."""
    levels: int = 0
    """So many folders that its files lie in are the node's own, named by Blender's variables."""


class Stage(NamedTuple):
    """The folders that one frame is rendered into."""

    root: Path
    node_folders: tuple[NodeFolder, ...] = ()
    other_folders: tuple[NodeFolder, ...] = ()
    has_picture: bool = True
    """Whether the render's own picture is due."""

    def make(self) -> None:
        """Make the stage anew, empty. Raises OutputFailed where that can't be done."""
        try:
            for left in (self.root, self.others_meanwhile):
                shutil.rmtree(left, ignore_errors=True)
            self.beauty.mkdir(parents=True)
            for number in range(len(self.node_folders)):
                self.node(number).mkdir(parents=True)
        except OSError as error:
            raise OutputFailed(
                f"Could not make the stage {str(self.root)!r}: {error.strerror}. Name a local "
                "folder with room by --stage."
            ) from error

    @property
    def beauty(self) -> Path:
        return self.root / "beauty"

    def node(self, number: int) -> Path:
        return self.root / "nodes" / str(number) / "n" / "n"

    @property
    def others_meanwhile(self) -> Path:
        """Where the other nodes write, whatever the frame, until `take_others`."""
        return self.root.parent / "others"

    def other(self, number: int) -> Path:
        return self.others_meanwhile / str(number) / "n" / "n"

    def take_others(self) -> Iterator[tuple[Path, NodeFolder]]:
        """Have what the other nodes wrote be this frame's, by folder. Raises OutputFailed."""
        if not self.others_meanwhile.exists():
            return
        taken = self.root / "others"
        with output_errors(self.others_meanwhile, "rename"):
            self.others_meanwhile.rename(taken)
        for number, node_folder in enumerate(self.other_folders):
            yield taken / str(number) / "n" / "n", node_folder


def published_folder(path: str) -> str:
    """Where below `compositor/` the files of a node's folder go.

    The artist's own folder, without what ties it to one machine: `//passes/` is `passes`,
    `M:/Film/out` is `M/Film/out`, `/mnt/x` is `mnt/x`.
    """
    parts = path.replace("\\", "/").replace(":", "").split("/")
    return "/".join(part for part in parts if part not in ("", "."))


def staged_files(stage: Stage, frame: int, stem: str, prefix: str) -> list[StagedFile]:
    """All files of the stage, with the names that they are to be published under.

    `stem` is what Blender was told to call the picture of this frame.
    Raises RenderFailed where there is no picture though one is due, no file at all, or two files
    of one name.
    """
    files = []
    for path in walk(stage.beauty):
        # What follows the stem is a view's suffix and the format's.
        rest = path.relative_to(stage.beauty).as_posix().removeprefix(stem)
        files.append(StagedFile(path, f"{prefix}{frame_name(frame)}{rest}"))
    if stage.has_picture and not files:
        raise _no_picture(frame)
    for number, node_folder in enumerate(stage.node_folders):
        files.extend(_node_files(stage.node(number), node_folder, frame))
    for folder, node_folder in stage.take_others():
        files.extend(_node_files(folder, node_folder, frame))
    if not files:
        raise _no_picture(frame)
    _refuse_same_names(files, frame)
    return files


def _refuse_same_names(files: Sequence[StagedFile], frame: int) -> None:
    """What no check of nodes' names can see: folders that variables make the same."""
    counts = Counter(file.name for file in files)
    same = [name for name, count in counts.items() if count > 1]
    if same:
        raise RenderFailed(
            f"Several File Output nodes wrote {same[0]!r} for frame {frame}: one would replace the "
            "other. Give them different folders or file names."
        )


def _no_picture(frame: int) -> RenderFailed:
    return RenderFailed(
        f"Blender said that frame {frame} is finished, but wrote no picture: see its log below for "
        "what it could not do."
    )


def walk(folder: Path) -> Iterator[Path]:
    """All files in a folder and below it, by name."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _node_files(folder: Path, node_folder: NodeFolder, frame: int) -> Iterator[StagedFile]:
    for path in walk(folder):
        name = numbered(path.relative_to(folder).as_posix(), frame, node_folder.own_numbers)
        yield StagedFile(path, str(PurePosixPath(COMPOSITOR, node_folder.name, name)))


def numbered(name: str, frame: int, own_numbers: bool) -> str:
    """The name of a File Output node's file, with the frame number in it for sure.

    Blender appends four digits (or, in 5.0's single renders, none). Ours are five, as in the
    names of the pictures; a number that the artist placed stays as it is.
    """
    parent, slash, last = name.rpartition("/")
    sign = "-" if frame < 0 else ""
    number = re.compile(rf"{sign}0*{abs(frame)}(?!\d)" if own_numbers else four_digits(frame))
    if own_numbers and number.search(name):
        return name
    places = list(number.finditer(last))
    if places:
        start, end = places[-1].span()
    else:
        start = end = len(PurePosixPath(last).stem)
    return f"{parent}{slash}{last[:start]}{frame_name(frame)}{last[end:]}"


def four_digits(frame: int) -> str:
    """The pattern of the number that Blender gives a File Output node's file."""
    sign = "-" if frame < 0 else ""
    return rf"{sign}{abs(frame):04d}(?!\d)"


def check_whole(
    files: Sequence[StagedFile], beauty: Path, sizes: Collection[tuple[int, int]]
) -> None:
    """Raise where a staged file is no whole picture, or the picture has not the right size.

    Blender says FINISHED for a picture that a full disk cut off, so the disk is looked at:
    OutputFailed where it has no room left or can't be read, RenderFailed where that is not the
    reason.
    """
    for file in files:
        try:
            with output_errors(file.path, "read"):
                picture = inspect(file.path)
            size = (picture.width, picture.height)
            if file.path.is_relative_to(beauty) and size not in sizes:
                due = " or ".join(f"{width}x{height}" for width, height in sorted(sizes))
                raise BrokenPicture(f"it has {picture.width}x{picture.height} pixels, not {due}")
        except BrokenPicture as broken:
            need = max(width * height for width, height in sizes) * MOST_BYTES_A_PIXEL
            reason = f"Blender wrote a broken file for {file.name!r}: {broken}."
            raise no_room(file.path.parent, need) or RenderFailed(reason) from None


def no_room(stage: Path, need_bytes: int) -> OutputFailed | None:
    """The error to raise where the stage's disk has less room than one picture may take."""
    with output_errors(stage, "look at"):
        free = shutil.disk_usage(stage).free
    if free >= need_bytes:
        return None
    return OutputFailed(
        f"The disk of the stage {str(stage)!r} is full: {free} bytes are left. Free some, or name "
        "another folder by --stage."
    )
