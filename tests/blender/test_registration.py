"""Enabling and disabling the extension leaves Blender as it was, as often as one likes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import array_chunk_render
import bpy
import pytest

OURS = "array_chunk"


def classes() -> set[str]:
    return set(dir(bpy.types))


def properties() -> set[str]:
    owners = (bpy.types.Scene, bpy.types.Object, bpy.types.WindowManager)
    return {
        f"{owner.__name__}.{each.identifier}"
        for owner in owners
        for each in owner.bl_rna.properties
    }


def handlers() -> set[str]:
    groups = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
    return {
        f"handler {name}: {handler}"
        for name, group in groups.items()
        if isinstance(group, list)
        for handler in group
    }


def drawn_entries() -> Iterator[str]:
    """Yield what was appended to menus and panels; Blender keeps it on the function that draws."""
    for name in dir(bpy.types):
        draw = getattr(getattr(bpy.types, name), "draw", None)
        for entry in getattr(draw, "_draw_funcs", [draw])[1:]:
            yield f"{name} draws {entry.__module__}.{entry.__name__}"


def everything() -> set[str]:
    """All that an extension can add to Blender, by name."""
    return classes() | properties() | handlers() | set(drawn_entries())


@pytest.mark.usefixtures("registered")
def test_it_registers_and_unregisters_cleanly_twice(capfd: pytest.CaptureFixture[str]) -> None:
    enabled = everything()
    seen = []
    for _ in range(2):
        array_chunk_render.unregister()
        seen.append(everything())
        array_chunk_render.register()
        seen.append(everything())
    disabled = seen[0]
    assert seen == [disabled, enabled, disabled, enabled]
    assert not [name for name in disabled if OURS in name]
    assert "".join(capfd.readouterr()) == ""


def test_the_operator_is_there_with_its_menu_entry() -> None:
    assert bpy.ops.render.array_chunk.get_rna_type().identifier == "RENDER_OT_array_chunk"
    entries = [entry for entry in drawn_entries() if entry.startswith("TOPBAR_MT_render draws")]
    assert [entry for entry in entries if OURS in entry]


def test_process_that_has_ended_does_not_end_blender() -> None:
    """It ended the real 4.3 by SIGPIPE, with what was not saved."""
    with subprocess.Popen([sys.executable, "--version"], stdin=subprocess.PIPE, bufsize=0) as ended:
        ended.wait()
        assert ended.stdin is not None
        with pytest.raises(BrokenPipeError):
            ended.stdin.write(b"still there?")
