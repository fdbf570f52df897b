"""Inside Blender: parts that are modifiers of geometry nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy
from assembly import builds, item


class Tree:
    """A new tree of geometry nodes, with its geometry coming in and going out."""

    def __init__(self, material: Any, other: Any) -> None:
        self.tree: Any = bpy.data.node_groups.new("Nodes", "GeometryNodeTree")
        for way in ("INPUT", "OUTPUT"):
            self.tree.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
        self.begin = self.new("NodeGroupInput").outputs[0]
        self.end = self.new("NodeGroupOutput").inputs[0]
        self.material, self.other = material, other

    def new(self, kind: str, **inputs: Any) -> Any:
        """A new node; sockets that are given are linked, other values are set."""
        node = self.tree.nodes.new(kind)
        for name, value in inputs.items():
            socket = node.inputs[name.replace("_", " ")]
            if isinstance(value, bpy.types.NodeSocket):
                self.tree.links.new(value, socket)
            else:
                socket.default_value = value
        return node

    def show(self, output: Any) -> None:
        self.tree.links.new(output, self.end)

    def frame(self) -> Any:
        return self.new("GeometryNodeInputSceneTime").outputs["Frame"]

    def painted(self, output: Any, material: Any = None) -> Any:
        paint = self.new("GeometryNodeSetMaterial", Geometry=output)
        paint.inputs["Material"].default_value = material or self.material
        return paint.outputs[0]

    def joined(self, *outputs: Any) -> Any:
        join = self.new("GeometryNodeJoinGeometry")
        for output in outputs:
            self.tree.links.new(output, join.inputs[0])
        return join.outputs[0]


def count_by_frame(tree: Tree) -> None:
    line = tree.new("GeometryNodeMeshLine", Count=tree.frame())
    ball = tree.new("GeometryNodeMeshIcoSphere", Radius=0.3)
    there = tree.new(
        "GeometryNodeInstanceOnPoints", Points=line.outputs[0], Instance=ball.outputs[0]
    )
    tree.show(tree.joined(tree.begin, tree.painted(there.outputs[0])))


def points(tree: Tree) -> None:
    made = tree.new("GeometryNodeMeshToPoints", Mesh=tree.begin, Radius=0.2)
    tree.show(tree.painted(made.outputs[0]))


def instances(tree: Tree) -> None:
    """Cubes on points, turning, as instances."""
    cube = tree.new("GeometryNodeMeshCube", Size=(0.3, 0.3, 0.3))
    there = tree.new("GeometryNodeInstanceOnPoints", Points=tree.begin, Instance=cube.outputs[0])
    turned = tree.new("GeometryNodeRotateInstances", Instances=there.outputs[0])
    turn = tree.new("ShaderNodeCombineXYZ", X=tree.frame())
    tree.tree.links.new(turn.outputs[0], turned.inputs["Rotation"])
    tree.show(tree.painted(turned.outputs[0]))


def after_two(tree: Tree) -> Any:
    """Whether it is frame 3 or later."""
    compare = tree.new("FunctionNodeCompare")
    compare.data_type, compare.operation = "FLOAT", "GREATER_THAN"
    tree.tree.links.new(tree.frame(), compare.inputs[0])
    compare.inputs[1].default_value = 2.5
    return compare.outputs[0]


def chosen_material(tree: Tree) -> None:
    switch = tree.tree.nodes.new("GeometryNodeSwitch")
    switch.input_type = "MATERIAL"
    tree.tree.links.new(after_two(tree), switch.inputs[0])
    switch.inputs[1].default_value = tree.material
    switch.inputs[2].default_value = bpy.data.materials["Material"]
    paint = tree.new("GeometryNodeSetMaterial", Geometry=tree.begin)
    tree.tree.links.new(switch.outputs[0], paint.inputs["Material"])
    tree.show(paint.outputs[0])


def switched_geometry(tree: Tree) -> None:
    """Another kind of geometry from frame 3 on: curves."""
    switch = tree.tree.nodes.new("GeometryNodeSwitch")
    switch.input_type = "GEOMETRY"
    tree.tree.links.new(after_two(tree), switch.inputs[0])
    circle = tree.new("GeometryNodeCurvePrimitiveCircle")
    tree.tree.links.new(tree.begin, switch.inputs[1])
    tree.tree.links.new(circle.outputs[0], switch.inputs[2])
    tree.show(tree.painted(switch.outputs[0]))


def colour_attribute(tree: Tree) -> None:
    store = tree.tree.nodes.new("GeometryNodeStoreNamedAttribute")
    store.data_type = "FLOAT_COLOR"
    store.inputs["Name"].default_value = "paint"
    tree.tree.links.new(tree.begin, store.inputs["Geometry"])
    half = tree.new("ShaderNodeMath")
    half.operation = "DIVIDE"
    tree.tree.links.new(tree.frame(), half.inputs[0])
    half.inputs[1].default_value = 4
    value = next(each for each in store.inputs if each.name == "Value" and each.enabled)
    tree.tree.links.new(half.outputs[0], value)
    tree.show(store.outputs[0])


def volume(tree: Tree) -> None:
    cube = tree.tree.nodes.new("GeometryNodeVolumeCube")
    for axis in "XYZ":
        cube.inputs[f"Resolution {axis}"].default_value = 4
    tree.tree.links.new(tree.frame(), cube.inputs["Density"])
    tree.show(tree.painted(cube.outputs[0]))


def curve_to_mesh(tree: Tree) -> None:
    circle = tree.new("GeometryNodeCurvePrimitiveCircle")
    circle.inputs["Radius"].default_value = 0.3
    spiral = tree.new("GeometryNodeCurveSpiral", Rotations=tree.frame())
    made = tree.new(
        "GeometryNodeCurveToMesh", Curve=spiral.outputs[0], Profile_Curve=circle.outputs[0]
    )
    tree.show(tree.painted(made.outputs[0]))


def object_info(tree: Tree) -> None:
    """Another object's geometry, as an instance."""
    info = tree.tree.nodes.new("GeometryNodeObjectInfo")
    info.inputs["Object"].default_value = tree.other
    info.inputs["As Instance"].default_value = True
    info.transform_space = "RELATIVE"
    tree.show(tree.joined(tree.begin, info.outputs["Geometry"]))


