"""What is compiled of a script in the Open Shading Language, and taken in its place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.rendering.preparing import prepared
from array_chunk_render.scene.blender_versions.builds import compiled_shader
from array_chunk_render.scene.compiled_shaders import stale_shaders
from children import pixels
from faulty_scenes import clean_scene, has_shading_language, scripted

pytestmark = pytest.mark.skipif(
    not has_shading_language(), reason="this Blender was built without the Open Shading Language"
)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "project"
    source = scripted(clean_scene(home), home)
    compiled = compiled_shader(source)
    assert compiled is not None
    source.with_suffix(".oso").write_bytes(compiled)
    yield source
    bpy.ops.wm.read_factory_settings()


def stale() -> list[str]:
    return [stored.path for stored in stale_shaders(bpy.context.scene)]


def test_what_blender_itself_has_compiled_is_right(source: Path) -> None:
    """When a frame is rendered."""
    assert stale() == []
    source.with_suffix(".oso").unlink()
    show_script()
    bpy.ops.render.render()
    assert source.with_suffix(".oso").is_file()
    assert stale() == []


def test_a_chunk_puts_nothing_beside_the_artist_s_text(source: Path, tmp_path: Path) -> None:
    """And shows the shader all the same."""
    node, compiled = show_script(), source.with_suffix(".oso")
    compiled.unlink()
    with prepared(bpy.context.scene, Settings()):
        ours = picture(tmp_path / "ours.png")
        assert not compiled.exists()
    assert (node.bytecode, node.bytecode_hash) == ("", "")
    node.mute = True
    assert picture(tmp_path / "without.png") != ours
    node.mute = False
    assert picture(tmp_path / "own.png") == ours
    assert compiled.is_file()


def show_script() -> Any:
    """Have the cube show what the script gives, in a small picture; return the node."""
    scene: Any = bpy.context.scene
    tree = bpy.data.objects["Cube"].active_material.node_tree
    script, surface = tree.nodes["Script"], tree.nodes["Principled BSDF"]
    if not script.outputs:
        pytest.skip("this Blender can't look into scripts: as a Python module 5.3 can't")
    tree.links.new(script.outputs[0], surface.inputs["Base Color"])
    scene.render.resolution_x, scene.render.resolution_y, scene.cycles.samples = 8, 8, 1
    return script


def picture(path: Path) -> bytes:
    bpy.context.scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    return pixels(path)


def test_another_text_since_then_is_seen_where_cycles_would_not_see_it(source: Path) -> None:
    compiled = source.with_suffix(".oso")
    source.write_text(source.read_text().replace("1, 0, 0", "0, 1, 0"))
    later = source.stat().st_mtime_ns + 10**9
    os.utime(compiled, ns=(later, later))
    assert stale() == ["//paint.osl"]
    earlier = source.stat().st_mtime_ns - 10**9
    os.utime(compiled, ns=(earlier, earlier))
    assert stale() == [], "Cycles compiles it again"


def test_another_text_of_the_same_second_is_seen(source: Path) -> None:
    """It is newer by less than a second, for which Cycles has no eye."""
    source.write_text(source.read_text().replace("1, 0, 0", "0, 1, 0"))
    second = 1_700_000_000 * 10**9
    for path, part in ((source, 900_000_000), (source.with_suffix(".oso"), 100_000_000)):
        os.utime(path, ns=(second + part, second + part))
    assert stale() == ["//paint.osl"]


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_one_that_is_cut_off_is_seen(source: Path, share: float) -> None:
    compiled = source.with_suffix(".oso")
    whole = compiled.read_bytes()
    compiled.write_bytes(whole[: int(share * len(whole))])
    assert stale() == ["//paint.osl"]


def test_it_does_not_matter_where_no_script_is_read(source: Path) -> None:
    source.with_suffix(".oso").write_bytes(b"")
    scene: Any = bpy.context.scene
    scene.cycles.shading_system = False
    assert stale() == []


def test_a_text_that_is_at_fault_is_not_compiled(source: Path) -> None:
    """The node's outputs are gone then, and Blender says why."""
    source.write_text("shader paint( {")
    source.with_suffix(".oso").write_bytes(b"")
    assert stale() == []
