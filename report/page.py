"""Pure: the whole page, in one file that needs nothing else: no network, no script, no font."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..publishing.places import made_aside
from .charts import Value, chart
from .facts import Facts
from .markup import Html, cut, element, joined, section
from .starts import by_child, cost_of, machines_of, seconds_of
from .status import status, undone_reasons
from .style import STYLE
from .thumbnails import SinglePictures, Thumbnails
from .troubles import failures, warnings
from .words import counted, hours_text, seconds_text
from .work import children, frames_with_a_history, machines

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser may load for the page: should anything slip in, it is not run."""


@dataclass(frozen=True)
class Surroundings:
    """What the page says and the output folder doesn't know."""

    made: datetime
    rerun: str
    """The command that renders the frames that are not done."""
    thumbnails: Thumbnails | SinglePictures | None = None
    no_thumbnails: str = ""
    """Why there are none."""
    renewed_seconds: int = 0
    """After how many seconds a browser loads the page anew; 0: it is what it will be."""


def page(facts: Facts, around: Surroundings) -> str:
    """The page as HTML, in plain text from files wherever it quotes them."""
    title = f"{facts.root.name}: render report"
    style = STYLE + (around.thumbnails.style() if around.thumbnails else "")
    seconds = around.renewed_seconds
    renewing = Html(f'<meta http-equiv="refresh" content="{seconds:d}">' if seconds else "")
    head = joined(
        [
            Html('<meta charset="utf-8">'),
            Html(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
            Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            renewing,
            element("title", title),
            Html(f"<style>{style}</style>"),
        ]
    )
    sections = [status(facts, around.rerun), _tiles(facts), failures(facts), _pictures(around)]
    sections += [_frame_chart(facts), _child_chart(facts), frames_with_a_history(facts)]
    sections += [warnings(facts), machines(facts), children(facts)]
    body = element(
        "body", _header(facts, around), element("main", *filter(None, sections)), _footer(facts)
    )
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>{body}</html>\n'


def write_page(target: Path, page: str) -> None:
    """Put the page under its name: whole, on disk, replacing an older one. Raises OutputFailed."""
    with made_aside(target) as made:
        made.write_text(page, encoding="utf-8", newline="\n")


def _header(facts: Facts, around: Surroundings) -> Html:
    parts = facts.pin.parts
    size = [parts.get(f"scene.render.resolution_{axis}", "") for axis in "xy"]
    percent = parts.get("scene.render.resolution_percentage", "100")
    render = [
        f"Blender {parts['Blender']}" if "Blender" in parts else "",
        parts.get("device", ""),
        " × ".join(size) + (f" at {percent} %" if percent != "100" else "") if all(size) else "",
        f"scene {parts['scene']}" if "scene" in parts else "",
    ]
    made = f"Render report of {around.made:%Y-%m-%d %H:%M} UTC"
    if around.renewed_seconds:
        made = f"While it renders, as it was at {around.made:%H:%M:%S} UTC"
    return element(
        "header",
        element("h1", facts.root.name),
        element("p", " · ".join(cut(each) for each in render if each)),
        element("p", f"{made}, of the folder {facts.root}"),
    )


def _tiles(facts: Facts) -> Html:
    seconds = [each for each in map(seconds_of, facts.survey.done.values()) if each is not None]
    cost, hosts = cost_of(facts.starts), machines_of(facts.starts)
    again = sum(times - 1 for times in facts.times_rendered.values())
    tiles = [
        ("CPU time", *_cpu_hours(cost.cpu_hours, cost.uncounted)),
        ("Machine time", hours_text(cost.machine_hours), "all starts together"),
        ("Machines", f"{len(hosts):,}", counted(len(facts.starts), "start") + " in all"),
        ("Rendered again", f"{again:,}", "frames made more than once"),
    ]
    if seconds:
        slowest = f"slowest {seconds_text(max(seconds))}"
        tiles.insert(0, ("Median frame", seconds_text(statistics.median(seconds)), slowest))
    if elapsed := _elapsed(facts):
        tiles.insert(1, ("Start to end", seconds_text(elapsed), "of all children"))
    return element(
        "dl",
        *(
            element("div", element("dt", name), element("dd", value, element("small", more)))
            for name, value, more in tiles
        ),
        class_="tiles",
    )


def _cpu_hours(hours: float, uncounted: int) -> tuple[str, str]:
    if not uncounted:
        return hours_text(hours), "seconds × threads"
    caption = f"without {counted(uncounted, 'start')} whose threads are not known"
    return (f"≥ {hours_text(hours)}" if hours else "not known"), caption


def _elapsed(facts: Facts) -> float:
    """From the first start to the last end by the machines' clocks, where verdicts tell them."""
    timed = [verdict for verdict in facts.verdicts if verdict.started]
    if not timed:
        return 0.0
    last = max(verdict.started + verdict.seconds for verdict in timed)
    return last - min(verdict.started for verdict in timed)


def _pictures(around: Surroundings) -> Html:
    if around.thumbnails is None:
        reason = around.no_thumbnails
        return section("Pictures", element("p", f"No thumbnails: {reason}")) if reason else Html()
    return section("Pictures", around.thumbnails.figures())


def _frame_chart(facts: Facts) -> Html:
    reasons = undone_reasons(facts)
    values = [
        Value(
            str(frame),
            seconds_of(facts.survey.done[frame]) if frame in facts.survey.done else None,
            reasons.get(frame, ""),
        )
        for frame in facts.survey.frames
    ]
    return section("Seconds per frame", chart("Seconds per frame", "frame", values))


def _child_chart(facts: Facts) -> Html:
    by_key = by_child(facts.starts)
    sizes = {size for size, _ in by_key}
    values = []
    for (size, index), starts in by_key.items():
        failed = starts[-1].verdict is None or starts[-1].verdict.exit_code != 0
        label = str(index) if len(sizes) == 1 else f"{index} of {size}"
        seconds = sum(start.seconds for start in starts)
        values.append(Value(label, seconds, "last start not complete" if failed else ""))
    if not values:
        return Html()
    note = "All starts of a child together, with its set-up and what failed."
    drawn = chart("Seconds per child", "child", values)
    return section("Seconds per child", element("p", note), drawn)


def _footer(facts: Facts) -> Html:
    notes = [
        "How the numbers are made: the time of a start is that of its whole process from set-up to "
        "verdict. A start that left no verdict counts with the time of the frames it finished, as "
        "their records say. CPU time is each start's time multiplied by the threads that Blender "
        "rendered with; where these aren't known they are taken from other starts on its machine.",
        "Files are compared by size and time here; verify --deep decodes every picture.",
    ]
    ignored = [
        (facts.unreadable_verdicts, "verdict", "can't be read"),
        (facts.unreadable_records, "record", "can't be read"),
        (facts.other_verdicts, "verdict", "of another render in this folder"),
    ]
    left_out = [f"{counted(number, noun)} {why}" for number, noun, why in ignored if number]
    if left_out:
        notes.append(f"Left out: {', '.join(left_out)}.")
    return element("footer", *(element("p", note) for note in notes))
