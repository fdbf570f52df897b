"""Pure: what every engine can be asked, and what it answers.

An engine runs the children of an array somewhere: on this machine, on AWS Batch, on a Slurm
cluster. It knows nothing of frames: what is done is in the output folder, whoever put it there.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol

from ..chunking.errors import BadSetting, ServiceFailed
from ..chunking.setting_values import Value
from ..chunking.settings import Settings
from .options import Options, parse_options


class State(enum.Enum):
    """What all engines' words for the state of a job come down to."""

    WAITING = "waiting"
    """Submitted, and no machine has it yet."""
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Ended in any other way, by Cancel too; the reason says how."""


class EngineFailed(ServiceFailed):
    """Raised when an engine refuses, or answers what can't be understood."""


@dataclass(frozen=True)
class Work:
    """An array to be run, with all paths as the machines of the engine see them."""

    name: str
    size: int
    """How many children; 1 is a plain job."""
    blend: str
    output: str
    blender: str
    """The Blender executable, or `blender` to have it found by PATH there."""
    main: str
    """Our main.py."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Settings that all children, and the film's job, are told."""
    makes_film: bool = True
    """Whether a second job, that depends on the array, is to verify and make the film."""
    film_frames: str = ""
    """The film's frames, where the array renders others: only those that were missing."""

    @property
    def environment(self) -> dict[str, str]:
        """What the engine is to set for each job, beside what it sets by itself."""
        return {
            **self.variables,
            "EFS_BLENDER_FILE_PATH": self.blend,
            "EFS_BLENDER_OUTPUT_FOLDER_PATH": self.output,
        }

    @property
    def child_command(self) -> tuple[str, ...]:
        return (self.blender, "-b", self.blend, "-P", self.main)

    @property
    def film_words(self) -> tuple[str, ...]:
        """The film's sub-command for main.py. It verifies too: it refuses gaps, by name."""
        return ("film", *(("--frames", self.film_frames) if self.film_frames else ()))

    @property
    def film_command(self) -> tuple[str, ...]:
        return (*self.child_command, "--", *self.film_words)


@dataclass(frozen=True)
class JobIds:
    """By what an engine knows the jobs that it has taken."""

    job: str
    """The id of the array, by which the engine knows it."""
    film_job: str = ""
    """The id of the job that makes the film; empty: there is none."""


@dataclass(frozen=True)
class ChildState:
    """How one child is doing."""

    index: int
    state: State
    reason: str = ""
    """What the engine says of how it ended; empty while it says nothing."""
    exit_code: int | None = None
    attempts: int = 0
    """How often it was started, as far as the engine tells."""


@dataclass(frozen=True)
class ArrayState:
    """How an array is doing."""

    job: str
    counts: Mapping[State, int]
    """How many children are in each state."""
    failed: Sequence[ChildState] = ()
    """The children that failed, by index."""
    film: ChildState | None = None
    """The job that makes the film (index 0); None: there is none, or it is not known."""

    @property
    def state(self) -> State:
        """Of the whole array: failed only once nothing of it goes on."""
        for state in (State.RUNNING, State.WAITING, State.FAILED):
            if self.counts.get(state):
                return state
        return State.SUCCEEDED


class Engine(Protocol):
    """Where arrays run. Every method raises ServiceFailed with what the engine said.

    What an engine can't do, it says in the same way. None of it is quick: call it in a thread where
    somebody waits for a window.
    """

    name: str

    def submit(self, work: Work) -> JobIds: ...

    def state(self, ids: JobIds) -> ArrayState: ...

    def logs(self, ids: JobIds, index: int, lines: int) -> list[str]:
        """The last lines of a child's log, of its last attempt."""

    def film_log(self, ids: JobIds, lines: int) -> list[str]:
        """The last lines of the log of the job that makes the film."""

    def cancel(self, ids: JobIds) -> None:
        """End all that waits or runs, the film's job too; what is published stays."""


def _sees_no_bucket(options: object, prefix: str) -> str:
    raise BadSetting(
        "The farm's machines see no bucket by themselves: send to a folder that they see, or say "
        "by --farm-blend where they see the .blend."
    )


@dataclass(frozen=True)
class Farm(Generic[Options]):
    """An engine as its folder declares it: all that others go by, who know it by its name alone."""

    name: str
    label: str
    """What people call it."""
    help: str
    options: type[Options]
    """Its own class of options."""
    engine: Callable[[Options, str], Engine] | None = None
    """Makes the engine, from options and the output folder as this machine sees it, empty where
    that is not known. None: the farm only takes files."""
    files: Callable[[Options, Work], Mapping[str, bytes]] | None = None
    """What would be submitted, as files by their names, the one to use last. Raises BadSetting for
    what they can't hold. None: the farm takes no files."""
    warnings: Callable[[Options, Settings, bool], Iterator[str]] = (
        lambda options, settings, cycles: iter(())
    )
    """What to say of a render with such options beforehand; True: Cycles renders it."""
    variables: tuple[str, ...] = ()
    """How the names begin of the variables that it sets for its children. They differ from child to
    child, or from machine to machine, so that none of them may count as what decides a picture."""
    essential: frozenset[str] = frozenset()
    """Names of its own options that the dialog shows at first."""
    bucket_folder: Callable[[Options, str], str] = _sees_no_bucket
    """Where its children see what is below a prefix of a bucket, by the options. Raises BadSetting
    where they don't."""
    is_here: bool = False
    """Whether its children run on this machine, and see the paths that it has."""
    needs_network: bool = False
    """Whether it is somewhere else than this machine and its own network."""

    def parse(self, values: Mapping[str, Value]) -> Options:
        """Its options, of all that submitting was told. Raises BadSetting."""
        return parse_options(self.options, values)
