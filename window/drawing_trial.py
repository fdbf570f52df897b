"""Whether children on this machine can draw EEVEE's pictures, tried once in a Blender session.

The window draws them well, and a Blender without a window mostly does so where there is one. So a
child's refusal (`engine-display`) is put to the test before it counts.
"""

from __future__ import annotations

import functools
import os
from dataclasses import replace

from ..machine.environment import without_settings
from ..machine.headless_drawing import DrawingTrial
from ..machine.main_command import main_command
from ..scene.preflight import WARNING, Finding

NEEDS_DRAWING = "engine-display"
BEING_TRIED = (
    "Whether a Blender without a window can draw on this machine is being tried. Submit waits for "
    "that."
)


@functools.cache
def drawing_trial() -> DrawingTrial:
    """The trial of this session; it begins when it is first needed."""
    return DrawingTrial([*main_command(""), "draw"], without_settings(os.environ))


def needs_drawing(findings: list[Finding]) -> bool:
    """Whether the scene can be rendered only where Blender can draw."""
    return any(finding.kind == NEEDS_DRAWING for finding in findings)


def on_this_machine(findings: list[Finding]) -> list[Finding]:
    """The findings for children on this machine, as far as the trial is by now; it is begun."""
    if not needs_drawing(findings):
        return findings
    trial = drawing_trial()
    trial.begin()
    others = [finding for finding in findings if finding.kind != NEEDS_DRAWING]
    drawn = [finding for finding in findings if finding.kind == NEEDS_DRAWING]
    if not trial.is_over:
        drawn = [replace(each, severity=WARNING, message=BEING_TRIED) for each in drawn]
    else:
        drawn = [refused(each) for each in drawn if trial.fault]
    return [*others, *drawn]


def refused(finding: Finding) -> Finding:
    """The finding with what the trial has shown."""
    tried = f"A Blender without a window was tried on this machine: {drawing_trial().fault}."
    return replace(finding, message=f"{finding.message} {tried}")
