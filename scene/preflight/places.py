"""Files that are there, under paths that another machine may not have."""

from __future__ import annotations

import ntpath
import os
from collections.abc import Iterator
from pathlib import Path

import bpy

from ...chunking.frames import FrameSet
from ...chunking.settings import Settings
from ..data_block_paths import stored_paths
from ..render_reach import reach_of_render
from ..stored_path import (
    FolderListings,
    StoredPath,
    files_of,
    resolved,
)
from ..used_by_render import is_used
from .finding import (
    Finding,
    found,
)


def paths(scene: bpy.types.Scene, settings: Settings, frames: FrameSet) -> Iterator[Finding]:
    """One finding a path, the worst: a drive letter, outside the folder, merely absolute.

    What is missing is told as that already.
    """
    suspects = [stored for stored in stored_paths() if _kind(stored)]
    if not suspects:
        return
    reach, listings = reach_of_render(scene), FolderListings()
    for stored in suspects:
        counts = stored.decides_pixels and is_used(stored, reach, frames)
        if counts and all(exists for _, exists in files_of(stored, listings)):
            yield _finding(stored, _kind(stored))


def _kind(stored: StoredPath) -> str:
    if has_drive(stored.path):
        return "path-windows"
    if not bpy.data.filepath:
        return ""
    home = Path(os.path.abspath(bpy.data.filepath)).parent
    # What a library asks for lies where the library lies: that is told of the library.
    if stored.library is None and not resolved(stored.path, None).is_relative_to(home):
        return "path-outside"
    return "" if stored.path.startswith("//") else "path-absolute"


def has_drive(path: str) -> bool:
    """Whether a path is Windows' own: with a drive letter, or of a server (two backslashes).

    Two slashes are Blender's sign for the folder of the .blend.
    """
    return not path.startswith("//") and bool(ntpath.splitdrive(path)[0])


_SENTENCES = {
    "path-windows": "which has a drive letter, and leads nowhere on farms that run Linux. Store a "
    "relative path.",
    "path-outside": "outside the folder of the .blend. See that the farm has it under that path, "
    "or move it into the folder.",
    "path-absolute": "an absolute path, which breaks where the folder lies elsewhere on the farm. "
    "Make it relative.",
}


def _finding(stored: StoredPath, kind: str) -> Finding:
    own = stored.library is None and getattr(stored.data_block, "filepath", "") == stored.path
    return found(
        kind,
        f"{stored.owner} uses {stored.path}, {_SENTENCES[kind]}",
        stored.data_block,
        fix="path-relative" if own and kind == "path-absolute" else "",
    )
