"""Pure: an array as files and commands, for a machine that has the AWS command line."""

from __future__ import annotations

import json
from typing import Any

from ..engine import Work
from .batch_options import BatchOptions
from .batch_requests import DEFINITION_NAME, array_job, film_job, job_definition
from .checks import check

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


def batch_files(options: BatchOptions, work: Work) -> dict[str, bytes]:
    """What submitting takes, the script to run last. Raises BadSetting for what Batch would refuse.

    The script puts the exact revision and the array's id in the place of the names in the JSON.
    """
    check(options, work)
    definition = options.job_definition or DEFINITION_NAME
    requests: dict[str, dict[str, Any]] = {}
    if options.image:
        requests[DEFINITION_FILE] = job_definition(options)
    requests[ARRAY_FILE] = array_job(options, work, definition)
    if work.makes_film:
        requests[FILM_FILE] = film_job(options, work, definition, "")
        del requests[FILM_FILE]["dependsOn"]
    files = {name: f"{json.dumps(each, indent=2)}\n".encode() for name, each in requests.items()}
    revision = ' \\\n    --job-definition "$definition"' if options.image else ""
    script = _HEAD + (_REGISTER if options.image else "")
    script += _SUBMIT.format(name="array", file=ARRAY_FILE, options=revision)
    if work.makes_film:
        after = revision + ' \\\n    --depends-on "jobId=$array"'
        script += _SUBMIT.format(name="film", file=FILM_FILE, options=after)
    return {**files, SCRIPT_FILE: script.encode()}
