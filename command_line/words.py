"""Pure: the words after `--`, taken apart, and the help that tells which there are.

argparse is not used: it takes a value that begins with a minus sign for an option, and frame
lists do begin so (`--frames -3-5x4`).
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..chunking.errors import BadSetting
from ..chunking.setting_values import FALSE_WORDS, TRUE_WORDS, Setting
from ..chunking.settings import SETTINGS
from .options import COMMANDS, COMMON, Command, options_of

HELP = frozenset({"--help", "-h", "help"})
HELP_WIDTH = 96
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


class CommandLine(NamedTuple):
    """A sub-command, and the texts given for its options by their word."""

    command: Command
    texts: dict[str, str]
    wants_help: bool = False
    all: tuple[str, ...] = ()
    """As they were written, the sub-command included."""
    options: tuple[str, ...] = ()
    """As they were written, without the sub-command."""


def parse_words(words: Sequence[str]) -> CommandLine:
    """Take the words apart. Raises BadSetting for a word that is not understood."""
    command, rest = _command(list(words))
    behind = tuple(rest)
    options = {each.option: each for each in options_of(command).values()}
    texts: dict[str, str] = {}
    while rest:
        word, equals, value = rest.pop(0).partition("=")
        if word in HELP:  # here, not anywhere: a scene may be called help
            return CommandLine(command, {}, wants_help=True, all=tuple(words), options=behind)
        if not word.startswith("-"):
            raise BadSetting(f"The word {word!r} is no option: options begin with --.")
        if word not in options:
            near = nearest(word, options)
            raise BadSetting(
                f"{command.name} has no option {word!r}{near}. --help lists all options."
            )
        setting = options[word]
        texts[setting.name] = value if equals else _value(setting, rest)
    return CommandLine(command, texts, all=tuple(words), options=behind)


def _command(words: list[str]) -> tuple[Command, list[str]]:
    """The sub-command, and the words behind it."""
    if not words or words[0].startswith("-") or words[0] in HELP:
        return COMMANDS["render"], words
    if words[0] not in COMMANDS:
        names = [each.name for each in COMMANDS.values() if not each.hidden]
        near = nearest(words[0], names)
        raise BadSetting(
            f"There is no sub-command {words[0]!r}{near}. There are: {', '.join(names)}."
        )
    return COMMANDS[words[0]], words[1:]


def _value(setting: Setting, rest: list[str]) -> str:
    """Take what stands behind an option off the words; a switch needs nothing there."""
    if isinstance(setting.default, bool):
        has_value = bool(rest) and rest[0].lower() in TRUE_WORDS | FALSE_WORDS
        return rest.pop(0) if has_value else "true"
    if not rest:
        raise BadSetting(f"{setting.option} has no value: write it behind the option.")
    return rest.pop(0)


def nearest(word: str, known: Iterable[str]) -> str:
    """A question about what may have been meant, or nothing where nothing is near."""
    import difflib  # only where a word is unknown: not at each child's start

    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""


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
        if isinstance(setting.default, bool):
            value = ""
        elif setting.choices:
            names = "|".join(name for name, _, _ in setting.choices)
            value = f" {names} (default: {setting.default})"
        else:
            word = "NUMBER" if isinstance(setting.default, int) else setting.kind.upper() or "NAME"
            value = " " + word.replace(" ", "-")
        variables = ", ".join((*setting.variables, setting.variable))
        yield f"  {setting.option}{value}  [{variables}]"
        yield textwrap.indent(textwrap.fill(setting.help + ".", HELP_WIDTH - 6), " " * 6)
