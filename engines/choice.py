"""Pure: the engine of a name, with the options that are its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from ..chunking.errors import BadSetting
from ..chunking.setting_values import Value, split_names
from . import open_job_description
from .aws_batch.engine import BatchEngine
from .aws_batch.export import export as batch_export
from .aws_batch.options import BatchOptions
from .engine import Engine, EngineFailed, Work
from .options import BATCH_FARM, DEFAULTS, LOCAL_FARM, OPEN_JOB_DESCRIPTION, SLURM_FARM
from .slurm.engine import SlurmEngine
from .slurm.options import SlurmOptions
from .slurm.script import array_script, film_script
from .submissions import Submission

LEAST_SLURM_SECONDS = 120

NEEDS_NETWORK = frozenset({BATCH_FARM})
"""Engines that are somewhere else than this machine and its own network."""


def engine_of(farm: str, options: Mapping[str, Value]) -> Engine:
    """The engine that a farm's name stands for; options that are left out have their defaults.

    Raises BadSetting where an option can't be what it is.
    """
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
    if os.name != "posix":
        raise EngineFailed(
            "On Windows arrays can't be run in the background: render chunk by chunk from the "
            "Render menu, or name another farm by --farm."
        )
    from .local_engine import LocalEngine  # needs what only Unix has

    return LocalEngine()


def _slurm(told: Mapping[str, Value]) -> Engine:
    return SlurmEngine(_slurm_options(told), str(told.get("output", "")))


def _slurm_options(told: Mapping[str, Value]) -> SlurmOptions:
    timeout = int(told["job_timeout"])
    if 0 < timeout < LEAST_SLURM_SECONDS:
        raise BadSetting(
            f"--job-timeout is {timeout}: write at least {LEAST_SLURM_SECONDS} seconds for Slurm, "
            "which counts in minutes, the last of which children keep for an orderly end."
        )
    return SlurmOptions(
        partition=str(told["slurm_partition"]),
        cpus=int(told["cpus"]) or SlurmOptions().cpus,
        memory=int(told["job_memory"]),
        time=timeout // 60,
        logs=str(told["slurm_logs"]),
        words=str(told["slurm_words"]),
    )


def _batch(told: Mapping[str, Value]) -> Engine:
    return BatchEngine(_batch_options(told))


def _batch_options(told: Mapping[str, Value]) -> BatchOptions:
    own = BatchOptions() if not told["job_definition"] else BatchOptions(cpus=0, memory=0)
    return BatchOptions(
        queue=str(told["queue"]),
        job_definition=str(told["job_definition"]),
        image=str(told["image"]),
        cpus=int(told["cpus"]) or own.cpus,
        memory=int(told["job_memory"]) or own.memory,
        platform=str(told["platform"]).upper(),
        file_system=str(told["file_system"]),
        access_point=str(told["access_point"]),
        mount=str(told["mount"]),
        job_role=str(told["job_role"]),
        execution_role=str(told["execution_role"]),
        log_group=str(told["log_group"]),
        attempts=int(told["attempts"]),
        timeout=int(told["job_timeout"]),
        share=str(told["share"]),
        priority=int(told["priority"]),
        tags=_tags(str(told["tags"])),
    )


def _tags(text: str) -> dict[str, str]:
    tags = dict(each.partition("=")[::2] for each in split_names(text))
    for name, value in tags.items():
        if not name or not value:
            raise BadSetting(f"--tags is {text!r}: write each as name=value.")
    return tags


def _open_job_description(told: Mapping[str, Value]) -> Engine:
    raise BadSetting(
        "--farm is 'open_job_description', which is a format, not a farm: write its files by "
        "--export, and submit them by Deadline Cloud's own tools."
    )


def _export_batch(told: Mapping[str, Value], work: Work, folder: Path) -> list[Path]:
    return batch_export(folder, _batch_options(told), work)


def _export_slurm(told: Mapping[str, Value], work: Work, folder: Path) -> list[Path]:
    options = _slurm_options(told)
    scripts = {"array.sbatch": array_script(work, options)}
    if work.makes_film:
        scripts["film.sbatch"] = film_script(work, options)
    for name, text in scripts.items():
        (folder / name).write_bytes(os.fsencode(text))  # paths are bytes that may be no UTF-8
    return [folder / name for name in scripts]


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
