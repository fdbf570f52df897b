"""Pure: what `--help` prints."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from ..chunking.setting_values import Setting
from ..chunking.settings import SETTINGS
from .options import COMMON, Command

WIDTH = 96
INTRODUCTION = """\
Array Chunk Render: split an animation into N chunks and render chunk i.

    blender -b scene.blend -P main.py [-- [SUB-COMMAND] [OPTIONS]]
    blender -b -P main.py [-- [SUB-COMMAND] [OPTIONS]]      (the file of EFS_BLENDER_FILE_PATH)
    python main.py [SUB-COMMAND] [OPTIONS]                  (where bpy is installed)
"""
EXIT_CODES = """\
Exit codes: 0 complete, 64 bad setting, 65 the scene can't be rendered so (verify: gaps), 66 no
.blend, 69 frames given up, 70 Blender failed, 74 output failed, 75 interrupted. 6x: don't retry,
7x: retry.
"""


def help_text(command: Command, commands: Iterable[Command]) -> str:
    """The whole help: sub-commands, and all options of the one that was asked about."""
    parts = [INTRODUCTION, "Sub-commands:"]
    parts += [f"  {each.name:<11} {each.summary}" for each in commands if not each.hidden]
    parts += ["", f"Options of {command.name} (each is also a variable, named behind it):"]
    if command.options:
        parts += _entries(command.options)
    parts += _entries(COMMON)
    for group in dict.fromkeys(each.group for each in SETTINGS.values()):
        parts += ["", f"{group}:"]
        parts += _entries(each for each in SETTINGS.values() if each.group == group)
    return "\n".join([*parts, "", EXIT_CODES])


def _entries(settings: Iterable[Setting]) -> Iterator[str]:
    for setting in settings:
        value = "" if isinstance(setting.default, bool) else f" {_values(setting)}"
        variables = ", ".join((*setting.variables, setting.variable))
        yield f"  {setting.option}{value}  [{variables}]"
        yield textwrap.indent(textwrap.fill(setting.help + ".", WIDTH - 6), " " * 6)


def _values(setting: Setting) -> str:
    if setting.choices:
        names = "|".join(name for name, _, _ in setting.choices)
        return f"{names} (default: {setting.default})"
    word = "NUMBER" if isinstance(setting.default, int) else setting.kind.upper() or "NAME"
    return word.replace(" ", "-")