def collection_info(tree: Tree) -> None:
    info = tree.tree.nodes.new("GeometryNodeCollectionInfo")
    held = bpy.data.collections.new("Held by Nodes")
    inside = bpy.data.objects.new("Inside Nodes", tree.other.data)
    inside.location = (0, 0, 2)
    held.objects.link(inside)
    for frame, value in ((1, False), (3, True)):
        inside.hide_render = value
        inside.keyframe_insert("hide_render", frame=frame)
    info.inputs["Collection"].default_value = held
    tree.show(tree.joined(tree.begin, info.outputs[0]))


def instance_colour(tree: Tree) -> None:
    """An attribute of instances, which the material may read."""
    ball = tree.new("GeometryNodeMeshIcoSphere", Radius=0.3)
    there = tree.new("GeometryNodeInstanceOnPoints", Points=tree.begin, Instance=ball.outputs[0])
    store = tree.tree.nodes.new("GeometryNodeStoreNamedAttribute")
    store.data_type, store.domain = "FLOAT_COLOR", "INSTANCE"
    store.inputs["Name"].default_value = "paint"
    tree.tree.links.new(tree.painted(there.outputs[0]), store.inputs["Geometry"])
    random = tree.tree.nodes.new("FunctionNodeRandomValue")
    random.data_type = "FLOAT_VECTOR"
    tree.tree.links.new(tree.frame(), random.inputs["Seed"])
    value = next(each for each in store.inputs if each.name == "Value" and each.enabled)
    tree.tree.links.new(random.outputs[0], value)
    tree.show(store.outputs[0])


GROUPS: dict[str, Callable[[Tree], None]] = {
    "count by frame": count_by_frame,
    "points": points,
    "instances": instances,
    "chosen material": chosen_material,
    "colour attribute": colour_attribute,
    "volume": volume,
    "switched geometry": switched_geometry,
    "curve to mesh": curve_to_mesh,
    "object info": object_info,
    "collection info": collection_info,
    "instance colour": instance_colour,
}


@builds("nodes")
def add_nodes(object: str, name: str, does: str, material: str, other: str) -> None:
    owner = item(object)
    if owner.type not in {"MESH", "CURVE", "FONT", "CURVES"} or other == object:
        raise TypeError(f"geometry nodes are nothing for {object}")
    tree = Tree(bpy.data.materials.get(material), item(other))
    GROUPS[does](tree)
    owner.modifiers.new(name, "NODES").node_group = tree.tree
