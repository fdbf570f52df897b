"""Pure: bar charts of seconds as inline SVG, with a table that says the same.

The bars are stretched to the width of the screen; all text is HTML beside them, so that it keeps
its size.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from .markup import Html, element, folded, joined, table
from .words import seconds_text

MOST_BARS = 240
"""About as many as a phone is wide; of more values several share a bar."""
HEIGHT = 100
LEAST_FAULT = 0.1
"""How much of the height one fault among many takes: it must be seen."""
ROUND_TIMES = (60, 120, 240, 600, 1200, 2400, 3600)
"""Scales between seconds and hours that end, and have their middle, in whole units."""


@dataclass(frozen=True)
class Value:
    """One value of a chart; `seconds` is None where there is none, `fault` says what is wrong."""

    label: str
    seconds: float | None
    fault: str = ""


@dataclass(frozen=True)
class Bar:
    """Some values that stand side by side."""

    values: Sequence[Value]

    @property
    def label(self) -> str:
        first, last = self.values[0].label, self.values[-1].label
        return first if len(self.values) == 1 else f"{first} to {last}"

    @property
    def seconds(self) -> list[float]:
        return [value.seconds for value in self.values if value.seconds is not None]

    @property
    def mean(self) -> float:
        return sum(self.seconds) / len(self.seconds) if self.seconds else 0.0

    @property
    def longest(self) -> float:
        return max(self.seconds, default=0.0)

    @property
    def fault(self) -> str:
        """What is wrong, with how many of the values where they are several."""
        faults = [value.fault for value in self.values if value.fault]
        if not faults or len(self.values) == 1:
            return "".join(faults)
        return f"{len(faults)} of {len(self.values)}: {', '.join(dict.fromkeys(faults))}"


def bars_of(values: Sequence[Value], most: int = MOST_BARS) -> list[Bar]:
    """One bar for each value, or as many of equal shares as may be."""
    count = min(len(values), most)
    borders = [place * len(values) // count for place in range(count + 1)] if count else []
    return [Bar(values[start:end]) for start, end in itertools.pairwise(borders)]


def scale_top(longest: float) -> float:
    """The end of the scale: the least time in round units that is not below the longest bar."""
    if longest <= 0:
        return 1.0
    if longest <= 50:
        return _round_number(longest)
    rounded = (top for top in ROUND_TIMES if longest <= top)
    return next(rounded, 3600 * _round_number(longest / 3600))


def _round_number(number: float) -> float:
    """The least 1, 2 or 5 times a power of ten that is not below a number."""
    power = 10.0 ** math.floor(math.log10(number))
    return next((step * power for step in (1, 2, 5) if number <= step * power), 10 * power)


def chart(name: str, noun: str, values: Sequence[Value]) -> Html:
    """The chart, and below it its table. `noun` is what a value is of: frame, child."""
    bars = bars_of(values)
    top = scale_top(max((bar.longest for bar in bars), default=0.0))
    shared = any(len(bar.values) > 1 for bar in bars)
    axis = element(
        "div",
        *(element("span", _tick(share * top)) for share in (1, 0.5, 0)),
        class_="axis",
        aria_hidden="true",
    )
    below = element(
        "div",
        *(element("span", label) for label in _ends(bars)),
        class_="below",
        aria_hidden="true",
    )
    plot = element("div", _drawing(name, bars, top), below)
    parts = [element("div", axis, plot, class_="chart"), _legend(bars, shared)]
    return joined([*parts, folded("As a table", _table(name, noun, bars, shared))])


def _tick(seconds: float) -> str:
    for unit, name in ((3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds / unit:g} {name}"
    return f"{seconds:g} s"


def _ends(bars: Sequence[Bar]) -> list[str]:
    if not bars:
        return []
    values = [value for bar in bars for value in bar.values]
    ends = [values[0], values[len(values) // 2], values[-1]]
    return list(dict.fromkeys(value.label for value in (ends if len(values) > 2 else values)))


def _drawing(name: str, bars: Sequence[Bar], top: float) -> Html:
    longest = max((bar.longest for bar in bars), default=0.0)
    label = (
        f"{name}: bar chart, the longest {seconds_text(longest)}. The table below says the same."
    )
    lines = [
        element("line", x1="0", x2=str(len(bars)), y1=str(y), y2=str(y), class_="grid")
        for y in (0, HEIGHT // 2)
    ]
    return element(
        "svg",
        *lines,
        *(_drawn(place, bar, top) for place, bar in enumerate(bars)),
        viewBox=f"0 0 {max(1, len(bars))} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
    )


def _drawn(place: int, bar: Bar, top: float) -> Html:
    words = [seconds_text(bar.mean)] if bar.seconds else []
    if bar.longest > bar.mean:
        words = [f"mean {seconds_text(bar.mean)}, longest {seconds_text(bar.longest)}"]
    if bar.fault:
        words.append(bar.fault)
    parts = [element("title", f"{bar.label}: {'; '.join(words) or 'no time is known'}")]
    if bar.fault:
        share = sum(bool(value.fault) for value in bar.values) / len(bar.values)
        height = HEIGHT * max(LEAST_FAULT, share)  # it hangs down from the top
        hanging = {"x": str(place), "y": "0", "width": "1", "height": f"{height:.2f}"}
        parts.append(element("rect", **hanging, class_="fault"))
    if bar.longest > bar.mean:
        parts.append(_rectangle(place, HEIGHT * bar.longest / top, "longest"))
    if bar.seconds:
        parts.append(_rectangle(place, HEIGHT * bar.mean / top, "mean"))
    return element("g", *parts)


def _rectangle(place: int, height: float, kind: str) -> Html:
    x, y = f"{place + 0.1:.1f}", f"{HEIGHT - height:.2f}"
    return element("rect", x=x, y=y, width=".8", height=f"{height:.2f}", class_=kind)


def _legend(bars: Sequence[Bar], shared: bool) -> Html:
    entries = [("mean", "mean of a bar" if shared else "seconds")]
    if shared:
        entries.append(("longest", "longest of a bar"))
    faults = dict.fromkeys(value.fault for bar in bars for value in bar.values if value.fault)
    if faults:
        entries.append(("fault", ", ".join(faults)))
    keys = (
        element("li", element("span", class_=f"key {kind}", aria_hidden="true"), text)
        for kind, text in entries
    )
    return element("ul", *keys, class_="legend")


def _table(name: str, noun: str, bars: Sequence[Bar], shared: bool) -> Html:
    head = [f"{noun.capitalize()}s" if shared else noun.capitalize(), "Not as it should be"]
    times = ["Mean", "Longest"] if shared else ["Time"]
    rows = []
    for bar in bars:
        seconds = [bar.mean, bar.longest] if shared else [bar.mean]
        known = [seconds_text(each) if bar.seconds else "–" for each in seconds]
        rows.append([bar.label, bar.fault or "–", *known])
    return table(name, [*head, *times], rows, numbers=len(times))
