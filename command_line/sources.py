"""Pure: options and environment variables brought together, an option before a variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..chunking.array_environment import ArrayEnvironment
from ..chunking.errors import BadSetting
from ..chunking.setting_values import Value, parse_value
from ..chunking.settings import SETTINGS
from .options import ALL_OPTIONS, Command, defaults, options_of, variables_of
from .words import Words, nearest

PREFIX = "ARRAY_CHUNK_"
BRENDER_VARIABLES = (
    "EFS_MAIN_SCRIPT_PATH",
    "BLENDER_EXECUTABLE",
    "JOB_ACTION_TYPE",
    "BUCKET_NAME",
    "BUCKET_KEY",
)
"""What Brender Studio also tells a job: kept in the verdict, so that it says where it ran."""

ARRAY_SETTINGS = ("size", "index", "render_id", "attempt")
"""What the array environment tells; the variables of these names are read there."""


@dataclass(frozen=True)
class Told:
    """What a child was told from outside, before the file was opened."""

    command: Command
    settings: Mapping[str, Value]
    """Settings of the render that were named; all others are the file's or the defaults."""
    options: Mapping[str, Any]
    """Every other option of the sub-command."""
    array: ArrayEnvironment
    brender: Mapping[str, str]
    words: Words
    """The words of the command line that all this was told by, beside the variables."""


def gather(words: Words, environ: Mapping[str, str]) -> Told:
    """Everything that options and variables say.

    Raises BadSetting for the first thing that can't be understood, naming it and its value.
    """
    _refuse_unknown(environ)
    known = options_of(words.command)
    values = _from_environment(environ, known.keys())
    if not words.command.is_child and _names_size_only(environ):
        # All other sub-commands are about the whole array: for them its size is enough.
        size = SETTINGS["size"]
        values["size"] = parse_value(size, environ[size.variable], size.variable)
        environ = {name: text for name, text in environ.items() if name != size.variable}
    array = ArrayEnvironment.read(environ)
    for name, text in words.texts.items():
        values[name] = parse_value(known[name], text, known[name].option)
    settings = {name: value for name, value in values.items() if name in SETTINGS}
    others = {name: value for name, value in values.items() if name not in SETTINGS}
    return Told(
        words.command,
        _with_array(settings, array, words),
        {**defaults(words.command), **others},
        array,
        {name: environ[name] for name in BRENDER_VARIABLES if name in environ},
        words,
    )


def _names_size_only(environ: Mapping[str, str]) -> bool:
    return SETTINGS["size"].variable in environ and SETTINGS["index"].variable not in environ


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = variables_of(ALL_OPTIONS)
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            # Without its value: it may be anything, a password too.
            raise BadSetting(f"{name}: there is no such setting{nearest(name, known)}.")


def _from_environment(environ: Mapping[str, str], wanted: Any) -> dict[str, Value]:
    values: dict[str, Value] = {}
    # ARRAY_CHUNK_OUTPUT after EFS_BLENDER_OUTPUT_FOLDER_PATH: our own word is the nearer one.
    for name, setting in sorted(variables_of(ALL_OPTIONS).items(), reverse=True):
        if name in environ and setting.name not in ARRAY_SETTINGS:
            value = parse_value(setting, environ[name], name)
            if setting.name in wanted:
                values[setting.name] = value
    return values


def _with_array(
    settings: dict[str, Value], array: ArrayEnvironment, words: Words
) -> dict[str, Value]:
    told = dict(settings)
    told.setdefault("attempt", array.attempt)
    if array.render_id:
        told.setdefault("render_id", array.render_id)
    if not words.command.is_child:
        if array.is_array:
            told.setdefault("size", array.size)
        return told
    if not array.is_array and ("size" in words.texts) != ("index" in words.texts):
        here, gone = ("--size", "--index") if "size" in words.texts else ("--index", "--size")
        raise BadSetting(f"{here} is given without {gone}: give both, or neither for all frames.")
    told.setdefault("size", array.size)
    told.setdefault("index", array.index)
    return told
