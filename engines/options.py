"""Pure: options of submitting: how a class of them is declared, and those that all farms share.

A field of such a class is one option under one word, as a field of `Settings` is: what the command
line, a variable, the dialog and the docs have of it is made from its setting. Each engine has a
class of its own in its folder.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ..chunking.setting_values import Setting, Value, parse_value

Options = TypeVar("Options")

SUBMIT = "Submit"
PATHS = "Paths on the Farm"

JOB_NAME = Setting(
    "job_name", "", SUBMIT, "Job Name", "Name of the array; empty: that of the .blend"
)
CPUS = Setting(
    "cpus", 0, SUBMIT, "CPUs", "Cores for each child (vCPUs); 0: 4, or what a named job definition "
    "says", maximum=1024,
)  # fmt: skip
JOB_MEMORY = Setting(
    "job_memory", 0, SUBMIT, "Memory (MiB)", "MiB for each child; 0: Slurm's default, what a named "
    "job definition says, or 8192", maximum=16_777_216,
)  # fmt: skip
JOB_TIMEOUT = Setting(
    "job_timeout", 0, SUBMIT, "Timeout (s)", "Seconds that a child may take; 0: no limit",
    maximum=31_536_000,
)  # fmt: skip
WITH_FILM = Setting(
    "with_film", True, SUBMIT, "Film", "Have another job verify and make the film, once all "
    "children are complete",
)  # fmt: skip
FARM_BLEND = Setting(
    "farm_blend", "", PATHS, "Blend File", "The .blend, as the farm's machines see it; empty: as "
    "here",
)  # fmt: skip
FARM_OUTPUT = Setting(
    "farm_output", "", PATHS, "Output Folder", "The output folder, as the farm's machines see it; "
    "empty: as here",
)  # fmt: skip
FARM_BLENDER = Setting(
    "farm_blender", "", PATHS, "Blender", "Blender on the farm's machines; empty: `blender`, found "
    "by PATH there",
)  # fmt: skip
FARM_MAIN = Setting(
    "farm_main", "", PATHS, "main.py", "This extension's main.py, as the farm's machines see it; "
    "empty: as here",
)  # fmt: skip

SHARED = (
    JOB_NAME, CPUS, JOB_MEMORY, JOB_TIMEOUT, WITH_FILM,
    FARM_BLEND, FARM_OUTPUT, FARM_BLENDER, FARM_MAIN,
)  # fmt: skip
"""What more than one engine is told, in the order in which the dialog and the docs have it."""


def option(setting: Setting, read: Callable[[Any], Any] = lambda value: value) -> Any:
    """A field that holds what `read` makes of a setting's value, or of its default."""
    return dataclasses.field(
        default_factory=lambda: read(setting.default), metadata={"setting": setting, "read": read}
    )


def settings_of(options: type[Any]) -> tuple[Setting, ...]:
    """The settings that a class of options is read from."""
    return tuple(each.metadata["setting"] for each in dataclasses.fields(options))


def parse_options(options: type[Options], values: Mapping[str, Value]) -> Options:
    """Options of this class, from all that submitting was told; others are passed over.

    What is left out has its default. Raises BadSetting, naming the option and its value.
    """
    fields: dict[str, Any] = {}
    for each in dataclasses.fields(options):  # type: ignore[arg-type]
        setting: Setting = each.metadata["setting"]
        value = parse_value(setting, values.get(setting.name, setting.default), setting.option)
        fields[each.name] = each.metadata["read"](value)
    return options(**fields)


@dataclass(frozen=True)
class NoOptions:
    """Of an engine that is told nothing but the work itself."""


@dataclass(frozen=True)
class WorkOptions:
    """What an array is called, and where the farm's machines see its files."""

    job_name: str = option(JOB_NAME)
    with_film: bool = option(WITH_FILM)
    farm_blend: str = option(FARM_BLEND)
    farm_output: str = option(FARM_OUTPUT)
    farm_blender: str = option(FARM_BLENDER)
    farm_main: str = option(FARM_MAIN)
