"""The report page with small pictures of the frames, which Blender makes where there is one."""

from __future__ import annotations

import logging
import shlex
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..chunking.errors import ChunkError, SceneRefused
from ..chunking.setting_values import Value
from ..chunking.settings import SETTINGS
from ..machine.main_command import command_for_people
from ..publishing.places import report_path
from ..publishing.sheet_layout import SheetLayout, even_spread
from ..report.facts import Facts
from ..report.page import Surroundings, page, write_page
from ..report.thumbnails import Thumbnails
from ..report.words import frames_text
from .whole_pictures import whole_pictures

JPEG_QUALITY = 80
"""48 pictures take some 300 kB then, and nobody sees the difference at their size."""

log = logging.getLogger(__name__)


def rerun_command(facts: Facts, blend: str, settings: Mapping[str, Value], *more_words: str) -> str:
    """The command that renders what is not done, for a shell.

    `blend` is empty where the file is not known. `settings` are those that were given beside it, of
    no array; frames and output folder are those of the report. `more_words` come last.
    """
    others = {name: value for name, value in settings.items() if name not in ("frames", "output")}
    missing = {"frames": frames_text(facts.survey.to_render), "output": facts.root}
    words = command_for_people(blend)
    for name, value in {**others, **missing}.items():
        words += [SETTINGS[name].option, str(value)]
    return shlex.join([*words, *more_words])


def make_report(facts: Facts, rerun: str, scene: Any) -> Path:
    """Write the page beside the output folder and return its path. Raises ChunkError.

    `rerun` is the command that renders what is missing; `scene` shows the pictures as its own, and
    is None where there is no Blender.
    """
    done = facts.survey.done
    thumbnails, reason = None, ""
    if scene is None:
        reason = "the report was made without Blender."
    elif not done:
        reason = "no frame is done."
    else:
        pictures = [(frame, facts.root / done[frame].files[0].name) for frame in sorted(done)]
        try:
            thumbnails = _made_thumbnails(pictures, scene)
        except ChunkError as error:
            log.warning("The report has no thumbnails: %s", error)
            reason = str(error)
    target = report_path(facts.root)
    write_page(target, page(facts, Surroundings(datetime.now(UTC), rerun, thumbnails, reason)))
    return target


def _made_thumbnails(pictures: list[tuple[int, Path]], scene: Any) -> Thumbnails:
    """A contact sheet of those that are whole, as JPEG. Raises ChunkError."""
    import bpy

    from .contact_sheet import contact_sheet

    whole = whole_pictures(dict(even_spread(pictures)))
    if whole.left_out:
        log.warning("Pictures that the report can't show: %s", whole.reasons)
    if not whole.pictures:
        raise SceneRefused(f"no picture that was looked at is whole: {whole.reasons}.")
    chosen = list(whole.pictures.items())
    layout = SheetLayout(len(chosen), *whole.size)
    with tempfile.TemporaryDirectory(prefix="array_chunk-report-") as folder:
        sheet, jpeg = Path(folder, "sheet.png"), Path(folder, "sheet.jpg")
        contact_sheet(chosen, sheet, seen_in=scene)
        image = bpy.data.images.load(str(sheet))
        try:
            # An OpenEXR's pictures can be larger or smaller than what it says to be shown.
            if tuple(image.size) != (layout.width, layout.height):
                raise SceneRefused("the pictures have other sizes than they say.")
            image.file_format = "JPEG"
            image.save(filepath=str(jpeg), quality=JPEG_QUALITY)
        finally:
            bpy.data.images.remove(image)
        return Thumbnails(jpeg.read_bytes(), tuple(frame for frame, _ in chosen), layout)
