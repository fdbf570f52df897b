"""What differs between Blender's versions is known in `scene/blender_versions`, and nowhere else.

Each way to ask for a version is looked for in every other module that meets Blender: by its number,
by whether something is there, by what goes wrong, and by a name that only some versions have.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from .product_modules import MODULES, parsed, says_pure

PLACE = Path("scene/blender_versions")

NUMBERS = frozenset({"version", "version_cycle", "version_file", "version_string"})
"""Attributes of `bpy.app` and `bpy.data`."""

OF_THE_SYSTEM = frozenset({"errno", "os", "select", "signal", "stat", "sys"})
"""Modules of Python's that differ between operating systems: another matter."""

OF_SOME_VERSIONS = frozenset(
    """
    BLENDER_EEVEE_NEXT CompositorNodeComposite PATH_SUPPORTS_BLEND_RELATIVE archive_libraries
    bake_target base_path bl_system_properties_get channelbags compositing_node_group
    compositor_effects custom_filepath fcurves feature_set file_output_items file_slots is_archive
    media_type sequences sequences_all strips_all use_auto_generate_texture_cache use_nodes
    use_pixel_jitter use_render_procedural use_sequencer_disk_cache
    """.split()
)
"""Properties, types and values that came after 4.2, or went."""

NO_VERSIONS_MATTER = {
    # whether a thing of Blender's has something depends on its kind, alike in all versions
    "scene/compositor.py: node_tree": "nodes that are groups",
    "scene/frame_drivers.py: animation_data": "data-blocks that can be animated",
    "scene/frame_drivers.py: node_tree": "data-blocks with nodes",
    "scene/frame_drivers.py: shape_keys": "geometry that can be deformed",
    "scene/files/import_nodes.py: paired_output": "nodes that begin a zone",
    "rendering/dependency_cycles.py: bone": "constraints that look at a bone",
    "rendering/dependency_cycles.py: target": "constraints that look at something",
    "rendering/dependency_cycles.py: targets": "constraints that look at several things",
    "rendering/motion_faults.py: set_inverse_pending": "constraints with an inverse",
    "rendering/persistent_faults.py: image": "nodes that show an image",
    "rendering/persistent_faults.py: image_user": "those that play it",
    "rendering/persistent_faults.py: node_tree": "nodes that are groups",
    "scene/preflight/contents.py: node_tree": "data-blocks with nodes",
    "scene/preflight/render_engine.py: bl_idname": "engines, not the bases they share",
    "scene/preflight/paths.py: filepath": "data-blocks that are a file's",
    "scene/render_reach.py: default_value": "sockets that hold a value",
    "scene/render_reach.py: name": "what strips and nodes show",
    "scene/simulations/unbaked_parts.py: shape_keys": "geometry that can be deformed",
    "scene/files/used_by_render.py: frame_duration": "nodes that play an image",
    "scene/files/used_by_render.py: image": "nodes that show an image",
    "scene/files/used_by_render.py: image_user": "those that play it",
    "scene/files/used_by_render.py: node_tree": "data-blocks with nodes",
    # it depends on what this Blender was built with, or has switched on
    "rendering/carried.py: cycles": "an add-on, which may be off",
    "rendering/devices.py: TypeError": "a kind of GPU that Cycles was built without",
    # it depends on what somebody else has registered, or on ourselves
    "properties.py: name": "which of our settings an operator has",
    "scene/preflight/contents.py: each.identifier": "an add-on's class may be gone",
    "scene/preflight/contents.py: keywords": "properties that add-ons declared",
    "ui/groups.py: each.name": "which of our settings an operator has",
    # a value is not taken
    "film/sequencer.py: TypeError": "the view of another OCIO configuration",
    "operators/check.py: TypeError": "what a fix sets",
    "scene/lacking_colors.py: TypeError": "names that an OCIO configuration has not",
    "rendering/preparing.py: TypeError": "a depth or codec that the format has not",
    "scene/restoring.py: AttributeError": "what can't be put back",
    "scene/restoring.py: TypeError": "what can't be put back",
}
"""Questions that look alike: where, what for, and why they are none of Blender's versions."""


