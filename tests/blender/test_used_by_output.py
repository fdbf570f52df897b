"""What is missing for the compositor, the sequencer and other scenes that a render takes in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy
import pytest
from array_chunk_render.scene.blender_versions.sequencer import strips_of
from array_chunk_render.scene.files.used_by_render import missing_files


@pytest.fixture(autouse=True)
def empty_file() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)


def missing_image() -> Any:
    image = bpy.data.images.new("gone", 4, 4)
    image.source = "FILE"
    image.filepath = "/nowhere/gone.png"
    return image


def missing_world(scene: Any) -> None:
    """Gives a scene a world whose picture is missing."""
    scene.world = bpy.data.worlds.new("sky")
    if scene.world.node_tree is None:
        scene.world.use_nodes = True
    scene.world.node_tree.nodes.new("ShaderNodeTexEnvironment").image = missing_image()


def compositor() -> Any:
    scene = bpy.context.scene
    if hasattr(scene, "compositing_node_group"):
        scene.compositing_node_group = bpy.data.node_groups.new("look", "CompositorNodeTree")
        return scene.compositing_node_group
    scene.use_nodes = True
    return scene.node_tree


def strips() -> Any:
    return strips_of(bpy.context.scene.sequence_editor_create())


def picture_strip() -> Any:
    """A strip that shows something and needs no file."""
    other = bpy.data.scenes.new("shot")
    return strips().new_scene("shot", other, 1, 1)


def compositor_image() -> None:
    compositor().nodes.new("CompositorNodeImage").image = missing_image()


def compositor_group() -> None:
    group = bpy.data.node_groups.new("group", "CompositorNodeTree")
    group.nodes.new("CompositorNodeImage").image = missing_image()
    compositor().nodes.new("CompositorNodeGroup").node_tree = group


def render_layers_of_another_scene() -> None:
    other = bpy.data.scenes.new("other")
    missing_world(other)
    compositor().nodes.new("CompositorNodeRLayers").scene = other


def background_scene() -> None:
    other = bpy.data.scenes.new("set")
    curve = bpy.data.curves.new("picture", "CURVE")
    curve.materials.append(bpy.data.materials.new("paint"))
    if curve.materials[0].node_tree is None:
        curve.materials[0].use_nodes = True
    curve.materials[0].node_tree.nodes.new("ShaderNodeTexImage").image = missing_image()
    other.collection.objects.link(bpy.data.objects.new("picture", curve))
    bpy.context.scene.background_set = other


def scene_strip() -> None:
    other = bpy.data.scenes.new("other")
    missing_world(other)
    strips().new_scene("shot", other, 1, 1)


SEEN = [
    compositor_image,
    compositor_group,
    render_layers_of_another_scene,
    background_scene,
    scene_strip,
]


@pytest.mark.parametrize("make", SEEN)
def test_what_is_seen_is_missing(make: Callable[[], None]) -> None:
    make()
    owners = [missing.owner for missing in missing_files(bpy.context.scene)]
    assert owners == ['image "gone"']


def compositing_off() -> None:
    compositor_image()
    bpy.context.scene.render.use_compositing = False


def muted_compositor_node() -> None:
    node = compositor().nodes.new("CompositorNodeImage")
    node.image, node.mute = missing_image(), True


def another_scene() -> None:
    missing_world(bpy.data.scenes.new("other"))


def behind_the_sequencer() -> None:
    missing_world(bpy.context.scene)
    picture_strip()


def movie_of_a_sequencer_that_is_off() -> None:
    strips().new_movie("take", "/nowhere/take.mp4", 1, 1)
    bpy.context.scene.render.use_sequencer = False


def muted_movie_strip() -> None:
    strips().new_movie("take", "/nowhere/take.mp4", 1, 1).mute = True


def muted_movie_strip_beside_another() -> None:
    picture_strip()
    strips().new_movie("take", "/nowhere/take.mp4", 2, 1).mute = True


def movie_strip_after_the_last_frame() -> None:
    strips().new_movie("take", "/nowhere/take.mp4", 1, 500)


UNSEEN = [
    compositing_off,
    muted_compositor_node,
    another_scene,
    behind_the_sequencer,
    movie_of_a_sequencer_that_is_off,
    muted_movie_strip,
    muted_movie_strip_beside_another,
    movie_strip_after_the_last_frame,
]


@pytest.mark.parametrize("make", UNSEEN)
def test_what_is_not_seen_is_not_missing(make: Callable[[], None]) -> None:
    make()
    assert missing_files(bpy.context.scene) == []
