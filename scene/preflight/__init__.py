"""What can be known before the first sample: why this scene would fail, or not look as meant."""

from __future__ import annotations

from .finding import ERROR, WARNING, DataBlock, Finding
from .registry import preflight, refuse_unfit

__all__ = (
    "ERROR",
    "WARNING",
    "DataBlock",
    "Finding",
    "preflight",
    "refuse_unfit",
)
