"""What can be known before the first sample: why this scene would fail, or not look as meant."""

from __future__ import annotations

from .finding import ERROR, WARNING, DataBlock, Finding
from .registry import check_for_farm, of_other_machines, preflight, refuse_unfit

__all__ = (
    "ERROR",
    "WARNING",
    "DataBlock",
    "Finding",
    "check_for_farm",
    "of_other_machines",
    "preflight",
    "refuse_unfit",
)
