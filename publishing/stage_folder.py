"""Pure: the folder of a process' stages: where it may lie, made anew, and removed in the end."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..chunking.errors import BadSetting, OutputFailed

MOST_BYTES_OF_PATH = 512
"""Blender cuts every path off at 1,024 bytes, and the artist's own names are to have the rest."""
ANOTHER = "name another one by --stage"


def refuse_stage(parent: str, output: Path) -> None:
    """Raise BadSetting for a stage folder that Blender would not understand, or in the output.

    `parent` is absolute; empty: the system's folder for temporary files. Both may not be there.
    """
    folder = parent or tempfile.gettempdir()
    if os.sep == "/" and "\\" in folder:
        raise BadSetting(
            f"The stage folder {folder!r} has a backslash in its name, which Blender takes for a "
            f"slash: {ANOTHER}."
        )
    if "{" in folder or "}" in folder:
        raise BadSetting(
            f"The stage folder {folder!r} has a brace in its name, which Blender takes for a "
            f"variable: {ANOTHER}."
        )
    if len(os.fsencode(folder)) > MOST_BYTES_OF_PATH:
        raise BadSetting(
            f"The stage folder {folder[:60]!r}… has a path of {len(os.fsencode(folder))} bytes: "
            f"Blender cuts paths off; {ANOTHER}, of at most {MOST_BYTES_OF_PATH}."
        )
    if is_below(Path(folder), output):
        raise BadSetting(
            f"The stage folder {folder!r} is in the output folder {str(output)!r}, where only "
            f"finished frames may lie: {ANOTHER}."
        )


def is_below(path: Path, folder: Path) -> bool:
    """Whether `path` is `folder` or lies below it, whatever links lead there."""
    real, real_folder = Path(os.path.realpath(path)), Path(os.path.realpath(folder))
    for each in (real, *real.parents):
        with contextlib.suppress(OSError):  # one of them is not there
            if each == real_folder or each.samefile(folder):
                return True
    return False


@contextlib.contextmanager
def stage_folder(parent: str) -> Iterator[Path]:
    """A new folder with a name that nobody has, for this block only. Raises OutputFailed."""
    try:
        home = Path(tempfile.mkdtemp(prefix="array_chunk-", dir=parent or None))
    except OSError as error:
        raise OutputFailed(
            f"No stage could be made in {parent or tempfile.gettempdir()!r}: {error.strerror}. "
            "Name a local folder with room by --stage."
        ) from error
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)
