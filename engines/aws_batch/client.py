"""Pure: asking AWS by the command line that the user has.

Credentials, profiles, SSO and regions are its own business: none of them passes through here.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from ..client_program import ask_client
from ..engine import EngineFailed

PROGRAM = "aws"
MOST_BYTES = 16 << 20
"""What an answer may have: read, JSON takes up to 30 times as much memory."""
MOST_ERROR_LINES = 3
MOST_SAID = 1000
"""Characters of an error message, the last."""


class Client(Protocol):
    """Calls an operation of a service of AWS with its JSON, returns the JSON of the answer."""

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]: ...


class AwsCommand:
    """The program `aws`, of version 1 or 2."""

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Call `aws batch submit-job` or the like. Raises EngineFailed with what it said."""
        program = shutil.which(PROGRAM)
        if program is None:
            raise EngineFailed(
                "The AWS command line, `aws`, is not on the PATH: install and configure it, or "
                "export the job by --export FOLDER, with the commands to run where it is."
            )
        with tempfile.TemporaryDirectory(prefix="array_chunk_") as folder:
            path = Path(folder) / "request.json"
            path.write_text(json.dumps(request), encoding="utf-8")
            command = [program, service, operation, "--cli-input-json", f"file://{path}"]
            answer = _run([*command, "--no-paginate", "--output", "json"])
        return _parsed(answer, f"aws {service} {operation}")


def _run(command: list[str]) -> str:
    called = " ".join(["aws", *command[1:3]])
    try:
        answer = ask_client(command, {**os.environ, "AWS_PAGER": ""}, most_bytes=MOST_BYTES)
    except OSError as error:
        raise EngineFailed(f"{command[0]!r} can't be started: {error.strerror}.") from error
    if answer.code:
        lines = [line.strip() for line in answer.errors.decode(errors="replace").splitlines()]
        # Its last lines are those that say what is wrong.
        reason = " ".join([line for line in lines if line][-MOST_ERROR_LINES:])[-MOST_SAID:]
        reason = reason or f"it said nothing, exit code {answer.code}"
        raise EngineFailed(f"`{called}` failed: {reason}")
    return answer.output.decode(errors="replace")


def _parsed(answer: str, called: str) -> dict[str, Any]:
    if not answer.strip():  # some operations answer nothing
        return {}
    try:
        parsed = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise EngineFailed(f"`{called}` answered no JSON: {answer.strip()[:200]!r}") from error
    if not isinstance(parsed, dict):
        raise EngineFailed(f"`{called}` answered no object: {answer.strip()[:200]!r}")
    return parsed
