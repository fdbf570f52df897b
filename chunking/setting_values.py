"""Pure: what one setting is, and how its value is read from text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .errors import BadSetting
from .file_names import RESERVED, is_one_name
from .frames import FrameList

Value = str | int | bool

TRUE_WORDS = frozenset({"true", "1", "yes"})
FALSE_WORDS = frozenset({"false", "0", "no"})
MOST_SHOWN = 200
"""Characters of a value that a message shows."""
NO_CHARACTERS = frozenset({"Cc", "Zl", "Zp"})
"""Unicode's categories of what ends a line or steers a terminal."""
TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Unicode's marks that have text shown in another order than it is written in."""


@dataclass(frozen=True)
class Setting:
    """One setting: its word, its default, what it means, and what it can be."""

    name: str
    default: Value
    group: str
    label: str
    help: str
    kind: str = ""
    choices: tuple[tuple[str, str, str], ...] = ()
    """Value, label and help of each choice."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Other words for a choice or for a number."""
    minimum: int = 0
    maximum: int = 0
    variables: tuple[str, ...] = ()
    """Environment variables beside ARRAY_CHUNK_<WORD>."""
    on_file: bool = True
    """Whether it can be saved in the .blend: what belongs to one machine or one run can't."""

    @property
    def option(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        return "ARRAY_CHUNK_" + self.name.upper()


def parse_value(setting: Setting, value: Value, origin: str) -> Value:
    """The value that `value` (mostly text) gives for this setting.

    Raises BadSetting, naming the origin and the value, where it gives none.
    """
    try:
        return _parse(setting, value)
    except BadSetting as error:
        text = str(value)
        shown = repr(text) if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]!r}…"
        raise BadSetting(f"{origin} is {shown}: {error}") from None


def _parse(setting: Setting, value: Value) -> Value:
    if isinstance(setting.default, bool):
        return value if isinstance(value, bool) else boolean(str(value))
    if isinstance(setting.default, int):
        return whole_number(setting, str(value))
    text = value if isinstance(value, str) else str(value)
    if setting.choices:
        return choice(setting, text)
    if "\0" in text:
        raise BadSetting("a text can't hold a NUL character.")
    if not text.isprintable() and any("\ud800" <= each <= "\udfff" for each in text):
        raise BadSetting("write it in UTF-8, the only encoding that Blender reads.")
    return TEXT_KINDS[setting.kind](text)


def boolean(text: str) -> bool:
    word = text.strip().lower()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise BadSetting("write true or false (or 1, 0, yes, no).")
    return word in TRUE_WORDS


def whole_number(setting: Setting, text: str) -> int:
    word = text.strip().lower()
    word = setting.aliases.get(word, word)
    # Five million digits are a whole number too, and int() would take minutes for them.
    if not re.fullmatch(r"-?[0-9]{1,12}", word):
        also = "".join(f" or {each}" for each in setting.aliases)
        raise BadSetting(f"write a whole number{also}.")
    number = int(word)
    if not setting.minimum <= number <= setting.maximum:
        raise BadSetting(f"write a whole number from {setting.minimum} to {setting.maximum}.")
    return number


def choice(setting: Setting, text: str) -> str:
    word = text.strip().lower()
    word = setting.aliases.get(word, word)
    names = [name for name, _, _ in setting.choices]
    if word not in names:
        raise BadSetting(f"write one of {', '.join(names)}.")
    return word


def _resolution(text: str) -> str:
    compact = text.strip().lower().replace("×", "x")
    if compact and not re.fullmatch(r"[1-9][0-9]{0,4}x[1-9][0-9]{0,4}", compact):
        raise BadSetting("write width and height in pixels, such as 1920x1080.")
    return compact


def _names(text: str) -> str:
    split_names(text)
    return text


def split_names(text: str) -> list[str]:
    """Names separated by commas; one that holds a comma itself stands in double quotes."""
    if not text.strip():
        return []
    import csv  # only where names are given: not at each child's start

    try:
        names = next(csv.reader([text], skipinitialspace=True, strict=True), [])
    except csv.Error as error:
        raise BadSetting(f"write names separated by commas ({error}).") from None
    return [name.strip() for name in names if name.strip()]


def _file_name(text: str) -> str:
    if "/" in text or "\\" in text or text.startswith("."):
        raise BadSetting("write a plain name: no / and no \\ in it, no dot at its start.")
    if text and not is_one_name(f"{text}0"):
        raise BadSetting(f"write a plain name: Windows takes none with {RESERVED} in it.")
    if any(unicodedata.category(each) in NO_CHARACTERS or each in TURNS for each in text):
        raise BadSetting("write a plain name: no line break and no control character in it.")
    if len(text.encode()) > 100:
        raise BadSetting("write at most 100 bytes: file systems limit the length of names.")
    return text


TEXT_KINDS: Mapping[str, Callable[[str], str]] = {
    "": str,
    "file": str,
    "folder": str,
    "frames": FrameList,
    "resolution": _resolution,
    "names": _names,
    "file name": _file_name,
}
"""How the text of each kind is checked; it stays a text, as Blender's properties hold texts."""