def questions(tree: ast.Module) -> Iterator[str]:
    """What a module asks for that may depend on the version."""
    texts = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) if name in NUMBERS | OF_SOME_VERSIONS:
                yield name
            case ast.ImportFrom(module="bpy" | "bpy.app"):
                yield from (alias.name for alias in node.names if alias.name in {"app", *NUMBERS})
            case ast.Constant(value=str(text)) if (
                text in OF_SOME_VERSIONS and id(node) not in texts
            ):
                yield text
            case (
                ast.Call(func=ast.Name(id="hasattr"))
                | ast.Call(func=ast.Name(id="getattr"), args=[_, _, _])
            ):
                yield from _asked_attribute(*node.args[:2])
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[right]):
                if ast.unparse(right).endswith("bl_rna.properties"):
                    yield ast.unparse(node.left)
            case ast.ExceptHandler(type=caught) if caught is not None:
                errors = {each.id for each in ast.walk(caught) if isinstance(each, ast.Name)}
                yield from errors & {"AttributeError", "TypeError"}


def _asked_attribute(owner: ast.expr, attribute: ast.expr) -> Iterator[str]:
    """The attribute that is asked for, unless the system or Python itself decides of it."""
    name = attribute.value if isinstance(attribute, ast.Constant) else ast.unparse(attribute)
    of_system = isinstance(owner, ast.Name) and owner.id in OF_THE_SYSTEM
    if not of_system and not str(name).startswith("__"):
        yield str(name)


def asked() -> set[str]:
    """All questions outside the one place, as in `rendering/frame.py: version`."""
    others = [each for each in MODULES if each.parent != PLACE and not says_pure(each)]
    return {f"{each.as_posix()}: {name}" for each in others for name in questions(parsed(each))}


def test_no_other_module_asks_for_a_version() -> None:
    assert sorted(asked() - NO_VERSIONS_MATTER.keys()) == []


def test_every_exception_is_one() -> None:
    assert sorted(NO_VERSIONS_MATTER.keys() - asked()) == []


def test_the_one_place_is_looked_at_by_the_same_eyes() -> None:
    """What it asks for is found there: so is every name that only some versions have."""
    places = [each for each in MODULES if each.parent == PLACE]
    found = {name for each in places for name in questions(parsed(each))}
    assert OF_SOME_VERSIONS | {"version"} <= found


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("new = bpy.app.version >= (5, 0)", "version"),
        ("print(app.version_string)", "version_string"),
        ("from bpy import app", "app"),
        ("from bpy.app import version as number", "version"),
        ("if hasattr(node, 'directory'): pass", "directory"),
        ("tree = getattr(scene, 'node_tree', None)", "node_tree"),
        ("value = getattr(settings, name, 0)", "name"),
        ("if 'length' in strip.bl_rna.properties: pass", "'length'"),
        ("try: strips = editor.strips\nexcept AttributeError: pass", "AttributeError"),
        ("try: new(length=1)\nexcept (ValueError, TypeError): pass", "TypeError"),
        ("image.media_type = 'IMAGE'", "media_type"),
        ("setattr(image, 'media_type', 'IMAGE')", "media_type"),
    ],
)
def test_each_way_to_ask_is_seen(text: str, question: str) -> None:
    assert question in set(questions(ast.parse(text)))


@pytest.mark.parametrize(
    "text",
    [
        "flags = getattr(os, 'O_BINARY', 0)",
        "is_many = hasattr(value, '__len__')",
        "value = getattr(owner, name)",
        "def media():\n    'media_type'",
        "except_for = node.name in names",
    ],
)
def test_what_is_no_such_question_is_left_alone(text: str) -> None:
    assert set(questions(ast.parse(text))) == set()


def test_the_one_place_knows_blender_alone() -> None:
    """So that everything may import it."""
    for module in MODULES:
        if module.parent == PLACE:
            froms = [each for each in ast.walk(parsed(module)) if isinstance(each, ast.ImportFrom)]
            assert [each.module for each in froms if each.level > 1] == [], Path(module)
