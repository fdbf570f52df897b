"""Files that geometry nodes import: the path that we know is the one that Blender reads.

Each tree is evaluated by Blender, too: it imports a triangle or a square, as we expect.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.scene.external_files import external_files
from array_chunk_render.scene.files.used_by_render import missing_files
from array_chunk_render.scene.preflight.missing import missing, unknown_files
from moving_scenes import hand_over

pytestmark = pytest.mark.skipif(
    bpy.app.version < (4, 5, 0), reason="4.3 has their types already, and reads nothing"
)

TRIANGLE = "v 0 0 0\nv 2 0 0\nv 0 2 0\nf 1 2 3\n"
SQUARE = "v 0 0 0\nv 2 0 0\nv 2 2 0\nv 0 2 0\nf 1 2 3 4\n"
STRING, INTEGER = "FunctionNodeInputString", "FunctionNodeInputInt"


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Path:
    """The folder of an empty .blend that is open, with files to import."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    (tmp_path / "a.obj").write_text(TRIANGLE)
    (tmp_path / "b.obj").write_text(SQUARE)
    return tmp_path


class Tree:
    """A tree of geometry nodes that gives out what its node for the import reads."""

    def __init__(self, name: str = "geometry") -> None:
        self.tree: Any = bpy.data.node_groups.new(name, "GeometryNodeTree")
        self.socket("Geometry", "NodeSocketGeometry", "OUTPUT")
        self.start = self.new("NodeGroupInput")
        self.end = self.new("NodeGroupOutput")
        self.node = self.new("GeometryNodeImportOBJ")
        realized = self.new("GeometryNodeRealizeInstances")
        self.link(self.node.outputs[0], realized.inputs[0])
        self.link(realized.outputs[0], self.end.inputs[0])
        self.path = self.node.inputs["Path"]

    def new(self, kind: str, **properties: Any) -> Any:
        node = self.tree.nodes.new(kind)
        for name, value in properties.items():
            setattr(node, name, value)
        return node

    def text(self, value: str) -> Any:
        return self.new(STRING, string=value).outputs[0]

    def link(self, output: Any, socket: Any) -> None:
        self.tree.links.new(output, socket)

    def link_all(self, outputs: list[Any], socket: Any) -> None:
        """To an input for several: Blender puts the newest link to the upper end."""
        for output in reversed(outputs):
            self.link(output, socket)

    def read(self, output: Any) -> None:
        """Import what this output says."""
        self.link(output, self.path)

    def socket(self, name: str, kind: str, in_out: str = "INPUT") -> Any:
        return self.tree.interface.new_socket(name, in_out=in_out, socket_type=kind)


def modified(tree: Tree, name: str = "item") -> Any:
    """A new object with a modifier of this tree."""
    item = bpy.data.objects.new(name, bpy.data.meshes.new(name))
    bpy.context.scene.collection.objects.link(item)
    modifier: Any = item.modifiers.new("nodes", "NODES")
    modifier.node_group = tree.tree
    return modifier


def hand_in(modifier: Any, socket: Any, value: Any) -> None:
    hand_over(modifier, socket.identifier, value)
    modifier.id_data.update_tag()


def corners(modifier: Any) -> int:
    """How many vertices Blender makes: 3 of a.obj, 4 of b.obj, none of a file that is not there."""
    graph = bpy.context.evaluated_depsgraph_get()
    graph.update()
    return len(modifier.id_data.evaluated_get(graph).to_mesh().vertices)


def keys() -> list[str]:
    return [file.key for file in external_files()]


def messages() -> list[str]:
    return [one.message for one in missing_files(bpy.context.scene)]


def unknown() -> list[str]:
    return [one.message for one in unknown_files(bpy.context.scene, Settings())]


# --- ways to a path, each of which ends at //a.obj


def stored(tree: Tree) -> None:
    tree.path.default_value = "//a.obj"


def string_node(tree: Tree) -> None:
    tree.read(tree.text("//a.obj"))


def reroutes(tree: Tree) -> None:
    first, second = tree.new("NodeReroute"), tree.new("NodeReroute")
    tree.link(tree.text("//a.obj"), first.inputs[0])
    tree.link(first.outputs[0], second.inputs[0])
    tree.read(second.outputs[0])


def muted_link(tree: Tree) -> None:
    stored(tree)
    string = tree.text("//gone.obj")
    tree.tree.links.new(string, tree.path).is_muted = True


def join(tree: Tree) -> None:
    node = tree.new("GeometryNodeStringJoin")
    node.inputs[0].default_value = "."
    tree.link_all([tree.text(piece) for piece in ("//a", "obj")], node.inputs[1])
    tree.read(node.outputs[0])


