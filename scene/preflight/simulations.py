"""Simulations that are not baked: alone, a frame of theirs is not what the animation shows."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from ...chunking.settings import Settings
from ..simulations.detecting import unbaked_simulations
from ..simulations.simulation import Simulation
from ..simulations.warming_up import why_not
from .finding import (
    WARNING,
    Finding,
    found,
)


def unbaked(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for one in unbaked_simulations(scene):
        if settings.unbaked == "allow":
            yield _finding(one, "It is allowed: frames may show it frozen or wrong.", WARNING)
        elif settings.unbaked == "warm-up":
            reason = why_not(one, scene)
            if reason:
                yield _finding(one, f"It can't be warmed up: {reason}.")
            else:
                yield _finding(
                    one, "Every child goes through all frames from its start first.", WARNING
                )
        else:
            yield _finding(
                one, f"{_bake(one)}, or render with --unbaked warm-up or --unbaked allow."
            )


def _finding(one: Simulation, ending: str, severity: str = "") -> Finding:
    message = f"{one.name[0].upper()}{one.name[1:]} is not baked. {ending}"
    more = {"severity": severity} if severity else {}
    return found("simulation-unbaked", message, one.data_block, one.part, **more)


def _bake(one: Simulation) -> str:
    if one.by_hand:
        return f"Bake it by hand ({one.by_hand})"
    return "Bake it (main.py -- bake)"
