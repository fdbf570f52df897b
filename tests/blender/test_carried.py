"""The note that a scene carries during a render in the window: what it can do, and what not."""

from __future__ import annotations

import json
import logging
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.rendering import carried
from array_chunk_render.rendering.frame import FrameRenderer
from array_chunk_render.rendering.preparing import prepared
from array_chunk_render.scene.restoring import Restorer
from scene_snapshot import snapshot, whole_scene

NOTE = carried.NOTE
CHANGED = Settings(
    engine="cycles",
    camera="Other",
    layers="Second",
    resolution="16x16",
    percentage=50,
    format="open_exr_multilayer",
    samples=2,
    seed=7,
    denoise="on",
    simplify="on",
    threads=1,
    persistent="on",
)


@pytest.fixture
def scene() -> Iterator[bpy.types.Scene]:
    """A scene with all that a render sets: two layers, markers, File Output nodes, a sub-scene."""
    bpy.ops.wm.read_factory_settings()
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.device = 3, "GPU"
    scene.cycles.use_denoising = False
    scene.render.resolution_x, scene.render.resolution_y = 32, 18
    scene.render.filepath = "//artist/shot_"
    scene.render.image_settings.color_depth = "16"
    scene.frame_start, scene.frame_end = 3, 9
    scene.frame_set(5)
    scene.view_layers.new("Second")
    other = bpy.data.objects.new("Other", bpy.data.cameras.new("Other"))
    scene.collection.objects.link(other)
    for frame in (1, 4):
        scene.timeline_markers.new("cut", frame=frame).camera = bpy.data.objects["Camera"]
    for name in ('a "quoted"', "b'\\"):
        add_file_output(scene, name, f"//{len(name)}/")
    bpy.data.scenes.new("Another").render.filepath = "//another/"
    bpy.data.texts.new("script.py").write("print()")
    yield scene
    bpy.ops.wm.read_factory_settings()


def add_file_output(scene: bpy.types.Scene, name: str, folder: str) -> None:
    tree = compositing_tree(scene)
    layers = tree.nodes.get("Render Layers") or tree.nodes.new("CompositorNodeRLayers")
    node: Any = tree.nodes.new("CompositorNodeOutputFile")
    node.name = name
    if hasattr(node, "directory"):
        node.directory = folder
        node.file_output_items.new("RGBA", "Image")
    else:
        node.base_path = folder
    tree.links.new(layers.outputs["Image"], node.inputs[0])


def compositing_tree(scene: bpy.types.Scene) -> Any:
    if bpy.app.version < (5, 0, 0):
        scene.use_nodes = True
        return scene.node_tree
    if scene.compositing_node_group is None:
        tree = bpy.data.node_groups.new("Compositing", "CompositorNodeTree")
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        scene.compositing_node_group = tree
    return scene.compositing_node_group


def test_a_file_kept_in_the_middle_is_put_back(scene: bpy.types.Scene, tmp_path: Path) -> None:
    """As quit.blend is: the scene saved with the note in it, opened by another Blender."""
    before = whole_scene(scene)
    kept = tmp_path / "quit.blend"
    changes = Restorer()
    with prepared(scene, CHANGED, changes):
        renderer = FrameRenderer(scene, changes, as_stills=True)
        with renderer.set_for(7, renderer.stage(tmp_path, 7)):
            carried.carry(scene, changes.changes)
            notes = [json.loads(each[NOTE]) for each in bpy.data.scenes if NOTE in each]
            assert sum(map(len, notes)) == len(changes.changes), notes
            bpy.ops.wm.save_as_mainfile(filepath=str(kept), copy=True)
            carried.drop()
    assert NOTE not in scene
    bpy.ops.wm.open_mainfile(filepath=str(kept))
    opened = bpy.context.scene
    assert opened.render.filepath.startswith(str(tmp_path))
    carried.put_back_all()
    after = whole_scene(opened)
    different = {name for name in before if after.get(name) != before[name]}
    assert {name for name in different if not EVALUATED.search(name)} == set()