def join_of_three(tree: Tree) -> None:
    node = tree.new("GeometryNodeStringJoin")
    tree.link_all([tree.text(piece) for piece in ("//", "a.", "obj")], node.inputs[1])
    tree.read(node.outputs[0])


def muted_node(tree: Tree) -> None:
    node = tree.new("FunctionNodeReplaceString", mute=True)
    node.inputs[1].default_value = "a"
    tree.link(tree.text("//a.obj"), node.inputs[0])
    tree.read(node.outputs[0])


def replace(tree: Tree) -> None:
    node = tree.new("FunctionNodeReplaceString")
    for socket, text in zip(node.inputs, ("//NAME.obj", "NAME", "a"), strict=True):
        socket.default_value = text
    tree.read(node.outputs[0])


def piece(tree: Tree) -> None:
    node = tree.new("FunctionNodeSliceString")
    node.inputs[0].default_value = "from //a.obj on"
    node.inputs[1].default_value, node.inputs[2].default_value = 5, 7
    tree.read(node.outputs[0])


def switch(tree: Tree) -> None:
    node = tree.new("GeometryNodeSwitch", input_type="STRING")
    node.inputs[0].default_value = True
    node.inputs[1].default_value, node.inputs[2].default_value = "//gone.obj", "//a.obj"
    tree.read(node.outputs[0])


def switch_of_a_node(tree: Tree) -> None:
    switch(tree)
    node = tree.path.links[0].from_node
    node.inputs[1].default_value, node.inputs[2].default_value = "//a.obj", "//gone.obj"
    tree.link(tree.new("FunctionNodeInputBool", boolean=False).outputs[0], node.inputs[0])


def index_switch(tree: Tree) -> None:
    node = tree.new("GeometryNodeIndexSwitch", data_type="STRING")
    node.index_switch_items.new()
    for socket, text in zip(node.inputs[1:], ("//gone.obj", "//no.obj", "//a.obj"), strict=False):
        socket.default_value = text
    tree.link(tree.new(INTEGER, integer=2).outputs[0], node.inputs[0])
    tree.read(node.outputs[0])


def menu_switch(tree: Tree) -> None:
    node = tree.new("GeometryNodeMenuSwitch", data_type="STRING")
    node.inputs[1].default_value, node.inputs[2].default_value = "//gone.obj", "//a.obj"
    node.inputs[0].default_value = "B"
    tree.read(node.outputs[0])


def format_node(tree: Tree, pattern: str, **items: str) -> Any:
    node = tree.new("FunctionNodeFormatString")
    for name, kind in items.items():
        node.format_items.new(kind, name)
    node.inputs[0].default_value = pattern
    tree.read(node.outputs[0])
    return node


def format_of_texts(tree: Tree) -> None:
    node = format_node(tree, "//{}.{kind}", name="STRING", kind="STRING")
    node.inputs[1].default_value, node.inputs[2].default_value = "a", "obj"


WAYS = [
    *(stored, string_node, reroutes, muted_link, join, join_of_three, muted_node, replace, piece),
    *(switch, switch_of_a_node, index_switch, menu_switch, format_of_texts),
]


@pytest.mark.parametrize("way", WAYS)
def test_the_path_is_the_one_that_blender_reads(way: Callable[[Tree], None], home: Path) -> None:
    tree = Tree()
    way(tree)
    modifier = modified(tree)
    assert corners(modifier) == 3
    assert ("a.obj" in keys(), messages(), unknown()) == (True, [], [])
    (home / "a.obj").unlink()
    assert messages() == [
        'node "Import OBJ" of geometry node tree "geometry" wants //a.obj, which is not there'
    ]


@pytest.mark.parametrize("kind", ["CSV", "OBJ", "PLY", "SPZ", "STL", "Text", "VDB"])
def test_every_kind_of_file(kind: str) -> None:
    if not hasattr(bpy.types, f"GeometryNodeImport{kind}"):
        pytest.skip("this Blender has no such node")
    tree = Tree()
    node = tree.new(f"GeometryNodeImport{kind}")
    tree.link(tree.text("//gone.file"), node.inputs["Path"])
    if kind == "Text":
        tree.read(node.outputs[0])
    else:
        tree.link(node.outputs[0], tree.end.inputs[0])
    modified(tree)
    (message,) = messages()
    assert message.startswith(f'node "{node.name}"') and "gone.file" in message


def handed_in(tree: Tree) -> Any:
    socket = tree.socket("Path", "NodeSocketString")
    socket.default_value = "//default.obj"
    tree.read(tree.start.outputs[0])
    return socket


