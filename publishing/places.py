"""Pure: where film, contact sheet and report go, and how they get there in one step.

They lie beside the output folder, never in it: below it only frames have an image or video
suffix, because a farm's own video step takes every picture that it finds there.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..chunking.errors import BadSetting
from .durable import output_errors
from .held_folder import HeldFolder
from .maker_mark import add_mark, refuse_another_maker


def film_path(output_folder: Path) -> Path:
    """The film of the frames in `output_folder`: `/x/shot.v2` has `/x/shot.v2.mp4`.

    Raises BadSetting, as the others do, for a folder that has nothing beside it.
    """
    return _beside(output_folder, ".mp4")


def lossless_path(output_folder: Path) -> Path:
    """The film for keeping: `/x/shot.v2` has `/x/shot.v2.mkv`."""
    return _beside(output_folder, ".mkv")


def contact_sheet_path(output_folder: Path) -> Path:
    """The contact sheet of the frames in `output_folder`: `/x/out-contact-sheet.png`."""
    return _beside(output_folder, "-contact-sheet.png")


def report_path(output_folder: Path) -> Path:
    """The report of the render in `output_folder`: `/x/shot.v2` has `/x/shot.v2-report.html`."""
    return _beside(output_folder, "-report.html")


def _beside(output_folder: Path, ending: str) -> Path:
    # abspath for `.` and a trailing `..`; links stay, so that the name is the one the user knows.
    folder = Path(os.path.abspath(output_folder))
    if not folder.name:
        raise BadSetting(
            f"The output folder {str(output_folder)!r} has nothing beside it to put a film or a "
            "contact sheet into: name a folder below it."
        )
    return folder.with_name(folder.name + ending)


@contextlib.contextmanager
def made_aside(target: Path) -> Iterator[Path]:
    """Yield a name to write a file to, and give the file the name `target` at the end.

    The name has no suffix and lies in a folder of its own beside the target, so Blender makes
    the file with its usual modes and nobody takes it for a film. Where the block raises, what it
    wrote is removed and the target stays as it was. Raises OutputFailed, and SceneRefused where a
    file has the name that this program did not make.
    """
    refuse_another_maker(target)  # before the work, and again after it
    with (
        output_errors(target, "write"),
        tempfile.TemporaryDirectory(prefix=".film-", dir=target.parent) as folder,
    ):
        made = Path(folder, "unfinished")
        yield made
        add_mark(made)
        with open(made, "rb") as file:
            os.fsync(file.fileno())
        refuse_another_maker(target)
        beside = HeldFolder(target.parent)
        beside.replace(f"{made.parent.name}/{made.name}", target.name)
        beside.sync("")
