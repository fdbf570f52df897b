"""What this machine keeps of its jobs, exchanged for anything: said, and never a traceback."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import RenderFailed
from array_chunk_render.command_line.run_array_command import BackgroundArray
from array_chunk_render.engines.engine import EngineFailed, JobIds, State
from array_chunk_render.engines.local.children import LocalArray
from array_chunk_render.engines.local.local_engine import LocalEngine
from array_chunk_render.engines.local.local_job import JobStates, LocalJob
from array_chunk_render.engines.submissions import Submission, last, recall, remember
from array_chunk_render.publishing.verdict import Verdict
from deliveries import in_time
from exchanged import THINGS, exchange, make_outside, state_of

STRANGE = [
    "5", "null", "[1]", "{", "[" * 100_000, '{"0": 5}', '{"0": {}}', '{"x": {"state": "running"}}',
    '{"0": {"state": []}}', '{"0": {"state": "failed", "exit_code": "x"}}',
    '{"0": {"state": "failed", "reason": 7}}', '{"film": {"state": "flying"}}',
    '{"farm": 5, "job": "j"}', '{"farm": "local", "job": "j", "frames": [1]}',
    '{"farm": "local", "job": "j", "size": "x"}', '{"farm": "local", "job": "j", "options": null}',
    '{"farm": "local", "job": "j", "options": {"cpus": [1]}}',
    '{"farm": "local", "job": "j", "variables": {"A": null}}',
]  # fmt: skip


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def exchange_for_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("content", STRANGE)
def test_strange_states_and_submissions(content: str) -> None:
    job = LocalJob.make("local-1", 1, ())
    (job.root / "state.json").write_text(content)
    with pytest.raises(EngineFailed, match=r"state\.json"):
        job.state("local-1")
    path = remember(Submission("local", "j"))
    path.write_text(content)
    assert recall("j") is None


def test_pipes_and_huge_files() -> None:
    job = LocalJob.make("local-1", 1, ())
    states = job.root / "state.json"
    os.truncate(states, 3 << 30)
    with pytest.raises(EngineFailed):
        job.read()
    exchange_for_a_pipe(states)
    with pytest.raises(EngineFailed):
        job.read()
    path = remember(Submission("local", "j"))
    assert recall("j") == Submission("local", "j")
    exchange_for_a_pipe(path)
    assert recall("j") is None


THINGS_NO_FILE = [thing for thing in THINGS if "GB" not in thing and "brackets" not in thing]


def exchanged_job(name: str, thing: str, home: Path) -> LocalJob:
    """A job whose children have ended, with one of its files exchanged."""
    job = LocalJob.make("local-1", 2, ["film"])
    with job.hold():
        job.cancel()
    job.write_pid(1)
    job.log("0").write_text("all went well")
    make_outside(home / "outside")
    exchange(job.root / name, thing, home / "outside")
    return job


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize(
    "name", ["lock", "state.json", "film-words.json", "pid", "cancelled", "0.log"]
)
def test_a_job_of_which_a_file_was_exchanged(name: str, thing: str, tmp_path: Path) -> None:
    """Whoever asks for it is told, in time, and nothing outside is touched."""
    job = exchanged_job(name, thing, tmp_path)
    before = state_of(tmp_path / "outside")
    engine = LocalEngine()
    for ask in (
        lambda: engine.state(JobIds("local-1")),
        lambda: engine.logs(JobIds("local-1"), 0, 9),
        lambda: engine.cancel(JobIds("local-1")),
        job.film_words,
    ):
        error = in_time(lambda ask=ask: engine_error(ask))  # type: ignore[misc]
        assert error is None or str(job.root) in str(error)
    in_time(lambda: say_a_line(job))
    assert state_of(tmp_path / "outside") == before


def say_a_line(job: LocalJob) -> None:
    """What a child says goes nowhere but into a log of its own."""
    states = engine_error(lambda: JobStates(job).on_line("0", "a line"))
    assert states is None or "state.json" in str(states)


def engine_error(work: Callable[[], object]) -> EngineFailed | None:
    try:
        work()
    except EngineFailed as error:
        return error
    return None


@pytest.mark.parametrize("thing", THINGS_NO_FILE)
def test_a_lock_that_is_none(thing: str, tmp_path: Path) -> None:
    job = exchanged_job("lock", thing, tmp_path)
    with pytest.raises(EngineFailed, match="Whether the job is running can't be told"):
        job.state("local-1")


@pytest.mark.parametrize("thing", THINGS)
def test_whoever_is_to_run_a_job_makes_its_lock(thing: str, tmp_path: Path) -> None:
    """It waits for nobody, and locks nothing of others."""
    job = exchanged_job("lock", thing, tmp_path)
    before = state_of(tmp_path / "outside")
    error = in_time(lambda: engine_error(job.hold))
    assert "submit the array anew" in str(error)
    assert state_of(tmp_path / "outside") == before


def test_a_job_is_run_once() -> None:
    job = LocalJob.make("local-1", 1, ())
    with job.hold(), pytest.raises(EngineFailed, match="submit the array anew"):
        job.hold()
    with pytest.raises(EngineFailed, match="submit the array anew"):
        BackgroundArray("local-1", LocalArray(["false"], {}, 1, 1, lambda *_: None))


@pytest.mark.parametrize("content", ["5", "null", "{}", '"film"', '["film", 5]', "[" * 100_000, ""])
def test_strange_words_for_the_film(content: str) -> None:
    job = LocalJob.make("local-1", 1, ["film"])
    (job.root / "film-words.json").write_text(content)
    array = BackgroundArray("local-1", LocalArray(["false"], {}, 1, 1, lambda *_: None))
    with pytest.raises(EngineFailed, match=r"film-words\.json"):
        array.make_film([0], ["false"])
    film = job.state("local-1").film
    assert film is not None
    assert (film.state, "film-words.json" in film.reason) == (State.FAILED, True)


def test_a_submission_that_is_a_link_to_nothing(tmp_path: Path) -> None:
    path = remember(Submission("local", "j", blend="b"))
    (path.parent / "gone.json").symlink_to(tmp_path / "nothing")
    assert last("b").job == "j"


def test_a_verdict_says_others_words_on_one_line() -> None:
    verdict = Verdict(failed={1: "a\nb"}, warnings=["\x1b[31m"])
    verdict.fail(RenderFailed("a\nchild 0 of 1 is complete\x1b]52;c;eA==\x07"))
    fields = json.loads(json.dumps(verdict.as_fields()))
    assert fields["message"] == "a\\nchild 0 of 1 is complete\\x1b]52;c;eA==\\x07"
    assert (fields["failed"], fields["warnings"]) == ({"1": "a\\nb"}, ["\\x1b[31m"])
