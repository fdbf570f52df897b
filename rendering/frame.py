"""Setting the scene for one frame, so that Blender renders it into its stage."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy

from ..blender_versions.render import HAS_FRAME_ARGUMENTS
from ..child.renderer import RenderCall, Steps
from ..chunking.errors import RenderFailed
from ..publishing.output_folder import frame_name
from ..publishing.stage import Stage
from ..scene.compositor import (
    FileOutput,
    all_file_outputs,
)
from ..scene.due_files import DueFolders, is_picture_saved
from ..scene.rendered_scenes import written_outputs
from ..scene.restoring import Restorer


class FrameRenderer:
    """Sets one scene for one frame after the other.

    The fast way is an animation of one frame. Before Blender 5.0 the scene's range has to be
    narrowed for it, so a negative frame, or an artist who looks on (`as_stills`), needs the
    slower way: go to the frame and render a still picture.
    """

    def __init__(
        self,
        scene: bpy.types.Scene,
        changes: Restorer,
        as_stills: bool,
        go_to: Callable[[int], None] = lambda frame: None,
    ) -> None:
        """`go_to` is called with each frame before it is set for: see `simulations.warming_up`."""
        self._scene = scene
        self._changes = changes
        self._go_to = go_to
        self._as_stills = as_stills and not HAS_FRAME_ARGUMENTS
        self._outputs = list({output.node: output for output in written_outputs(scene)}.values())
        self._folders = DueFolders(scene, self._outputs, changes=as_stills)
        written = {output.node for output in self._outputs}
        self._others = [output for output in all_file_outputs() if output.node not in written]
        self._other_folders = tuple(output.published for output in self._others)
        self._others_folder: Path | None = None

    def stage(self, home: Path, frame: int) -> Stage:
        """The stage of a frame, in a folder that is the render's own from its beginning."""
        return Stage(
            home / f"frame{frame}",
            self._folders.of_frame(frame),
            self._other_folders,
            is_picture_saved(self._scene),
        )

    @property
    def changes(self) -> Restorer:
        """What puts the scene back at the end."""
        return self._changes

    def is_still(self, frame: int) -> bool:
        """Whether the scene has to go to this frame before it is rendered."""
        return not HAS_FRAME_ARGUMENTS and (self._as_stills or frame < 0)

    @contextlib.contextmanager
    def set_for(self, frame: int, stage: Stage) -> Iterator[RenderCall]:
        """Have the scene set for a frame as long as it takes; gives the call that renders it."""
        self._go_to(frame)
        self._point_others_to(stage)
        with self._changes.nested():
            self._point_nodes_to(stage)
            if HAS_FRAME_ARGUMENTS:
                # Blender itself goes there meanwhile and comes back, but not where undo ends it.
                self._changes.expect(self._scene, "frame_current", frame)
                self._changes.expect(self._scene, "frame_subframe", 0.0)
                yield self._animation(frame, stage, frame_start=frame, frame_end=frame)
            elif self.is_still(frame):
                with self._at(frame):
                    yield self._still(frame, stage)
            else:
                with self._narrowed_to(frame):
                    yield self._animation(frame, stage)

    def _point_nodes_to(self, stage: Stage) -> None:
        for number, output in enumerate(self._outputs):
            self._point(output, stage.node(number))

    def _point_others_to(self, stage: Stage) -> None:
        """Once for all frames: with some hundred nodes it takes as long as a small picture."""
        if self._others_folder != stage.others_meanwhile:
            self._others_folder = stage.others_meanwhile
            for number, output in enumerate(self._others):
                self._point(output, stage.other(number))

    def _point(self, output: FileOutput, folder: Path) -> None:
        path = f"{folder.as_posix()}/{output.named_by_blender}{output.stem}"
        self._changes.set(output.node, output.folder_property, path)

    def _animation(self, frame: int, stage: Stage, **frames: int) -> RenderCall:
        self._write_to(stage, "#####")
        stem = f"{'-' if frame < 0 else ''}{abs(frame):05d}"
        arguments = {"animation": True, "scene": self._scene.name, **frames}
        return RenderCall(frame, stem, arguments)

    def _still(self, frame: int, stage: Stage) -> RenderCall:
        stem = frame_name(frame)
        self._write_to(stage, stem)
        return RenderCall(frame, stem, {"write_still": True, "scene": self._scene.name})

    def _write_to(self, stage: Stage, name: str) -> None:
        self._changes.set(self._scene.render, "filepath", (stage.beauty / name).as_posix())
        self._changes.seal()

    @contextlib.contextmanager
    def _narrowed_to(self, frame: int) -> Iterator[None]:
        """Have the scene's range be one frame until Blender has begun to render it.

        Blender has read the range by then, and what looks at it later (drivers, scripts, the
        Frame and Frame Range that are burnt in or written into files) has to see the artist's.
        """
        scene = self._scene
        start, end = scene.frame_start, scene.frame_end

        def widen(*arguments: object) -> None:
            if scene.frame_start == scene.frame_end == frame:
                scene.frame_start, scene.frame_end = start, end

        begun = bpy.app.handlers.render_init
        begun.insert(0, widen)
        # Both at once: a start beyond the end moves the end along.
        self._changes.remember(scene, "frame_start", "frame_end")
        scene.frame_start = scene.frame_end = frame
        try:
            yield
        finally:
            if widen in begun:  # and not where a script has emptied the list
                begun.remove(widen)

    @contextlib.contextmanager
    def _at(self, frame: int) -> Iterator[None]:
        scene = self._scene
        current, subframe = scene.frame_current, scene.frame_subframe
        self._changes.remember(scene, "frame_current", "frame_subframe")
        scene.frame_set(frame)
        try:
            yield
        finally:
            if scene.frame_current == frame:  # and not where the artist has gone since
                scene.frame_set(current, subframe=subframe)


def render_at_once(steps: Steps) -> None:
    """Drive a render to its end, each call waiting for its picture."""
    with contextlib.closing(steps), contextlib.suppress(StopIteration):
        call = next(steps)
        while True:
            try:
                _call(call)
            except RenderFailed as error:
                call = steps.throw(error)
            else:
                call = next(steps)


def _call(call: RenderCall) -> None:
    try:
        outcome = bpy.ops.render.render(**call.arguments)
    except RuntimeError as error:
        raise failure(call.frame, error) from None
    if "FINISHED" not in outcome:
        raise RenderFailed(f"Blender gave up frame {call.frame} without saying why.")


def failure(frame: int, error: RuntimeError) -> RenderFailed:
    """What Blender said when it failed on a frame, as an error of ours."""
    text = str(error).replace("Error: ", "").strip()
    return RenderFailed(f"Blender failed on frame {frame}: {text}")
