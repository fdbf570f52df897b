"""Pictures of what bench_helping_simulated.py found; needs matplotlib (tools.txt)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt

COLOURS = {"contiguous": "#9aa5b1", "interleaved": "#5b8db8", "helping": "#e07b39"}
INCHES = (8.0, 3.6)
DOTS_AN_INCH = 90
MOST_SHOWN = 2.0
"""Bars beyond it are cut off, with their figure at the end."""


def draw_films(rows: list[dict[str, Any]], ways: list[str], target: Path) -> None:
    """Bars: every film at the largest size, in every way."""
    size = max(row["size"] for row in rows)
    shown = [row for row in rows if row["size"] == size]
    figure, axes = plt.subplots(figsize=INCHES, dpi=DOTS_AN_INCH, layout="constrained")
    for number, way in enumerate(ways):
        places = [place + 0.27 * (number - 1) for place in range(len(shown))]
        heights = [min(row[way], MOST_SHOWN) for row in shown]
        bars = axes.bar(places, heights, 0.26, label=way, color=COLOURS[way])
        axes.bar_label(bars, [f"{row[way]:.2f}" for row in shown], fontsize=6, padding=1)
    axes.axhline(1.0, color="black", linewidth=0.8)
    axes.set_ylim(0.0, MOST_SHOWN + 0.12)
    axes.set_xticks(range(len(shown)), [row["film"].replace(" ", "\n") for row in shown])
    axes.set_ylabel("time / lower bound")
    axes.set_title(f"{size:,} children, simulated", fontsize=10)
    axes.legend(loc="upper right", fontsize=8)
    _save(figure, target)


def draw_sizes(rows: list[dict[str, Any]], target: Path) -> None:
    """Lines: every film, helping, over the sizes."""
    figure, axes = plt.subplots(figsize=INCHES, dpi=DOTS_AN_INCH, layout="constrained")
    for name in dict.fromkeys(row["film"] for row in rows):
        if name == "monster frame":
            continue
        line = [(row["size"], row["helping"]) for row in rows if row["film"] == name]
        axes.plot(*zip(*line, strict=True), marker="o", markersize=3, label=name)
    axes.axhline(1.05, color="black", linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    axes.set_ylim(0.99, 1.1)
    axes.set_xlabel("children")
    axes.set_ylabel("time / lower bound")
    axes.set_title("helping others, simulated", fontsize=10)
    axes.legend(fontsize=7, ncols=2)
    _save(figure, target)


def _save(figure: Any, target: Path) -> None:
    figure.savefig(target, metadata={"Software": None})
    plt.close(figure)
