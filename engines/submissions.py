"""Pure: what was submitted from this machine, remembered so that it can be asked for by its id.

Kept in the user's own folder for state, not in the output folder, which only the farm may see.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..chunking.errors import BadSetting, OutputFailed
from ..chunking.setting_values import Value
from ..publishing.held_folder import HeldFolder
from .engine import JobIds

MOST_BYTES = 16 << 20
"""What a file that is remembered may have: the states of 10,000 children have a tenth of it."""


@dataclass(frozen=True)
class Submission:
    """An array that was submitted, and what is needed to ask for it again."""

    farm: str
    job: str
    film_job: str = ""
    name: str = ""
    size: int = 1
    blend: str = ""
    output: str = ""
    """The output folder as this machine may see it."""
    frames: str = ""
    """What the array was to render, as a frame list."""
    film_frames: str = ""
    """Those of the whole film; empty: an earlier version kept the submission."""
    settings: Mapping[str, Value] = field(default_factory=dict)
    """What its children were told."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What else they were told: variables of options that are no settings of the render."""
    options: Mapping[str, Value] = field(default_factory=dict)
    """What submitting it was told."""

    @property
    def ids(self) -> JobIds:
        return JobIds(self.job, self.film_job)


def state_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where programs keep what they remember: XDG Base Directory Specification, 0.8."""
    state_home = environ.get("XDG_STATE_HOME", "")
    home = Path(state_home) if state_home.startswith("/") else Path.home() / ".local" / "state"
    return home / "array_chunk_render"


def remember(submission: Submission) -> Path:
    """Keep it; returns the file. Raises OutputFailed: the array runs all the same."""
    path = _path(submission.job)
    text = json.dumps(dataclasses.asdict(submission), indent=1)
    try:
        state_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.mkdir(exist_ok=True)
        files, temporary = HeldFolder(path.parent), f".{path.name}.{os.getpid()}"
        with files.create_anew(temporary) as file:
            file.write(text.encode())
        files.replace(temporary, path.name)
    except OSError as error:
        raise OutputFailed(
            f"The job was submitted, but {str(path)!r} could not be written ({error.strerror}): "
            f"note its id, {submission.job}."
        ) from error
    return path


def recall(job: str) -> Submission | None:
    """What is known of a job; None: it was not submitted from here."""
    return _read(_path(job))


def last(blend: str = "") -> Submission:
    """What was submitted last, of this .blend where one is named.

    Raises BadSetting where nothing was.
    """
    for submission in _newest_first():
        if blend in ("", submission.blend):
            return submission
    if blend:
        raise BadSetting(f"Nothing of {blend!r} was submitted from this machine yet.")
    raise BadSetting("Nothing was submitted from this machine yet: name a job by --job and --farm.")


def last_into(output: Path) -> Submission | None:
    """What was submitted last whose frames go to this folder; None: nothing was, from here."""
    folder = os.path.realpath(output)
    for submission in _newest_first():
        if submission.output and os.path.realpath(submission.output) == folder:
            return submission
    return None


def _newest_first() -> Iterator[Submission]:
    for path in sorted(_folder().glob("*.json"), key=_written, reverse=True):
        submission = _read(path)
        if submission is not None:
            yield submission


def _written(path: Path) -> int:
    with contextlib.suppress(OSError):  # removed meanwhile
        return path.lstat().st_mtime_ns
    return 0


def _folder() -> Path:
    return state_folder() / "submissions"


def _path(job: str) -> Path:
    safe = "".join(each if each.isalnum() or each in "-_" else "_" for each in job)
    return _folder() / f"{safe or '_'}.json"


def _read(path: Path) -> Submission | None:
    try:
        fields: dict[str, Any] = json.loads(HeldFolder(path.parent).read(path.name, MOST_BYTES))
        submission = Submission(**fields)
    except (OSError, ValueError, TypeError, RecursionError):  # not there, or of another version
        return None
    empty = Submission("", "")
    names = (each.name for each in dataclasses.fields(Submission))
    is_ours = all(type(getattr(submission, each)) is type(getattr(empty, each)) for each in names)
    if not is_ours:
        return None
    maps = (submission.settings, submission.variables, submission.options)
    values = [value for each in maps for value in each.values()]
    # A bool is an int, too.
    return submission if all(isinstance(value, str | int) for value in values) else None
