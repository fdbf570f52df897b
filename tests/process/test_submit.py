"""Submitting to this machine, and asking how it goes: whole processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.film.film_file import count_mp4_pictures
from children import Ended, MakeBlend, RunChild, frames_in
from submitted import wait_for_end

pytestmark = pytest.mark.once

Farm = Callable[..., Ended]


@pytest.fixture
def state_home(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def ask(run_child: RunChild, state_home: Path) -> Farm:
    """Call a sub-command: `ask(blend, output, "status", …)`."""

    def run(blend: Path | str, output: Path | None, *words: str) -> Ended:
        return run_child(blend, output, *words, door="named", XDG_STATE_HOME=str(state_home))

    return run


@pytest.fixture
def submit(ask: Farm, state_home: Path) -> Farm:
    """Submit an array, wait until all of it has ended, and return its state."""

    def run(blend: Path, output: Path, *words: str) -> dict[str, Any]:
        submitted = answer(ask(blend, output, "submit", "--json", *words))
        wait_for_end(state_home, submitted["job"])
        return answer(ask("", None, "status", "--json", "--job", submitted["job"]))

    return run


def answer(ended: Ended) -> dict[str, Any]:
    assert ended.code == 0, ended.everything
    fields: dict[str, Any] = json.loads(ended.log.splitlines()[-1])
    return fields


def test_an_array_in_the_background_and_its_film(
    make_blend: MakeBlend, submit: Farm, ask: Farm, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    state = submit(make_blend("film"), output, "--size", "3")
    assert state["state"] == "succeeded"
    assert state["children"]["succeeded"] == 3
    assert state["frames"] == {"wanted": 4, "done": 4, "missing": ""}
    assert state["film"]["state"] == "succeeded"
    assert frames_in(output) == [f"{frame:05d}.png" for frame in range(1, 5)]
    assert (tmp_path / "out.mp4").stat().st_size > 0
    text = ask("", None, "status")  # the one that was submitted last
    assert text.code == 0
    assert "frames: 4 of 4 are done" in text.log
    log = ask("", None, "logs", "--index", "1")
    assert "child 1 of 3 is complete" in log.log
    assert "contact sheet" not in log.log
    assert "contact sheet" in ask("", None, "logs", "--film").log


def test_no_more_children_than_frames(make_blend: MakeBlend, submit: Farm, tmp_path: Path) -> None:
    state = submit(make_blend("film"), tmp_path / "out", "--size", "50", "--with-film", "no")
    assert state["children"]["succeeded"] == 4
    assert state["film"] is None


def test_children_that_fail_are_shown_and_what_is_missing_is_submitted(
    make_blend: MakeBlend, submit: Farm, ask: Farm, tmp_path: Path
) -> None:
    blend, output = make_blend("film"), tmp_path / "out"
    output.mkdir()
    (output / "00003.png").mkdir()  # no file can be put there
    state = submit(blend, output, "--size", "2")
    assert state["state"] == "failed"
    assert [child["index"] for child in state["failed"]] == [1]
    assert state["failed"][0]["exit_code"] == 74
    assert state["frames"]["missing"] == "3"
    assert state["film"]["reason"] == "not started, as children failed"
    text = ask("", None, "status").log
    assert "child 1 failed: exit code 74" in text
    assert "missing: 3" in text
    assert "00003.png" in ask("", None, "logs", "--index", "1").log
    (output / "00003.png").rmdir()
    again = submit(blend, output, "--size", "2", "--missing-frames")
    assert again["children"]["succeeded"] == 1
    assert again["film"]["state"] == "succeeded"
    assert count_mp4_pictures(tmp_path / "out.mp4") == 4  # not only those that were missing
    nothing = ask(blend, output, "submit", "--size", "2", "--missing-frames")
    assert nothing.code == 0
    assert "No frame is missing" in nothing.errors


def test_only_what_submit_was_told_counts(
    make_blend: MakeBlend,
    run_child: RunChild,
    state_home: Path,
    tmp_path: Path,
) -> None:
    """A variable of the shell that an option goes before must not reach the array by itself."""
    blend, output = make_blend("film"), tmp_path / "out"
    shell = {
        "XDG_STATE_HOME": str(state_home),
        "ARRAY_CHUNK_OUTPUT": str(tmp_path / "elsewhere"),
    }
    words = ("submit", "--json", "--with-film", "no", "--output", str(output))
    submitted = answer(run_child(blend, None, *words, door="named", **shell))
    wait_for_end(state_home, submitted["job"])
    assert len(frames_in(output)) == 4
    assert not (tmp_path / "elsewhere").exists()


def test_cancel_ends_it_and_keeps_what_is_done(
    make_blend: MakeBlend, ask: Farm, state_home: Path, tmp_path: Path
) -> None:
    blend, output = make_blend("film", end=2000), tmp_path / "out"
    job = answer(ask(blend, output, "submit", "--json", "--size", "2"))["job"]
    for _ in range(60):  # each look is a process: nothing to be slept for
        if frames_in(output) or answer(ask("", None, "status", "--json"))["state"] == "failed":
            break
    cancelled = ask("", None, "cancel", "--job", job)
    assert cancelled.code == 0, cancelled.everything
    wait_for_end(state_home, job)
    state = answer(ask("", None, "status", "--json"))
    assert state["state"] == "failed"
    assert {child["exit_code"] for child in state["failed"]} == {75}
    assert 0 < state["frames"]["done"] == len(frames_in(output)) < 2000
    assert ask("", None, "cancel", "--job", job).code == 0  # it has ended already


def test_a_scene_that_is_unfit_is_not_submitted(
    make_blend: MakeBlend, ask: Farm, state_home: Path, tmp_path: Path
) -> None:
    refused = ask(make_blend("no_camera"), tmp_path / "out", "submit", "--size", "2")
    assert refused.code == 65, refused.everything
    assert "camera" in refused.errors
    assert not state_home.exists()


def test_nothing_was_submitted(ask: Farm) -> None:
    for words in (("status",), ("logs",), ("cancel",)):
        asked = ask("", None, *words)
        assert asked.code == 64, asked.everything
        assert "Nothing was submitted from this machine yet" in asked.errors
    unknown = ask("", None, "status", "--job", "local-1")
    assert unknown.code == 69
    assert "This machine ran no job 'local-1'" in unknown.errors


def test_the_runner_was_killed(
    make_blend: MakeBlend, ask: Farm, state_home: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    job = answer(ask(make_blend("film", end=500), output, "submit", "--json", "--size", "2"))["job"]
    pid = int((state_home / "array_chunk_render" / "jobs" / job / "pid").read_text())
    os.kill(pid, signal.SIGSTOP)  # so that it starts no other child meanwhile
    subprocess.run(["pkill", "-KILL", "-P", str(pid)], check=False)
    os.kill(pid, signal.SIGKILL)
    wait_for_end(state_home, job)
    state = answer(ask("", None, "status", "--json"))
    assert state["state"] == "failed"
    assert "the process that ran the array is gone" in {each["reason"] for each in state["failed"]}


@pytest.mark.parametrize(
    ("farm", "names"),
    [
        ("slurm", ["array.sbatch", "film.sbatch"]),
        ("open_job_description", ["parameter_values.json", "template.json"]),
    ],
)
def test_files_for_those_who_submit_by_other_means(
    farm: str, names: list[str], make_blend: MakeBlend, ask: Farm, tmp_path: Path
) -> None:
    words = ("submit", "--farm", farm, "--size", "2", "--export", str(tmp_path / "files"))
    written = ask(make_blend("film"), tmp_path / "out", *words, "--samples", "3")
    assert written.code == 0, written.everything
    assert sorted(path.name for path in (tmp_path / "files").iterdir()) == names
    texts = [(tmp_path / "files" / name).read_text() for name in names]
    assert any("ARRAY_CHUNK_SAMPLES" in text for text in texts)
    assert frames_in(tmp_path / "out") == []


def test_a_farm_that_takes_no_files(make_blend: MakeBlend, ask: Farm, tmp_path: Path) -> None:
    refused = ask(
        make_blend("film"), tmp_path / "out", "submit", "--export", str(tmp_path / "files")
    )
    assert refused.code == 64
    assert "--farm is 'local', which takes no files" in refused.errors
