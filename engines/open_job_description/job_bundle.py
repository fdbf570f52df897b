"""Pure: an array as a job of Open Job Description, which AWS Deadline Cloud runs, and `openjd`.

What is written is a job bundle: a folder with `template.json`, which holds nothing of one machine,
and `parameter_values.json`, which names this array's paths. JSON is one of the format's two
notations, so it needs no YAML library. The format itself is described in
https://github.com/OpenJobDescription/openjd-specifications (Template Schemas, 2023-09).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from ...chunking.errors import BadSetting
from ...chunking.settings import SETTINGS
from ..engine import Work
from ..local.children import GRACE_SECONDS

VERSION = "jobtemplate-2023-09"
RENDER, FILM = "Render", "Film"
"""The names of the two steps."""
INDEX = "Index"
"""The name of the task parameter: which child a task is."""
TEMPLATE_FILE, VALUES_FILE = "template.json", "parameter_values.json"

MOST_NAME, MOST_PARAMETER, MOST_VARIABLE = 128, 1024, 2048
"""How many characters the format lets a job's name, a parameter and a variable have."""
GRACE, MARGIN_SECONDS = "ARRAY_CHUNK_GRACE", 5
"""A child that was given another grace is killed so much later."""
MOST_NOTIFY_SECONDS = 600
FRAMES = SETTINGS["frames"].variable

CHILD = """\
#!/bin/sh
# child.sh LAST_INDEX INDEX COMMAND…: become that child of the array, so that signals reach Blender.
set -eu
export ARRAY_CHUNK_SIZE=$(($1 + 1)) ARRAY_CHUNK_INDEX="$2"
shift 2
# Deadline Cloud names the job: with that all children know that they are of one array.
if [ -n "${DEADLINE_JOB_ID:-}" ]; then
    export ARRAY_CHUNK_RENDER_ID="${ARRAY_CHUNK_RENDER_ID:-$DEADLINE_JOB_ID}"
fi
exec "$@"
"""


def bundle_files(work: Work) -> dict[str, bytes]:
    """The files of the job bundle. Raises BadSetting where the format can't hold what it says."""
    values = [{"name": name, "value": value} for name, value in parameters(work).items()]
    contents = {TEMPLATE_FILE: template(work), VALUES_FILE: {"parameterValues": values}}
    return {
        name: f"{json.dumps(content, indent=2)}\n".encode() for name, content in contents.items()
    }


def parameters(work: Work) -> Mapping[str, str]:
    """The values of those parameters that are paths: the template has no defaults for them.

    Absolute paths are not allowed as defaults, and each studio maps them in its own way.
    """
    paths = {
        "BlendFile": work.blend,
        "OutputFolder": work.output,
        "ExtensionFolder": str(PurePosixPath(work.main).parent),
    }
    for name, path in paths.items():
        _check_length(name, path, MOST_PARAMETER)
    return paths


def template(work: Work) -> dict[str, Any]:
    """The job template. Raises BadSetting where the format can't hold what `work` says."""
    main = PurePosixPath(work.main).name
    # The same environment and commands as everywhere, with parameters in the paths' places.
    by_parameters = replace(
        work,
        blend="{{Param.BlendFile}}",
        output="{{Param.OutputFolder}}",
        blender="{{Param.Blender}}",
        main=f"{{{{Param.ExtensionFolder}}}}/{main}",
    )
    steps = [_render_step(by_parameters), *([_film_step(by_parameters)] if work.makes_film else [])]
    return {
        "specificationVersion": VERSION,
        "name": _literal("The name of the job", work.name, MOST_NAME),
        "description": "An animation, rendered as the chunks of an array.",
        "parameterDefinitions": _parameter_definitions(work),
        "jobEnvironments": [{"name": "Settings", "variables": _variables(work, by_parameters)}],
        "steps": steps,
    }


