"""Films for the simulated array: how many seconds each frame takes, and when machines are there.

All have frames of MEAN_SECONDS on average, so that their lower bounds can be compared.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

MEAN_SECONDS = 60.0
RECORDED = Path(__file__).parent / "recorded_frame_seconds.json"

LOSSES_AN_HOUR = 0.1
"""How many of the machines the cloud takes back within an hour."""

BACK_AFTER_SECONDS = 240.0
"""How long it takes until the retry of a lost child begins: a new machine, and Blender on it."""

STARTS_OVER = 0.3
"""Where machines come one after the other: the part of the film's time until the last is there."""


@dataclass(frozen=True)
class Presence:
    """When a child's machine is there: from `begins`, but for the gaps (lost at, back at)."""

    begins: float = 0.0
    gaps: tuple[tuple[float, float], ...] = ()

    def seconds_until(self, time: float) -> float:
        """For how long the machine has been there."""
        away = sum(max(0.0, min(back, time) - min(lost, time)) for lost, back in self.gaps)
        return max(0.0, time - self.begins - away)


@dataclass(frozen=True)
class Film:
    """One case: frame k (from 1) takes seconds[k - 1]; child i is there as presences[i] says."""

    seconds: list[float]
    presences: list[Presence]

    def bound(self) -> float:
        """The earliest time that is possible, in seconds.

        By then the machines were there for as long as all frames take in sum; and no frame is
        begun before the first machine is there.
        """
        work = sum(self.seconds)
        low, high = 0.0, work + max(presence.begins for presence in self.presences)
        while sum(presence.seconds_until(high) for presence in self.presences) < work:
            high *= 2
        for _ in range(40):
            middle = (low + high) / 2
            if sum(presence.seconds_until(middle) for presence in self.presences) < work:
                low = middle
            else:
                high = middle
        first = min(presence.begins for presence in self.presences)
        return max(high, first + max(self.seconds))


def _scaled(seconds: list[float]) -> list[float]:
    factor = MEAN_SECONDS * len(seconds) / sum(seconds)
    return [each * factor for each in seconds]


def _uniform(count: int, chance: random.Random) -> list[float]:
    return _scaled([chance.uniform(0.5, 1.5) for _ in range(count)])


def _ramp(count: int, chance: random.Random) -> list[float]:
    return _scaled([(0.2 + 1.6 * k / count) * chance.uniform(0.9, 1.1) for k in range(count)])


def _heavy_tail(count: int, chance: random.Random) -> list[float]:
    return _scaled([chance.lognormvariate(0.0, 0.5) for _ in range(count)])


def _heavy_quarter(count: int, chance: random.Random) -> list[float]:
    begin = chance.randrange(count - count // 4 + 1)
    heavy = range(begin, begin + count // 4)
    return _scaled([(20 if k in heavy else 1) * chance.uniform(0.9, 1.1) for k in range(count)])


def _monster(count: int, chance: random.Random) -> list[float]:
    seconds = _uniform(count, chance)
    seconds[chance.randrange(count)] = 150 * MEAN_SECONDS
    return seconds


def _recorded(count: int, chance: random.Random) -> list[float]:
    """The recorded film, stretched to this length: neighbours stay alike."""
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))["seconds"]
    turn = chance.randrange(len(recorded))
    stretched = (
        recorded[(turn + k * len(recorded) // count) % len(recorded)] for k in range(count)
    )
    return _scaled([each * chance.uniform(0.95, 1.05) for each in stretched])


def _all_there(size: int, whole: float, chance: random.Random) -> list[Presence]:
    return [Presence(begins=chance.uniform(0.0, 5.0)) for _ in range(size)]


def _lost(size: int, whole: float, chance: random.Random) -> list[Presence]:
    return [Presence(chance.uniform(0.0, 5.0), _gaps(3 * whole, chance)) for _ in range(size)]


def _gaps(until: float, chance: random.Random) -> tuple[tuple[float, float], ...]:
    gaps = []
    time = chance.expovariate(LOSSES_AN_HOUR / 3600)
    while time < until:
        back = time + BACK_AFTER_SECONDS * chance.uniform(0.5, 1.5)
        gaps.append((time, back))
        time = back + chance.expovariate(LOSSES_AN_HOUR / 3600)
    return tuple(gaps)


def _staggered(size: int, whole: float, chance: random.Random) -> list[Presence]:
    return [Presence(begins=chance.uniform(0.0, STARTS_OVER * whole)) for _ in range(size)]


FrameSeconds = Callable[[int, random.Random], list[float]]
Presences = Callable[[int, float, random.Random], list[Presence]]
FILMS: Mapping[str, tuple[FrameSeconds, Presences]] = {
    "recorded": (_recorded, _all_there),
    "uniform": (_uniform, _all_there),
    "ramp": (_ramp, _all_there),
    "heavy tail": (_heavy_tail, _all_there),
    "heavy quarter": (_heavy_quarter, _all_there),
    "monster frame": (_monster, _all_there),
    "spot losses": (_uniform, _lost),
    "staggered starts": (_uniform, _staggered),
}
"""The cases by name. Heavy tail: lognormal, sigma 0.5. Heavy quarter: a stretch of 20 times longer
frames. Monster frame: one of them takes as long as 150 others."""


def film(name: str, frames: int, size: int, seed: int) -> Film:
    """One case of that many frames and children."""
    chance = random.Random(f"{name} {seed}")
    frame_seconds, presences = FILMS[name]
    seconds = frame_seconds(frames, chance)
    return Film(seconds, presences(size, sum(seconds) / size, chance))
