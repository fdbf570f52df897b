"""Put what a full run of the fault suite measured into docs/RELIABILITY.md, between its two marks.

python tests/faults/write_reliability.py .build/reports/faults.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "RELIABILITY.md"
BEGIN = "<!-- measured: written by `make faults` -->"
END = "<!-- end of what was measured -->"
COLUMNS = ("times", "lost", "half", "wrong")


def measured(told: list[dict[str, Any]]) -> str:
    """The sum and the table of one run, or of the parts of one, as Markdown."""
    rows = [row for part in told for row in part["rows"]]
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
        "| fault | struck | times | lost frames | half files seen | wrong frames kept |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        figures = " | ".join(str(row[name]) for name in COLUMNS)
        lines.append(f"| {row['fault']} | {row['where']} | {figures} |")
    return "\n".join(lines)


def lost(told: list[dict[str, Any]], bound: int) -> int:
    """The most frames that a kill cost of those trials in which it may cost so many."""
    return max(int(part["most_work_lost"].get(str(bound), 0)) for part in told)


def struck(rows: list[dict[str, Any]], signal: str) -> int:
    return sum(row["times"] for row in rows if row["fault"].startswith(signal))


def main() -> None:
    told = [json.loads(Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:]]
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    text = f"{before}{BEGIN}\n\n{measured(told)}\n\n{END}{after}"
    DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
