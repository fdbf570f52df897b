"""The engine on a real Slurm: submitted, struck, watched, cancelled, read back."""

from __future__ import annotations

import subprocess
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from array_chunk_render.engines.engine import ArrayState, EngineFailed, JobIds, State, Work
from array_chunk_render.engines.slurm.script import array_script, directive, film_script
from array_chunk_render.engines.slurm.slurm_engine import SlurmEngine
from array_chunk_render.engines.slurm.slurm_options import SlurmOptions
from children import frames_in, verdicts_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slurm_machine import LONGEST_SECONDS, wait_for

if TYPE_CHECKING:
    from conftest import Slurm

FRAMES = range(1, 13)
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_characters="\x7f"))


def wait_until_over(slurm: Slurm, job: str) -> None:
    """Wait until nothing of a job goes on, however it ended."""
    after = ("--wait", f"--dependency=afterany:{job}", "--wrap=true", "--output=/dev/null")
    slurm.run("timeout", str(LONGEST_SECONDS), "sbatch", *after)


def log_of(work: Work, job: str, index: int) -> Path:
    return SlurmOptions().logs_folder(work.output) / f"{job}_{index}.log"


def wrapped(work: Work, folder: Path, line: str) -> Work:
    """The work with a Blender that does something else first, as a shell says it."""
    wrapper = folder / "blender"
    wrapper.write_text(f'#!/bin/sh\n{line}\nexec "{work.blender}" "$@"\n')
    wrapper.chmod(0o755)
    return replace(work, blender=str(wrapper))


def counted(state: ArrayState) -> dict[State, int]:
    return {each: count for each, count in state.counts.items() if count}


def test_from_the_scene_to_the_film(
    engine: SlurmEngine, slurm: Slurm, work: Work, tmp_path: Path
) -> None:
    """One child is requeued in the middle, another fails once with 70; the rest is the engine's."""
    fails_once = '[ "$SLURM_ARRAY_TASK_ID.$SLURM_RESTART_COUNT" != 1. ] || exit 70'
    submitted = engine.submit(wrapped(work, tmp_path, fails_once))
    first = log_of(work, submitted.job, 0)
    wait_for(first, "· 1/3 ·")
    during = engine.state(submitted)
    assert during.state is State.RUNNING
    assert during.film is not None
    assert during.film.state is State.WAITING
    slurm.run("scontrol", "requeue", f"{submitted.job}_0")
    wait_until_over(slurm, submitted.film_job)
    after = engine.state(submitted)
    assert (counted(after), after.failed, after.state) == ({State.SUCCEEDED: 4}, [], after.state)
    assert after.film is not None
    assert after.film.state is State.SUCCEEDED
    assert frames_in(Path(work.output)) == [f"{frame:05d}.png" for frame in FRAMES]
    assert [path.name for path in tmp_path.glob("frames.*") if path.suffix in (".mp4", ".mkv")]
    attempts = {(each["index"], each["attempt"]) for each in verdicts_of(Path(work.output))}
    assert attempts == {(0, 1), (0, 2), (1, 2), (2, 1), (3, 1)}
    assert "attempt 2" in engine.logs(submitted, 0, 1000)[0]
    assert "ended with 70, to be tried again" in log_of(work, submitted.job, 1).read_text()
    assert any("film: " in line for line in engine.film_log(submitted, 1000))
    assert SlurmEngine(SlurmOptions()).logs(submitted, 3, 5) == engine.logs(submitted, 3, 5)


def test_a_child_that_can_not_succeed(
    engine: SlurmEngine, slurm: Slurm, work: Work, tmp_path: Path
) -> None:
    """It is not tried again, and the film's job ends instead of waiting for ever."""
    work = wrapped(replace(work, size=2), tmp_path, '[ "$SLURM_ARRAY_TASK_ID" = 0 ] || exit 65')
    submitted = engine.submit(work)
    wait_until_over(slurm, submitted.film_job)
    (failed,) = engine.state(submitted).failed
    assert (failed.index, failed.exit_code, failed.attempts) == (1, 65, 1)
    film = engine.state(submitted).film
    assert film is not None
    assert (film.state, film.attempts) == (State.FAILED, 0)
    assert film.reason == "CANCELLED (DependencyNeverSatisfied)"
    engine.cancel(submitted)


def test_cancelled_in_the_middle(engine: SlurmEngine, slurm: Slurm, work: Work) -> None:
    """The child ends with 75, which is not to put it back into the queue."""
    submitted = engine.submit(work)
    log = log_of(work, submitted.job, 0)
    wait_for(log, "· 1/3 ·")
    engine.cancel(submitted)
    wait_until_over(slurm, submitted.job)
    state = engine.state(submitted)
    assert counted(state) == {State.FAILED: 4}
    assert {child.reason for child in state.failed} == {"CANCELLED"}
    assert (state.failed[0].exit_code, state.failed[3].attempts) == (75, 0)
    assert state.film is not None
    assert state.film.reason == "CANCELLED"
    assert "to be tried again" not in log.read_text()
    engine.cancel(submitted)  # once more does no harm


def test_one_child_without_a_film(engine: SlurmEngine, slurm: Slurm, work: Work) -> None:
    submitted = engine.submit(replace(work, size=1, makes_film=False))
    assert submitted == JobIds(submitted.job)
    wait_until_over(slurm, submitted.job)
    state = engine.state(submitted)
    assert (state.state, state.film) == (State.SUCCEEDED, None)
    assert {each["render_id"] for each in verdicts_of(Path(work.output))} == {submitted.job}


def test_what_slurm_refuses(slurm: Slurm, engine: SlurmEngine, work: Work) -> None:
    with pytest.raises(EngineFailed, match="refused: sbatch: error: .* [Ii]nvalid partition"):
        SlurmEngine(SlurmOptions(partition="none of it")).submit(work)
    with pytest.raises(EngineFailed, match="job array specification"):
        engine.submit(replace(work, size=10_000))  # MaxArraySize is 1001 where nothing is said
    with pytest.raises(EngineFailed, match="has no job 999999, or has forgotten it"):
        engine.state(JobIds("999999"))
    assert "film" not in slurm.run("squeue", "--noheader", "--format=%j")


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=TEXT)
def test_sbatch_reads_words_as_they_were_meant(
    slurm: Slurm, engine: SlurmEngine, tmp_path: Path, text: str
) -> None:
    """Whatever is in a word of an #SBATCH line, up to its quotes and backslashes."""
    name = uuid.uuid4().hex
    script = tmp_path / "script"
    words = directive(["--hold", f"--job-name={name}", f"--comment=<{text}>"])
    script.write_text(f"#!/bin/sh\n{words}\nexit 0\n")
    job = slurm.run("sbatch", "--parsable", str(script)).strip()
    said = slurm.run("squeue", "--noheader", f"--jobs={job}", "--format=%j %k")
    slurm.run("scancel", job)
    assert said == f"{name} <{text}>\n"


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=TEXT.filter(bool), logs=TEXT.map(lambda text: f"/x{text}".replace("\\", "")))
def test_sbatch_takes_any_name(
    slurm: Slurm, work: Work, tmp_path: Path, name: str, logs: str
) -> None:
    odd = replace(work, name=name, blend=f"/{name}", variables={"A": name})
    options = SlurmOptions("all", 1, 1, 60, logs, "--nice --comment='a b'")
    for script in (array_script(odd, options), film_script(odd, options)):
        path = tmp_path / "script"
        path.write_text(script)
        slurm.run("sbatch", "--test-only", str(path))
        for shell in ("sh", "bash"):
            subprocess.run([shell, "-n", str(path)], check=True)
