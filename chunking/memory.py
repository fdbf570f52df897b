"""Pure: placeholder until the branch lands."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    bytes: int | None


def memory_limit(told: int) -> Limit:
    return Limit(told << 20 if told else os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def peak_bytes() -> int | None:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
