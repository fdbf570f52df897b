"""How much of the suite runs: all of it (FAULTS=full), or the selection for every change."""

from __future__ import annotations

import os
import random

FULL = os.environ.get("FAULTS") == "full"
SEED = int(os.environ.get("FAULT_SEED", "20261122"))


def rounds(full: int, selected: int) -> range:
    return range(full if FULL else selected)


def chance(*names: object) -> random.Random:
    """Random numbers that are the same for the same seed and names."""
    return random.Random(":".join(map(str, (SEED, *names))))
