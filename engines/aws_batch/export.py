"""Pure: an array as files and commands, for a machine that has the AWS command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...chunking.errors import OutputFailed
from ..engine import Work
from .checks import check
from .definition import DEFINITION_NAME, job_definition
from .options import BatchOptions
from .submission import array_job, film_job

DEFINITION_FILE = "job_definition.json"
ARRAY_FILE = "array.json"
FILM_FILE = "film.json"
SCRIPT_FILE = "submit.sh"

_HEAD = """\
#!/bin/sh
# Submits this array to AWS Batch by the AWS command line, with its region and profile.
set -eu
cd "$(dirname "$0")"
"""
_REGISTER = f"""
definition=$(aws batch register-job-definition --cli-input-json file://{DEFINITION_FILE} \\
    --query jobDefinitionArn --output text)
"""
_SUBMIT = """
{name}=$(aws batch submit-job --cli-input-json file://{file}{options} \\
    --query jobId --output text)
echo "{name}: ${name}"
"""


def export(folder: Path, options: BatchOptions, work: Work) -> list[Path]:
    """Write what submitting takes; returns the files, the script to run last.

    Raises BadSetting for what AWS Batch would not take, OutputFailed where they can't be written.
    """
    check(options, work)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = [_write(folder / name, content) for name, content in _files(options, work)]
        script = folder / SCRIPT_FILE
        script.write_text(_script(options, work), encoding="utf-8", newline="\n")
        script.chmod(0o755)
    except OSError as error:
        raise OutputFailed(
            f"The job could not be exported to {str(folder)!r}: {error.strerror}.", error.errno
        ) from error
    return [*written, script]


def _files(options: BatchOptions, work: Work) -> list[tuple[str, dict[str, Any]]]:
    """The script puts the exact revision and the array's id in the place of these names."""
    definition = options.job_definition or DEFINITION_NAME
    files = [(ARRAY_FILE, array_job(options, work, definition))]
    if options.image:
        files.insert(0, (DEFINITION_FILE, job_definition(options)))
    if work.makes_film:
        film = film_job(options, work, definition, "")
        del film["dependsOn"]
        files.append((FILM_FILE, film))
    return files


def _write(path: Path, content: dict[str, Any]) -> Path:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return path


def _script(options: BatchOptions, work: Work) -> str:
    revision = ' \\\n    --job-definition "$definition"' if options.image else ""
    script = _HEAD + (_REGISTER if options.image else "")
    script += _SUBMIT.format(name="array", file=ARRAY_FILE, options=revision)
    if work.makes_film:
        after = revision + ' \\\n    --depends-on "jobId=$array"'
        script += _SUBMIT.format(name="film", file=FILM_FILE, options=after)
    return script
