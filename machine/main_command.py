"""Pure: the command line that runs main.py in the same Blender as this process."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Sequence
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


def command_for_people(blend: str) -> list[str]:
    """As `main_command`, for a person to run, perhaps elsewhere: `blend` is empty where no file is.

    Where no Blender is known here, it is the one that a terminal finds.
    """
    executable = _this_blender() or os.environ.get("BLENDER_EXECUTABLE", "") or "blender"
    return [executable, "-b", blend or "FILE.blend", "-P", str(MAIN), "--"]


def own_command(words: Sequence[str]) -> list[str]:
    """The command that this process was started by, without main.py's own `words` at its end.

    So that a process that is started by it opens the same file, with the same switches and scripts
    before main.py. It ends where other words begin.
    """
    executable = _this_blender()
    # Where Blender is a module, or a script stands for it, Python knows the whole command.
    command = [executable, *sys.argv[1:]] if executable else list(sys.orig_argv)
    before = command[: len(command) - len(words)]
    return before if before[-1] == "--" else [*before, "--"]


def other_scripts_of_command(words: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Files and texts of other scripts that a Blender was started with, by its words."""
    own = words[: words.index("--")] if "--" in words else words
    pairs = list(itertools.pairwise(own))
    files = [Path(value) for option, value in pairs if option in ("-P", "--python")]
    texts = [value for option, value in pairs if option in ("--python-expr", "--python-text")]
    return [path for path in files if path.resolve() != MAIN], texts


def _this_blender() -> str:
    bpy = sys.modules.get("bpy")
    return str(bpy.app.binary_path) if bpy is not None else ""
