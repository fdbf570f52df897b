"""Libraries, also those that libraries link: their paths, and what is missing of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.scene.external_files import external_files
from array_chunk_render.scene.files.used_by_render import missing_files


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of an empty .blend file that is open."""
    folder = tmp_path / "project"
    folder.mkdir()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    return folder


def linked(kind: str, name: str, library: Path, **options: Any) -> Any:
    with bpy.data.libraries.load(str(library), link=True, relative=True, **options) as (_, wanted):
        setattr(wanted, kind, [name])
    return getattr(wanted, kind)[0]


def placed(data: Any, name: str = "item") -> Any:
    item = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(item)
    return item


def textured_mesh() -> Any:
    image = bpy.data.images.new("skin", 4, 4)
    image.source = "FILE"
    image.filepath = "//tex/skin.png"
    material = bpy.data.materials.new("skin")
    if material.node_tree is None:
        material.use_nodes = True
    material.node_tree.nodes.new("ShaderNodeTexImage").image = image
    mesh = bpy.data.meshes.new("mesh")
    mesh.materials.append(material)
    return mesh


def link_chain(project: Path) -> None:
    """The open .blend links an object from one library, that one its mesh from another one."""
    deep, middle = project / "lib" / "deep" / "deep.blend", project / "lib" / "middle.blend"
    deep.parent.mkdir(parents=True)
    bpy.data.libraries.write(str(deep), {textured_mesh()}, path_remap="NONE")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(middle))
    placed(linked("meshes", "mesh", deep)).use_fake_user = True
    bpy.ops.wm.save_mainfile()
    reopen(project)
    bpy.context.scene.collection.objects.link(linked("objects", "item", middle))
    bpy.ops.wm.save_mainfile()


def reopen(project: Path) -> None:
    bpy.ops.wm.open_mainfile(filepath=str(project / "shot.blend"))


def messages() -> list[str]:
    return [missing.message for missing in missing_files(bpy.context.scene)]


def test_files_of_libraries_linked_by_libraries(project: Path) -> None:
    link_chain(project)
    (project / "lib" / "deep" / "tex").mkdir()
    (project / "lib" / "deep" / "tex" / "skin.png").touch()
    assert [(file.key, file.kind, file.exists) for file in external_files()] == [
        ("lib/deep/deep.blend", "library", True),
        ("lib/deep/tex/skin.png", "file", True),
        ("lib/middle.blend", "library", True),
    ]
    assert messages() == []


def test_a_missing_file_of_a_library(project: Path) -> None:
    link_chain(project)
    skin = project / "lib" / "deep" / "tex" / "skin.png"
    (missing,) = missing_files(bpy.context.scene)
    assert missing.message == 'image "skin [deep.blend]" wants //tex/skin.png, which is not there'
    assert missing.resolved == skin


def test_a_library_deep_below_is_missing(project: Path) -> None:
    link_chain(project)
    (project / "lib" / "deep" / "deep.blend").unlink()
    reopen(project)
    assert messages() == ['library "deep.blend" wants //lib/deep/deep.blend, which is not there']


@pytest.fixture
def linked_parent(project: Path) -> Any:
    """An object whose parent, in a collection hidden in renders, is from a library that is gone."""
    library = project / "rig.blend"
    bpy.data.libraries.write(str(library), {bpy.data.objects.new("rig", None)})
    rig = linked("objects", "rig", library)
    hidden = bpy.data.collections.new("rigs")
    hidden.hide_render = True
    hidden.objects.link(rig)
    bpy.context.scene.collection.children.link(hidden)
    placed(bpy.data.meshes.new("plain"), "body").parent = rig
    bpy.ops.wm.save_mainfile()
    library.unlink()
    reopen(project)
    return bpy.data.objects["body"]


def test_a_parent_that_is_gone_moves_what_is_seen(linked_parent: Any) -> None:
    assert messages() == ['library "rig.blend" wants //rig.blend, which is not there']


def test_a_library_for_hidden_objects_only_may_be_gone(linked_parent: Any) -> None:
    linked_parent.hide_render = True
    assert messages() == []


@pytest.mark.skipif(bpy.app.version < (5, 0, 0), reason="linked data can't be packed yet")
def test_a_library_whose_data_is_packed_is_no_file(project: Path) -> None:
    library = project / "lib" / "props.blend"
    library.parent.mkdir()
    bpy.data.libraries.write(str(library), {textured_mesh()}, path_remap="NONE")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(project / "shot.blend"))
    placed(linked("meshes", "mesh", library, pack=True))
    bpy.ops.wm.save_mainfile()
    library.unlink()
    reopen(project)
    assert [(file.key, file.exists) for file in external_files()] == [("lib/tex/skin.png", False)]
    assert [missing.path for missing in missing_files(bpy.context.scene)] == ["//tex/skin.png"]
