"""The sub-command `plan`: which child renders what, and how much of it is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..chunking.plan import Plan
from ..publishing.done_counter import count_done
from ..publishing.output_folder import OutputFolder
from ..publishing.pin import read_pin
from .answer import Answer
from .opened_file import open_and_plan
from .sources import Told

MOST_TEXT = 60
"""Characters of a chunk's frame list in the table; JSON has all of it."""


def plan(told: Told, out: Answer, chatter_file: Path) -> int:
    """Print the table of all chunks; return the exit code."""
    settings, plan, _ = open_and_plan(told)
    folder = OutputFolder(Path(settings.output)) if settings.output else None
    rows = list(_rows(plan, folder))
    if told.options["json"]:
        out.json({"frames": str(plan.frames), "partition": plan.partition, "chunks": rows})
    else:
        out.lines(_table(plan, rows))
    return 0


def _rows(plan: Plan, folder: OutputFolder | None) -> Iterator[dict[str, Any]]:
    pin = read_pin(folder) if folder else None
    for index, chunk in enumerate(plan.chunks()):
        done = count_done(folder, chunk, pin.fingerprint) if folder and pin else 0
        frames = str(chunk) if chunk else ""
        yield {"index": index, "frames": frames, "count": len(chunk), "done": done}


def _table(plan: Plan, rows: list[dict[str, Any]]) -> Iterator[str]:
    done = sum(row["done"] for row in rows)
    yield f"{len(plan.frames)} frames in {plan.size} chunks, {plan.partition}; {done} are done"
    yield f"{'child':>6} {'count':>7} {'done':>7}  frames"
    for row in rows:
        text = row["frames"] or "none"
        short = text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"
        yield f"{row['index']:>6} {row['count']:>7} {row['done']:>7}  {short}"
