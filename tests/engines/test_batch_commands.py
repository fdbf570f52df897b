"""submit, status, logs and cancel on AWS Batch, as a farm's script calls them: whole processes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from batch_folder import JobFolder
from children import clean_environment, frames_in

Farm = Callable[[str], JobFolder]


@dataclass(frozen=True)
class Commands:
    """main.py's sub-commands, started from the .blend."""

    blender: Path
    main: Path
    blend: Path
    home: Path

    @property
    def output(self) -> Path:
        return self.home / "frames"

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.blender), "-b", str(self.blend), "-P", str(self.main), "--", *words],
            env=clean_environment(
                EFS_BLENDER_OUTPUT_FOLDER_PATH=str(self.output),
                XDG_STATE_HOME=str(self.home / "state"),
            ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def ask(self, *words: str) -> dict[str, Any]:
        ended = self.run(*words, "--json")
        assert ended.returncode == 0, ended.stdout + ended.stderr
        answer: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
        return answer

    def submit(self, queue: str, *words: str) -> dict[str, Any]:
        """Submit to a job definition that is registered for an image."""
        told = ("--farm", "aws_batch", "--queue", queue, "--image", "worker:4.2", "--size", "3")
        disk = ("--file-system", "fs-0123456789abcdef0", "--mount", str(self.home))
        return self.ask("submit", *told, *disk, *words)


@pytest.fixture
def commands(blender_executable: Path, repository: Path, shot: Path, tmp_path: Path) -> Commands:
    return Commands(blender_executable, repository / "main.py", shot, tmp_path)


FRAMES = [f"{frame:05d}.png" for frame in range(1, 10)]


def test_a_machine_is_taken_away_and_the_film_is_complete(
    farm: Farm, commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_STAND_IN_RECLAIM", "1")
    submitted = commands.submit("films")
    farm(submitted["film_job"]).wait()
    state = commands.ask("status")
    assert state["state"] == "succeeded"
    assert state["children"] == {"waiting": 0, "running": 0, "succeeded": 3, "failed": 0}
    assert state["frames"] == {"wanted": 9, "done": 9, "missing": ""}
    assert state["film"]["state"] == "succeeded"
    assert frames_in(commands.output) == FRAMES
    assert (commands.home / "frames.mp4").exists()
    assert "child 1 of 3 is complete" in commands.run("logs", "--index", "1").stdout


def test_what_failed_is_said_and_what_is_missing_is_submitted(
    farm: Farm, commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_STAND_IN_CHILD_2", "USE_GPU=True")
    submitted = commands.submit("films")
    farm(submitted["film_job"]).wait()
    state = commands.ask("status", "--job", submitted["job"])
    assert state["state"] == "failed"
    assert [(child["index"], child["exit_code"]) for child in state["failed"]] == [(2, 65)]
    assert state["frames"]["missing"] == "7-9"
    text = commands.run("status").stdout
    assert "missing: 7-9" in text
    assert "see why: logs --index 2" in text
    assert "GPU" in commands.run("logs", "--index", "2").stdout
    monkeypatch.delenv("AWS_STAND_IN_CHILD_2")
    again = commands.submit("films", "--missing-frames")
    farm(again["film_job"]).wait()
    assert commands.ask("status")["film"]["state"] == "succeeded"
    assert frames_in(commands.output) == FRAMES
    assert commands.run("verify").returncode == 0


def test_cancelled(farm: Farm, commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_STAND_IN_JOBS", "1")
    submitted = commands.submit("films", "--samples", "4096", "--resolution", "1920x1080")
    assert commands.ask("cancel")["cancelled"]
    farm(submitted["job"]).wait()
    farm(submitted["film_job"]).wait()
    state = commands.ask("status")
    assert state["state"] == "failed"
    assert state["film"]["state"] == "failed"
    assert frames_in(commands.output) == []


def test_against_moto_by_the_real_aws_command_line(
    aws: Callable[..., str], queue: str, commands: Commands
) -> None:
    """moto takes all that is asked, renders nothing, and says that all succeeded at once."""
    submitted = commands.submit(queue)
    described = json.loads(aws("batch", "describe-jobs", "--jobs", submitted["job"]))["jobs"]
    assert described[0]["arrayProperties"]["size"] == 3
    state = commands.ask("status")
    assert state["children"]["succeeded"] == 3
    assert state["film"]["state"] == "succeeded"
    assert commands.ask("cancel")["job"] == submitted["job"]


def test_a_job_of_somebody_elses(farm: Farm, commands: Commands) -> None:
    """Its id, and the farm, are all that is known of it."""
    submitted = commands.submit("films", "--with-film", "no")
    farm(submitted["job"]).wait()
    note = next((commands.home / "state/array_chunk_render/submissions").iterdir())
    note.unlink()
    state = commands.ask("status", "--farm", "aws_batch", "--job", submitted["job"])
    assert (state["state"], state["film"]) == ("succeeded", None)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--image", "worker"), "No queue is named"),
        (("--queue", "films"), "Neither --job-definition nor --image is named"),
        (("--queue", "films", "--image", "worker", "--tags", "film"), "write each as name=value"),
    ],
)
def test_what_aws_batch_would_not_take(
    words: tuple[str, ...], told: str, farm: Farm, commands: Commands
) -> None:
    refused = commands.run("submit", "--farm", "aws_batch", "--size", "3", *words)
    assert refused.returncode == 64, refused.stdout + refused.stderr
    assert told in refused.stderr


def test_without_the_aws_command_line(
    no_other_aws: None, commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    words = ("submit", "--farm", "aws_batch", "--queue", "films", "--size", "3")
    words += ("--image", "worker", "--file-system", "fs-01234567", "--mount", str(commands.home))
    refused = commands.run(*words)
    assert refused.returncode == 69, refused.stdout + refused.stderr
    assert "--export" in refused.stderr
    files = commands.home / "files"
    written = commands.run(*words, "--export", str(files))
    assert written.returncode == 0, written.stdout + written.stderr
    assert sorted(path.name for path in files.iterdir()) == [
        "array.json",
        "film.json",
        "job_definition.json",
        "submit.sh",
    ]


@pytest.mark.parametrize(
    ("words", "told", "asked"),
    [
        pytest.param(
            ("--gpu", "--gpus", "1"), "On this machine: USE_GPU", "1", id="both, from a desk"
        ),
        pytest.param(("--gpus", "2"), "add --gpu (USE_GPU=True)", "2", id="unused"),
        pytest.param(("--gpu",), "ask for one by --gpus 1", "", id="without a machine for it"),
    ],
)
def test_gpus_that_this_machine_has_not(
    words: tuple[str, ...], told: str, asked: str, no_other_aws: None, commands: Commands
) -> None:
    files = commands.home / "files"
    farm = ("--farm", "aws_batch", "--queue", "films", "--size", "3", "--image", "worker")
    disk = ("--file-system", "fs-01234567", "--mount", str(commands.home))
    written = commands.run("submit", *farm, *disk, *words, "--export", str(files))
    assert written.returncode == 0, written.stdout + written.stderr
    assert told in written.stderr
    array, film = (json.loads((files / f"{name}.json").read_text()) for name in ("array", "film"))
    requirements = array["containerOverrides"].get("resourceRequirements", [])
    assert requirements == ([{"type": "GPU", "value": asked}] if asked else [])
    assert "resourceRequirements" not in film["containerOverrides"]


def test_a_gpu_that_this_machine_has_not_for_children_here(commands: Commands) -> None:
    refused = commands.run("submit", "--gpu", "--size", "3")
    assert refused.returncode == 65, refused.stdout + refused.stderr
    assert "finds no GPU on this machine" in refused.stderr
