"""Pure: how many cores this process may really use, which is often fewer than the host has.

Blender counts the host's cores, in a container too. The limits it does not see are the CPU
affinity (a cpuset is part of it) and the quota of a control group: version 2 (`cpu.max`) and
version 1 (`cpu.cfs_quota_us`), as the kernel documents them in cgroup-v2.rst and sched-bwc.rst.
CPU shares and weights are no limits: they count only while others want the same cores.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

from .control_groups import control_groups, text_of


@dataclass(frozen=True)
class Cores:
    """How many threads are worth starting here, and why."""

    count: int
    host_count: int
    reason: str
    """For the log, such as `cgroup quota 8 of 64 cores`."""

    @classmethod
    def least(cls, host_count: int, allowed_count: int, quota: float | None) -> Cores:
        """Choose the narrowest of the host's cores, the affinity and the quota (in cores).

        A quota is rounded up: it throttles and forbids nothing, so that with 1.5 cores two threads
        get all of it and one thread would leave a third unused.
        """
        count, reason = host_count, f"all {host_count} cores"
        if allowed_count < count:
            count, reason = allowed_count, f"affinity {allowed_count} of {host_count} cores"
        if quota is not None and quota < count:
            count = math.ceil(quota)
            reason = f"cgroup quota {quota:g} of {host_count} cores"
        return cls(count, host_count, reason)


def usable_cores(root: Path = Path("/")) -> Cores:
    """Return what this process may use; `root` is the folder that holds `proc` and `sys`.

    Where there is no affinity or no control group (macOS, Windows), the host's cores count.
    """
    host_count = os.cpu_count() or 1
    affinity = getattr(os, "sched_getaffinity", None)
    allowed_count = len(affinity(0)) if affinity else host_count
    return Cores.least(host_count, allowed_count, cgroup_quota(root))


def cgroup_quota(root: Path) -> float | None:
    """Return the smallest quota, in cores, of this process' control groups; None without one."""
    quotas: list[float] = []
    for group in control_groups(root, "cpu"):
        # Version 2 has quota and period in one file, version 1 a file for each of them.
        for names in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):
            numbers = " ".join(text_of(group / name) for name in names).split()
            if len(numbers) != 2 or not all(number.isdecimal() for number in numbers):
                continue  # `max` or -1, which are no limit, or no such file
            quota, period = map(int, numbers)
            if quota and period:
                quotas.append(quota / period)
    return min(quotas, default=None)
