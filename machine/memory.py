"""Pure: how much memory this process may use, how much it uses, and when it should let go of some.

A container's limit is one of its control group: version 2 (`memory.max`) and version 1
(`memory.limit_in_bytes`, where a number beyond all memory means none), as the kernel documents
them in cgroup-v2.rst and cgroup-v1/memory.rst. A limit of the address space (`ulimit -v`) doesn't
count: it says nothing of what is resident, and Blender reserves much more than it uses.
"""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from .control_groups import control_groups, text_of

MIB = 1 << 20

WELL_USED = 0.8
"""Share of the limit that may be resident between two frames. The rest is for what a frame needs
while it is rendered, and for what else is in the container."""

# Lines of proc(5)'s meminfo and status.
_KILOBYTES = re.compile(r"(?P<name>\w+):\s+(?P<count>[0-9]+) kB", re.ASCII)


class MemoryLimit(NamedTuple):
    """How much memory is there for this process, and why."""

    bytes: int
    reason: str
    """For the log, such as `cgroup limit 4096 of 64000 MiB`."""


class MemoryUse(NamedTuple):
    """How much memory of this process is resident, in bytes."""

    resident: int
    peak: int
    """The most that ever was."""


def memory_limit(setting: int = 0, root: Path = Path("/")) -> MemoryLimit | None:
    """Return what this process may use; `root` is the folder that holds `proc` and `sys`.

    `setting` is that of the word `memory`, in MiB; where it is 0, the smallest limit counts. None
    where nothing tells (macOS, Windows).
    """
    if setting:
        return MemoryLimit(setting * MIB, f"--memory {setting} MiB")
    machine = _kilobytes(root / "proc/meminfo").get("MemTotal")
    limit = cgroup_memory(root)
    if machine is None:
        # Version 1 says "none" by the largest number of whole pages; half of it is beyond all too.
        known = limit is not None and limit < 1 << 62
        return MemoryLimit(limit, f"cgroup limit {limit // MIB} MiB") if limit and known else None
    if limit is not None and limit < machine:
        return MemoryLimit(limit, f"cgroup limit {limit // MIB} of {machine // MIB} MiB")
    return MemoryLimit(machine, f"all {machine // MIB} MiB")


def cgroup_memory(root: Path) -> int | None:
    """Return the smallest limit, in bytes, of this process' control groups; None without one."""
    texts = [
        text_of(group / name).strip()
        for group in control_groups(root, "memory")
        for name in ("memory.max", "memory.limit_in_bytes")
    ]
    return min((int(text) for text in texts if text.isdecimal() and int(text)), default=None)


def memory_use(root: Path = Path("/")) -> MemoryUse | None:
    """Return what this process uses, None where there is no /proc that says it."""
    status = _kilobytes(root / "proc/self/status")
    if "VmRSS" not in status:
        return None
    return MemoryUse(status["VmRSS"], status.get("VmHWM", status["VmRSS"]))


def _kilobytes(path: Path) -> dict[str, int]:
    """Return the numbers of such a file by their names, in bytes."""
    lines = map(_KILOBYTES.fullmatch, text_of(path).splitlines())
    return {line["name"]: int(line["count"]) << 10 for line in lines if line is not None}


class Step(Enum):
    """What is to be done with what is kept from one frame for the next."""

    KEEP = "keep it"
    DROP = "drop it, and keep what the next frame prepares"
    STOP = "drop it, and keep nothing from now on"


class Growth(NamedTuple):
    """How resident memory grew from frame to frame while data is kept, in bytes."""

    resident: int = 0
    """After the last frame."""
    worst: int = 0
    """The most that one frame ever added to what there was after the one before it."""
    frames: int = 0
    """Frames since the data was dropped, or since the start."""
    was_dropped: bool = False

    def after_frame(self, resident: int) -> Growth:
        """What the first frame adds is no growth: it fills what is kept."""
        added = resident - self.resident if self.frames else 0
        worst = max(self.worst, added)
        return Growth(resident, worst, self.frames + 1, self.was_dropped)

    def dropped(self) -> Growth:
        return Growth(self.resident, self.worst, 0, True)

    def step(self, limit: int) -> Step:
        """Whether one more frame that grows like the worst one would pass what may be used.

        What had to be dropped after a single frame was of no use to any other one.
        """
        if self.resident + self.worst <= WELL_USED * limit:
            return Step.KEEP
        return Step.STOP if self.was_dropped and self.frames == 1 else Step.DROP
