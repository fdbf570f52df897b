"""Which files a frame is due: the scene's own picture, and what its File Output nodes write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import bpy

from ..publishing.stage import NodeFolder
from .blender_versions.render import output_switches
from .blender_versions.sequencer import all_strips
from .compositor import FileOutput, compositing_trees, trees_used
from .frame_drivers import animated_paths, frame_handlers
from .rendered_scenes import composited_scenes, renders_sequencer, written_outputs
from .restoring import Restorer
from .slot_sources import Pixels, SlotSources

SWITCHES = frozenset({"mute", "layer", "scene", "enable_for_render"})
"""Properties of a scene and its trees that decide what is written, and can be animated; besides all
whose name begins with `use`."""


def is_picture_saved(scene: bpy.types.Scene) -> bool:
    """Whether Blender is certain to write the picture: Save Output is on, and nothing moves it."""
    switches = output_switches(scene.render)
    animated = animated_paths(scene)
    return all(
        getattr(scene.render, name) and f"render.{name}" not in animated for name in switches
    )


def have_files_written(restorer: Restorer, scene: bpy.types.Scene) -> tuple[str, ...]:
    """Have the picture written where there would be no file at all; what a person should know.

    Files of File Output nodes alone are a frame: so an artist leaves out a picture that only shows
    them.
    """
    if is_picture_saved(scene):
        return ()
    if any(output.slots for output in written_outputs(scene)):
        return (
            f"The scene {scene.name!r} has Save Output off: each frame is the files of its File "
            "Output nodes alone",
        )
    for name in output_switches(scene.render):
        restorer.set(scene.render, name, True)
    return (
        f"The scene {scene.name!r} has Save Output off and no File Output node: its picture is "
        "written all the same",
    )


class DueSlots(NamedTuple):
    """Of one File Output node the names that are due, and where it belongs."""

    certain: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    strip_scene: str = ""


def _due_slots(
    scene: bpy.types.Scene, outputs: Iterable[FileOutput]
) -> Mapping[bpy.types.Node, DueSlots]:
    """What is due of each node that belongs to the compositor of the scene, or of one in a strip.

    Nothing is certain where Python or keyframes may switch things off while a frame is rendered.
    """
    by_tree: dict[bpy.types.NodeTree, list[FileOutput]] = {}
    for output in outputs:
        by_tree.setdefault(output.node.id_data, []).append(output)
    due: dict[bpy.types.Node, DueSlots] = {}
    for composited in composited_scenes(scene):
        trees = compositing_trees(composited)
        used = trees_used(trees)
        sources = SlotSources(composited, trees)
        is_fixed = not _changes_by_frame(composited, used)
        for output in (output for tree in used for output in by_tree.get(tree, ())):
            names = _names(output, sources, is_fixed and not output.is_repeated)
            strip_scene = "" if composited == scene else composited.name_full
            due.setdefault(output.node, DueSlots(*names, strip_scene))
    return due


def _names(
    output: FileOutput, sources: SlotSources, is_fixed: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    kinds: dict[Pixels, dict[str, None]] = {kind: {} for kind in Pixels}
    for name, socket in output.slots:
        kinds[sources.pixels_for(socket)][name] = None
    certain = [*kinds[Pixels.SURE]] if is_fixed else []
    doubtful = {**kinds[Pixels.UNKNOWN], **kinds[Pixels.SURE]}
    return tuple(certain), tuple(name for name in doubtful if name not in certain)


def _changes_by_frame(scene: bpy.types.Scene, trees: Iterable[bpy.types.NodeTree]) -> bool:
    names = (path.rpartition(".")[2] for each in (scene, *trees) for path in animated_paths(each))
    switched = any(name in SWITCHES or name.startswith("use") for name in names)
    # "Render single layer" renders the one that a window shows.
    return switched or scene.render.use_single_layer or any(frame_handlers())


class DueFolders:
    """The folders of a frame's File Output nodes, with what is due in each.

    What is due is looked for once: with some hundred nodes that takes as long as a small picture.
    """

    def __init__(
        self, scene: bpy.types.Scene, outputs: Iterable[FileOutput], changes: bool
    ) -> None:
        """`changes` says that somebody may change the scene between two frames."""
        self._scene = scene
        self._outputs = list(outputs)
        self._changes = changes
        self._folders = self._look()

    def of_frame(self, frame: int) -> tuple[NodeFolder, ...]:
        """In the order of the nodes."""
        if self._changes:
            self._folders = self._look()
        if not any(folder.strip_scene for folder in self._folders):
            return self._folders
        strips: list[Any] = all_strips(self._scene) if renders_sequencer(self._scene) else []
        shown = {
            strip.scene.name_full
            for strip in strips
            if strip.frame_final_start <= frame < strip.frame_final_end and not strip.mute
            if strip.type == "SCENE" and strip.scene is not None
        }
        return tuple(
            folder._replace(is_expected=not folder.strip_scene or folder.strip_scene in shown)
            for folder in self._folders
        )

    def _look(self) -> tuple[NodeFolder, ...]:
        due = _due_slots(self._scene, self._outputs)
        nothing = DueSlots()
        return tuple(
            output.published._replace(**due.get(output.node, nothing)._asdict())
            for output in self._outputs
        )
