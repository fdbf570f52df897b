"""What a figure is to be read with: the machine, Blender, the product, and who else was at work."""

from __future__ import annotations

import datetime
import functools
import os
import platform
import re
import resource
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORES = os.cpu_count() or 1


def memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30))


def processor() -> str:
    """The processor's name, as the kernel tells it."""
    told = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", told.read_text()) if told.exists() else None
    return found.group(1).strip() if found else platform.machine()


@functools.cache
def blender_version(blender: Path) -> str:
    """Such as `Blender 4.3.2`; the command over a wheel has a Python beside it."""
    command = [str(blender), "--version"]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    wheel = blender.with_name("python").exists()
    return answer.splitlines()[0] + (" as a Python module" if wheel else "")


def product_version() -> str:
    """The manifest's version, and the commit that was measured."""
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text())
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=, changed"]
    told = subprocess.run(git, check=False, capture_output=True, text=True)
    commit = f" ({told.stdout.strip()})" if told.returncode == 0 else ""
    return f"{manifest['version']}{commit}"


class Neighbours:
    """How much of the machine others used while a bench ran. Nothing where the kernel won't say."""

    def __init__(self) -> None:
        self._busy, self._all = _machine_ticks()
        self._own = _own_seconds()

    def share(self) -> float | None:
        """From 0 to 1: what was busy in all, less what we and our children used."""
        busy, ticks = _machine_ticks()
        if ticks == self._all:
            return None
        own = (_own_seconds() - self._own) * os.sysconf("SC_CLK_TCK")
        return max(0.0, (busy - self._busy - own) / (ticks - self._all))


def _machine_ticks() -> tuple[float, float]:
    """Busy ticks and all ticks of all cores; time stolen by the host counts as busy."""
    told = Path("/proc/stat")
    if not told.exists():
        return 0, 0
    user, nice, system, idle, waiting, *rest = map(
        int, told.read_text().splitlines()[0].split()[1:9]
    )
    ticks = sum((user, nice, system, idle, waiting, *rest))
    return ticks - idle - waiting, ticks


def _own_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def stamp(blender: Path | None, neighbours: Neighbours) -> dict[str, str]:
    """The words under a table."""
    others = neighbours.share()
    return {
        "date": datetime.date.today().isoformat(),
        "product": product_version(),
        "blender": blender_version(blender) if blender else "no Blender",
        "machine": f"{CORES} cores, {memory_gib()} GiB, {processor()}",
        "others": "not known" if others is None else f"{others:.0%}",
    }
