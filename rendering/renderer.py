"""Blender as the renderer of a child's loop: one prepared scene, with data kept or not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import bpy

from ..child.renderer import RenderCall, Steps
from ..publishing.notes import NotedFrame
from ..publishing.stage import Stage
from ..scene.identity import is_saved_file
from ..scene.pixels import picture_sizes
from ..scene.rendered_scenes import rendered_scenes
from .frame import FrameRenderer
from .proving import Proving


class BlenderRenderer:
    """What `child.renderer.Renderer` promises, for one scene."""

    def __init__(self, scene: bpy.types.Scene, frames: FrameRenderer, proving: Proving) -> None:
        self._scene = scene
        self._frames = frames
        self._proving = proving
        self._sizes = picture_sizes(scene)

    @property
    def sizes(self) -> Collection[tuple[int, int]]:
        return self._sizes

    @property
    def is_of_saved_file(self) -> bool:
        return is_saved_file()

    def picture_names(self, stem: str) -> Sequence[Sequence[str]]:
        render = self._scene.render
        suffixes = [[""]]
        if render.use_multiview and render.image_settings.views_format == "INDIVIDUAL":
            used = [view.file_suffix for view in render.views if view.use]
            # With one view in use Blender 4 leaves its suffix out, Blender 5 writes it.
            suffixes = [used, [""]] if len(used) == 1 else [used]
        extension = render.file_extension
        return [[f"{stem}{suffix}{extension}" for suffix in each] for each in suffixes]

    def stage(self, home: Path, frame: int) -> Stage:
        return self._frames.stage(home, frame)

    def set_for(self, frame: int, stage: Stage) -> AbstractContextManager[RenderCall]:
        return self._frames.set_for(frame, stage)

    def before_first_frame(self, todo: Sequence[int], noted: Mapping[int, NotedFrame]) -> None:
        self._proving.before_first_frame(todo, noted)

    def after_frame(self, frame: int, cpu_seconds: float, frames_left: int, home: Path) -> Steps:
        kept = self._proving.kept
        yield from self._proving.after_frame(frame, cpu_seconds, frames_left // kept.lanes, home)
        kept.after_frame()

    def share(self, lanes: int) -> None:
        self._proving.kept.lanes = lanes

    def set_threads(self, threads: int) -> None:
        for rendered in {*rendered_scenes(self._scene), self._scene}:
            self._frames.changes.set_anew(rendered.render, "threads", threads)

    def lane_settings(self) -> Mapping[str, str]:
        return self._proving.lane_settings()
