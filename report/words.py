"""Pure: numbers and frame lists as people read them."""

from __future__ import annotations

from collections.abc import Iterable

from ..chunking.frames import FrameSet


def seconds_text(seconds: float) -> str:
    """A length of time with two units at the most: `6.3 s`, `2 min 05 s`, `3 h 10 min`."""
    if seconds < 59.95:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60:,} h {minutes % 60:02d} min"


def hours_text(hours: float) -> str:
    """Hours with as many digits as mean something: `0.13 h`, `12.4 h`, `3,120 h`."""
    digits = 2 if hours < 10 else 1 if hours < 100 else 0
    return f"{hours:,.{digits}f} h"


def counted(count: int, noun: str, plural: str = "") -> str:
    """`1 frame`, `2 frames`, `3 children`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def frames_text(frames: Iterable[int]) -> str:
    """The frames as a frame list, which `--frames` takes; empty for none."""
    return str(FrameSet.of(frames))
