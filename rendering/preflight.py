"""What can be known before the first sample: why this scene would fail, or not look as meant.

The checks read the scene as it is about to be rendered, with all settings applied, so one that
an option cures is not reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import bpy

from ..chunking.errors import SceneRefused
from ..chunking.frames import FrameSet
from ..chunking.settings import Settings
from .compositor import FileOutput, compositing_tree, has_output
from .frame import drivers
from .pixels import picture_sizes
from .rendered_scenes import rendered_scenes, written_outputs
from .sequencer import renders_sequencer
from .used_by_render import missing_files

ERROR = "error"
WARNING = "warning"

DISPLAY_ENGINES = frozenset(
    {"BLENDER_EEVEE", "BLENDER_EEVEE_NEXT", "BLENDER_WORKBENCH", "HYDRA_STORM"}
)
"""Engines that draw with OpenGL or Vulkan: without a display or EGL Blender aborts."""


@dataclass(frozen=True)
class Finding:
    """One thing that a person should know before rendering."""

    severity: str
    message: str


Check = Callable[[bpy.types.Scene, Settings], Iterator[Finding]]


def preflight(
    scene: bpy.types.Scene, settings: Settings, chunk: FrameSet, on_array: bool
) -> list[Finding]:
    """All findings, in the order of the checks; `on_array` decides what `missing` is by itself."""
    findings = [finding for check in CHECKS for finding in check(scene, settings)]
    severity = settings.missing
    if severity == "auto":
        severity = "error" if on_array else "warn"
    findings.extend(_missing(scene, chunk, ERROR if severity == "error" else WARNING))
    return findings


def refuse_unfit(findings: list[Finding]) -> list[str]:
    """The warnings; raises SceneRefused with all errors where there are any."""
    errors = [finding.message for finding in findings if finding.severity == ERROR]
    if errors:
        raise SceneRefused(" ".join(errors))
    return [finding.message for finding in findings]


def _engine(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for each in rendered_scenes(scene):
        if each.render.engine in DISPLAY_ENGINES and not settings.eevee:
            yield Finding(
                ERROR,
                f"The scene {each.name!r} renders with {each.render.engine}, which needs a display "
                "or EGL. Render it by Cycles (--engine cycles; it looks different), or allow it "
                "where the machine has a display (USE_EEVEE=True, --eevee).",
            )


def _movie(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    if scene.render.is_movie_format:
        yield Finding(
            ERROR,
            f"The scene {scene.name!r} writes a movie ({_format(scene)}), which can't be put "
            "together from chunks. Set an image format (such as --format png) and make the film "
            "afterwards.",
        )


def _format(scene: bpy.types.Scene) -> str:
    return str(scene.render.image_settings.file_format)


def _camera(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for each in rendered_scenes(scene):
        if each.camera is None and not any(marker.camera for marker in each.timeline_markers):
            yield Finding(
                ERROR,
                f"The scene {each.name!r} has no camera. Choose one in its Scene properties, or "
                "name one by --camera.",
            )


def _layers(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for each in rendered_scenes(scene):
        if not any(layer.use for layer in each.view_layers):
            yield Finding(
                ERROR,
                f"All view layers of the scene {each.name!r} are off, so its pictures would be "
                "empty. Switch one on (Use for Rendering), or name it by --layers.",
            )


def _size(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    if any(min(size) < 1 for size in picture_sizes(scene)):
        render = scene.render
        yield Finding(
            ERROR,
            f"The scene {scene.name!r} has {render.resolution_x}x{render.resolution_y} pixels, and "
            f"{render.resolution_percentage} % of that is less than one: set a larger percentage.",
        )


def _denoiser(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for each in rendered_scenes(scene):
        if each.render.engine != "CYCLES" or not each.cycles.use_denoising:
            continue
        if each.cycles.denoiser in {"OPENIMAGEDENOISE", ""} and not can_denoise():
            yield Finding(
                ERROR,
                f"The scene {each.name!r} denoises its pictures, and this Blender is built without "
                "OpenImageDenoise: switch it off (--denoise off), or use another Blender.",
            )


def can_denoise() -> bool:
    """Whether this build of Blender has OpenImageDenoise; Debian's has not."""
    try:
        import _cycles  # type: ignore[import-not-found]  # tells what Blender was built with
    except ImportError:
        return True
    return bool(getattr(_cycles, "with_openimagedenoise", True))


def _compositor(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    tree = compositing_tree(scene)
    if tree is not None and not renders_sequencer(scene) and not has_output(tree):
        yield Finding(
            ERROR,
            f"The compositor of the scene {scene.name!r} has no output, so nothing would be "
            "written. Connect its output node, or switch compositing off.",
        )


def _node_paths(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    wanted: Counter[tuple[str, str, str]] = Counter()
    owners: dict[tuple[str, str, str], list[str]] = {}
    for output in written_outputs(scene):
        if any(".." in path.replace("\\", "/").split("/") for path in _paths(output)):
            yield Finding(
                ERROR,
                f"The File Output node {output.node.name!r} has '..' in its path "
                f"({output.raw_folder!r}): its files would leave the folder they are gathered "
                "in. Write the path without '..'.",
            )
        for key in _file_keys(output):
            wanted[key] += 1
            owners.setdefault(key, []).append(output.node.name)
    for key, count in wanted.items():
        if count > 1:
            yield _clash(key, owners[key])


def _paths(output: FileOutput) -> list[str]:
    return [output.raw_folder, *output.names]


def _file_keys(output: FileOutput) -> set[tuple[str, str, str]]:
    """What decides the names of a node's files; two equal ones are one file."""
    kind = output.node.format.file_format
    return {(output.published.name, name, kind) for name in output.names}


def _clash(key: tuple[str, str, str], nodes: list[str]) -> Finding:
    folder, name, _ = key
    named = " and ".join(repr(node) for node in nodes)
    return Finding(
        ERROR,
        f"The File Output nodes {named} write the same files ({folder}/{name}): one would replace "
        "the other. Give them different folders or file names.",
    )


def _scripts(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    if not bpy.app.autoexec_fail:
        return
    if any(map(_needs_python, drivers())):
        accepted = settings.scripts == "off"
        yield Finding(
            WARNING if accepted else ERROR,
            "The file has Python drivers, and its scripts are off, so their values stand still"
            + (
                "."
                if accepted
                else ". Allow the scripts (--enable-autoexec), or accept that (--scripts off)."
            ),
        )
    for text in bpy.data.texts:
        if text.use_module:
            yield Finding(
                WARNING,
                f"The text {text.name!r} is registered to run when the file is opened, and did "
                "not run, as scripts are off (--enable-autoexec allows them).",
            )


def _needs_python(driver: bpy.types.Driver) -> bool:
    return driver.type == "SCRIPTED" and not driver.is_simple_expression


def _missing(scene: bpy.types.Scene, chunk: FrameSet, severity: str) -> Iterator[Finding]:
    cure = " (--missing warn renders all the same)" if severity == ERROR else ""
    for missing in missing_files(scene, chunk):
        yield Finding(severity, f"{missing.message}{cure}.")


CHECKS: tuple[Check, ...] = (
    _engine,
    _movie,
    _camera,
    _layers,
    _size,
    _denoiser,
    _compositor,
    _node_paths,
    _scripts,
)
