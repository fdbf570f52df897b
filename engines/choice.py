"""Pure: the engine of a name, with the options that are its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from ..chunking.errors import BadSetting
from ..chunking.setting_values import Value
from .engine import Engine, EngineFailed, Work
from .options import BATCH_FARM, DEFAULTS, LOCAL_FARM

NEEDS_NETWORK = frozenset({BATCH_FARM})
"""Engines that are somewhere else than this machine and its own network."""


def engine_of(farm: str, options: Mapping[str, Value]) -> Engine:
    """The engine that a farm's name stands for; options that are left out have their defaults.

    Raises BadSetting where an option can't be what it is.
    """
    told = {**DEFAULTS, **options}
    return _MAKERS[farm](told)


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


_EXPORTERS: Mapping[str, Callable[[Mapping[str, Value], Work, Path], list[Path]]] = {}

_MAKERS: Mapping[str, Callable[[Mapping[str, Value]], Engine]] = {LOCAL_FARM: _local}
