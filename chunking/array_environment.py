"""Pure: what an array-job engine tells a child about itself, in environment variables.

AWS Batch's variables are those of its user guide's "Job environment variables", Slurm's those of
sbatch(1). Tried on Slurm 22.05: SLURM_ARRAY_TASK_MAX is the last id that there is (6 for
`--array=0-7:2`), ids given as a list come with a step of 1 even where they are regular
(`--array=1,3,5,7`), and SLURM_RESTART_COUNT is not there before the first requeue.
Any other engine is told by ARRAY_CHUNK_SIZE and ARRAY_CHUNK_INDEX.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .errors import BadSetting
from .setting_values import Setting, parse_value
from .settings import SETTINGS

AWS_BATCH = "AWS Batch"
SLURM = "Slurm"
ARRAY_VARIABLES = "array variables"
NO_ENGINE = "none"

_AWS_PAIR = ("AWS_BATCH_JOB_ARRAY_SIZE", "AWS_BATCH_JOB_ARRAY_INDEX")
_OWN_PAIR = (SETTINGS["size"].variable, SETTINGS["index"].variable)
OF_ARRAYS = ("SLURM_", *_OWN_PAIR, "AWS_BATCH_")
"""How the variables begin that tell a child of its array; one of another array is given none."""
_SLURM_TASK = "SLURM_ARRAY_TASK_"
_FROM_0 = Setting("", 0, "", "", "", minimum=0, maximum=2**31 - 1)
_FROM_1 = Setting("", 1, "", "", "", minimum=1, maximum=2**31 - 1)
_SLURM_NUMBERS = {
    "ID": _FROM_0,
    "COUNT": SETTINGS["size"],
    "MIN": _FROM_0,
    "MAX": _FROM_0,
    "STEP": _FROM_1,
}
"""What Slurm's variables can hold, by the word after SLURM_ARRAY_TASK_."""


@dataclass(frozen=True)
class ArrayEnvironment:
    """Which child of which array this process is, and who says so."""

    engine: str
    """AWS_BATCH, SLURM, ARRAY_VARIABLES, or NO_ENGINE, which means one chunk of all frames."""
    size: int
    index: int
    render_id: str | None
    """What all children of the array share, where the engine or a person names it."""
    job_id: str | None
    attempt: int
    """Counted from 1."""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> ArrayEnvironment:
        """Read the variables of every engine; white space around a number does no harm.

        Raises BadSetting, naming the variable and its value, where one is missing or can't be
        right, where a Slurm array has gaps, and where two engines disagree.
        """
        place = _place(environ)
        aws_job = environ.get("AWS_BATCH_JOB_ID", "")
        setting = SETTINGS["render_id"]
        own_id = parse_value(setting, environ.get(setting.variable, ""), setting.variable)
        shared_ids = str(own_id), aws_job.partition(":")[0], environ.get("SLURM_ARRAY_JOB_ID")
        return cls(
            place.engine,
            place.size,
            place.index,
            next(filter(None, shared_ids), None),
            aws_job or environ.get("SLURM_JOB_ID") or None,
            _attempt(environ),
        )

    @property
    def is_array(self) -> bool:
        return self.engine != NO_ENGINE

    def __str__(self) -> str:
        """Return the log's first line."""
        place = "no array: one chunk of all frames"
        if self.is_array:
            place = f"{self.engine}: child {self.index} (of 0 to {self.size - 1})"
        job = f" · job {self.job_id}" if self.job_id else ""
        return f"{place} · attempt {self.attempt}{job}"


@dataclass(frozen=True)
class _Place:
    """Which child of which array one engine says that this is, and by which variables."""

    engine: str
    size: int
    index: int
    variables: str

    def __str__(self) -> str:
        return f"child {self.index} of {self.size} by {self.engine} ({self.variables})"


def _place(environ: Mapping[str, str]) -> _Place:
    """What all engines agree on that say something."""
    places = (
        _place_by_pair(environ, AWS_BATCH, _AWS_PAIR),
        _place_by_slurm(environ),
        _place_by_pair(environ, ARRAY_VARIABLES, _OWN_PAIR),
    )
    first, *others = [place for place in places if place] or [_Place(NO_ENGINE, 1, 0, "")]
    for other in others:
        if (other.size, other.index) != (first.size, first.index):
            raise BadSetting(f"This is {first}, but {other}: unset what is not meant.")
    return first


def _place_by_pair(
    environ: Mapping[str, str], engine: str, names: tuple[str, str]
) -> _Place | None:
    given = [name for name in names if name in environ]
    if not given:
        return None
    for name in names:
        if name not in environ:
            raise BadSetting(
                f"{name} is not set, but {given[0]} is {environ[given[0]]!r}: set both, or neither "
                "for one chunk of all frames."
            )
    size_name, index_name = names
    size = _whole(environ, size_name, SETTINGS["size"])
    index = _whole(environ, index_name, SETTINGS["index"])
    if index >= size:
        raise BadSetting(
            f"{index_name} is {environ[index_name]!r}, but {size_name} is {environ[size_name]!r}: "
            f"write an index from 0 to {size - 1}."
        )
    return _Place(engine, size, index, ", ".join(names))


def _place_by_slurm(environ: Mapping[str, str]) -> _Place | None:
    """Rank the task's id among MIN, MIN + STEP and so on to MAX; nobody tells us of other ids."""
    names = {word: _SLURM_TASK + word for word in _SLURM_NUMBERS}
    given = {word: name for word, name in names.items() if name in environ}
    if not given:
        return None
    values = ", ".join(f"{name} is {environ[name]!r}" for name in given.values())
    for word, name in names.items():
        if word not in given and word != "STEP":
            raise BadSetting(f"{name} is not set, but {values}: set it as sbatch --array does.")
    numbers = {word: _whole(environ, name, _SLURM_NUMBERS[word]) for word, name in given.items()}
    count, least, most = numbers["COUNT"], numbers["MIN"], numbers["MAX"]
    step = numbers.get("STEP") or max(1, (most - least) // max(1, count - 1))
    rank, remainder = divmod(numbers["ID"] - least, step)
    if remainder or not 0 <= rank < count or least + step * (count - 1) != most:
        raise BadSetting(
            f"{values}: these ids are not evenly spaced. Submit a regular array, such as "
            "--array=0-9; frames that are done are not rendered again."
        )
    return _Place(SLURM, count, rank, ", ".join(given.values()))


def _attempt(environ: Mapping[str, str]) -> int:
    setting = SETTINGS["attempt"]
    for name in (setting.variable, "AWS_BATCH_JOB_ATTEMPT"):
        if name in environ:
            return _whole(environ, name, setting)
    if "SLURM_RESTART_COUNT" in environ:
        return 1 + _whole(environ, "SLURM_RESTART_COUNT", _FROM_0)
    return 1


def _whole(environ: Mapping[str, str], name: str, setting: Setting) -> int:
    return int(parse_value(setting, environ[name], name))
