"""Make docs/BENCHMARKS.md of what the benches measured on this machine: .build/bench/*.json.

Each bench has its own stamp, so a page may hold benches of several days. A bench that was never run
here is named as such: its figures of other machines are in the history of the page, not on it.
Figures of other places (QUICK=1, BENCH_RESULTS) get a page beside them.
"""

from __future__ import annotations

import json
import os
import textwrap
from pathlib import Path
from typing import Any

from pairs import QUICK, RESULTS

from machine import ROOT

ELSEWHERE = QUICK or bool(os.environ.get("BENCH_RESULTS"))
PAGE = RESULTS / "BENCHMARKS.md" if ELSEWHERE else ROOT / "docs" / "BENCHMARKS.md"

INTRODUCTION = """# Benchmarks

Written by `make bench` from what it measured. `make bench BENCH="loop lanes"` runs some of them,
and `POTTERY=/path/to/pottery.blend` adds a real scene to those that have a place for one.

- What is compared runs in turns (A B, B A, A B …), each time in an empty folder. A ratio is the
  median of the pairs' ratios; below 1 is faster. A time is a process's whole wall time, with
  Blender's start, and a median.
- "Cores busy" is the processor time of a side with all its processes, by its wall time.
- "Others" is what other programs used of the machine meanwhile: with more than a few percent the
  figures are worth less.
- A bar is the highest value that is accepted. Rows without one are told for interest.
"""


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def table(rows: list[dict[str, Any]]) -> list[str]:
    """The rows of one bench, with every column that one of them has."""
    columns = list(dict.fromkeys(name for row in rows for name in row["figures"]))
    bars = any(row["bar"] is not None for row in rows)
    head = ["case", *columns, *(["bar", "held"] if bars else [])]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for row in rows:
        cells = [row["case"], *(row["figures"].get(name, "") for name in columns)]
        cells += judged(row) if bars else []
        lines.append(f"| {' | '.join(map(cell, cells))} |")
    return lines


def judged(row: dict[str, Any]) -> list[str]:
    if row["bar"] is None:
        return ["", ""]
    return [f"≤ {row['bar']:,g}", "yes" if row["value"] <= row["bar"] else "**no**"]


def section(told: dict[str, Any]) -> list[str]:
    stamp = told["stamp"]
    under = "; ".join(
        (
            stamp["date"],
            f"Array Chunk Render {stamp['product']}",
            stamp["blender"],
            stamp["machine"],
            f"others {stamp['others']}.",
        )
    )
    about = textwrap.fill(" ".join(told["about"].split()), 100, break_on_hyphens=False)
    return [f"## {told['title']}", "", about, "", *table(told["rows"]), "", under, ""]


def page(results: list[dict[str, Any]], names: set[str]) -> str:
    """The whole page, the benches in order of their titles."""
    lines = [INTRODUCTION]
    if QUICK:
        lines += ["**Tiny numbers (QUICK=1): these figures say nothing.**", ""]
    for told in sorted(results, key=lambda each: each["title"]):
        lines += section(told)
    if missing := sorted(names - {told["name"] for told in results}):
        lines += [f"Not measured on this machine: {', '.join(missing)}.", ""]
    return "\n".join(lines)


def main() -> None:
    names = {path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py")}
    results = [json.loads(path.read_text("utf-8")) for path in sorted(RESULTS.glob("*.json"))]
    PAGE.write_text(page(results, names), encoding="utf-8")
    rows = [row for told in results for row in told["rows"] if row["bar"] is not None]
    held = [row["value"] <= row["bar"] for row in rows]
    print(f"{sum(held)} of {len(held)} bars held: {PAGE}")


if __name__ == "__main__":
    main()
