"""The sub-command `film`: a film and a contact sheet beside the output folder."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from ..chunking.errors import SceneRefused
from ..chunking.frames import FrameSet
from ..publishing.output_folder import OutputFolder
from ..publishing.verify import Survey, survey
from .opened_file import open_and_plan
from .sources import Told
from .verify_command import named_folder


def film(told: Told, out: TextIO, chatter_file: Path) -> int:
    """Make both from verified frames, print their paths, return the exit code."""
    settings, plan, scene = open_and_plan(told)
    folder = named_folder(settings.output)
    pictures = _pictures(folder, survey(folder, plan.frames))
    from ..film.contact_sheet import contact_sheet
    from ..film.encoder import encode
    from ..film.places import contact_sheet_path, film_path

    target, sheet = film_path(folder.root), contact_sheet_path(folder.root)
    render = scene.render
    encode([path for _, path in pictures], target, render.fps, render.fps_base, seen_in=scene)
    contact_sheet(pictures, sheet, seen_in=scene)
    out.write(f"film: {target}\ncontact sheet: {sheet}\n")
    return 0


def _pictures(folder: OutputFolder, found: Survey) -> list[tuple[int, Path]]:
    """The first picture of each frame. Raises SceneRefused where a frame is not done."""
    if not found.is_complete:
        raise SceneRefused(
            f"A film of {str(folder.root)!r} would have gaps: frames "
            f"{FrameSet.of(found.to_render)} are not done. Render them first (--frames)."
        )
    return [
        (frame, folder.root / found.done[frame].files[0].name) for frame in sorted(found.wanted)
    ]