def test_what_the_modifier_hands_in() -> None:
    tree = Tree()
    tree.path.default_value = "//stale.obj"
    socket = handed_in(tree)
    modifier = modified(tree)
    hand_in(modifier, socket, "//a.obj")
    assert corners(modifier) == 3
    assert ("a.obj" in keys(), messages(), unknown()) == (True, [], [])
    hand_in(modifier, socket, "//gone.obj")
    assert corners(modifier) == 0
    assert [message.partition(" wants ")[2] for message in messages()] == [
        "//gone.obj, which is not there"
    ]


def test_each_modifier_hands_in_its_own() -> None:
    tree = Tree()
    socket = handed_in(tree)
    modifiers = [modified(tree), modified(tree, "other")]
    for modifier, path in zip(modifiers, ("//a.obj", "//b.obj"), strict=True):
        hand_in(modifier, socket, path)
    assert [corners(modifier) for modifier in modifiers] == [3, 4]
    assert {"a.obj", "b.obj"} <= set(keys())
    hand_in(modifiers[1], socket, "//gone.obj")
    assert len(messages()) == 1
    modifiers[1].id_data.hide_render = True
    assert messages() == []


def test_modifiers_that_are_off_in_renders() -> None:
    tree = Tree()
    socket = handed_in(tree)
    modifier = modified(tree)
    hand_in(modifier, socket, "//gone.obj")
    modifier.show_render = False
    assert messages() == []
    modifier.keyframe_insert("show_render", frame=1)
    assert len(messages()) == 1


def group(inner: Tree, outer: Tree, path: str) -> Any:
    """A use of `inner` in `outer`, which hands it a path, and what it imports out."""
    node = outer.new("GeometryNodeGroup", node_tree=inner.tree)
    node.inputs[0].default_value = path
    return node


def test_each_use_of_a_group() -> None:
    inner, outer = Tree("inner"), Tree("outer")
    handed_in(inner)
    both = outer.new("GeometryNodeJoinGeometry")
    for path in ("//a.obj", "//b.obj"):
        outer.link(group(inner, outer, path).outputs[0], both.inputs[0])
    outer.link(both.outputs[0], outer.end.inputs[0])
    assert corners(modified(outer)) == 7
    assert {"a.obj", "b.obj"} <= set(keys())
    assert (messages(), unknown()) == ([], [])


def test_a_path_out_of_a_group() -> None:
    outer, inner = Tree("outer"), Tree("inner")
    socket = inner.socket("Path", "NodeSocketString", "OUTPUT")
    inner.link(inner.text("//a.obj"), inner.end.inputs["Path"])
    outer.read(outer.new("GeometryNodeGroup", node_tree=inner.tree).outputs[socket.name])
    assert corners(modified(outer)) == 3
    assert ("a.obj" in keys(), messages(), unknown()) == (True, [], [])


def test_what_is_not_evaluated_is_not_missed() -> None:
    tree = Tree()
    stored(tree)
    left_over = tree.new("GeometryNodeImportOBJ")
    left_over.inputs["Path"].default_value = "//gone.obj"
    muted = tree.new("GeometryNodeImportOBJ", mute=True)
    muted.inputs["Path"].default_value = "//gone.obj"
    both = tree.new("GeometryNodeJoinGeometry")
    choose = tree.new("GeometryNodeSwitch", input_type="GEOMETRY")
    tree.link(left_over.outputs[0], choose.inputs[2])
    tree.link(choose.outputs[0], both.inputs[0])
    tree.link(muted.outputs[0], both.inputs[0])
    tree.link(tree.node.outputs[0], both.inputs[0])
    tree.link(both.outputs[0], tree.end.inputs[0])
    modified(tree)
    assert messages() == []
    choose.inputs[0].default_value = True
    assert len(messages()) == 1


def test_either_of_two_files() -> None:
    """What decides is animated: both are in the fingerprint, and none is surely missing."""
    tree = Tree()
    switch(tree)
    node = tree.path.links[0].from_node
    node.inputs[0].keyframe_insert("default_value", frame=1)
    modified(tree)
    assert {"a.obj", "gone.obj"} <= set(keys())
    assert messages() == [
        'node "Import OBJ" of geometry node tree "geometry" may want //gone.obj, which is not there'
    ]
    (finding,) = missing(bpy.context.scene, Settings(missing="error"), FrameSet.of([1]))
    assert finding.severity == "warning"


