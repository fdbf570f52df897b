"""Pure: Slurm as an engine, by its own commands."""

from __future__ import annotations

from ..engine import Engine, Farm, Work
from .slurm_options import SlurmOptions


def _engine(options: SlurmOptions, output: str) -> Engine:
    from .slurm_engine import SlurmEngine

    return SlurmEngine(options, output)


def _files(options: SlurmOptions, work: Work) -> dict[str, bytes]:
    from .script import script_files

    return script_files(options, work)


FARM = Farm(
    name="slurm",
    label="Slurm",
    help="A job array on a cluster, by Slurm's own commands",
    options=SlurmOptions,
    engine=_engine,
    files=_files,
    variables=("SLURM_", "SLURMD_"),
    essential=frozenset({"slurm_partition"}),
)
