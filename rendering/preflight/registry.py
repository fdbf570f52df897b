"""All checks, and the two ways to run them: as a child does, and for a person who asks.

The checks read the scene as it is about to be rendered, with all settings applied, so one that
an option cures is not reported.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import bpy

from ...chunking.errors import ChunkError, SceneRefused
from ...chunking.frames import FrameSet
from ...chunking.settings import Settings
from ..preparing import prepared
from . import (
    addons,
    camera,
    colors,
    contradictions,
    engine,
    formats,
    frames,
    layers,
    missing,
    output,
    places,
    sampling,
    saved,
    scripts,
    simulations,
)
from .finding import ERROR, WARNING, Finding, found

Check = Callable[[bpy.types.Scene, Settings], Iterator[Finding]]
FrameCheck = Callable[[bpy.types.Scene, Settings, FrameSet], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    engine.display_engine,
    engine.missing_egl,
    output.movie_format,
    formats.unknown_formats,
    formats.unsaved_formats,
    camera.camera_missing,
    layers.view_layers,
    layers.single_layer,
    output.picture_size,
    output.border,
    sampling.denoiser,
    sampling.denoise_node,
    sampling.time_limit,
    layers.compositor_output,
    layers.compositor_off,
    output.node_folders,
    output.view_suffixes,
    output.node_names,
    output.node_variables,
    contradictions.animated_settings,
    contradictions.ignored_settings,
    scripts.scripts_off,
    scripts.freestyle_scripts,
    addons.unknown_nodes,
    saved.newer_file,
    saved.newer_libraries,
    missing.missing_links,
    missing.unknown_files,
    missing.special_sounds,
    colors.color_configuration,
    simulations.unbaked,
)
"""Every child runs these."""

FRAME_CHECKS: tuple[FrameCheck, ...] = (camera.camera_choice, missing.missing)
"""And these, with the frames of its chunk; `missing` in the settings is an error or a warning."""

ADVICE: tuple[Check, ...] = (
    engine.addon_engine,
    sampling.animated_seed,
    missing.missing_sounds,
    scripts.scripts_needed,
    scripts.range_readers,
    addons.addon_data,
    saved.unsaved_images,
)
"""Only for a person who asks: see `Kind.children`."""

FRAME_ADVICE: tuple[FrameCheck, ...] = (
    camera.camera_home,
    frames.frame_step,
    frames.outside_range,
    frames.idle_children,
    places.paths,
)

STORED: tuple[Check, ...] = (
    saved.unsaved_file,
    engine.gpu_device,
    engine.gpu_compositor,
    output.windows_output,
    output.output_variables,
)
"""The same, for the scene as it is stored: the settings would hide what is the matter."""


def preflight(
    scene: bpy.types.Scene, settings: Settings, chunk: FrameSet, on_array: bool
) -> list[Finding]:
    """What a child has to know of a scene that is prepared; errors first.

    `on_array` decides what the setting `missing` is by itself.
    """
    return _errors_first(_run(CHECKS, FRAME_CHECKS, scene, _decided(settings, on_array), chunk))


def check_for_farm(scene: bpy.types.Scene, settings: Settings, wanted: FrameSet) -> list[Finding]:
    """What a person should know who wants to submit the scene; errors first.

    `wanted` are the frames of the whole array. The scene is prepared for a while, as a child would
    prepare it, and left as it was.
    """
    findings = _run(STORED, (), scene, settings, wanted)
    with contextlib.ExitStack() as stack:
        refusal = _prepare(stack, scene, settings)
        if refusal is not None and settings.gpu:
            # The farm's machines may well have what this one has not: look at all the rest.
            settings = replace(settings, gpu=False)
            if _prepare(stack, scene, settings) is None:
                findings.append(found("gpu-missing", str(refusal), scene))
                refusal = None
        if refusal is not None:
            findings.append(found("settings-contradict", str(refusal), scene))
            return _errors_first(findings)
        decided = _decided(settings, on_array=settings.size > 1)
        findings += _run(CHECKS + ADVICE, FRAME_CHECKS + FRAME_ADVICE, scene, decided, wanted)
    return _errors_first(findings)


def of_other_machines(findings: list[Finding]) -> list[Finding]:
    """The same where the children run elsewhere: what this machine lacks, theirs may have."""
    return [
        replace(each, severity=WARNING, message=f"On this machine: {each.message}")
        if each.kind in ("gpu-missing", "egl-missing")
        else each
        for each in findings
    ]


def refuse_unfit(findings: list[Finding]) -> list[str]:
    """The warnings; raises SceneRefused with all errors where there are any."""
    errors = [finding.message for finding in findings if finding.severity == ERROR]
    if errors:
        raise SceneRefused(" ".join(errors))
    return [finding.message for finding in findings]


def _prepare(
    stack: contextlib.ExitStack, scene: bpy.types.Scene, settings: Settings
) -> ChunkError | None:
    try:
        stack.enter_context(prepared(scene, settings))
    except ChunkError as error:
        return error
    return None


def _run(
    checks: tuple[Check, ...],
    frame_checks: tuple[FrameCheck, ...],
    scene: bpy.types.Scene,
    settings: Settings,
    chunk: FrameSet,
) -> list[Finding]:
    findings = [finding for check in checks for finding in check(scene, settings)]
    findings += [one for check in frame_checks for one in check(scene, settings, chunk)]
    return findings


def _decided(settings: Settings, on_array: bool) -> Settings:
    """The settings with a `missing` that is "error" or "warn"."""
    if settings.missing != "auto":
        return settings
    return replace(settings, missing="error" if on_array else "warn")


def _errors_first(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.severity != ERROR)
