"""Rendering one frame into its stage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from ..chunking.errors import RenderFailed
from ..publishing.output_folder import frame_name
from ..publishing.stage import NodeFolder, Stage
from .rendered_scenes import written_outputs
from .restoring import Restorer

HAS_FRAME_ARGUMENTS = bpy.app.version >= (5, 0, 0)
"""Whether the render operator takes the frames as arguments, leaving the scene's range alone."""

FRAME_RANGE_PROPERTIES = ("frame_start", "frame_end")


class FrameRenderer:
    """Renders frames of one scene, each into a stage of its own.

    The fast way is an animation of one frame. Before Blender 5.0 it narrows the scene's range
    to that frame, so a negative frame, or a driver that reads the range, needs the slower way:
    go to the frame and render a still picture.
    """

    def __init__(self, scene: bpy.types.Scene) -> None:
        self._scene = scene
        self._range_is_read = not HAS_FRAME_ARGUMENTS and range_is_read()
        self._outputs = written_outputs(scene)
        folders = [output.published for output in self._outputs]
        self.node_folders: tuple[NodeFolder, ...] = tuple(dict.fromkeys(folders))
        self._folder_numbers = [self.node_folders.index(folder) for folder in folders]

    def render(self, frame: int, stage: Stage) -> str:
        """Render one frame; return the stem that Blender was told to name its picture by.

        Raises RenderFailed with Blender's words.
        """
        with Restorer() as restorer:
            self._point_nodes_to(restorer, stage)
            if HAS_FRAME_ARGUMENTS:
                stem = self._render(restorer, stage, frame, frame_start=frame, frame_end=frame)
            elif frame < 0 or self._range_is_read:
                stem = self._render_still(restorer, stage, frame)
            else:
                # Both at once: a start beyond the end moves the end along.
                restorer.remember(self._scene, "frame_start", "frame_end")
                self._scene.frame_start = frame
                self._scene.frame_end = frame
                stem = self._render(restorer, stage, frame)
        return stem

    def _point_nodes_to(self, restorer: Restorer, stage: Stage) -> None:
        for output, number in zip(self._outputs, self._folder_numbers, strict=True):
            path = f"{stage.node(number).as_posix()}/{output.stem}"
            restorer.set(output.node, output.folder_property, path)

    def _render(self, restorer: Restorer, stage: Stage, frame: int, **frames: int) -> str:
        restorer.set(self._scene.render, "filepath", (stage.beauty / "#####").as_posix())
        restorer.seal()
        _call(frame, animation=True, scene=self._scene.name, **frames)
        return f"{'-' if frame < 0 else ''}{abs(frame):05d}"

    def _render_still(self, restorer: Restorer, stage: Stage, frame: int) -> str:
        stem = frame_name(frame)
        current, subframe = self._scene.frame_current, self._scene.frame_subframe
        restorer.set(self._scene.render, "filepath", (stage.beauty / stem).as_posix())
        restorer.seal()
        self._scene.frame_set(frame)
        try:
            _call(frame, write_still=True, scene=self._scene.name)
        finally:
            self._scene.frame_set(current, subframe=subframe)
        return stem


def _call(frame: int, **arguments: Any) -> None:
    try:
        outcome = bpy.ops.render.render(**arguments)
    except RuntimeError as error:
        text = str(error).replace("Error: ", "").strip()
        raise RenderFailed(f"Blender failed on frame {frame}: {text}") from None
    if "FINISHED" not in outcome:
        raise RenderFailed(f"Blender gave up frame {frame} without saying why.")


def range_is_read() -> bool:
    """Whether any driver of the file reads a scene's start or end frame."""
    return any(_reads_range(driver) for driver in drivers())


def drivers() -> Iterator[bpy.types.Driver]:
    """All drivers of the file."""
    for collection in _data_collections():
        for owner in collection:
            yield from _drivers_of(owner)


def _data_collections() -> Iterator[Any]:
    for each in bpy.types.BlendData.bl_rna.properties:
        if each.type == "COLLECTION":
            yield getattr(bpy.data, each.identifier)


def _drivers_of(owner: Any) -> Iterator[bpy.types.Driver]:
    for holder in (owner, getattr(owner, "node_tree", None), getattr(owner, "shape_keys", None)):
        animation = getattr(holder, "animation_data", None)
        if animation is not None:
            yield from (curve.driver for curve in animation.drivers)


def _reads_range(driver: bpy.types.Driver) -> bool:
    if any(name in driver.expression for name in FRAME_RANGE_PROPERTIES):
        return True
    return any(
        target.data_path.rpartition(".")[2] in FRAME_RANGE_PROPERTIES
        for variable in driver.variables
        for target in variable.targets
    )
