"""Pure: asking AWS by the command line that the user has.

Credentials, profiles, SSO and regions are its own business: none of them passes through here.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..chunking.errors import ServiceFailed
from .client_program import ask_client, watch_client

PROGRAM = "aws"
MOST_BYTES = 16 << 20
"""What an answer may have: read, JSON takes up to 30 times as much memory."""
MOST_ERROR_LINES = 3
MOST_SAID = 1000
"""Characters of an error message, the last."""
ONE_PAGE = ("--no-paginate",)
"""Has a list come as the service gives it, with the token of its next part."""


class AwsCommand:
    """The program `aws`, of version 1 or 2. Everything raises ServiceFailed with what it said."""

    def __init__(self, instead: str = "") -> None:
        """`instead` is what a person without it can do, as the end of a sentence."""
        self._instead = instead

    def call(
        self,
        service: str,
        operation: str,
        request: Mapping[str, Any],
        words: Sequence[str] = ONE_PAGE,
        most_bytes: int = MOST_BYTES,
    ) -> dict[str, Any]:
        """Call `aws batch submit-job` or the like with a JSON; return the JSON of the answer.

        `words` are further ones of the command line, `most_bytes` is how long the answer may be.
        """
        command = [self._program(), service, operation]
        with tempfile.TemporaryDirectory(prefix="array_chunk_") as folder:
            path = Path(folder) / "request.json"
            path.write_text(json.dumps(request), encoding="utf-8")
            command += ["--cli-input-json", f"file://{path}", *words, "--output", "json"]
            try:
                answer = ask_client(command, _environ(), most_bytes=most_bytes)
            except OSError as error:
                raise _not_started(command, error) from error
        lines = answer.errors.decode(errors="replace").splitlines()
        _refuse_failed(command, answer.code, lines)
        return _parsed(answer.output.decode(errors="replace"), f"aws {service} {operation}")

    def watch(
        self,
        words: Sequence[str],
        on_line: Callable[[str], bool],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """Run `aws s3 cp` or the like, however long it takes (see `watch_client`).

        `on_line` says of each line whether that is how far it is: any other one may be a reason.
        """
        command = [self._program(), *words]
        reasons: list[str] = []

        def hear(line: str) -> None:
            if not on_line(line):
                reasons.append(line)
                del reasons[:-MOST_ERROR_LINES]

        try:
            code = watch_client(command, _environ(), hear, check)
        except OSError as error:
            raise _not_started(command, error) from error
        _refuse_failed(command, code, reasons)

    def _program(self) -> str:
        program = shutil.which(PROGRAM)
        if program is None:
            raise ServiceFailed(
                "The AWS command line, `aws`, is not on the PATH: install and configure it"
                f"{self._instead}."
            )
        return program


def _environ() -> dict[str, str]:
    # Version 1 is a Python program, which else may not write, or find, every name of a file.
    return {**os.environ, "AWS_PAGER": "", "PYTHONUTF8": "1"}


def _not_started(command: Sequence[str], error: OSError) -> ServiceFailed:
    return ServiceFailed(f"{command[0]!r} can't be started: {error.strerror}.")


def _refuse_failed(command: Sequence[str], code: int, lines: Sequence[str]) -> None:
    if code:
        stripped = [line.strip() for line in lines]
        # Its last lines are those that say what is wrong.
        reason = " ".join([line for line in stripped if line][-MOST_ERROR_LINES:])[-MOST_SAID:]
        reason = reason or f"it said nothing, exit code {code}"
        raise ServiceFailed(f"`{' '.join(['aws', *command[1:3]])}` failed: {reason}")


def _parsed(answer: str, called: str) -> dict[str, Any]:
    if not answer.strip():  # some operations answer nothing
        return {}
    try:
        parsed = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise ServiceFailed(f"`{called}` answered no JSON: {answer.strip()[:200]!r}") from error
    if not isinstance(parsed, dict):
        raise ServiceFailed(f"`{called}` answered no object: {answer.strip()[:200]!r}")
    return parsed
