"""Pure: the engine of a name, with the options that are its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ..chunking.errors import BadSetting
from ..chunking.setting_values import Value
from . import open_job_description
from .aws_batch.engine import BatchEngine
from .aws_batch.export import export as batch_export
from .aws_batch.options import BatchOptions
from .engine import Engine, Work
from .local_engine import LocalEngine
from .options import BATCH_FARM, DEFAULTS, LOCAL_FARM, OPEN_JOB_DESCRIPTION, SLURM_FARM
from .slurm.engine import SlurmEngine
from .slurm.export import export as slurm_export
from .slurm.options import SlurmOptions
from .submissions import Submission

NEEDS_NETWORK = frozenset({BATCH_FARM})
"""Engines that are somewhere else than this machine and its own network."""


def engine_of(farm: str, options: Mapping[str, Value]) -> Engine:
    """The engine that a farm's name stands for; options that are left out have their defaults.

    Raises BadSetting where an option can't be what it is.
    """
    if farm not in _MAKERS:  # of another version of this extension
        raise BadSetting(f"There is no farm {farm!r}: name one of {', '.join(_MAKERS)}.")
    told = {**DEFAULTS, **options}
    return _MAKERS[farm](told)


def engine_for(submission: Submission) -> Engine:
    """The engine that an array was submitted to. Raises BadSetting, as `engine_of` does."""
    return engine_of(submission.farm, {**submission.options, "output": submission.output})


def export(farm: str, options: Mapping[str, Value], work: Work, folder: Path) -> list[Path]:
    """Write what would be submitted into a folder, for those who submit it by other means.

    Returns the files. Raises BadSetting where a farm takes no files, or one that can't be written.
    """
    if farm not in _EXPORTERS:
        raise BadSetting(f"--farm is {farm!r}, which takes no files: leave --export out.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _EXPORTERS[farm]({**DEFAULTS, **options}, work, folder)
    except OSError as error:
        raise BadSetting(
            f"--export is {str(folder)!r}, which can't be written to: {error.strerror}."
        ) from error


def _local(told: Mapping[str, Value]) -> Engine:
    return LocalEngine()


def _slurm(told: Mapping[str, Value]) -> Engine:
    return SlurmEngine(SlurmOptions.of(told), str(told.get("output", "")))


def _batch(told: Mapping[str, Value]) -> Engine:
    return BatchEngine(BatchOptions.of(told))


def _open_job_description(told: Mapping[str, Value]) -> Engine:
    raise BadSetting(
        "--farm is 'open_job_description', which is a format, not a farm: write its files by "
        "--export, and submit them by Deadline Cloud's own tools."
    )


def _export_batch(told: Mapping[str, Value], work: Work, folder: Path) -> list[Path]:
    return batch_export(folder, BatchOptions.of(told), work)


def _export_slurm(told: Mapping[str, Value], work: Work, folder: Path) -> list[Path]:
    return slurm_export(folder, SlurmOptions.of(told), work)


def _export_open_job_description(told: Mapping[str, Value], work: Work, folder: Path) -> list[Path]:
    open_job_description.write(work, folder)
    return [folder / open_job_description.TEMPLATE_FILE, folder / open_job_description.VALUES_FILE]


_MAKERS: Mapping[str, Callable[[Mapping[str, Value]], Engine]] = {
    LOCAL_FARM: _local,
    BATCH_FARM: _batch,
    SLURM_FARM: _slurm,
    OPEN_JOB_DESCRIPTION: _open_job_description,
}

_EXPORTERS: Mapping[str, Callable[[Mapping[str, Value], Work, Path], list[Path]]] = {
    BATCH_FARM: _export_batch,
    SLURM_FARM: _export_slurm,
    OPEN_JOB_DESCRIPTION: _export_open_job_description,
}
