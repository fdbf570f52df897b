"""Pure: what submitting to Slurm can be told, beside the work itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...chunking.errors import BadSetting
from ...chunking.setting_values import Value
from ...publishing.output_folder import PRIVATE

LOGS = "slurm"
"""The folder for the jobs' logs below an output folder's private one, where none is named."""
LAST_MINUTES = 1
"""What children keep of their time for an orderly end."""
LEAST_SECONDS = (LAST_MINUTES + 1) * 60


@dataclass(frozen=True)
class SlurmOptions:
    """What a cluster is asked for. Raises BadSetting for numbers that ask for nothing."""

    partition: str = ""
    """Empty: the cluster's default."""
    cpus: int = 4
    """Cores for each child, and for the film."""
    memory: int = 0
    """MiB for each of them; 0: the cluster's default."""
    time: int = 0
    """Minutes that an attempt may take; 0: the partition's limit alone."""
    logs: str = ""
    """Folder for the jobs' logs; empty: below the output folder, see `logs_folder`."""
    words: str = ""
    """Further words for sbatch, as a shell would split them."""

    def __post_init__(self) -> None:
        for name, least in (("cpus", 1), ("memory", 0), ("time", 0)):
            value = getattr(self, name)
            if value < least:
                raise BadSetting(f"{name} is {value}: write a number from {least}.")
        if 0 < self.time <= LAST_MINUTES:
            raise BadSetting(
                f"time is {self.time} min: write at least {LAST_MINUTES + 1}, the last of which "
                "children keep for an orderly end."
            )

    @classmethod
    def of(cls, told: Mapping[str, Value]) -> SlurmOptions:
        """From what submitting was told (see engines.options). Raises BadSetting."""
        timeout = int(told["job_timeout"])
        if 0 < timeout < LEAST_SECONDS:
            raise BadSetting(
                f"--job-timeout is {timeout}: write at least {LEAST_SECONDS} seconds for Slurm, "
                "which counts in minutes, the last of which children keep for an orderly end."
            )
        return cls(
            partition=str(told["slurm_partition"]),
            cpus=int(told["cpus"]) or cls.cpus,
            memory=int(told["job_memory"]),
            time=timeout // 60,
            logs=str(told["slurm_logs"]),
            words=str(told["slurm_words"]),
        )

    def logs_folder(self, output: str) -> Path:
        """Where the logs of an array lie that renders into this output folder."""
        return Path(self.logs) if self.logs else Path(output) / PRIVATE / LOGS
