"""The frame set: is it the one that is meant?"""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from ...chunking.frames import FrameSet
from ...chunking.settings import Settings
from .finding import (
    Finding,
    found,
)


def frame_step(scene: bpy.types.Scene, settings: Settings, frames: FrameSet) -> Iterator[Finding]:
    if scene.frame_step > 1 and not settings.frames:
        yield found(
            "frame-step",
            f"The scene {scene.name!r} renders every {scene.frame_step}. frame only. Set its Step "
            "to 1, unless it is meant.",
            scene,
        )


def outside_range(
    scene: bpy.types.Scene, settings: Settings, frames: FrameSet
) -> Iterator[Finding]:
    if not settings.frames:
        return
    outside = [each for each in frames if not scene.frame_start <= each <= scene.frame_end]
    if outside:
        yield found(
            "frames-outside-range",
            f"The frame list wants {FrameSet.of(outside)}, outside the range of the scene "
            f"{scene.name!r}, {scene.frame_start} to {scene.frame_end}. Change the list, or the "
            "range, unless it is meant.",
            scene,
        )


def idle_children(
    scene: bpy.types.Scene, settings: Settings, frames: FrameSet
) -> Iterator[Finding]:
    if settings.size > len(frames):
        yield found(
            "children-idle",
            f"The array has {settings.size} children for {len(frames)} frames, so "
            f"{settings.size - len(frames)} of them start for nothing. Choose a smaller size.",
            scene,
        )
