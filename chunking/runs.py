"""Pure: arithmetic runs of frames (Python's ranges) and what can be done without unrolling them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import TypeAlias

from .errors import BadSetting

FRAME_LIMIT = 1_048_574
"""The largest frame number of either sign: the hard limits of `Scene.frame_current` in Blender."""

Run: TypeAlias = range
"""A run of frames; a word of its own because `FrameSet` has a method called range."""


def refuse_beyond_limit(runs: Iterable[Run]) -> None:
    """Raise BadSetting for the first frame that Blender can't count to. No run may be empty."""
    for frame in chain.from_iterable((run[0], run[-1]) for run in runs):
        if abs(frame) > FRAME_LIMIT:
            raise BadSetting(
                f"Frame {frame} can't be rendered: choose frames from -{FRAME_LIMIT} to "
                f"{FRAME_LIMIT}, Blender's own limits."
            )


def stretches(frames: Iterable[int]) -> Iterator[Run]:
    """Yield the frames as runs of neighbours, which saves handling each frame by itself later."""
    for _, stretch in groupby(enumerate(frames), lambda numbered: numbered[1] - numbered[0]):
        neighbours = [frame for _, frame in stretch]
        yield range(neighbours[0], neighbours[-1] + 1)


def first_occurrences(runs: Iterable[Run]) -> Iterator[Run]:
    """Cut from each run the frames of earlier runs.

    Takes one byte for every frame within the limits, however many runs there are. No run may be
    empty or beyond the limits.
    """
    seen = bytearray(2 * FRAME_LIMIT + 1)
    for run in runs:
        low, high = sorted((run[0], run[-1]))
        places = slice(low + FRAME_LIMIT, high + FRAME_LIMIT + 1, abs(run.step))
        known = seen[places] if run.step > 0 else seen[places][::-1]
        seen[places] = b"\1" * len(run)
        begin = known.find(0)
        while begin >= 0:
            end = known.find(1, begin)
            end = len(run) if end < 0 else end
            yield run[begin:end]
            begin = known.find(0, end)


def joined(runs: Iterable[Run]) -> Iterator[Run]:
    """Divide distinct frames into runs in a way that depends on the frames and their order alone.

    From the left, each run is as long as it can be; one of only two frames gives up its first as
    a run of its own, so that 8, 20, 25, 30 becomes 8 and 20-30x5 and not 8-20x12, 25 and 30.
    """
    current = range(0)
    for run in runs:
        rest = run
        while rest:
            if taken := _continuing(current, rest):
                step = rest[0] - current[-1]
                current, rest = range(current[0], rest[taken - 1] + step, step), rest[taken:]
            elif len(current) == 2:
                yield current[:1]
                current = current[1:]
            else:
                yield from _whole(current)
                current, rest = rest, rest[:0]
    yield from _whole(current)


def _continuing(current: Run, rest: Run) -> int:
    """Return how many frames at the start of the rest continue the current run."""
    if not current or (len(current) > 1 and rest[0] != current[-1] + current.step):
        return 0
    step = rest[0] - current[-1]
    return len(rest) if len(rest) == 1 or rest.step == step else 1


def _whole(run: Run) -> tuple[Run, ...]:
    if len(run) == 2:
        return run[:1], run[1:]
    return (run,) if run else ()


def run_text(run: Run) -> str:
    """Write a run that is not empty as fileseq does; the step has no sign."""
    if len(run) == 1:
        return str(run[0])
    step = "" if abs(run.step) == 1 else f"x{abs(run.step)}"
    return f"{run[0]}-{run[-1]}{step}"
