"""All checks, and who runs them: each child, or a person who asks before there is one.

The checks read the scene as it is about to be rendered, with all settings applied, so one that
an option cures is not reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import bpy

from ...chunking.errors import SceneRefused
from ...chunking.frames import FrameSet
from ...chunking.settings import Settings
from . import (
    camera,
    contents,
    contradictions,
    layers,
    missing,
    paths,
    pictures,
    render_engine,
    scripts,
)
from .finding import ERROR, Finding

Check = Callable[[bpy.types.Scene, Settings], Iterator[Finding]]
FrameCheck = Callable[[bpy.types.Scene, Settings, FrameSet], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    render_engine.display_engine,
    render_engine.missing_egl,
    pictures.movie_format,
    pictures.unknown_formats,
    pictures.unsaved_formats,
    camera.camera_missing,
    layers.view_layers,
    layers.single_layer,
    pictures.picture_size,
    pictures.border,
    render_engine.denoiser,
    render_engine.denoise_node,
    render_engine.time_limit,
    layers.compositor_output,
    layers.compositor_off,
    paths.node_folders,
    paths.view_suffixes,
    paths.node_names,
    paths.node_variables,
    contradictions.animated_settings,
    contradictions.ignored_settings,
    scripts.scripts_off,
    contents.unknown_nodes,
    contents.newer_file,
    contents.newer_libraries,
    contents.stale_shaders,
    missing.missing_links,
    missing.unknown_files,
    missing.special_sounds,
    missing.color_configuration,
    missing.unbaked,
)
"""Every child runs these."""

FRAME_CHECKS: tuple[FrameCheck, ...] = (camera.camera_choice, missing.missing)
"""Every child runs these with the frames of its chunk; the setting `missing` is decided by then."""

ADVICE: tuple[Check, ...] = (
    render_engine.addon_engine,
    render_engine.animated_seed,
    missing.missing_sounds,
    scripts.scripts_needed,
    scripts.range_readers,
    contents.addon_data,
    contents.unsaved_images,
)
"""Only for a person who asks: see `Kind.children`."""

FRAME_ADVICE: tuple[FrameCheck, ...] = (
    camera.camera_home,
    contradictions.frame_step,
    contradictions.outside_range,
    contradictions.idle_children,
    paths.paths,
)

STORED: tuple[Check, ...] = (
    contents.unsaved_file,
    render_engine.gpu_device,
    render_engine.gpu_compositor,
    paths.windows_output,
    paths.output_variables,
)
"""For a person, of the scene as it is stored: the settings would hide what is the matter."""


def preflight(
    scene: bpy.types.Scene,
    settings: Settings,
    chunk: FrameSet,
    on_array: bool,
    scripts_allowed: bool | None = None,
) -> list[Finding]:
    """What a child has to know of a scene that is prepared; errors first.

    `on_array` decides what the setting `missing` is by itself. `scripts_allowed` says whether
    scripts of the .blend may run in this process; None: its preferences do.
    """
    findings = _run(CHECKS, FRAME_CHECKS, scene, _decided(settings, on_array), chunk)
    return errors_first([*findings, *scripts.freestyle_scripts(scene, scripts_allowed)])


def of_stored(scene: bpy.types.Scene, settings: Settings, frames: FrameSet) -> list[Finding]:
    """What a person should know of a scene as it is stored, in the order of the checks."""
    return _run(STORED, (), scene, settings, frames)


def of_prepared(
    scene: bpy.types.Scene,
    settings: Settings,
    frames: FrameSet,
    scripts_allowed: bool | None = None,
) -> list[Finding]:
    """What a person should know of a scene that is prepared, in the order of the checks.

    `frames` are those of the whole array. For `scripts_allowed` see `preflight`.
    """
    decided = _decided(settings, on_array=settings.size > 1)
    findings = _run(CHECKS + ADVICE, FRAME_CHECKS + FRAME_ADVICE, scene, decided, frames)
    return [*findings, *scripts.freestyle_scripts(scene, scripts_allowed)]


def refuse_unfit(findings: list[Finding]) -> list[str]:
    """The warnings; raises SceneRefused with all errors where there are any."""
    errors = [finding.message for finding in findings if finding.severity == ERROR]
    if errors:
        raise SceneRefused(" ".join(errors))
    return [finding.message for finding in findings]


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


def errors_first(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.severity != ERROR)