@pytest.mark.parametrize("kind", ["Value to String", "Format String"])
def test_a_file_for_each_frame(kind: str, home: Path) -> None:
    """The number is the frame's, through nodes that shift it."""
    for frame in (11, 12):
        (home / f"mesh_{frame:04}.obj").write_text(TRIANGLE if frame == 11 else SQUARE)
    tree = Tree()
    time = tree.new("GeometryNodeInputSceneTime").outputs["Frame"]
    shifted = tree.new("ShaderNodeMath", operation="ADD")
    shifted.inputs[1].default_value = 10
    tree.link(time, shifted.inputs[0])
    if kind == "Format String":
        node = format_node(tree, "//mesh_{:04}.obj", frame="INT")
        tree.link(shifted.outputs[0], node.inputs[1])
    else:
        text, node = tree.new("FunctionNodeValueToString"), tree.new("GeometryNodeStringJoin")
        tree.link(shifted.outputs[0], text.inputs[0])
        pieces = [tree.text("//mesh_00"), text.outputs[0], tree.text(".obj")]
        tree.link_all(pieces, node.inputs[1])
        tree.read(node.outputs[0])
    modifier = modified(tree)
    scene = bpy.context.scene
    for frame, count in ((1, 3), (2, 4), (3, 0)):
        scene.frame_set(frame)
        assert corners(modifier) == count
    assert {"mesh_0011.obj", "mesh_0012.obj"} <= set(keys())
    assert (missing_files(scene, [1, 2]), unknown()) == ([], [])
    assert [one.path for one in missing_files(scene, [2, 3])] == ["//mesh_0013.obj"]
    scene.render.frame_map_old, scene.render.frame_map_new = 100, 200
    assert [one.path for one in missing_files(scene, [2, 4])] == []


def test_numbers_that_nobody_knows(home: Path) -> None:
    (home / "mesh_7.obj").write_text(TRIANGLE)
    tree = Tree()
    node = format_node(tree, "//mesh_{}.obj", number="INT")
    socket = node.inputs[1]
    socket.driver_add("default_value").driver.expression = "7"
    modified(tree)
    assert "mesh_7.obj" in keys()
    assert (messages(), unknown()) == ([], [])
    (home / "mesh_7.obj").unlink()
    assert len(messages()) == 1


def test_a_path_that_nobody_knows(home: Path) -> None:
    (home / "list.txt").write_text("//a.obj")
    tree = Tree()
    node = tree.new("GeometryNodeImportText")
    node.inputs["Path"].default_value = "//list.txt"
    tree.read(node.outputs[0])
    modifier = modified(tree)
    assert corners(modifier) == 3
    assert (keys(), messages()) == (["list.txt"], [])
    (sentence,) = unknown()
    assert sentence.startswith('node "Import OBJ" of geometry node tree "geometry" imports a file')
    modifier.id_data.hide_render = True
    assert unknown() == []


def test_texts_that_grow_and_links_in_a_circle() -> None:
    tree = Tree()
    output = tree.text("//a")
    for _ in range(60):
        node = tree.new("FunctionNodeReplaceString")
        node.inputs[1].default_value = "a"
        tree.link(output, node.inputs[0])
        tree.link(output, node.inputs[2])
        output = node.outputs[0]
    tree.read(output)
    modified(tree).show_viewport = False  # Blender itself would make the text
    assert len(unknown()) == 1
    first, second = tree.new("NodeReroute"), tree.new("NodeReroute")
    tree.link(first.outputs[0], second.inputs[0])
    tree.link(second.outputs[0], first.inputs[0])
    tree.read(second.outputs[0])
    assert keys() == []


def test_groups_that_are_used_a_million_times() -> None:
    trees = [Tree(f"level {number}") for number in range(25)]
    handed_in(trees[-1])
    for outer, inner in itertools.pairwise(trees):
        both = outer.new("GeometryNodeJoinGeometry")
        for _ in range(2):
            node = outer.new("GeometryNodeGroup", node_tree=inner.tree)
            outer.link(node.outputs[0], both.inputs[0])
        outer.link(both.outputs[0], outer.end.inputs[0])
    modified(trees[0]).show_viewport = False  # Blender itself would evaluate each use
    assert len(unknown()) == 1


def test_relative_to_the_folder_of_the_tree(home: Path) -> None:
    """Blender takes a path as the .blend of the tree means it, whoever hands it in."""
    tree = Tree()
    handed_in(tree)
    tree.tree.use_fake_user = True
    (home / "lib").mkdir()
    (home / "lib" / "a.obj").write_text(SQUARE)
    bpy.data.libraries.write(str(home / "lib" / "lib.blend"), {tree.tree}, fake_user=True)
    bpy.data.node_groups.remove(tree.tree)
    library = str(home / "lib" / "lib.blend")
    with bpy.data.libraries.load(library, link=True, relative=True) as (_, wanted):
        wanted.node_groups = ["geometry"]
    linked = Tree("local")
    linked.tree = wanted.node_groups[0]
    modifier = modified(linked)
    socket = linked.tree.interface.items_tree["Path"]
    hand_in(modifier, socket, "//a.obj")
    assert corners(modifier) == 4
    assert "lib/a.obj" in keys()
    assert messages() == []