def test_what_the_artist_changed_since_stays(scene: bpy.types.Scene) -> None:
    ours, old = "/stage/frame1/beauty/00001", "//artist/"
    scene[NOTE] = json.dumps({"render filepath": [old, ours], "cycles samples": [3, 4]})
    scene.render.filepath, scene.cycles.samples = ours, 7
    carried.put_back_all()
    assert scene.render.filepath == old
    assert scene.cycles.samples == 7


def everything() -> dict[str, str]:
    """All that a note may be tempted to reach: every scene, node, text, key map and preference."""
    found: dict[str, str] = {}
    for each in bpy.data.scenes:
        found |= snapshot(each, f"scene {each.name}")
        for node in compositing_tree(each).nodes if each.name == NODES_OF else ():
            found |= snapshot(node, f"node {node.name}")
    for text in bpy.data.texts:
        found[f"text {text.name}"] = f"{text.as_string()} {text.use_module}"
    preferences = bpy.context.preferences
    found |= snapshot(preferences.filepaths, "filepaths") | snapshot(preferences.system, "system")
    for configuration in bpy.context.window_manager.keyconfigs:
        for keymap in configuration.keymaps:
            for item in keymap.keymap_items:
                found[f"{configuration.name} {keymap.name} {item.id}"] = item.idname
    return {name: value for name, value in found.items() if not EVALUATED.search(name)}


NODES_OF = "Scene"
EVALUATED = re.compile(r"layer_collection|node Render Layers.outputs|\.users$")
"""What Blender counts or evaluates when it comes to it."""
SCENES = 'scenes["Scene"]'
HOSTILE = {
    "no JSON": "{",
    "empty": "",
    "no object": "[]",
    "a number": "5",
    "nothing": "null",
    "deep": "[" * 100_000,
    "deep in an entry": '{"render filepath": ' + "[" * 50_000 + "]" * 50_000 + "}",
    "a huge number": '{"render threads": [' + "9" * 5000 + ", 1]}",
    "of another form": json.dumps([[SCENES, "name", "x", "Scene"]]),
    "a key map": json.dumps(
        [
            [
                'window_managers["WinMan"].keyconfigs["Blender"].keymaps["Window"].keymap_items[0]',
                "idname",
                "script.python_file_run",
                "wm.window_new",
            ]
        ]
    ),
    "a text": json.dumps({'texts["script.py"] use_module': [True, False]}),
    "another scene": json.dumps({'scenes["Another"].render filepath': ["/x", "//another/"]}),
    "other names": json.dumps(
        {"scene name": ["x", "Scene"], "render use_nodes": [True, False], "scene id_data": [1, 2],
         "render __class__": ["x", "y"], "filepaths use_scripts_auto_execute": [True, False]}
    ),
    "other types": json.dumps(
        {"render filepath": [["/x"], "//artist/shot_"], "render threads": ["1", 2],
         "scene frame_end": [1e300, 9], "scene frame_start": [True, 3],
         "scene camera": [{}, "Camera"],
         "render engine": [{"a": 1}, "CYCLES"], "render use_overwrite": [0, 1],
         "scene frame_subframe": ["x", 0.0], "layer 'ViewLayer' use": [None, True]}
    ),
    "out of range": json.dumps(
        {"scene frame_end": [2**40, 9], "scene frame_start": [-(2**40), 3],
         "render threads": [-1, 1], "render resolution_x": [10**9, 32]}
    ),
    "no numbers": '{"scene frame_subframe": [NaN, 0.0], "scene frame_end": [Infinity, 9]}',
    "no such choice": json.dumps({"render engine": ["NO_SUCH", "CYCLES"]}),
    "no such object": json.dumps({"scene camera": ["Nobody", "Camera"]}),
    "half a character": '{"render filepath": ["\\ud800", "//artist/shot_"]}',
    "an end": json.dumps({"render filepath": ["a\0b", "//artist/shot_"]}),
    "long": json.dumps({"render filepath": ["x" * 5000, "//artist/shot_"]}),
    "longer": json.dumps({str(number): [0, 1] for number in range(200_000)}),
    "a number as the note": 5,
    "numbers as the note": [1, 2, 3],
    "a group as the note": {"render filepath": ["/x", "//artist/shot_"]},
    "bytes as the note": b'{"render filepath": ["/x", "//artist/shot_"]}',
}  # fmt: skip


