"""The sub-command `report`: one page beside the output folder that shows how the render went."""

from __future__ import annotations

import importlib.util
import logging
import shlex
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from ..chunking.errors import ChunkError, SceneRefused
from ..chunking.plan import Plan
from ..chunking.settings import SETTINGS, Settings
from ..film.sheet_layout import SheetLayout, even_spread
from ..publishing.formats import BrokenPicture, inspect
from ..report.facts import Facts, gather_facts
from ..report.page import Surroundings, page
from ..report.page_file import report_path, write_page
from ..report.thumbnails import Thumbnails
from ..report.words import frames_text
from .doors import ROOT, blender
from .opened_file import open_and_plan, settings_and_plan
from .sources import ARRAY_SETTINGS, Told
from .verify_command import named_folder

JPEG_QUALITY = 80
"""48 pictures take some 300 kB then, and nobody sees the difference at their size."""
NOT_AGAIN = frozenset({*ARRAY_SETTINGS, "frames", "output"})
"""What is not as before in the command for the missing frames."""

log = logging.getLogger(__name__)


def report(told: Told, out: TextIO, chatter_file: Path) -> int:
    """Write the page, print its path, return the exit code; gaps are for `verify` to judge."""
    settings, plan, scene = _opened(told)
    folder = named_folder(settings.output)
    facts = gather_facts(folder, plan.frames)
    thumbnails, reason = _thumbnails(facts, scene)
    around = Surroundings(datetime.now(UTC), _rerun(told, facts), thumbnails, reason)
    target = report_path(folder.root)
    write_page(target, page(facts, around))
    out.write(f"report: {target}\n")
    return 0


def _opened(told: Told) -> tuple[Settings, Plan, Any]:
    """Settings, plan and, where a Blender and a .blend are at hand, the scene."""
    if _has_blender() and _blend(told):
        return open_and_plan(told)
    return *settings_and_plan(told), None


def _has_blender() -> bool:
    return importlib.util.find_spec("bpy") is not None


def _blend(told: Told) -> str:
    opened = blender().data.filepath if _has_blender() else ""
    return opened or str(told.options["blend"])


def _rerun(told: Told, facts: Facts) -> str:
    """The command that renders what is not done, with the settings that were told here."""
    settings = {name: str(value) for name, value in told.settings.items() if name not in NOT_AGAIN}
    settings["frames"] = frames_text(facts.found.to_render)
    settings["output"] = str(facts.root)
    words = ["blender", "-b", _blend(told) or "FILE.blend", "-P", str(ROOT / "main.py"), "--"]
    for name, value in settings.items():
        words += [SETTINGS[name].option, value]
    return shlex.join(words)


def _thumbnails(facts: Facts, scene: Any) -> tuple[Thumbnails | None, str]:
    """Small pictures by Blender, or None with the reason why there are none."""
    done = facts.found.done
    pictures = [(frame, facts.root / done[frame].files[0].name) for frame in sorted(done)]
    if scene is None:
        return None, "the report was made without Blender."
    if not pictures:
        return None, "no frame is done."
    try:
        return _made_thumbnails(pictures, scene), ""
    except (ChunkError, BrokenPicture) as error:
        log.warning("The report has no thumbnails: %s", error)
        return None, str(error)


def _made_thumbnails(pictures: list[tuple[int, Path]], scene: Any) -> Thumbnails:
    """A contact sheet of them, as JPEG. Raises ChunkError, BrokenPicture."""
    from ..film.contact_sheet import contact_sheet

    chosen = even_spread(pictures)
    first = inspect(chosen[0][1])
    layout = SheetLayout(len(chosen), first.width, first.height)
    with tempfile.TemporaryDirectory(prefix="array_chunk-report-") as folder:
        sheet, jpeg = Path(folder, "sheet.png"), Path(folder, "sheet.jpg")
        contact_sheet(chosen, sheet, seen_in=scene)
        image = blender().data.images.load(str(sheet))
        try:
            # An OpenEXR's pictures can be larger or smaller than what it says to be shown.
            if tuple(image.size) != (layout.width, layout.height):
                raise SceneRefused("the pictures have other sizes than they say.")
            image.file_format = "JPEG"
            image.save(filepath=str(jpeg), quality=JPEG_QUALITY)
        finally:
            blender().data.images.remove(image)
        return Thumbnails(jpeg.read_bytes(), tuple(frame for frame, _ in chosen), layout)
