"""Pure: the command line that runs main.py in the same Blender as this process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

MAIN = Path(__file__).resolve().parent.parent / "main.py"


def main_command(blend: str, *options: str) -> list[str]:
    """The words of a command that ends where main.py's own words begin.

    `options` are Blender's own, such as `--factory-startup`. The Blender is that of this process
    or, where this is plain Python, the one that BLENDER_EXECUTABLE names or, failing that, the
    bpy module of this Python.
    """
    executable = _this_blender() or os.environ.get("BLENDER_EXECUTABLE", "")
    if not executable:
        return [sys.executable, str(MAIN), "--"]
    opened = [blend] if blend else []
    return [executable, "-b", *options, *opened, "-P", str(MAIN), "--"]


def _this_blender() -> str:
    bpy = sys.modules.get("bpy")
    return str(bpy.app.binary_path) if bpy is not None else ""
