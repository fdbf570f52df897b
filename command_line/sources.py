"""Pure: options and environment variables brought together, an option before a variable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..chunking.array_environment import ArrayEnvironment
from ..chunking.errors import BadSetting
from ..chunking.frames import FrameList
from ..chunking.setting_values import Setting, Value, parse_value
from ..chunking.settings import SETTINGS
from ..machine.environment import OF_OUTCOMES
from .options import Command, all_options, defaults, options_of, variables_of
from .words import CommandLine, nearest

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


class Invocation(NamedTuple):
    """What options and variables say, before the file is opened: how this command was called."""

    command: Command
    settings: Mapping[str, Value]
    """Settings of the render that were named; all others are the file's or the defaults."""
    options: Mapping[str, Any]
    """Every other option of the sub-command."""
    array: ArrayEnvironment
    brender: Mapping[str, str]
    words: CommandLine
    """The command line, which says this beside the variables."""


def gather(words: CommandLine, environ: Mapping[str, str]) -> Invocation:
    """Everything that options and variables say.

    Raises BadSetting for the first thing that can't be understood, naming it and its value.
    """
    options = options_of(words.command)
    values = _from_environment(environ, options)
    size = SETTINGS["size"]
    is_size_alone = size.variable in environ and SETTINGS["index"].variable not in environ
    if is_size_alone and not words.command.is_child:
        # All other sub-commands are about the whole array: for them its size is enough.
        values["size"] = parse_value(size, environ[size.variable], size.variable)
        environ = {name: text for name, text in environ.items() if name != size.variable}
    array = ArrayEnvironment.read(environ)
    for name, text in words.texts.items():
        values[name] = parse_value(options[name], text, options[name].option)
    settings = {name: value for name, value in values.items() if name in SETTINGS}
    frames = settings.get("frames")
    if words.command.is_child and isinstance(frames, FrameList):
        settings["frames"] = frames.without_file  # the operator takes a text
    return Invocation(
        words.command,
        _with_array(settings, array, words),
        {
            **defaults(words.command),
            **{name: value for name, value in values.items() if name not in SETTINGS},
        },
        array,
        {name: environ[name] for name in BRENDER_VARIABLES if name in environ},
        words,
    )


def _from_environment(
    environ: Mapping[str, str], options: Mapping[str, Setting]
) -> dict[str, Value]:
    """What the variables of these options hold; those of others are looked at, too."""
    variables = variables_of(options)
    others = sorted(each for each in environ if _is_ours(each) and each not in variables)
    if others:
        variables = variables_of(all_options())
    for name in others:
        if name not in variables:
            # Without its value: it may be anything, a password too.
            raise BadSetting(f"{name}: there is no such setting{nearest(name, variables)}.")
    values: dict[str, Value] = {}
    # ARRAY_CHUNK_OUTPUT after EFS_BLENDER_OUTPUT_FOLDER_PATH: our own word is the nearer one.
    for name, setting in sorted(variables.items(), reverse=True):
        if name in environ and setting.name not in ARRAY_SETTINGS:
            value = parse_value(setting, environ[name], name)
            if setting.name in options:
                values[setting.name] = value
    return values


def _is_ours(variable: str) -> bool:
    return variable.startswith(PREFIX) and not variable.startswith(OF_OUTCOMES)


def _with_array(
    settings: Mapping[str, Value], array: ArrayEnvironment, words: CommandLine
) -> dict[str, Value]:
    """The settings, and those that the array's variables give where no option does."""
    given: dict[str, Value] = {"attempt": array.attempt}
    if array.render_id:
        given["render_id"] = array.render_id
    if words.command.is_child:
        if not array.is_array and ("size" in words.texts) != ("index" in words.texts):
            here, gone = "--size", "--index"
            if "index" in words.texts:
                here, gone = gone, here
            raise BadSetting(
                f"{here} is given without {gone}: give both, or neither for all frames."
            )
        given.update(size=array.size, index=array.index)
    elif array.is_array:
        given["size"] = array.size
    return {**given, **settings}
