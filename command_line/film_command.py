"""The sub-command `film`: a film and a contact sheet beside the output folder."""

from __future__ import annotations

import logging
from pathlib import Path

from ..chunking.errors import EXIT_COMPLETE
from .answer import Answer
from .opened_file import open_and_plan
from .sources import Told
from .verify_command import named_folder

log = logging.getLogger(__name__)


def film(told: Told, out: Answer, chatter_file: Path) -> int:
    """Make them of verified frames, print their paths, return the exit code."""
    settings, plan, scene = open_and_plan(told)
    folder = named_folder(settings.output)
    from ..film.making import make_film

    made = make_film(folder, plan.frames, scene, told.options["gaps"], told.options["lossless"])
    for note in made.notes:
        log.warning("%s", note)
    out.lines(f"{name}: {path}" for name, path in made.files.items())
    return EXIT_COMPLETE
