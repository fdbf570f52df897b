"""Pure: an array as scripts, for a machine that has Slurm's commands."""

from __future__ import annotations

import os
from pathlib import Path

from ..engine import Work
from .options import SlurmOptions
from .script import array_script, film_script

ARRAY_FILE, FILM_FILE = "array.sbatch", "film.sbatch"


def export(folder: Path, options: SlurmOptions, work: Work) -> list[Path]:
    """Write what sbatch takes into a folder that is there; returns the files.

    Raises BadSetting for values that can't be written into a script, OSError for what can't be
    written at all.
    """
    scripts = {ARRAY_FILE: array_script(work, options)}
    if work.makes_film:
        scripts[FILM_FILE] = film_script(work, options)
    for name, text in scripts.items():
        (folder / name).write_bytes(os.fsencode(text))  # paths are bytes that may be no UTF-8
    return [folder / name for name in scripts]
