"""What the trials measured; write_reliability.py makes a table of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One kind of fault, struck in one place."""

    fault: str
    where: str
    times: int
    lost: int
    """Frames that were done and are not any more, or promised by an exit code of 0 and missing."""
    half: int
    """Half files that the reader or the checker saw under a final name."""
    wrong: int
    """Frames that were kept with other pixels than the reference's."""


@dataclass
class Ledger:
    """The sum of all rows, by fault and place."""

    path: Path
    seed: int
    """What chose the moments."""
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    with_speed: int = 0
    """How many of the faults struck children with everything switched on."""
    most_work_lost: dict[int, int] = field(default_factory=dict)
    """How many frames one kill cost at the most, by how many it may cost."""
    files_read: int = 0
    failures: list[str] = field(default_factory=list)
    """What was wrong in the trials that failed."""
    costs: list[dict[str, str]] = field(default_factory=list)
    """What a frame costs on a disk, by the table's columns."""

    def add(self, row: Row, with_speed: bool = False) -> None:
        self.with_speed += row.times * with_speed
        key = (row.fault, row.where)
        old = self.rows.get(key, Row(row.fault, row.where, 0, 0, 0, 0))
        summed = {
            name: getattr(old, name) + getattr(row, name)
            for name in ("times", "lost", "half", "wrong")
        }
        self.rows[key] = Row(row.fault, row.where, **summed)

    def add_work_lost(self, most: dict[int, int]) -> None:
        for bound, lost in most.items():
            self.most_work_lost[bound] = max(lost, self.most_work_lost.get(bound, 0))

    def write(self) -> None:
        """Write all of it: after every trial, so that a run that is ended leaves its figures."""
        told = {
            "seed": self.seed,
            "failures": self.failures,
            "with_speed": self.with_speed,
            "most_work_lost": self.most_work_lost,
            "files_read": self.files_read,
            "costs": self.costs,
            "rows": [asdict(row) for row in self.rows.values()],
        }
        self.path.write_text(json.dumps(told, indent=1), encoding="utf-8")
