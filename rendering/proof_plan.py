"""Pure: of which frames a child proves that data may be kept between them, and when that pays.

Proving is to prepare frames once more, so it is counted in preparations. What it can bring is known
after the first frame, which took at least as long as its preparation; how much is saved of that,
when another frame was prepared with what is kept of the first. All seconds are those of the
processors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

LEAST_SECONDS = 1.0
"""What a chunk has to be able to save: less is nobody's gain, and no proof is without any risk."""

LEAST_OTHERS = 2
"""Frames beside the first one that are compared."""

BETWEEN = 0.618
"""Where of the other frames the one between is. In the middle what moves to and fro, or in loops,
is often where it was at first; by the golden ratio it seldom is."""


class ProofPlan(NamedTuple):
    """Which frames are rendered with kept data and without."""

    first: int
    """The frame that the child has rendered."""
    others: tuple[int, ...]
    """Those that are rendered after it, in this order: the last one, and one between."""
    proves_first: bool
    """Whether the first frame, too, may be another one with kept data: view layers share it."""
    keeps_first: bool
    """Whether the others begin with what was kept of the first frame, as that was rendered."""

    @property
    def frames(self) -> tuple[int, ...]:
        """All frames that it rests on."""
        return (self.first, *self.others)

    @property
    def kept(self) -> tuple[int, ...]:
        """The frames that are rendered with kept data, in this order."""
        return self.others if self.keeps_first else self.frames

    @property
    def preparations(self) -> int:
        """What it costs: the first one that is kept, all that are doubted, and the chunk's next."""
        return (not self.keeps_first) + self.preparations_anew

    @property
    def preparations_anew(self) -> int:
        """What it costs after the frames with kept data."""
        return len(self.doubted) + 1

    @property
    def doubted(self) -> tuple[int, ...]:
        """The frames that are rendered without kept data as well, in this order."""
        return (*reversed(self.others), *((self.first,) if self.proves_first else ()))


def plan_proof(
    first: int, todo: Sequence[int], proves_first: bool, keeps_first: bool
) -> ProofPlan | None:
    """The frames to be compared, of those that are to be rendered; None: there are too few.

    `first` is the one that is rendered first; for the two others see `ProofPlan`.
    """
    rest = [frame for frame in todo if frame != first]
    if len(rest) < LEAST_OTHERS:
        return None
    plan = ProofPlan(
        first,
        (rest[-1], rest[round((len(rest) - 1) * BETWEEN)]),
        proves_first,
        keeps_first and not proves_first,
    )
    return plan if len(rest) > plan.preparations else None


def can_pay(frame_seconds: float, frames_left: int, preparations: float) -> bool:
    """Whether a proof can pay, if all that the first frame took was its preparation."""
    return frame_seconds * (frames_left - preparations) >= LEAST_SECONDS


def still_pays(saved_seconds: float, frames_left: int, cost_seconds: float) -> bool:
    """Whether what is saved with each frame is worth what the proof has still to cost."""
    return saved_seconds * frames_left > cost_seconds
