"""The project that a .blend belongs to: its variables in paths, and its file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.child.session import Session
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.rendering.farm_check import check_for_farm
from array_chunk_render.scene.external_files import external_files
from array_chunk_render.scene.preflight.paths import node_folders
from array_chunk_render.scene.project import expanded, faults_in
from compositing import compositing_tree
from faulty_scenes import clean_scene, file_output

pytestmark = pytest.mark.skipif(not hasattr(bpy.data, "project"), reason="5.3 brought projects")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Any]:
    """A project whose .blend, the open one, lies in the folder `shots`."""
    root = tmp_path / "show"
    root.mkdir()
    clean_scene(root / "shots")
    bpy.ops.project.new(name="Show", directory=str(root))
    variables = bpy.data.project.variables
    variables.new("shot", type="STRING").value = "sh010"
    variables.new("up", type="STRING").value = "../.."
    bpy.ops.project.config_save()
    yield bpy.data.project
    bpy.ops.wm.read_factory_settings()


def test_variables(project: Any) -> None:
    assert expanded("{project_root}/{shot}_{blend_name}") == (
        f"{project.root_path.rstrip('/')}/sh010_{{blend_name}}"
    )
    assert expanded("{project_root}/{shot}", root="") == "/sh010"
    scene = bpy.context.scene
    assert faults_in(scene, "{project_root}/{shot}_{blend_name}_{node_name}") == ""
    assert "'{take}'" in faults_in(scene, "{take}_{shot}")
    assert scene.render.filepath == "//frames/"


def test_its_file_is_one_that_is_used(project: Any) -> None:
    (file,) = external_files()
    assert (file.key, file.owner) == ("../.blender_project/project.toml", 'project "Show"')
    assert file.exists
    findings = check_for_farm(bpy.context.scene, Settings(), range(1, 3), Session())
    assert [(each.kind, each.severity) for each in findings] == [("path-outside", "warning")]


def test_a_variable_can_t_lead_out_of_a_node_s_folder(project: Any) -> None:
    tree = compositing_tree(bpy.context.scene)
    file_output(tree, "//passes/")
    tree.nodes[-1].file_name = "{up}/passes"
    (finding,) = node_folders(bpy.context.scene, Settings())
    assert finding.kind == "file-output-parent-folder"
    tree.nodes[-1].file_name = "{shot}/passes"
    assert list(node_folders(bpy.context.scene, Settings())) == []
