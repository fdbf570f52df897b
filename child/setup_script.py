"""Pure: a script of the user's, run in Blender between the opening of a file and its render.

What it makes of the scene is what is rendered. Its bytes count in the fingerprint, and so do the
variables that it reads itself, so that pictures of two looks never mix. Of these the names are
told, the values nowhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import re
import sys
import traceback
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from ..chunking.errors import BadSetting, SceneRefused
from .watched_environment import WatchedEnvironment, watched_environment

log = logging.getLogger(__name__)

OF_KUBERNETES = ("KUBERNETES_", "JOB_COMPLETION_INDEX")
"""How the variables begin that Kubernetes sets: it starts children as no engine of ours does."""
OF_MACHINES = frozenset(
    """
    CUDA_VISIBLE_DEVICES DISPLAY GPU_DEVICE_ORDINAL HIP_VISIBLE_DEVICES HOME HOSTNAME LANG LANGUAGE
    LC_ALL LC_CTYPE LNAME LOGNAME NVIDIA_VISIBLE_DEVICES PATH PWD ROCR_VISIBLE_DEVICES SHELL TEMP
    TMP TMPDIR USER USERNAME USERPROFILE XDG_RUNTIME_DIR ZE_AFFINITY_MASK
    COLORTERM INVOCATION_ID JOURNAL_STREAM LS_COLORS MAIL OLDPWD SHLVL SSH_AUTH_SOCK SSH_CLIENT
    SSH_CONNECTION SSH_TTY TERM WINDOWID XAUTHORITY _
    """.split()
)
"""Variables that differ between the children of one array: none of them decides a picture."""

MOST_SHOWN = 8
"""Characters of a value that may be in what the script says, where it has not read it."""
DIGEST_ROUNDS = 100_000
"""So that short values can't be guessed from their digests at once; 30 ms each."""


class SetUp(NamedTuple):
    """A set-up script that has run."""

    script: str
    digest: str
    """SHA-256 of its bytes."""
    variables: Mapping[str, str]
    """Digests of the custom variables that it has read, by their names."""

    @property
    def parts(self) -> dict[str, str]:
        """What the fingerprint has to say of it."""
        read = {f"set-up variable {name}": digest for name, digest in self.variables.items()}
        return {"set-up script": self.digest, **read}

    def as_fields(self) -> dict[str, Any]:
        """What the verdict says of it."""
        names = sorted(self.variables)
        return {"script": self.script, "digest": self.digest, "variables": names}


def run_setup_script(
    script: str, origin: str, known: Container[str], of_engines: tuple[str, ...]
) -> SetUp:
    """Run the script as Blender's `-P` would.

    `origin` says for the messages what named it. Variables in `known` are settings of a job, and
    not custom; nor are those whose names begin as in `of_engines`, which differ from child to
    child. Raises BadSetting where it can't be read, SceneRefused where it fails.
    """
    path = Path(script).absolute()
    try:
        source = path.read_bytes()
    except OSError as error:
        raise BadSetting(
            f"{origin} is {script!r}, which can't be read: {error.strerror}. Name a Python file "
            "that this machine sees, or leave it out."
        ) from None
    with watched_environment(path.parent) as environ:
        variables = _ScriptVariables(environ, known, (*of_engines, *OF_KUBERNETES))
        failure = _failure(path, source, variables)
    if failure:
        raise SceneRefused(
            f"The set-up script {script!r} fails {failure}. Mend it, or leave {origin} out."
        )
    done = SetUp(script, hashlib.sha256(source).hexdigest(), _digests(variables.values))
    names = ", ".join(sorted(done.variables)) or "none"
    log.info("set-up script: %s; custom variables that it read: %s", done.script, names)
    return done


def _failure(path: Path, source: bytes, variables: _ScriptVariables) -> str:
    """Run it; say where it failed and by what error, or nothing."""
    try:
        code = compile(source, str(path), "exec", dont_inherit=True)
        with variables.kept_out_of_output():
            exec(code, {"__name__": "__main__", "__file__": str(path)})
    except SystemExit as ended:
        return f"by sys.exit({variables.without_values(repr(ended.code))})" if ended.code else ""
    except Exception as error:  # noqa: BLE001  the script may raise whatever it likes
        return f"{_place(error, path)}{_sentence(error, variables)}"
    return ""


