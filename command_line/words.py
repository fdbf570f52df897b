"""Pure: the words after `--`, taken apart.

argparse is not used: it takes a value that begins with a minus sign for an option, and frame
lists do begin so (`--frames -3-5x4`).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..chunking.errors import BadSetting
from ..chunking.setting_values import FALSE_WORDS, TRUE_WORDS, Setting
from .options import COMMANDS, Command, options_of

HELP = frozenset({"--help", "-h", "help"})


@dataclass(frozen=True)
class Words:
    """A sub-command, and the texts given for its options by their word."""

    command: Command
    texts: dict[str, str]
    wants_help: bool = False
    all: tuple[str, ...] = ()
    """As they were written, the sub-command included."""
    options: tuple[str, ...] = ()
    """As they were written, without the sub-command."""


def parse_words(words: Sequence[str]) -> Words:
    """Take the words apart. Raises BadSetting for a word that is not understood."""
    command, rest = _command(list(words))
    written = tuple(rest)
    options = {each.option: each for each in options_of(command).values()}
    texts: dict[str, str] = {}
    while rest:
        word, equals, value = rest.pop(0).partition("=")
        if word in HELP:  # here, not anywhere: a scene may be called help
            return Words(command, {}, wants_help=True, all=tuple(words), options=written)
        setting = options.get(word)
        if setting is None:
            raise BadSetting(_unknown(word, options, command))
        texts[setting.name] = value if equals else _value(setting, rest)
    return Words(command, texts, all=tuple(words), options=written)


def _command(words: list[str]) -> tuple[Command, list[str]]:
    if not words or words[0].startswith("-") or words[0] in HELP:
        return COMMANDS["render"], words
    if words[0] not in COMMANDS:
        known = [each.name for each in COMMANDS.values() if not each.hidden]
        near = nearest(words[0], known)
        raise BadSetting(
            f"There is no sub-command {words[0]!r}{near}. There are: {', '.join(known)}."
        )
    return COMMANDS[words[0]], words[1:]


def _value(setting: Setting, rest: list[str]) -> str:
    if isinstance(setting.default, bool):
        told = bool(rest) and rest[0].lower() in TRUE_WORDS | FALSE_WORDS
        return rest.pop(0) if told else "true"
    if not rest:
        raise BadSetting(f"{setting.option} has no value: write it behind the option.")
    return rest.pop(0)


def _unknown(word: str, options: Iterable[str], command: Command) -> str:
    if not word.startswith("-"):
        return f"The word {word!r} is no option: options begin with --."
    return (
        f"{command.name} has no option {word!r}{nearest(word, options)}. --help lists all options."
    )


def nearest(word: str, known: Iterable[str]) -> str:
    """A question about what may have been meant, or nothing where nothing is near."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""
