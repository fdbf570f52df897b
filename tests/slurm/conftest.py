"""Arrays submitted to a Slurm of this run's own.

Nothing is skipped here: what is missing fails the tests, and `make test-slurm` installs it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from array_chunk_render.engines.engine import Work
from array_chunk_render.engines.slurm.script import array_script
from array_chunk_render.engines.slurm.slurm_engine import SlurmEngine
from array_chunk_render.engines.slurm.slurm_options import SlurmOptions
from children import clean_environment
from slurm_machine import Slurm, following, wait_for

FRAMES = 12


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    """A Slurm with one node of two cores, whatever the machine has."""
    machine = Slurm(tmp_path_factory.mktemp("slurm"))
    try:
        machine.start()
        yield machine
    finally:
        machine.end()


@dataclass(frozen=True)
class Array:
    """A submitted array job; its tasks go by Slurm's ids, whatever their base and step."""

    slurm: Slurm
    job: str
    tasks: tuple[int, ...]
    blend: Path
    folder: Path

    @property
    def output(self) -> Path:
        return self.folder / "frames"

    def name(self, task: int) -> str:
        return f"{self.job}_{task}"

    def log(self, task: int) -> Path:
        return self.folder / f"{task}.log"

    def wait_until_rendering(self, task: int) -> None:
        """Wait until a child is in the middle of its chunk: one frame done, the next in work."""
        wait_for(self.log(task), "· 1/3 ·")

    def wait_until_ended(self, *tasks: int, state: str = "COMPLETED") -> None:
        """Wait until Slurm itself calls these tasks ended in this state."""
        awaited = set(tasks)
        with following(self.slurm.ends) as lines:
            for line in lines:
                ended = self._end_in(line)
                if ended is not None and ended["JobState"] == state:
                    awaited.discard(int(ended["ArrayTaskId"]))
                if not awaited:
                    return
        pytest.fail(f"Tasks {awaited} of {self.job} are not {state}: {self.slurm.ends.read_text()}")

    def ends(self, task: int) -> list[tuple[str, str]]:
        """State and exit code of each attempt, in their order."""
        every = map(self._end_in, self.slurm.ends.read_text().splitlines())
        return [
            (ended["JobState"], ended["ExitCode"])
            for ended in every
            if ended is not None and int(ended["ArrayTaskId"]) == task
        ]

    def restarts(self, task: int) -> int:
        return int(self._shown(task)["Restarts"])

    def signal(self, task: int, number: signal.Signals) -> None:
        """Send a signal to a child past Slurm, as the kernel does to one that uses up memory."""
        listed = self.slurm.run("scontrol", "listpids", self._shown(task)["JobId"])
        processes = [int(line.split()[0]) for line in listed.splitlines()[1:]]
        # The script's, and not the script, nor what the child itself has started.
        scripts = [each for each in processes if _parent(each) not in processes]
        (child,) = [each for each in processes if _parent(each) in scripts]
        os.kill(child, number)

    def _shown(self, task: int) -> dict[str, str]:
        return _fields(self.slurm.run("scontrol", "--oneliner", "show", "job", self.name(task)))

    def _end_in(self, line: str) -> dict[str, str] | None:
        fields = _fields(line)
        return fields if fields.get("ArrayJobId") == self.job else None


def _parent(process: int) -> int:
    """Which process started this one."""
    stat = Path("/proc", str(process), "stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])


def _fields(line: str) -> dict[str, str]:
    pairs = (word.partition("=") for word in line.split())
    return {name: value for name, _, value in pairs}


@pytest.fixture(scope="session")
def film(
    blender_executable: Path, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A scene of 12 frames, each of about a second."""
    path = tmp_path_factory.mktemp("film") / "film.blend"
    script = repository / "tests" / "process" / "scenes.py"
    told = json.dumps(["film", {"end": FRAMES, "width": 320, "height": 180, "samples": 32}])
    command = [str(blender_executable), "-b", "--factory-startup", "--python-exit-code", "1"]
    subprocess.run(
        [*command, "-P", str(script), "--", str(path), told],
        check=True,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    return path


Submit = Callable[..., Array]
"""`submit("--array=0-3", (0, 1, 2, 3), **variables)`, see the fixture."""


@pytest.fixture
def work(film: Path, blender_executable: Path, repository: Path, tmp_path: Path) -> Work:
    """The film in four chunks of three frames."""
    (tmp_path / "tmp").mkdir()  # killed children leave their stages behind
    return Work(
        name="film",
        size=4,
        blend=str(film),
        output=str(tmp_path / "frames"),
        blender=str(blender_executable),
        main=str(repository / "main.py"),
        variables={"TMPDIR": str(tmp_path / "tmp")},
    )


@pytest.fixture
def submit(slurm: Slurm, work: Work, film: Path, tmp_path: Path) -> Submit:
    """Submit the script by hand, with the ids that its tasks are to have."""

    def to_slurm(option: str, tasks: tuple[int, ...], **variables: str) -> Array:
        told = replace(work, variables={**work.variables, **variables})
        script = tmp_path / "script"
        script.write_text(array_script(told, SlurmOptions(cpus=1)))
        pattern = f"--output={tmp_path}/%a.log"
        job = slurm.run("sbatch", "--parsable", option, pattern, str(script))
        return Array(slurm, job.strip(), tasks, film, tmp_path)

    return to_slurm


@pytest.fixture
def engine(slurm: Slurm, work: Work, monkeypatch: pytest.MonkeyPatch) -> SlurmEngine:
    """The engine, with this run's Slurm on the machine."""
    for name, value in slurm.environment.items():
        monkeypatch.setenv(name, value)
    return SlurmEngine(SlurmOptions(cpus=1), work.output)
