"""No module here has a name that Python or Blender imports something else by.

Brender Studio puts every folder of a project on PYTHONPATH, this extension's folders too: there
each of its modules is a top-level one, and comes before those of the same name.
"""

from __future__ import annotations

import sys
from pathlib import Path, PurePosixPath

import pytest

OF_BLENDER = frozenset(
    """
    _animsys_refactor _bl_console_utils _bl_i18n_utils _bl_previews_utils _bl_rna_utils
    _bl_text_utils _bl_ui_utils _blendfile_header _bpy _bpy_internal _bpy_restrict_state _bpy_types
    _console_python _console_shell _cycles _graphviz_export _keyingsets_utils _rna_info
    _rna_manual_reference _rna_xml addon_utils animsys_refactor aud bgl bl_app_override
    bl_app_template_utils bl_app_templates_system bl_console_utils bl_ext bl_i18n_utils
    bl_keymap_utils bl_math bl_operators bl_pkg bl_previews_utils bl_rna_utils bl_text_utils bl_ui
    bl_ui_utils blend_render_info blf bmesh bpy bpy_extras bpy_restrict_state bpy_types
    console_python console_shell copy_global_transform cycles freestyle gpu gpu_extras
    graphviz_export hydra_storm idprop imbuf io_anim_bvh io_curve_svg io_mesh_uv_layout
    io_scene_fbx io_scene_gltf2 keyingsets_builtins keyingsets_utils mathutils node_wrangler
    nodeitems_builtins nodeitems_utils pose_library rigify rna_info rna_keymap_ui
    rna_manual_reference rna_prop_ui rna_xml sys_info ui_translate viewport_vr_preview
    """.split()
)
"""What the folders `modules`, `startup` and `addons_core` of Blender 4.2 and 5.0 hold, and what is
built in."""

SHIPPED_BY_BLENDER = frozenset(
    """
    attr autopep8 certifi charset_normalizer Cython fastjsonschema idna jsonschema MaterialX numpy
    OpenImageIO openvdb pip pkg_resources pxr pycodestyle PyOpenColorIO pyopenvdb requests
    setuptools urllib3 zstandard
    """.split()
)
"""Libraries of others that come in Blender's Python, and `pip` with them."""

OF_OTHER_PYTHONS = frozenset("aifc annotationlib asynchat asyncore cgi chunk imp sunau".split())
"""In the standard library of a Python that some Blender has, perhaps not in this one's."""

TAKEN = sys.stdlib_module_names | OF_BLENDER | SHIPPED_BY_BLENDER | OF_OTHER_PYTHONS


def importable(paths: list[str]) -> dict[str, str]:
    """Each top-level name by which one of these files could be imported, and the file."""
    names = {}
    for path in map(PurePosixPath, paths):
        if path.suffix == ".py":
            names.update(dict.fromkeys((path.stem, *path.parent.parts), str(path)))
    return names


@pytest.fixture(scope="module")
def names(repository: Path) -> dict[str, str]:
    """Those of the whole checkout, which is what somebody may upload."""
    folders = [each for each in repository.iterdir() if not each.name.startswith(".")]
    files = [*repository.glob("*.py"), *(file for each in folders for file in each.rglob("*.py"))]
    return importable([str(file.relative_to(repository)) for file in files])


def test_names_are_nobody_elses(names: dict[str, str]) -> None:
    assert "chunking" in names
    assert {name: path for name, path in names.items() if name in TAKEN} == {}


@pytest.mark.parametrize("path", ["rendering/queue.py", "types/__init__.py", "a/logging/b.py"])
def test_a_taken_name_is_found(path: str) -> None:
    assert importable([path]).keys() & TAKEN
