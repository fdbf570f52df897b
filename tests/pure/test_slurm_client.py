"""The engine with small scripts in the place of Slurm's commands: what they refuse, and how.

What goes well is tested in tests/slurm, with the real ones.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import BadSetting
from array_chunk_render.engines.engine import EngineFailed, JobIds, Work
from array_chunk_render.engines.slurm.slurm_engine import SlurmEngine, ask
from array_chunk_render.engines.slurm.slurm_options import SlurmOptions
from slurm_stand_ins import StandIns

REFUSED = "echo 'x: warning' >&2; echo 'x: error: no such partition' >&2; exit 1"
FORGOTTEN = "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1"


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIns:
    (tmp_path / "bin").mkdir()
    stand_ins = StandIns(tmp_path / "bin")
    for name, value in stand_ins.environment.items():
        monkeypatch.setenv(name, value)
    for name in ("sbatch", "scontrol", "scancel"):
        stand_ins.put(name, "cat > /dev/null; echo 71")
    stand_ins.put("sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1")
    return stand_ins


def work(tmp_path: Path) -> Work:
    return Work("shot", 4, "/shot.blend", str(tmp_path / "frames"), "blender", "/main.py")


def test_a_machine_without_slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineFailed, match="no 'sbatch' on this machine: submit .* login node"):
        SlurmEngine(SlurmOptions()).submit(work(tmp_path))


def test_what_slurm_refuses_is_said_in_its_own_words(commands: StandIns, tmp_path: Path) -> None:
    commands.put("sbatch", REFUSED)
    with pytest.raises(EngineFailed) as failed:
        SlurmEngine(SlurmOptions()).submit(work(tmp_path))
    assert str(failed.value) == "Slurm's sbatch refused: x: error: no such partition"
    commands.put("sbatch", "exit 3")
    with pytest.raises(EngineFailed, match="it ended with 3"):
        SlurmEngine(SlurmOptions()).submit(work(tmp_path))


def test_a_cluster_of_several_names_itself_behind_the_id(
    commands: StandIns, tmp_path: Path
) -> None:
    commands.put("sbatch", "cat > /dev/null; echo '71;north'")
    assert SlurmEngine(SlurmOptions()).submit(work(tmp_path)) == JobIds("71", "71")


def test_without_the_film_there_is_no_array(commands: StandIns, tmp_path: Path) -> None:
    """Who submits again would have two of them otherwise."""
    commands.put("sbatch", f'case "$*" in *dependency*) {REFUSED};; esac; cat > /dev/null; echo 71')
    with pytest.raises(EngineFailed, match="no such partition"):
        SlurmEngine(SlurmOptions()).submit(work(tmp_path))
    assert commands.notes[-2:] == ["scancel", "71"]


def test_logs_that_can_not_be_written(commands: StandIns, tmp_path: Path) -> None:
    (tmp_path / "frames").write_text("no folder")
    with pytest.raises(EngineFailed, match="folder for logs, .*frames"):
        SlurmEngine(SlurmOptions()).submit(work(tmp_path))
    assert commands.notes == []


def test_a_job_that_slurm_has_forgotten(commands: StandIns, tmp_path: Path) -> None:
    commands.put("scontrol", FORGOTTEN)
    engine = SlurmEngine(SlurmOptions())
    with pytest.raises(EngineFailed, match="job 71, or has forgotten it: .* `verify` says"):
        engine.state(JobIds("71"))
    with pytest.raises(EngineFailed, match="where the log of job 71_2 is: name the output"):
        engine.logs(JobIds("71"), 2, 10)
    with pytest.raises(EngineFailed, match="is not there: see that it is mounted"):
        SlurmEngine(SlurmOptions(), str(tmp_path / "no")).logs(JobIds("71"), 2, 10)


def test_slurm_that_does_not_answer_has_not_forgotten(commands: StandIns) -> None:
    commands.put("scontrol", "echo 'error: Unable to contact slurm controller' >&2; exit 1")
    with pytest.raises(EngineFailed, match="Unable to contact"):
        SlurmEngine(SlurmOptions()).state(JobIds("71"))


@pytest.mark.parametrize("job", ["", "--all", "71_3", "local-1", "7 1"])
def test_what_is_no_job_of_slurm_is_not_asked_for(commands: StandIns, job: str) -> None:
    engine = SlurmEngine(SlurmOptions())
    for asked in (engine.state, lambda each: engine.logs(each, 0, 1)):
        with pytest.raises(BadSetting, match="have numbers"):
            asked(JobIds(job))
    if job:
        with pytest.raises(BadSetting, match="have numbers"):
            engine.cancel(JobIds("71", job))
    assert commands.notes == []


def test_logs_are_of_the_last_attempt(commands: StandIns, tmp_path: Path) -> None:
    (tmp_path / "71_2.log").write_text(
        "array-chunk-render: attempt 1 of job 71_2 on n1\nold\n"
        "array-chunk-render: attempt 2 of job 71_2 on n2\none\ntwo\nthree"
    )
    engine = SlurmEngine(SlurmOptions(logs=str(tmp_path)))
    assert engine.logs(JobIds("71"), 2, 2) == ["two", "three"]
    assert engine.logs(JobIds("71"), 2, 9) == [
        "array-chunk-render: attempt 2 of job 71_2 on n2", "one", "two", "three"
    ]  # fmt: skip
    assert engine.logs(JobIds("71"), 3, 9) == []  # it has not started yet
    assert engine.film_log(JobIds("71"), 9) == []


def test_the_settings_of_this_machine_are_not_handed_on(
    commands: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """sbatch hands a whole environment on, as Slurm's users are used to."""
    monkeypatch.setenv("ARRAY_CHUNK_FRAMES", "1-3")
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "7")
    monkeypatch.setenv("USE_GPU", "True")
    monkeypatch.setenv("SLURM_CONF", "/etc/slurm.conf")
    commands.put("sbatch", "env")
    handed_on = ask("sbatch").splitlines()
    assert "SLURM_CONF=/etc/slurm.conf" in handed_on
    assert not [line for line in handed_on if line.startswith(("ARRAY_CHUNK", "USE_", "SLURM_A"))]
