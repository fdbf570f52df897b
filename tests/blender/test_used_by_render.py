"""What a render really uses: a missing texture counts where it would be seen, and only there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy
import pytest
from array_chunk_render.scene.blender_versions.release import known_properties
from array_chunk_render.scene.files.used_by_render import missing_files
from moving_scenes import hand_over


@pytest.fixture(autouse=True)
def empty_file() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)


def missing_image(name: str = "gone") -> Any:
    image = bpy.data.images.new(name, 4, 4)
    image.source = "FILE"
    image.filepath = f"/nowhere/{name}.png"
    return image


def with_nodes(owner: Any) -> Any:
    """The node tree of a new material, world or light."""
    if owner.node_tree is None or isinstance(owner, bpy.types.Light):
        owner.use_nodes = True
    return owner.node_tree


def textured_mesh() -> Any:
    material = bpy.data.materials.new("paint")
    with_nodes(material).nodes.new("ShaderNodeTexImage").image = missing_image()
    mesh = bpy.data.meshes.new("mesh")
    mesh.materials.append(material)
    return mesh


def placed(data: Any, collection: Any = None, name: str = "item") -> Any:
    item = bpy.data.objects.new(name, data)
    (collection or bpy.context.scene.collection).objects.link(item)
    return item


def new_collection(name: str, parent: Any = None) -> Any:
    collection = bpy.data.collections.new(name)
    (parent or bpy.context.scene.collection).children.link(collection)
    return collection


def geometry_nodes(item: Any) -> Any:
    tree = bpy.data.node_groups.new("geometry", "GeometryNodeTree")
    modifier = item.modifiers.new("nodes", "NODES")
    modifier.node_group = tree
    return modifier, tree


def plain_object() -> None:
    placed(textured_mesh())


def hidden_in_the_viewport_only() -> None:
    placed(textured_mesh()).hide_viewport = True


def hidden_but_animated() -> None:
    item = placed(textured_mesh())
    item.hide_render = True
    item.keyframe_insert("hide_render", frame=1)


def hidden_but_animated_as_second_user_of_an_action() -> None:
    """From Blender 4.4 on each user of an action has keyframes of its own in it, in its slot."""
    action: Any = bpy.data.actions.new("shared")
    hidden = placed(textured_mesh())
    hidden.hide_render = True
    for user, path in ((placed(None, name="first"), "location"), (hidden, "hide_render")):
        animation = user.animation_data_create()
        animation.action = action
        if known_properties(animation, ["action_slot"]):
            animation.action_slot = action.slots.new("OBJECT", user.name)
        user.keyframe_insert(path, frame=1)


def hidden_but_driven() -> None:
    item = placed(textured_mesh())
    item.driver_add("hide_render")
    item.hide_render = True


def world() -> None:
    bpy.context.scene.world = bpy.data.worlds.new("sky")
    tree = with_nodes(bpy.context.scene.world)
    tree.nodes.new("ShaderNodeTexEnvironment").image = missing_image()


def light() -> None:
    lamp = bpy.data.lights.new("lamp", "POINT")
    with_nodes(lamp).nodes.new("ShaderNodeTexImage").image = missing_image()
    placed(lamp)


def shader_group() -> None:
    tree = bpy.data.node_groups.new("group", "ShaderNodeTree")
    tree.nodes.new("ShaderNodeTexImage").image = missing_image()
    material = bpy.data.materials.new("paint")
    with_nodes(material).nodes.new("ShaderNodeGroup").node_tree = tree
    item = placed(bpy.data.meshes.new("mesh"))
    item.data.materials.append(material)


def instanced_collection() -> None:
    collection = bpy.data.collections.new("props")
    placed(textured_mesh(), collection)
    item = placed(None, name="instance")
    item.instance_type, item.instance_collection = "COLLECTION", collection


def instance_of_a_collection_left_out_of_the_layer() -> None:
    collection = new_collection("props")
    placed(textured_mesh(), collection)
    item = placed(None, name="instance")
    item.instance_type, item.instance_collection = "COLLECTION", collection
    bpy.context.view_layer.layer_collection.children["props"].exclude = True


def shown_inside_a_collection_left_out() -> None:
    outer = new_collection("outer")
    placed(textured_mesh(), new_collection("inner", outer))
    layered = bpy.context.view_layer.layer_collection.children["outer"]
    layered.exclude = True
    layered.children["inner"].exclude = False


def modifier_object() -> None:
    cutter = placed(textured_mesh(), name="cutter")
    cutter.hide_render = True
    placed(bpy.data.meshes.new("plain")).modifiers.new("cut", "BOOLEAN").object = cutter


def geometry_nodes_input() -> None:
    source = bpy.data.objects.new("source", textured_mesh())
    modifier, tree = geometry_nodes(placed(bpy.data.meshes.new("plain")))
    tree.interface.new_socket("Source", in_out="INPUT", socket_type="NodeSocketObject")
    hand_over(modifier, tree.interface.items_tree[0].identifier, source)


def geometry_nodes_inputs_of_all_kinds() -> None:
    """A collection after values that are no data-blocks, in a modifier beside an empty one."""
    collection = bpy.data.collections.new("props")
    placed(textured_mesh(), collection)
    item = placed(bpy.data.meshes.new("plain"))
    item.modifiers.new("empty", "NODES")
    modifier, tree = geometry_nodes(item)
    kinds = ("Geometry", "Int", "Vector", "String", "Menu", "Material", "Collection")
    for kind in kinds:
        tree.interface.new_socket(kind, in_out="INPUT", socket_type=f"NodeSocket{kind}")
    hand_over(modifier, tree.interface.items_tree["Collection"].identifier, collection)


def geometry_node() -> None:
    collection = bpy.data.collections.new("props")
    placed(textured_mesh(), collection).hide_render = True
    _, tree = geometry_nodes(placed(bpy.data.meshes.new("plain")))
    tree.nodes.new("GeometryNodeCollectionInfo").inputs[0].default_value = collection


def particle_instance() -> None:
    source = bpy.data.objects.new("source", textured_mesh())
    item = placed(bpy.data.meshes.new("plain"))
    item.modifiers.new("grass", "PARTICLE_SYSTEM")
    settings = item.particle_systems[0].settings
    settings.render_type, settings.instance_object = "OBJECT", source


def displacement() -> None:
    texture = bpy.data.textures.new("bumps", "IMAGE")
    texture.image = missing_image()
    placed(bpy.data.meshes.new("plain")).modifiers.new("bumps", "DISPLACE").texture = texture


def muted_node_of_a_material() -> None:
    mesh = textured_mesh()
    for node in mesh.materials[0].node_tree.nodes:
        node.mute = True
    placed(mesh)


SEEN = [
    plain_object,
    hidden_in_the_viewport_only,
    hidden_but_animated,
    hidden_but_animated_as_second_user_of_an_action,
    hidden_but_driven,
    world,
    light,
    shader_group,
    instanced_collection,
    instance_of_a_collection_left_out_of_the_layer,
    shown_inside_a_collection_left_out,
    modifier_object,
    geometry_nodes_input,
    geometry_nodes_inputs_of_all_kinds,
    geometry_node,
    particle_instance,
    displacement,
    muted_node_of_a_material,
]


@pytest.mark.parametrize("make", SEEN)
def test_what_is_seen_is_missing(make: Callable[[], None]) -> None:
    make()
    owners = [missing.owner for missing in missing_files(bpy.context.scene)]
    assert owners == ['image "gone"']


def orphan() -> None:
    missing_image().use_fake_user = True


def brush() -> None:
    texture = bpy.data.textures.new("stroke", "IMAGE")
    texture.image = missing_image()
    bpy.data.brushes.new("brush").texture = texture


def hidden_object() -> None:
    placed(textured_mesh()).hide_render = True


def hidden_collection() -> None:
    outer = new_collection("outer")
    placed(textured_mesh(), new_collection("inner", outer))
    outer.hide_render = True


def hidden_in_an_instanced_collection() -> None:
    instanced_collection()
    bpy.data.objects["item"].hide_render = True


def instanced_collection_that_is_hidden() -> None:
    instanced_collection()
    bpy.data.collections["props"].hide_render = True


def collection_left_out_of_the_layer() -> None:
    placed(textured_mesh(), new_collection("props"))
    bpy.context.view_layer.layer_collection.children["props"].exclude = True


def collection_left_out_inside_a_shown_one() -> None:
    outer = new_collection("outer")
    placed(textured_mesh(), new_collection("inner", outer))
    bpy.context.view_layer.layer_collection.children["outer"].children["inner"].exclude = True


def only_in_a_layer_that_is_not_rendered() -> None:
    collection_left_out_of_the_layer()
    layer = bpy.context.scene.view_layers.new("draft")
    assert not layer.layer_collection.children["props"].exclude
    layer.use = False


def hidden_parent() -> None:
    parent = placed(textured_mesh(), name="parent")
    parent.hide_render = True
    placed(bpy.data.meshes.new("plain")).parent = parent


def hidden_target_of_a_constraint() -> None:
    target = placed(textured_mesh(), name="target")
    target.hide_render = True
    placed(bpy.data.meshes.new("plain")).constraints.new("COPY_LOCATION").target = target


def camera_background() -> None:
    camera = bpy.data.cameras.new("camera")
    camera.background_images.new().image = missing_image()
    bpy.context.scene.camera = placed(camera)


def reference_picture() -> None:
    item = placed(None)
    item.empty_display_type = "IMAGE"
    item.data = missing_image()


UNSEEN = [
    orphan,
    brush,
    hidden_object,
    hidden_collection,
    hidden_in_an_instanced_collection,
    instanced_collection_that_is_hidden,
    collection_left_out_of_the_layer,
    collection_left_out_inside_a_shown_one,
    only_in_a_layer_that_is_not_rendered,
    hidden_parent,
    hidden_target_of_a_constraint,
    camera_background,
    reference_picture,
]


@pytest.mark.parametrize("make", UNSEEN)
def test_what_is_not_seen_is_not_missing(make: Callable[[], None]) -> None:
    make()
    assert missing_files(bpy.context.scene) == []
