"""Pure: what an engine is to run, from the settings and what submitting was told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ..chunking.errors import BadSetting
from ..chunking.setting_values import Value
from ..chunking.settings import Settings
from ..machine.main_command import MAIN
from .engine import Work
from .options import FARM, LOCAL_FARM, PATH_OPTIONS

MOST_NAME_CHARACTERS = 100
"""AWS Batch takes 128; the film's job appends to it."""


def work_of(
    blend: str,
    settings: Settings,
    frame_count: int,
    film_frames: str,
    options: Mapping[str, Value],
    variables: Mapping[str, str],
) -> Work:
    """The work of rendering so many frames.

    Paths are those of this machine, where no others are named for the farm's.
    Raises BadSetting where there is no output folder.
    """
    if options[FARM.name] == LOCAL_FARM:
        options = {**options, **{each.name: "" for each in PATH_OPTIONS}}  # the farm is here
    output = str(options["farm_output"]) or settings.output
    if not output:
        raise BadSetting(
            "No output folder is named: set EFS_BLENDER_OUTPUT_FOLDER_PATH or --output, or "
            "--farm-output where only the farm sees it."
        )
    return Work(
        name=str(options["job_name"]) or job_name(blend),
        size=min(settings.size, frame_count),  # no machine is started for an empty chunk
        blend=str(options["farm_blend"]) or blend,
        output=output if options["farm_output"] else str(Path(output).absolute()),
        blender=str(options["farm_blender"]) or "blender",
        main=str(options["farm_main"]) or str(MAIN),
        variables=variables,
        makes_film=bool(options["with_film"]),
        film_frames=film_frames,
    )


def job_name(blend: str) -> str:
    """A name that every engine takes, from that of the file."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(blend).stem).strip("-_")
    return name[:MOST_NAME_CHARACTERS] or "array-chunk-render"
