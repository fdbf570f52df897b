"""Pure: all engines, each declared in its own folder, and what is chosen by a farm's name.

A folder's `__init__` imports what makes its engine only where it is called: each child of an array
loads all declarations for its options, and none of the engines.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..chunking.errors import BadSetting, OutputFailed
from ..chunking.setting_values import Setting, Value
from .aws_batch import FARM as AWS_BATCH
from .engine import Engine, Farm, Work
from .local import FARM as LOCAL
from .open_job_description import FARM as OPEN_JOB_DESCRIPTION
from .options import SHARED, SUBMIT, settings_of
from .slurm import FARM as SLURM

if TYPE_CHECKING:
    from .submissions import Submission

FARMS: tuple[Farm[Any], ...] = (LOCAL, AWS_BATCH, SLURM, OPEN_JOB_DESCRIPTION)

FARM_SETTING = Setting(
    "farm", FARMS[0].name, SUBMIT, "Farm", "Where the children run",
    choices=tuple((each.name, each.label, each.help) for each in FARMS),
)  # fmt: skip

SUBMIT_OPTIONS = (
    FARM_SETTING,
    *SHARED,
    *(one for each in FARMS for one in settings_of(each.options) if one not in SHARED),
)
"""What submitting an array can be told, for the command line, the dialog and the docs."""

VARIABLES = tuple(name for each in FARMS for name in each.variables)
"""How the names begin of the variables that engines set for their children."""

HERE = frozenset(each.name for each in FARMS if each.is_here)
NEEDS_NETWORK = frozenset(each.name for each in FARMS if each.needs_network)
"""By name, as what was submitted by another version may be on a farm that this one has not."""


def farm_of(name: str) -> Farm[Any]:
    """Raises BadSetting for a name that no farm has, such as one of another version."""
    for each in FARMS:
        if each.name == name:
            return each
    names = ", ".join(each.name for each in FARMS)
    raise BadSetting(f"There is no farm {name!r}: name one of {names}.")


def engine_of(farm: str, options: Mapping[str, Value], output: str = "") -> Engine:
    """The engine that a farm's name stands for; options that are left out have their defaults.

    `output` is the output folder as this machine sees it, where that is known. Raises BadSetting
    where an option can't be what it is, or where the farm only takes files.
    """
    declared = farm_of(farm)
    if declared.engine is None:
        raise BadSetting(
            f"--farm is {farm!r}, which is a format, not a farm: write its files by --export, and "
            "submit them by the tools of a farm that takes them."
        )
    return declared.engine(declared.parse(options), output)


def engine_for(submission: Submission) -> Engine:
    """The engine that an array was submitted to. Raises BadSetting, as `engine_of` does."""
    return engine_of(submission.farm, submission.options, submission.output)


def export(farm: str, options: Mapping[str, Value], work: Work, folder: Path) -> list[Path]:
    """Write what would be submitted into a folder, for those who submit it by other means.

    Returns the files. Raises BadSetting where a farm takes no files, or not such work, and
    OutputFailed where they can't be written.
    """
    declared = farm_of(farm)
    if declared.files is None:
        raise BadSetting(f"--farm is {farm!r}, which takes no files: leave --export out.")
    files = declared.files(declared.parse(options), work)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
            if name.endswith(".sh"):  # to be run; those for sbatch are only handed to it
                (folder / name).chmod(0o755)
    except OSError as error:
        raise OutputFailed(
            f"--export is {str(folder)!r}, which can't be written to: {error.strerror}.",
            error.errno,
        ) from error
    return [folder / name for name in files]
