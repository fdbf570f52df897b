"""Pure: sentences that are written for the command line, in the words of Blender's window.

Errors and findings are made where nobody knows who will read them. They name what helps by its
option (`--engine cycles`), which is right in a log; in the window the same setting has a label.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from ..chunking.plain_text import plain_line
from ..chunking.setting_values import Setting
from .options import COMMANDS, all_options, variables_of

IN_WINDOW: Mapping[str, str] = {
    "bake": "Render > Bake for Farm…",
    "enable_autoexec": "by an array that is submitted from the command line",
    "fetch": "Render > Fetch Frames…",
    "film": "Render > Make Film…",
    "send": "Render > Send Project…",
    "verify": "Render > Check Frames",
}
"""What the window has for a sub-command, or instead of an option without a label there."""

_QUOTED = r"(?<!\w)'[^']*'(?!\w)|(?<!\w)\"[^\"]*\"(?!\w)"
"""Names and values of others, which may look like anything."""
_COMMAND = rf"main\.py -- (?P<command>{'|'.join(COMMANDS)})\b"
_OPTION = r"(?<![\w-])--(?P<option>[a-z][a-z0-9-]*[a-z])(?P<value>[ =][\w-]+)?"
_AND_OPTION = r"(?:(?:, | or )--[a-z0-9-]+)?"


class _Words:
    """What is looked for. Made with the first line: no child shows one in a window."""

    def __init__(self) -> None:
        options = all_options()
        self.variables = variables_of(options)
        self.options = {each.option.removeprefix("--"): each for each in options.values()}
        longest_first = "|".join(sorted(self.variables, key=len, reverse=True))
        variable = rf"\b(?P<variable>{longest_first})(?:=\w+)?\b"
        self.pattern = re.compile(f"{_QUOTED}|{_COMMAND}|{variable}{_AND_OPTION}|{_OPTION}")


_words = functools.cache(_Words)


def window_line(text: str) -> str:
    """A sentence as a line of the window, with the labels of settings, and plain.

    What stands in quotes stays as it is: it is somebody's name for something.
    """
    return plain_line(_words().pattern.sub(_in_window, text))


def _in_window(match: re.Match[str]) -> str:
    if command := match["command"]:
        return IN_WINDOW.get(command, match[0])
    if variable := match["variable"]:
        return _label(_words().variables[variable])
    setting = _words().options.get(match["option"] or "")
    if setting is None:
        return match[0]
    value = match["value"] or ""
    labels = {name: label for name, label, _ in setting.choices}
    choice = setting.aliases.get(value[1:], value[1:])
    if choice in labels:
        return _label(setting, f": {labels[choice]}")
    return _label(setting) + value


def _label(setting: Setting, choice: str = "") -> str:
    return IN_WINDOW.get(setting.name) or f'"{setting.label}{choice}"'
