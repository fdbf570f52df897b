"""Check for Farm: the scene prepared for a while, as a child would prepare it, and looked at."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import bpy

from ..child.session import Session
from ..chunking.errors import ChunkError
from ..chunking.frames import FrameSet
from ..chunking.settings import Settings
from ..scene.preflight import WARNING, Finding
from ..scene.preflight.finding import finding
from ..scene.preflight.kinds import COLOR_KINDS, MISSING_KINDS
from ..scene.preflight.registry import errors_first, of_prepared, of_stored
from .preparing import prepared

OF_FILES = frozenset(each.name for each in (*MISSING_KINDS, *COLOR_KINDS))
"""The kinds of what `check_files` finds."""


def check_for_farm(
    scene: bpy.types.Scene,
    settings: Settings,
    frames: FrameSet,
    session: Session,
) -> list[Finding]:
    """What a person should know who wants to submit the scene; errors first.

    `frames` are those of the whole array; of this process' session the set-up script counts, and
    whether scripts of the .blend may run. The scene is prepared for a while, as a child would
    prepare it, and left as it was.
    """
    findings = of_stored(scene, settings, frames)
    is_set_up = session.set_up is not None
    with contextlib.ExitStack() as stack:
        refusal = _prepare(stack, scene, settings, is_set_up)
        if refusal is not None and settings.gpu:
            # The farm's machines may well have what this one has not: look at all the rest.
            settings = replace(settings, gpu=False)
            if _prepare(stack, scene, settings, is_set_up) is None:
                findings.append(finding("gpu-missing", str(refusal), scene))
                refusal = None
        if refusal is not None:
            findings.append(finding("settings-contradict", str(refusal), scene))
            return errors_first(findings)
        findings += of_prepared(scene, settings, frames, session.scripts_allowed)
    return errors_first(findings)


def check_files(
    scene: bpy.types.Scene,
    settings: Settings,
    frames: FrameSet,
    session: Session,
) -> list[Finding]:
    """Of `check_for_farm` what is about files that the render wants, and that are not there.

    They are errors unless the settings say otherwise, as on an array.
    """
    missing = "error" if settings.missing == "auto" else settings.missing
    findings = check_for_farm(scene, replace(settings, missing=missing), frames, session)
    return [each for each in findings if each.kind in OF_FILES]


def of_other_machines(findings: list[Finding]) -> list[Finding]:
    """Findings where the children run elsewhere: what this machine lacks, theirs may have."""
    return [
        replace(each, severity=WARNING, message=f"On this machine: {each.message}")
        if each.kind in ("gpu-missing", "egl-missing")
        else each
        for each in findings
    ]


def _prepare(
    stack: contextlib.ExitStack, scene: bpy.types.Scene, settings: Settings, is_set_up: bool
) -> ChunkError | None:
    try:
        stack.enter_context(prepared(scene, settings, is_set_up=is_set_up))
    except ChunkError as error:
        return error
    return None