def _place(error: Exception, path: Path) -> str:
    """The last line of the script itself that was on the way to the error."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f"in line {error.lineno}: "
    steps = traceback.extract_tb(error.__traceback__)
    lines = [step.lineno for step in steps if step.filename == str(path)]
    return f"in line {lines[-1]}: " if lines else "before its first line: "


def _sentence(error: Exception, variables: _ScriptVariables) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    words = " ".join(variables.without_values(text).split())
    return f"{type(error).__name__}: {words}".removesuffix(": ").rstrip(".")


def _digests(values: Mapping[str, str]) -> dict[str, str]:
    return {
        name: hashlib.pbkdf2_hmac(
            "sha256", value.encode(errors="surrogateescape"), name.encode(), DIGEST_ROUNDS
        ).hex()
        for name, value in values.items()
    }


class _ScriptVariables:
    """The custom variables that a script has read so far, and texts without their values."""

    def __init__(
        self, environ: WatchedEnvironment, known: Container[str], of_engines: tuple[str, ...]
    ) -> None:
        self._environ = environ
        self._known = known
        self._of_engines = of_engines

    @property
    def values(self) -> dict[str, str]:
        """Their values by their names."""
        return {
            name: value
            for name, value in self._environ.values_read.items()
            if not (name in self._known or name in OF_MACHINES or name.startswith(self._of_engines))
        }

    def without_values(self, text: str) -> str:
        """The text with a variable's name for each value."""
        names = {
            form: name
            for name, value in self._secrets()
            for form in (value, repr(value)[1:-1], *value.splitlines())
            if form == value or len(form) > MOST_SHOWN
        }
        if not names:
            return text
        longest_first = sorted(names, key=len, reverse=True)
        pattern = "|".join(map(re.escape, longest_first))
        return re.sub(pattern, lambda match: f"<{names[match[0]]}>", text)

    def _secrets(self) -> Iterator[tuple[str, str]]:
        """Variables of all, by name and value: those read, and long ones that others may tell."""
        read = self._environ.values_read
        for name, value in {**self._environ.from_outside, **read}.items():
            is_told = name in self._known or name in OF_MACHINES
            if value and not is_told and (name in read or len(value) > MOST_SHOWN):
                yield name, value

    @contextlib.contextmanager
    def kept_out_of_output(self) -> Iterator[None]:
        """Have what Python code prints or logs go to where it goes, without the values."""
        output, errors = _Output(sys.stdout, self), _Output(sys.stderr, self)
        make_record = logging.getLogRecordFactory()
        logging.setLogRecordFactory(
            lambda *parts, **more: self._cleaned(make_record(*parts, **more))
        )
        try:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
                yield
        finally:
            logging.setLogRecordFactory(make_record)
            output.end()
            errors.end()

    def _cleaned(self, record: logging.LogRecord) -> logging.LogRecord:
        record.msg, record.args = self.without_values(record.getMessage()), None
        if record.exc_info and record.exc_info[0] is not None:
            text = "".join(traceback.format_exception(*record.exc_info))
            record.exc_text = self.without_values(text.rstrip())
            record.exc_info = None
        return record


class _Output(io.TextIOBase):
    """A standard stream that leaves values out: it writes whole lines, so none comes in pieces."""

    def __init__(self, stream: TextIO, variables: _ScriptVariables) -> None:
        self._stream = stream
        self._variables = variables
        self._begun = ""

    def write(self, text: str) -> int:
        self._begun += text
        lines, end, begun = self._begun.rpartition("\n")
        clean = self._variables.without_values
        # A value may have several lines: none is cut in its middle.
        if end and clean(self._begun) == clean(lines + end) + clean(begun):
            self._stream.write(clean(lines + end))
            self._begun = begun
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def end(self) -> None:
        """Write the line that has no end."""
        if self._begun:
            self._stream.write(self._variables.without_values(self._begun))
        self._begun = ""
