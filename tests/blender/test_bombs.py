"""Small files that unfold into millions: each thing is gone through once, however often it is used.

Blender itself unfolds none of these before it renders or evaluates them.
"""

from __future__ import annotations

import itertools
from typing import Any

import bpy
import pytest
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.rendering.persistent_faults import fault_of
from array_chunk_render.scene.blender_versions.sequencer import strips_of
from array_chunk_render.scene.compositor import has_output
from array_chunk_render.scene.due_files import DueFolders
from array_chunk_render.scene.files.used_by_render import missing_files
from array_chunk_render.scene.preflight.paths import node_names
from array_chunk_render.scene.rendered_scenes import rendered_scenes, written_outputs
from array_chunk_render.scene.simulations.detecting import unbaked_simulations

LEVELS = 25
"""Two uses on each level: at a million a second, half a minute for each way through."""


@pytest.fixture(autouse=True)
def scene() -> Any:
    """Empty, but for an image that is missing, so that it is looked for who uses it."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    missing = bpy.data.images.new("gone", 4, 4)
    missing.source, missing.filepath = "FILE", "/nowhere/gone.png"
    return bpy.context.scene


def nested_groups(kind: str, group_node: str) -> tuple[Any, Any]:
    """The outermost and the innermost of groups that each use the next one twice."""
    trees = [bpy.data.node_groups.new(f"level {number}", kind) for number in range(LEVELS)]
    for tree in trees:
        for in_out in ("INPUT", "OUTPUT"):
            shape = "Geometry" if kind == "GeometryNodeTree" else "Color"
            tree.interface.new_socket("In", in_out=in_out, socket_type=f"NodeSocket{shape}")
    for outer, inner in itertools.pairwise(trees):
        end = outer.nodes.new("NodeGroupOutput")
        for _ in range(2):
            node = outer.nodes.new(group_node)
            node.node_tree = inner
            outer.links.new(node.outputs[0], end.inputs[0])
            end = node
    return trees[0], trees[-1]


def composited_by(scene: Any, group: Any) -> None:
    if hasattr(scene, "compositing_node_group"):
        scene.compositing_node_group = group
    else:
        scene.use_nodes = True
        scene.node_tree.nodes.new("CompositorNodeGroup").node_tree = group


def test_groups_of_the_compositor(scene: Any) -> None:
    outer, inner = nested_groups("CompositorNodeTree", "CompositorNodeGroup")
    node = inner.nodes.new("CompositorNodeOutputFile")
    source = inner.nodes.new("CompositorNodeRGB")
    if hasattr(node, "file_output_items"):
        node.file_output_items.new("RGBA", "Image")
    inner.links.new(source.outputs[0], node.inputs[0])
    composited_by(scene, outer)
    assert [output.node for output in written_outputs(scene)] == [node]
    assert [finding.kind for finding in node_names(scene, Settings())] == ["file-output-clash"]
    assert has_output(scene)
    assert missing_files(scene) == []


def test_a_chain_of_nodes_before_a_file_output(scene: Any) -> None:
    """Longer than Python follows calls, with each node linked twice to the one before it."""
    tree = bpy.data.node_groups.new("chain", "CompositorNodeTree")
    composited_by(scene, tree)
    before = tree.nodes.new("CompositorNodeBlur")
    for _ in range(400):
        node = tree.nodes.new("CompositorNodeAlphaOver")
        for socket in [each for each in node.inputs if each.type == "RGBA"]:
            tree.links.new(before.outputs[0], socket)
        before = node
    output = tree.nodes.new("CompositorNodeOutputFile")
    if hasattr(output, "file_output_items"):
        output.file_output_items.new("RGBA", "Image")
    tree.links.new(before.outputs[0], output.inputs[0])
    (folder,) = DueFolders(scene, written_outputs(scene), changes=False).of_frame(1)
    assert (len(folder.certain), len(folder.possible)) == (0, 1)


def placed(data: Any) -> Any:
    item = bpy.data.objects.new("item", data)
    bpy.context.scene.collection.objects.link(item)
    return item


def test_groups_of_a_material(scene: Any) -> None:
    outer, inner = nested_groups("ShaderNodeTree", "ShaderNodeGroup")
    material = bpy.data.materials.new("displaced")
    material.use_nodes = True
    material.displacement_method = "DISPLACEMENT"
    tree = material.node_tree
    group = tree.nodes.new("ShaderNodeGroup")
    group.node_tree = outer
    end = next(node for node in tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial")
    tree.links.new(group.outputs[0], end.inputs["Displacement"])
    item = placed(bpy.data.meshes.new("mesh"))
    item.data.materials.append(material)
    assert fault_of(scene, [scene]) == ""
    place = inner.nodes.new("ShaderNodeCameraData")
    end = inner.nodes.new("NodeGroupOutput")
    inner.links.new(place.outputs[1], end.inputs[0])
    assert "displaces" in fault_of(scene, [scene])


def test_groups_of_geometry_nodes(scene: Any) -> None:
    outer, _ = nested_groups("GeometryNodeTree", "GeometryNodeGroup")
    placed(bpy.data.meshes.new("mesh")).modifiers.new("nodes", "NODES").node_group = outer
    assert unbaked_simulations(scene) == []
    assert missing_files(scene) == []


def test_collections_of_collections(scene: Any) -> None:
    """Below an instance: those of a view layer Blender itself has unfolded when it opens a file."""
    level = [bpy.data.collections.new("last"), bpy.data.collections.new("last")]
    for number in range(LEVELS):
        above = [bpy.data.collections.new(f"level {number}") for _ in level]
        for outer in above:
            for inner in level:
                item = bpy.data.objects.new("instance", None)
                item.instance_type, item.instance_collection = "COLLECTION", inner
                outer.objects.link(item)
        level = above
    item = placed(None)
    item.instance_type, item.instance_collection = "COLLECTION", level[0]
    assert missing_files(scene) == []


@pytest.mark.parametrize("edited", [True, False])
def test_scenes_of_scenes(scene: Any, edited: bool) -> None:
    """Round in a circle, too: the last one shows the first."""
    scenes = [scene, *(bpy.data.scenes.new(f"scene {number}") for number in range(LEVELS))]
    for outer, inner in zip(scenes, [*scenes[1:], scene], strict=True):
        editor = outer.sequence_editor_create()
        strips = strips_of(editor)
        for channel in (1, 2):
            strip = strips.new_scene("inner", inner, channel=channel, frame_start=1)
            strip.scene_input = "SEQUENCER" if edited else "CAMERA"
    # A scene whose input is its camera is the end of it: its own strips are not looked at.
    assert rendered_scenes(scene) == ([] if edited else [scenes[1]])
    assert missing_files(scene) == []
