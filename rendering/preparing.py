"""Setting the scene as the settings say, for as long as the chunk takes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import bpy

from ..chunking.errors import BadSetting, SceneRefused
from ..chunking.setting_values import split_names
from ..chunking.settings import Settings
from ..machine.cores import usable_cores
from ..scene.blender_versions import release
from ..scene.blender_versions.render import (
    CYCLES,
    EEVEE,
    FORMAT_PROPERTIES,
    set_file_format,
    strip_caches,
    written_caches,
)
from ..scene.chosen_scene import by_name
from ..scene.compiled_shaders import compile_in_memory
from ..scene.compositor import compositing_trees
from ..scene.due_files import have_files_written
from ..scene.files import texture_cache
from ..scene.rendered_scenes import rendered_scenes, renders_sequencer
from ..scene.restoring import Restorer
from . import devices, persistent


class PreparedScene(NamedTuple):
    """A scene as it is to be rendered, and what was chosen for this machine."""

    scene: bpy.types.Scene
    device: str
    """Kind of the device: CPU, CUDA, OPTIX, HIP, METAL or ONEAPI."""
    notes: tuple[str, ...]
    """What a person should know of it."""
    persistent: persistent.Choice
    """Whether data is kept between the frames, unless it is proven otherwise."""


@contextlib.contextmanager
def prepared(
    scene: bpy.types.Scene,
    settings: Settings,
    changes: Restorer | None = None,
    spare_cores: int = 0,
    is_set_up: bool = False,
) -> Iterator[PreparedScene]:
    """Set the scene for the render, and put everything back at the end.

    `changes` takes note of what is changed, for whoever wants to look at it meanwhile. As many
    cores are left to others as `spare_cores` says, but for the last one, where no number of
    threads is told. `is_set_up` says whether a set-up script has chosen among the devices.
    Raises SceneRefused for a camera or view layer that the scene has not, and for a format that
    this Blender has not.
    """
    with changes or Restorer() as restorer:
        for step in STEPS:
            step(restorer, scene, settings)
        compile_in_memory(restorer, scene)
        picture_notes = have_files_written(restorer, scene)
        device, device_notes = devices.choose(restorer, scene, settings.gpu, is_set_up)
        compositor_notes = devices.choose_for_compositor(restorer, scene, settings.gpu)
        threads_note = _set_threads(restorer, scene, settings, spare_cores)
        choice = persistent.choose(restorer, scene, settings)
        restorer.seal()
        notes = (*picture_notes, *device_notes, *compositor_notes, threads_note)
        yield PreparedScene(scene, device, notes, choice)


def _set_engine(restorer: Restorer, scene: bpy.types.Scene, settings: Settings) -> None:
    for rendered in rendered_scenes(scene) if settings.engine == "cycles" else ():
        restorer.set(rendered.render, "engine", CYCLES)


def _set_camera(restorer: Restorer, scene: bpy.types.Scene, settings: Settings) -> None:
    if not settings.camera:
        return
    cameras = [each for each in scene.objects if each.type == "CAMERA"]
    restorer.set(scene, "camera", by_name(cameras, settings.camera, "camera"))
    for marker in scene.timeline_markers:
        if marker.camera is not None:  # it would win over the scene's camera
            restorer.set(marker, "camera", None)


def _set_layers(restorer: Restorer, scene: bpy.types.Scene, settings: Settings) -> None:
    names = split_names(settings.layers)
    if not names:
        return
    used = {by_name(scene.view_layers, name, "view layer").name for name in names}
    for layer in scene.view_layers:
        restorer.set(layer, "use", layer.name in used)


def _set_single_layer(restorer: Restorer, scene: bpy.types.Scene, settings: Settings) -> None:
    """Have Render Single Layer do in each frame what it does in Blender's `-a`.

    It is off where layers are chosen: it would render the active one, whatever they are. By `-a`
    all layers in use are rendered, and where a picture shows one layer it is the active one.
    The operator, called for each frame, puts the active layer into what the frame before left:
    other layers would be those of another frame, and OpenEXR refuses to write two of one name.
    """
    shows_one = not (
        "OPEN_EXR" in scene.render.image_settings.file_format
        or compositing_trees(scene)
        or renders_sequencer(scene)
    )
    window = bpy.context.window
    is_active_known = window is not None and window.scene == scene and window.view_layer.use
    if split_names(settings.layers) or not (shows_one and is_active_known):
        restorer.set(scene.render, "use_single_layer", False)


def _set_size(restorer: Restorer, scene: bpy.types.Scene, settings: Settings) -> None:
    if settings.pixels is not None:
        width, height = settings.pixels
        restorer.set(scene.render, "resolution_x", width)
        restorer.set(scene.render, "resolution_y", height)
    if settings.percentage:
        restorer.set(scene.render, "resolution_percentage", settings.percentage)


def _set_format(restorer: Restorer, scene: bpy.types.Scene, settings: Settings) -> None:
    image: Any = scene.render.image_settings
    restorer.remember(image, *FORMAT_PROPERTIES)
    if settings.format != "scene":
        try:
            set_file_format(image, settings.format.upper())
        except TypeError:
            raise SceneRefused(
                f"--format is {settings.format!r}, which Blender {release.NAME} can't write: "
                "choose another format, or render by a newer Blender."
            ) from None
    if settings.depth != "scene":
        _choose(image, "color_depth", settings.depth, "--depth")
    if settings.compression >= 0:
        image.compression = settings.compression
    if settings.quality >= 0:
        image.quality = settings.quality
    if settings.codec:
        property_name = "tiff_codec" if image.file_format == "TIFF" else "exr_codec"
        _choose(image, property_name, settings.codec.upper(), "--codec")


def _choose(image: Any, property_name: str, value: str, option: str) -> None:
    try:
        setattr(image, property_name, value)
    except TypeError:
        raise BadSetting(
            f"{option} is {value!r}, which the format {image.file_format} has not: choose another "
            "value or another format."
        ) from None


def _set_sampling(restorer: Restorer, scene: bpy.types.Scene, settings: Settings) -> None:
    if settings.simplify != "scene":
        restorer.set(scene.render, "use_simplify", settings.simplify == "on")
    if scene.render.engine == CYCLES:
        if settings.samples:
            restorer.set(scene.cycles, "samples", settings.samples)
        if settings.seed >= 0:
            restorer.set(scene.cycles, "seed", settings.seed)
            restorer.set(scene.cycles, "use_animated_seed", False)
        if settings.denoise != "scene":
            restorer.set(scene.cycles, "use_denoising", settings.denoise == "on")
    elif settings.samples and scene.render.engine in EEVEE:
        restorer.set(scene.eevee, "taa_render_samples", settings.samples)
    elif settings.samples or settings.seed >= 0 or settings.denoise != "scene":
        raise BadSetting(
            f"--samples, --seed and --denoise can't be set for the engine {scene.render.engine}: "
            "leave them out."
        )


def _set_names(restorer: Restorer, scene: bpy.types.Scene, settings: Settings) -> None:
    # The stage is fresh and ours: what guards an artist's folder would only leave empty files.
    restorer.set(scene.render, "use_overwrite", True)
    restorer.set(scene.render, "use_placeholder", False)
    restorer.set(scene.render, "use_file_extension", True)


def _set_caches(restorer: Restorer, scene: bpy.types.Scene, settings: Settings) -> None:
    """Have Blender write no caches beside the .blend's textures and the .blend itself.

    What is there already of textures' caches is read only where that is asked for: who has none
    would get other pixels.
    """
    texture_cache.choose(restorer, settings.texture_cache)
    for each in bpy.data.scenes:
        for name in written_caches(each.render):
            if getattr(each.render, name):
                restorer.set(each.render, name, False)
    system: Any = bpy.context.preferences.system
    for name in strip_caches(system):
        if getattr(system, name):
            restorer.remember(bpy.context.preferences, "is_dirty")
            restorer.set(system, name, False)


STEPS: tuple[Callable[[Restorer, bpy.types.Scene, Settings], None], ...] = (
    _set_engine,
    _set_camera,
    _set_layers,
    _set_size,
    _set_format,
    _set_single_layer,
    _set_sampling,
    _set_names,
    _set_caches,
)


def _set_threads(
    restorer: Restorer, scene: bpy.types.Scene, settings: Settings, spare_cores: int
) -> str:
    # Blender counts the cores of the host, also where this process may use two of them.
    cores = usable_cores()
    threads = settings.threads or max(1, cores.count - spare_cores)
    for rendered in {*rendered_scenes(scene), scene}:
        restorer.set(rendered.render, "threads_mode", "FIXED")
        restorer.set(rendered.render, "threads", threads)
    reason = "--threads" if settings.threads else cores.reason
    return f"threads: {threads} ({reason})"
