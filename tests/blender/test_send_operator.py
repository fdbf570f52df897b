"""The operator that sends a project: what it refuses in an artist's words, and what it sends."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.chunking.errors import RenderFailed
from array_chunk_render.transport.layout import Layout
from array_chunk_render.transport.project import BLEND, ProjectFile
from array_chunk_render.transport.rewriting_process import RewritingProcess
from pictures import plain


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Any]:
    """A saved file whose cube has a texture that lies in another folder."""
    bpy.ops.wm.read_factory_settings()
    (tmp_path / "textures").mkdir()
    (tmp_path / "project").mkdir()
    picture = plain(tmp_path / "textures" / "wood.png", (90, 60, 30))
    material = bpy.data.materials.new("Painted")
    material.use_nodes = True
    material.node_tree.nodes.new("ShaderNodeTexImage").image = bpy.data.images.load(str(picture))
    bpy.data.objects["Cube"].data.materials.append(material)
    bpy.context.scene.render.engine = "CYCLES"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "project" / "film.blend"))
    yield bpy.context.scene
    bpy.ops.wm.read_factory_settings()


def sent_to(target: str) -> set[str]:
    return set(bpy.ops.render.array_chunk_send(to=target))


def test_what_is_sent_is_there_and_not_sent_again(scene: Any, tmp_path: Path) -> None:
    target = tmp_path / "sent"
    assert sent_to(str(target)) == {"FINISHED"}
    texture = (tmp_path / "textures" / "wood.png").relative_to("/")
    assert (target / "elsewhere" / texture).is_file()
    first = (target / "film.blend").stat()
    assert sent_to("//../sent") == {"FINISHED"}
    assert (target / "film.blend").stat().st_ino == first.st_ino
    shutil.rmtree(tmp_path / "textures")
    bpy.ops.wm.open_mainfile(filepath=str(target / "film.blend"))
    paths = [Path(bpy.path.abspath(each.filepath)) for each in bpy.data.images if each.filepath]
    assert [path.is_file() for path in paths] == [True]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        pytest.param("", "No destination is named", id="nothing"),
        pytest.param("s3://films/shot", "'s3://films/shot'", id="bucket"),
        pytest.param("//", "project", id="its own folder"),
    ],
)
def test_a_destination_that_can_t_be_one(scene: Any, target: str, said: str) -> None:
    with pytest.raises(RuntimeError, match="Not sent") as refused:
        sent_to(target)
    assert said in str(refused.value)
    assert "--" not in str(refused.value)


def test_a_file_that_is_missing_is_refused(scene: Any, tmp_path: Path) -> None:
    (tmp_path / "textures" / "wood.png").unlink()
    with pytest.raises(RuntimeError, match=r"Not sent.*wood\.png"):
        sent_to(str(tmp_path / "sent"))
    assert not (tmp_path / "sent").exists()


def test_a_file_that_was_never_saved_is_not_sent() -> None:
    bpy.ops.wm.read_factory_settings()
    assert not bpy.ops.render.array_chunk_send.poll()


def test_a_rewriting_blender_can_be_ended(scene: Any, tmp_path: Path) -> None:
    blend = Path(bpy.data.filepath)
    rewriting = RewritingProcess(Layout.of(blend.parent, [blend]), tmp_path)
    rewriting.end()
    with pytest.raises(RenderFailed, match=r"Blender ended on .*film\.blend"):
        rewriting.rewrite([ProjectFile(blend, "film.blend", BLEND, "rules")])
