"""Pure: the starts of children, what each of them took, and on which machine.

A child is started again where it failed or its machine was taken away. A start that was killed
leaves no verdict, but the records of the frames that it finished name its process.
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..publishing.output_folder import host_of
from ..publishing.record import Record
from .children import ChildVerdict

_CHILD = re.compile(r"(?P<index>[0-9]{1,6}) of (?P<size>[0-9]{1,6})")


@dataclass(frozen=True, order=True)
class StartKey:
    """What tells one start from all others: process ids alone come again, in containers often."""

    size: int
    index: int
    attempt: int
    process: str

    @property
    def host(self) -> str:
        return host_of(self.process)


@dataclass(frozen=True)
class Start:
    """One process that worked at one child's chunk; times are in seconds."""

    key: StartKey
    verdict: ChildVerdict | None
    """None: it was killed, or is running yet."""
    frames: int
    """How many of the film's frames are as this start rendered them."""
    frame_seconds: float
    """How long these frames took."""

    @property
    def seconds(self) -> float:
        """The whole time by the verdict; without one what is known of it, its frames' time."""
        return self.verdict.seconds if self.verdict else self.frame_seconds

    @property
    def threads(self) -> int:
        return self.verdict.threads if self.verdict else 0


def starts_of(verdicts: Iterable[ChildVerdict], records: Iterable[Record]) -> tuple[Start, ...]:
    """All starts that left a trace, those with a verdict first."""
    ended = {
        StartKey(verdict.size, verdict.index, verdict.attempt, verdict.process): verdict
        for verdict in verdicts
    }
    unnamed = {dataclasses.replace(key, process=""): key for key in ended}
    seconds: dict[StartKey, list[float]] = defaultdict(list)
    for record in records:
        child = _CHILD.fullmatch(record.child)
        if child is None or record.adopted:  # an odd record, or a picture that no start rendered
            continue
        key = StartKey(int(child["size"]), int(child["index"]), record.attempt, record.process)
        seconds[unnamed.get(key, key)].append(seconds_of(record) or 0.0)
    return tuple(
        Start(key, ended.get(key), len(seconds[key]), sum(seconds[key]))
        for key in {**ended, **seconds}
    )


def seconds_of(record: Record) -> float | None:
    """How long a frame took, where its record says so."""
    return record.seconds if record.seconds > 0 and not record.adopted else None


@dataclass(frozen=True)
class Machine:
    """A host, and what was done there; times are in seconds."""

    host: str
    starts: int
    frames: int
    frame_seconds: float
    seconds: float
    threads: int
    """0: not known."""


def machines_of(starts: Iterable[Start]) -> list[Machine]:
    """The hosts, the one with most frames first."""
    by_host: dict[str, list[Start]] = defaultdict(list)
    for start in starts:
        by_host[start.key.host].append(start)
    machines = [
        Machine(
            host,
            len(own),
            sum(start.frames for start in own),
            sum(start.frame_seconds for start in own),
            sum(start.seconds for start in own),
            max(start.threads for start in own),
        )
        for host, own in by_host.items()
    ]
    return sorted(machines, key=lambda machine: (-machine.frames, machine.host))


@dataclass(frozen=True)
class Cost:
    """What a render took of machines, in hours.

    `cpu_hours` multiplies each start's seconds by the threads that it rendered with: the cores
    that it kept busy or waiting, which is what a farm is paid for. A start without a verdict
    counts with its frames' seconds and its host's threads; what it lost is not known.
    """

    machine_hours: float
    cpu_hours: float
    uncounted: int
    """Starts whose number of threads is not known: they are missing in `cpu_hours`."""


def cost_of(starts: Iterable[Start]) -> Cost:
    starts = list(starts)
    threads = {machine.host: machine.threads for machine in machines_of(starts)}
    used = [(start.seconds, start.threads or threads[start.key.host]) for start in starts]
    return Cost(
        machine_hours=sum(seconds for seconds, _ in used) / 3600,
        cpu_hours=sum(seconds * count for seconds, count in used) / 3600,
        uncounted=sum(1 for seconds, count in used if seconds and not count),
    )


def by_child(starts: Iterable[Start]) -> Mapping[tuple[int, int], list[Start]]:
    """The starts of each child (its array's size, its index), in order."""
    children: dict[tuple[int, int], list[Start]] = defaultdict(list)
    for start in sorted(starts, key=lambda start: start.key):
        children[start.key.size, start.key.index].append(start)
    return children
