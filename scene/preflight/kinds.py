"""Every kind of finding that there is, with what it means. docs/PREFLIGHT.md is made of it.

The names are for programs, so they stay what they are. This module alone needs no Blender.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

ERROR = "error"
WARNING = "warning"
MISSING = "missing"
"""In the table alone: an error or a warning, as the setting `missing` says."""


class Kind(NamedTuple):
    """What a finding can be about."""

    name: str
    severity: str
    meaning: str
    fix: str = ""
    """Name of the fix that is mostly offered (see `fixes`); empty: it takes a person."""
    children: bool = True
    """Whether every child says it, or only who asks: `check` and Check for Farm.

    A child says what it can't render, or what would make its pictures other than meant. Advice to
    the person who submits (a path that is found here, but might not be on another machine) would
    only repeat itself ten thousand times in a farm's logs.
    """


def _advice(name: str, meaning: str, fix: str = "", severity: str = WARNING) -> Kind:
    return Kind(name, severity, meaning, fix, children=False)


CAMERA_KINDS = (
    Kind("camera-missing", ERROR, "A scene that is rendered has no camera", "choose-camera"),
    _advice(
        "camera-unsaved",
        "The camera of the scene, or of a marker, is in no scene: Blender doesn't save it",
        "link-camera",
        ERROR,
    ),
    _advice("camera-elsewhere", "The camera is in another scene only", "link-camera"),
    Kind(
        "camera-hidden",
        WARNING,
        "A marker's camera is hidden in renders: Blender passes over it, and keeps the one before",
        "show-camera",
    ),
    Kind("camera-crashes", ERROR, "Looking through an empty, Cycles of Blender 5.2 crashes"),
    Kind(
        "camera-not-a-camera",
        WARNING,
        "The object to look through is no camera: Blender renders with a default lens",
    ),
)

OUTPUT_KINDS = (
    Kind("movie-format", ERROR, "A movie can't be put together from chunks", "set-png"),
    Kind(
        "format-unknown",
        ERROR,
        "A format, codec or depth whose files can't be checked here",
        "set-png",
    ),
    Kind(
        "format-unsaved",
        ERROR,
        "A format that Blender can't save with this colour mode or size",
        "set-png",
    ),
    Kind("file-output-clash", ERROR, "Two File Output nodes write files of the same names"),
    Kind(
        "file-output-parent-folder",
        ERROR,
        "A File Output node has '..' in its path, and would leave the folder of its files",
    ),
    Kind(
        "view-suffix-parent-folder",
        ERROR,
        "The suffix of a stereo view has '..' in it, and would lead files out of their folder",
    ),
    Kind(
        "path-variable-unknown",
        ERROR,
        "An output path has a {variable} that Blender doesn't know, such as a project's",
    ),
    _advice(
        "output-windows-path",
        "The scene's output path has a drive letter; the farm's output folder is named to it",
        "output-beside-file",
    ),
    Kind(
        "picture-below-pixel", ERROR, "The percentage leaves less than one pixel", "percentage-full"
    ),
    Kind("resolution-reduced", WARNING, "The resolution is below 100 %", "percentage-full"),
    Kind("border-render", WARNING, "Only a region of the picture is rendered", "border-off"),
)

LAYER_KINDS = (
    Kind("view-layers-missing", ERROR, "All view layers are off", "layers-on"),
    Kind("view-layer-off", WARNING, "A view layer is off", "layer-on"),
    Kind(
        "single-layer", WARNING, "Only one of several view layers is rendered", "single-layer-off"
    ),
    Kind("compositor-no-output", ERROR, "The compositor has no output", "compositing-off"),
    Kind("compositor-off", WARNING, "There are compositing nodes, switched off", "compositing-on"),
)

ENGINE_KINDS = (
    Kind("engine-display", ERROR, "The render engine needs a display or EGL"),
    Kind(
        "egl-missing",
        ERROR,
        "Something draws on the GPU (grease pencil does), and this machine has no EGL",
    ),
    _advice("engine-addon", "The render engine is an add-on's, which the farm may lack"),
    _advice("device-gpu", "The scene asks for the GPU; the farm renders on the CPU", "device-cpu"),
    _advice(
        "compositor-gpu",
        "The compositor asks for the GPU; the farm's works on the CPU",
        "compositor-cpu",
    ),
    _advice("gpu-missing", "The GPU is asked for, and this machine has none", "", ERROR),
)

SAMPLING_KINDS = (
    Kind("denoiser-missing", ERROR, "This Blender is built without the denoiser", "denoise-off"),
    Kind("denoise-node-missing", WARNING, "This Blender passes over the compositor's Denoise node"),
    Kind(
        "denoiser-gpu",
        WARNING,
        "The denoiser OptiX runs on some GPUs only: a CPU takes another one",
        "denoiser-cpu",
    ),
    Kind("time-limit", WARNING, "Faster machines render better pictures", "time-limit-off"),
    _advice("seed-animated", "The pattern of the noise changes from frame to frame", "seed-still"),
)

FRAME_KINDS = (
    _advice("frame-step", "Frames are left out", "step-one"),
    _advice("frames-outside-range", "The frame list wants frames outside the scene's range"),
    _advice("children-idle", "There are more children than frames"),
    _advice("range-read-by-drivers", "Drivers read the scene's first or last frame"),
)

SETTINGS_KINDS = (
    Kind("settings-contradict", ERROR, "Settings contradict each other, or the scene"),
    Kind(
        "settings-ignored",
        WARNING,
        "A setting has no effect: the chosen format, or this Blender, has no such thing",
    ),
)

MISSING_KINDS = (
    Kind("image-missing", MISSING, "An image's file is not there"),
    Kind("udim-tile-missing", MISSING, "Tiles of an image are not there"),
    Kind("sequence-frame-missing", MISSING, "Pictures of an image sequence are not there"),
    Kind("clip-missing", MISSING, "A movie clip's footage is not there, or has a gap"),
    Kind("strip-missing", MISSING, "What a strip of the Video Sequencer shows is not there"),
    Kind("font-missing", MISSING, "A font is not there"),
    Kind("library-missing", MISSING, "A linked .blend is not there"),
    Kind(
        "linked-data-missing", MISSING, "A linked .blend is there, and what is linked isn't in it"
    ),
    Kind(
        "import-path-unknown",
        WARNING,
        "Geometry nodes import a file whose path can't be known before a frame is rendered",
    ),
    Kind("cache-missing", MISSING, "An Alembic or USD file is not there, or one of a sequence"),
    Kind("volume-missing", MISSING, "An OpenVDB file is not there"),
    Kind(
        "simulation-missing",
        MISSING,
        "The baked cache of a simulation or modifier is not there, or lacks frames",
    ),
    Kind(
        "file-missing", MISSING, "Another file is not there, such as an OSL script or IES profile"
    ),
    Kind("sound-special", ERROR, "A sound of the film is a pipe or a device, and no file"),
    _advice("sound-missing", "A sound of the film is not there"),
    _advice("image-unsaved", "An image was painted, and not saved or packed", "pack-image"),
)

COLOR_KINDS = (
    Kind(
        "color-config-failed",
        ERROR,
        "The OpenColorIO configuration that is asked for is not there, or can't be read",
    ),
    Kind(
        "color-space-missing",
        MISSING,
        "The OpenColorIO configuration lacks a color space, view, look or display of the .blend",
    ),
)

PATH_KINDS = (
    _advice("path-windows", "A path with a drive letter leads nowhere on other systems"),
    _advice("path-outside", "A file lies outside the .blend's folder"),
    _advice("path-absolute", "An absolute path breaks where the folder is moved", "path-relative"),
)

SIMULATION_KINDS = (
    Kind(
        "simulation-unbaked",
        ERROR,
        "A simulation is not baked; a warning with `--unbaked warm-up` or `--unbaked allow`",
    ),
)

SCRIPT_KINDS = (
    Kind(
        "drivers-off",
        ERROR,
        "Python drivers stand still, as scripts are off; a warning with `--scripts off`",
    ),
    Kind(
        "freestyle-scripts",
        ERROR,
        "Freestyle has style modules, which are Python; Blender may run them with scripts off",
    ),
    Kind("text-not-run", WARNING, "A registered text did not run, as scripts are off"),
    _advice("drivers-need-scripts", "Python drivers need scripts to be allowed on the farm"),
    _advice("text-needs-scripts", "A registered text needs scripts to be allowed on the farm"),
    Kind("node-unknown", WARNING, "A node is of a type that this Blender doesn't know"),
    _advice("addon-data", "An add-on, which the farm may lack, keeps data in the file"),
)

FILE_KINDS = (
    _advice("file-unsaved", "The file was never saved: a farm has nothing to open", "save", ERROR),
    Kind("file-newer", WARNING, "The .blend was saved by a newer Blender; a child ends with 66"),
    Kind("library-newer", ERROR, "A linked .blend was saved by a newer Blender"),
    Kind(
        "shader-stale",
        ERROR,
        "What is compiled of an OSL script, and lies beside it, is not of its text, or is cut off",
    ),
)

KINDS: Mapping[str, Kind] = {
    each.name: each
    for each in (
        *CAMERA_KINDS,
        *OUTPUT_KINDS,
        *LAYER_KINDS,
        *ENGINE_KINDS,
        *SAMPLING_KINDS,
        *FRAME_KINDS,
        *SETTINGS_KINDS,
        *MISSING_KINDS,
        *COLOR_KINDS,
        *SIMULATION_KINDS,
        *PATH_KINDS,
        *SCRIPT_KINDS,
        *FILE_KINDS,
    )
}
