"""Pure: what submitting to Slurm can be told, beside the work itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...chunking.errors import BadSetting
from ...chunking.setting_values import Setting
from ...publishing.output_folder import PRIVATE
from ..options import CPUS, JOB_MEMORY, JOB_TIMEOUT, option

SLURM = "Slurm"
LOGS = "slurm"
"""The folder for the jobs' logs below an output folder's private one, where none is named."""
LAST_MINUTES = 1
"""What children keep of their time for an orderly end."""
LEAST_SECONDS = (LAST_MINUTES + 1) * 60


def _whole_minutes(seconds: int) -> int:
    if 0 < seconds < LEAST_SECONDS:
        raise BadSetting(
            f"--job-timeout is {seconds}: write at least {LEAST_SECONDS} seconds for Slurm, "
            "which counts in minutes, the last of which children keep for an orderly end."
        )
    return seconds // 60


@dataclass(frozen=True)
class SlurmOptions:
    """What a cluster is asked for. Raises BadSetting for numbers that ask for nothing."""

    partition: str = option(Setting("slurm_partition", "", SLURM, "Partition", "Slurm's partition"))
    """Empty: the cluster's default."""
    cpus: int = option(CPUS, lambda cpus: cpus or 4)
    """Cores for each child, and for the film."""
    memory: int = option(JOB_MEMORY)
    """MiB for each of them; 0: the cluster's default."""
    time: int = option(JOB_TIMEOUT, _whole_minutes)
    """Minutes that an attempt may take; 0: the partition's limit alone."""
    logs: str = option(
        Setting(
            "slurm_logs", "", SLURM, "Logs", "Folder for the jobs' logs; empty: below the output "
            "folder",
        )
    )  # fmt: skip
    """See `logs_folder`."""
    words: str = option(Setting("slurm_words", "", SLURM, "More Words", "Further words for sbatch"))
    """As a shell would split them."""

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

    def logs_folder(self, output: str) -> Path:
        """Where the logs of an array lie that renders into this output folder."""
        return Path(self.logs) if self.logs else Path(output) / PRIVATE / LOGS
