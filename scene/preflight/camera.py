"""Is there a camera for every frame, and is it the one that is meant?

What Blender does (tried on 4.2, 4.3 and 5.0): a marker whose camera is deleted stays, without a
camera, and the marker before it holds on. Before the first marker that has a camera, that one is
used already. A camera that is hidden in renders is passed over, if a marker asks for it. A camera
that is in no scene is used, and not saved with the file. Any object can be looked through, but with
Cycles an empty has Blender 5.2 crash.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator

import bpy

from ...chunking.frames import FrameSet
from ...chunking.settings import Settings
from ..blender_versions import release
from ..blender_versions.render import CYCLES, CYCLES_CRASHES_LOOKING_THROUGH_EMPTIES
from ..rendered_scenes import rendered_scenes
from .finding import Finding, finding


def camera_missing(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for each in rendered_scenes(scene):
        bound = [marker.camera for marker in each.timeline_markers if marker.camera is not None]
        if each.camera is None and all(camera.hide_render for camera in bound):
            cameras = [item for item in each.objects if item.type == "CAMERA"]
            yield finding(
                "camera-missing",
                f"The scene {each.name!r} has no camera. Choose one in its Scene properties, or "
                "name one by --camera.",
                each,
                fix="choose-camera" if len(cameras) == 1 else "",
            )


def camera_choice(scene: bpy.types.Scene, settings: Settings, chunk: FrameSet) -> Iterator[Finding]:
    """Cameras that are not what they seem, among those that count in the chunk's frames."""
    for each in rendered_scenes(scene):
        frames = chunk if each == scene else None
        for camera, marker in _cameras(each, frames):
            if marker is not None and camera.hide_render:
                yield finding(
                    "camera-hidden",
                    f"The camera {camera.name!r}, which the marker {marker.name!r} of the scene "
                    f"{each.name!r} switches to, is hidden in renders, so Blender stays with "
                    "another one. Show it in renders, or remove the marker.",
                    camera,
                )
            elif camera.type == "EMPTY" and _crashes_looking_through_empty(each):
                yield finding(
                    "camera-crashes",
                    f"The scene {each.name!r} looks through the empty {camera.name!r}: with Cycles "
                    f"this Blender, {release.NAME}, crashes there. Choose a camera.",
                    camera,
                )
            elif camera.type != "CAMERA" and not camera.is_missing:
                yield finding(
                    "camera-not-a-camera",
                    f"The scene {each.name!r} looks through {camera.name!r}, which is no camera, "
                    "with a lens that nobody chose. Choose a camera.",
                    camera,
                )


def camera_home(scene: bpy.types.Scene, settings: Settings, chunk: FrameSet) -> Iterator[Finding]:
    """Cameras that are not in the scene that looks through them."""
    for each in rendered_scenes(scene):
        frames = chunk if each == scene else None
        for camera in dict.fromkeys(camera for camera, _ in _cameras(each, frames)):
            if camera.users == 0:
                yield finding(
                    "camera-unsaved",
                    f"The camera {camera.name!r} of the scene {each.name!r} is in no scene any "
                    "more: Blender will not save it, and the farm will render through another one, "
                    "or none. Link it to the scene, or choose another one.",
                    camera,
                    part=each.name,
                )
            elif each not in camera.users_scene:
                yield finding(
                    "camera-elsewhere",
                    f"The camera {camera.name!r}, through which the scene {each.name!r} is "
                    "rendered, is not in that scene. Link it to the scene, or choose another one.",
                    camera,
                    part=each.name,
                )


def _crashes_looking_through_empty(scene: bpy.types.Scene) -> bool:
    return CYCLES_CRASHES_LOOKING_THROUGH_EMPTIES and scene.render.engine == CYCLES


MarkedCamera = tuple[bpy.types.Object, bpy.types.TimelineMarker | None]


def _cameras(scene: bpy.types.Scene, frames: FrameSet | None) -> list[MarkedCamera]:
    """The cameras that the artist means for these frames (None: any), with their markers.

    Two markers at one frame: the first one counts (``BKE_scene_camera_switch_find``).
    """
    bound = [marker for marker in scene.timeline_markers if marker.camera is not None]
    if not bound:
        return [] if scene.camera is None else [(scene.camera, None)]
    first_of: dict[int, bpy.types.TimelineMarker] = {}
    for marker in bound:
        first_of.setdefault(marker.frame, marker)
    starts = sorted(first_of)
    if frames is None:
        numbers = list(range(len(starts)))
    else:
        numbers = sorted({max(0, bisect.bisect_right(starts, frame) - 1) for frame in frames})
    markers = [first_of[starts[number]] for number in numbers]
    return [(marker.camera, marker) for marker in markers]