def _parameter_definitions(work: Work) -> list[dict[str, Any]]:
    most = SETTINGS["size"].maximum - 1
    frames = _literal(FRAMES, work.variables.get(FRAMES, ""), MOST_PARAMETER)
    blender = _literal("The Blender executable", work.blender, MOST_PARAMETER)
    return [
        _path("BlendFile", "FILE", "IN", "The .blend to render"),
        _path("OutputFolder", "DIRECTORY", "OUT", "The folder that the frames are put into"),
        _path("ExtensionFolder", "DIRECTORY", "IN", "The folder of Array Chunk Render"),
        {
            "name": "LastIndex",
            "type": "INT",
            "minValue": 0,
            "maxValue": most,
            "default": work.size - 1,
            "description": "Index of the last child, counted from 0: the array's size less one",
        },
        _text("Frames", frames, "Frames, such as 1-100x2,150; empty: those of the scene"),
        _text("Blender", blender, "The Blender executable"),
    ]


def _path(name: str, kind: str, flow: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "PATH",
        "objectType": kind,
        "dataFlow": flow,
        "description": description,
    }


def _text(name: str, default: str, description: str) -> dict[str, Any]:
    return {"name": name, "type": "STRING", "default": default, "description": description}


def _variables(work: Work, by_parameters: Work) -> dict[str, str]:
    """What all tasks have in their environment; only values of our own hold parameters."""
    for name, value in work.variables.items():
        _literal(name, value, MOST_VARIABLE)
    return {**by_parameters.environment, FRAMES: "{{Param.Frames}}"}


def _render_step(work: Work) -> dict[str, Any]:
    child = ["{{Task.File.Child}}", "{{Param.LastIndex}}", f"{{{{Task.Param.{INDEX}}}}}"]
    action = _action(work, "sh", [*child, *work.child_command])
    files = [{"name": "Child", "type": "TEXT", "filename": "child.sh", "data": CHILD}]
    indices = {"name": INDEX, "type": "INT", "range": "0-{{Param.LastIndex}}"}
    return {
        "name": RENDER,
        "parameterSpace": {"taskParameterDefinitions": [indices]},
        "hostRequirements": _host_requirements(),
        "script": {"actions": {"onRun": action}, "embeddedFiles": files},
    }


def _film_step(work: Work) -> dict[str, Any]:
    """Runs when all children have succeeded; it verifies, and refuses gaps by name."""
    program, *words = work.film_command
    return {
        "name": FILM,
        "dependencies": [{"dependsOn": RENDER}],
        "hostRequirements": _host_requirements(),
        "script": {"actions": {"onRun": _action(work, program, words)}},
    }


def _host_requirements() -> dict[str, Any]:
    """A machine with sh, where SIGTERM is how a process is asked to end."""
    return {"attributes": [{"name": "attr.worker.os.family", "anyOf": ["linux", "macos"]}]}


def _action(work: Work, program: str, words: list[str]) -> dict[str, Any]:
    grace = work.variables.get(GRACE, "")
    seconds = int(grace) + MARGIN_SECONDS if grace.isdecimal() else int(GRACE_SECONDS)
    return {
        "command": program,
        "args": words,
        # SIGTERM; SIGKILL only when a child has had the time to finish or leave its frame.
        "cancelation": {
            "mode": "NOTIFY_THEN_TERMINATE",
            "notifyPeriodInSeconds": min(seconds, MOST_NOTIFY_SECONDS),
        },
    }


def _literal(what: str, value: str, most: int) -> str:
    """`value`, which may go where the format looks for parameters in double braces."""
    if "{{" in value or "}}" in value:
        raise BadSetting(
            f"{what} is {value!r}: Open Job Description takes double braces for its own; write it "
            "without them."
        )
    _check_length(what, value, most)
    return value


def _check_length(what: str, value: str, most: int) -> None:
    if len(value) > most:
        raise BadSetting(
            f"{what} has {len(value)} characters: Open Job Description takes at most {most}; make "
            f"it shorter (a list of frames can be in a file: --frames @list.txt)."
        )
