"""Put what a full run of the fault suite or of the NFS ring measured into docs/RELIABILITY.md.

PYTHONPATH=tests python -m faults.write_reliability faults .build/reports/faults.json
PYTHONPATH=tests python -m faults.write_reliability nfs .build/reports/nfs.json

A run in parts has several files: all of them make one table.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .ledger import Ledger, Row

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "RELIABILITY.md"
BEGIN = "<!-- measured: written by `make {}` -->"
END = "<!-- end of what was measured -->"
TRIALS = "trials"
"""The row of the NFS ring that counts them."""
COLUMNS = ("times", "lost", "half", "wrong")


def measured(told: list[dict[str, Any]]) -> str:
    """The sum and the table of one run, or of the parts of one, as Markdown."""
    rows = joined(told)
    sums = {name: sum(row[name] for row in rows) for name in COLUMNS}
    lines = [
        f"{sums['times']} faults, of which SIGKILL {struck(rows, 'SIGKILL')} and SIGTERM "
        f"{struck(rows, 'SIGTERM')}: {sums['lost']} frames lost, {sums['half']} half files seen, "
        f"{sums['wrong']} wrong frames kept. {sum(part['with_speed'] for part in told)} of them "
        "struck children with everything switched on that makes a render faster. The most work "
        f"that one kill cost: {lost(told, 2)} frames that take a second, {lost(told, 9)} frames "
        f"that take a few hundredths of one. Trials that failed: "
        f"{sum(len(part['failures']) for part in told)}. Seed {told[0]['seed']}; the reader read "
        f"{sum(part['files_read'] for part in told)} files in the meantime.",
        "",
        *table(rows),
    ]
    return "\n".join(lines)


def measured_on_nfs(told: list[dict[str, Any]]) -> str:
    """The same of the NFS ring, with what a frame costs there."""
    rows = joined(told)
    trials = sum(row["times"] for row in rows if row["fault"] == TRIALS)
    arrays = [row for row in rows if row["where"] or row["fault"] != TRIALS]
    sums = {name: sum(row[name] for row in rows) for name in COLUMNS}
    lines = [
        f"{trials} trials of small pictures, and arrays with Blender: {sums['lost']} frames lost, "
        f"{sums['half']} half files seen, {sums['wrong']} wrong frames kept. Trials that failed: "
        f"{sum(len(part['failures']) for part in told)}. Seed {told[0]['seed']}.",
        "",
        *table(arrays),
    ]
    costs = [cost for part in told for cost in part["costs"]]
    if costs:
        lines += ["", line(costs[0]), "|" + "---|" * len(costs[0])]
        lines += [line(cost.values()) for cost in costs]
    return "\n".join(lines)


def joined(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of all parts: one for what several of them struck, faults in their first order."""
    ledger = Ledger(Path(), parts[0]["seed"])
    for part in parts:
        for row in part["rows"]:
            ledger.add(Row(**row))
    faults = list(dict.fromkeys(fault for fault, _ in ledger.rows))
    rows = sorted(ledger.rows.values(), key=lambda row: faults.index(row.fault))
    return [asdict(row) for row in rows]


def table(rows: list[dict[str, Any]]) -> list[str]:
    head = ("fault", "struck", "times", "lost frames", "half files seen", "wrong frames kept")
    body = [line([row["fault"], row["where"], *(row[name] for name in COLUMNS)]) for row in rows]
    return [line(head), "|" + "---|" * len(head), *body]


def line(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def lost(told: list[dict[str, Any]], bound: int) -> int:
    """The most frames that a kill cost of those trials in which it may cost so many."""
    return max(int(part["most_work_lost"].get(str(bound), 0)) for part in told)


def struck(rows: list[dict[str, Any]], signal: str) -> int:
    return sum(row["times"] for row in rows if row["fault"].startswith(signal))


WRITERS = {"faults": measured, "nfs": measured_on_nfs}


def main() -> None:
    ring, *names = sys.argv[1:]
    told = [json.loads(Path(name).read_text(encoding="utf-8")) for name in names]
    begin = BEGIN.format(ring)
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(END)
    text = f"{before}{begin}\n\n{WRITERS[ring](told)}\n\n{END}{after}"
    DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
