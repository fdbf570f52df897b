"""Setting the scene for one frame, so that Blender renders it into its stage, and nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy

from ..child.renderer import RenderCall, Steps
from ..chunking.errors import RenderFailed
from ..publishing.output_folder import frame_name
from ..publishing.stage import Stage
from ..scene.blender_versions.render import BUILT_IN_ENGINES, HAS_FRAME_ARGUMENTS
from ..scene.compositor import FileOutput, all_file_outputs
from ..scene.due_files import DueFolders, is_picture_saved
from ..scene.frame_drivers import drivers, frame_handlers, reads_python
from ..scene.rendered_scenes import pictured_scenes, rendered_scenes, written_outputs
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
        if self._others_folder != stage.others_meanwhile:
            # Once for all frames: with some hundred nodes it takes as long as a small picture.
            self._others_folder = stage.others_meanwhile
            for number, output in enumerate(self._others):
                self._point(output, stage.other(number))
        with self._changes.nested():
            for number, output in enumerate(self._outputs):
                self._point(output, stage.node(number))
            if HAS_FRAME_ARGUMENTS:
                # Blender itself goes there meanwhile and comes back, but not where undo ends it.
                self._changes.expect(self._scene, "frame_current", frame)
                self._changes.expect(self._scene, "frame_subframe", 0.0)
                yield self._animation(frame, stage, frame_start=frame, frame_end=frame)
            elif self.is_still(frame):
                with self._at(frame):
                    stem = frame_name(frame)
                    self._write_to(stage, stem)
                    arguments = {"write_still": True, "scene": self._scene.name}
                    yield RenderCall(frame, stem, arguments)
            else:
                with self._narrowed_to(frame):
                    yield self._animation(frame, stage)

    def _point(self, output: FileOutput, folder: Path) -> None:
        path = f"{folder.as_posix()}/{output.named_by_blender}{output.stem}"
        self._changes.set(output.node, output.folder_property, path)

    def _animation(self, frame: int, stage: Stage, **frames: int) -> RenderCall:
        self._write_to(stage, "#####")
        stem = f"{'-' if frame < 0 else ''}{abs(frame):05d}"
        arguments = {"animation": True, "scene": self._scene.name, **frames}
        return RenderCall(frame, stem, arguments)

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

        handlers = bpy.app.handlers.render_init
        handlers.insert(0, widen)
        # Both at once: a start beyond the end moves the end along.
        self._changes.remember(scene, "frame_start", "frame_end")
        scene.frame_start = scene.frame_end = frame
        try:
            yield
        finally:
            if widen in handlers:  # and not where a script has emptied the list
                handlers.remove(widen)

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


def show_nothing(scene: bpy.types.Scene) -> bool:
    """Have the window show an empty scene from now on, where it is seen by nobody and nothing.

    For a process that ends with its chunk. Returns whether it was done.

    When Blender's render operator is done, it evaluates the scene that the window shows once more,
    for the frame that it was on (`ED_update_for_newframe` at the end of `screen_render_exec`). On
    the pottery scene of AWS's workshop that is 50 of 750 ms a frame. An animation has it once, but
    here each frame is a call of its own.

    For good: Blender 4.2 crashed when it was given back a scene whose data-blocks had gone
    meanwhile. And by the window, not by overriding the context: an override is a Python object,
    which the operator reads without holding Python's lock, and that crashed too, where a thread was
    at work.
    """
    window = bpy.context.window
    if not window or not bpy.app.background or is_seen(scene):
        return False
    empty = bpy.data.scenes.new("Array Chunk Render: nothing")
    # The operator takes the frame of the window's scene for that of the rendered one.
    empty.frame_set(scene.frame_current, subframe=scene.frame_subframe)
    window.scene = empty
    return True


def is_seen(scene: bpy.types.Scene) -> bool:
    """Whether something but the picture depends on the scene in the window.

    Functions and drivers of the artist's may ask for it. And what is animated in a scene's own
    settings comes to the scene itself only where a window evaluates it. Blender reads the shutter
    of motion blur from there, after the first frame (`render_update_anim_renderdata`; 4.2 to 5.0).
    And Render Single Layer means the active layer of the window. Python of other kinds may ask for
    it as well: properties that have a function to get them, Freestyle's style modules, and engines.
    """
    scenes = (*pictured_scenes(scene).edited, *rendered_scenes(scene))
    animations = [each.animation_data for each in scenes]
    return (
        scene.render.use_single_layer
        or any(each and (each.action or each.nla_tracks or each.drivers) for each in animations)
        or any(True for _ in frame_handlers())
        or any(each.type == "SCRIPTED" and not each.is_simple_expression for each in drivers())
        or any(map(reads_python, drivers()))
        or any(map(_runs_python, rendered_scenes(scene)))
    )


def _runs_python(scene: bpy.types.Scene) -> bool:
    """Whether an engine of an add-on renders it, or a style module of Freestyle draws its lines."""
    styled = [layer.freestyle_settings for layer in scene.view_layers if layer.use_freestyle]
    is_styled = scene.render.use_freestyle and any(
        each.mode == "SCRIPT" and any(module.use for module in each.modules) for each in styled
    )
    return is_styled or scene.render.engine not in BUILT_IN_ENGINES
