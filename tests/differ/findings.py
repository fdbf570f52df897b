"""What the differential machine has found so far, as a file that is always whole."""

from __future__ import annotations

import collections
import json
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

QUOTED = re.compile(r"""(['"]).*?\1""")
"""A name in a reason."""

REFUTED = "would come out wrong"
"""What the child says where its proof shows a difference."""


@dataclass
class Findings:
    """What came out so far; written by several threads, one after the other."""

    path: Path
    lock: threading.Lock = field(default_factory=threading.Lock)
    counts: collections.Counter[str] = field(default_factory=collections.Counter)
    seconds: float = 0.0
    ways: collections.Counter[str] = field(default_factory=collections.Counter)
    undone: collections.Counter[str] = field(default_factory=collections.Counter)
    reasons: collections.Counter[str] = field(default_factory=collections.Counter)
    deaths: list[str] = field(default_factory=list)
    refused: collections.Counter[str] = field(default_factory=collections.Counter)
    cases: list[dict[str, Any]] = field(default_factory=list)

    def take(self, result: dict[str, Any]) -> None:
        """Count the result of one scene."""
        with self.lock:
            self.counts["scenes"] += 1
            self.seconds += result["seconds"]
            self.ways.update(result["ways"])
            self.counts["kept" if ": on: " in result["persistent"] else "not kept"] += 1
            self.reasons[QUOTED.sub("…", result["persistent"])[:90]] += 1
            self.undone.update(each[:100] for each in result["undone"].values())
            outcomes = result["outcomes"]
            if outcomes.get("kept"):
                self.refused[outcomes["kept"][:100]] += 1
            self.counts["all ways rendered"] += not any(outcomes.values())
            self.counts["differ in single rays"] += "grain" in result and not result["differences"]
            for each in result["differences"]:
                self.counts[f"differ: {each['between']}"] += 1
            if REFUTED in result.get("proof", ""):
                self.counts["of these refuted by the child's proof"] += 1
            self._write()

    def count(self, what: str) -> None:
        with self.lock:
            self.counts[what] += 1
            self._write()

    def keep(self, case: dict[str, Any]) -> None:
        with self.lock:
            self.cases.append(case)
            self._write()

    def _write(self) -> None:
        scenes = max(1, self.counts["scenes"])
        fields = {
            "counts": dict(self.counts),
            "core seconds a scene": round(self.seconds / scenes, 3),
            "of these": {way: round(each / scenes, 3) for way, each in self.ways.items()},
            "persistent data": dict(self.reasons.most_common(20)),
            "deaths": self.deaths,
            "refused": dict(self.refused.most_common(20)),
            "undone": dict(self.undone.most_common(60)),
            "cases": self.cases,
        }
        beside = self.path.with_suffix(".part")
        beside.write_text(json.dumps(fields, indent=1) + "\n")
        beside.replace(self.path)