@pytest.mark.parametrize("note", HOSTILE.values(), ids=HOSTILE)
def test_a_note_of_a_stranger_is_dropped_and_said(
    note: Any, scene: bpy.types.Scene, caplog: pytest.LogCaptureFixture
) -> None:
    before = everything()
    scene[NOTE] = note
    with caplog.at_level(logging.WARNING):
        carried.put_back_all()
    assert NOTE not in scene
    after = everything()
    assert {name for name in after if after[name] != before.get(name)} == set()
    assert after.keys() == before.keys()
    assert len(caplog.messages) >= 1


@pytest.mark.parametrize("note", ["{", json.dumps([["scenes", "x", 1, 2]]), 7])
def test_a_render_goes_on_after_a_strange_note(
    note: Any, scene: bpy.types.Scene, tmp_path: Path
) -> None:
    scene.cycles.device = "CPU"
    bpy.data.scenes["Another"][NOTE] = scene[NOTE] = note
    scene.render.use_compositing = False
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    outcome = bpy.ops.render.array_chunk(output=str(tmp_path / "out"), frames="3", samples=1)
    assert outcome == {"FINISHED"}
    assert (tmp_path / "out" / "00003.png").exists()
    assert not any(NOTE in each for each in bpy.data.scenes)


NAMES = """
    render filepath|render threads|render engine|scene frame_end|scene camera|scene frame_current|
    scene frame_subframe|layer 'Second' use|marker 0 'cut' camera|image file_format|
    image media_type|image color_depth|cycles samples|cycles device|render use_persistent_data|
    node '' "b" base_path|eevee taa_render_samples|scene name|render use_lock_interface|
    scenes["Another"].render filepath||x"""
PLACES = [name.strip() for name in NAMES.split("|")]
VALUES = [
    *(None, True, False, 0, 1, -1, 3, 5, 9, 2**31, -(2**63), 10**30, 0.5, 1e300, float("nan")),
    *("", "PNG", "JPEG", "OPEN_EXR", "IMAGE", "8", "CPU", "GPU", "Camera", "Other", "CYCLES"),
    *("//artist/shot_", "/x", "\ud800", "a\0b", [], [1], {}, {"object": "Camera"}, [[[[]]]]),
]
MAY_CHANGE = re.compile(
    r"scene Scene\.(frame_|camera|render\.|view_layers.*\.use$|timeline_markers|cycles\.|eevee\.)"
    r"|^node .*(base_path|directory)$|custom properties"
)


def any_note(chance: random.Random) -> dict[str, Any]:
    """Places and values drawn at random; now and then with the value that is there as ours."""
    entries = {}
    for place in chance.sample(PLACES, chance.randint(0, 6)):
        length = chance.choice([0, 1, 2, 2, 2, 2, 3])
        entries[place] = [chance.choice(VALUES) for _ in range(length)]
    return entries


@pytest.mark.parametrize("seed", range(40))
def test_only_what_is_listed_ever_changes(seed: int, scene: bpy.types.Scene) -> None:
    before = everything()
    chance = random.Random(seed)
    for _ in range(20):
        scene[NOTE] = json.dumps(any_note(chance))
        carried.put_back_all()
        assert NOTE not in scene
    after = everything()
    assert {name for name in before if after.get(name) != before[name]
            and not MAY_CHANGE.search(name)} == set()  # fmt: skip
