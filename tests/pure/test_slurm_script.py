"""The scripts for sbatch, run by real shells with stand-ins for Slurm and for the child.

What sbatch itself reads in them is tested in tests/slurm, with the real one.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import BadSetting
from array_chunk_render.engines.engine import Work
from array_chunk_render.engines.slurm.script import MOST_ATTEMPTS, array_script, film_script
from array_chunk_render.engines.slurm.slurm_options import SlurmOptions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slurm_stand_ins import StandIns

WORK = Work("shot", 20, "/mnt/shot/shot.blend", "/mnt/shot/frames", "blender", "/mnt/main.py")
ODD = st.text(
    st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["Cs"]),
    min_size=1,
)


@pytest.fixture
def stand_ins(tmp_path: Path) -> StandIns:
    stand_ins = StandIns(tmp_path)
    stand_ins.put("scontrol", "")
    stand_ins.put("squeue", 'echo "$JOB_STATE"')
    return stand_ins


def work_with(child: Path) -> Work:
    return replace(WORK, blender=str(child))


def end_of(job: subprocess.Popen[str]) -> tuple[int, str]:
    output, errors = job.communicate(timeout=60)
    assert errors == ""
    return job.returncode, output


def test_the_example_in_the_documentation_is_made_by_this(repository: Path) -> None:
    """So that who writes a script by hand starts from one that retries, too."""
    example = (repository / "docs" / "examples" / "slurm.sbatch").read_text()
    work = replace(WORK, main="/mnt/array_chunk_render/main.py")
    assert example == array_script(work, SlurmOptions(cpus=8, logs="/mnt/shot/logs"))


def test_what_is_asked_for() -> None:
    options = SlurmOptions("long", 8, 16_000, 90, "/logs", "-A 'my project' --nice")
    lines = array_script(WORK, options).splitlines()
    assert [line for line in lines if line.startswith("#SBATCH")] == [
        "#SBATCH --job-name=shot",
        "#SBATCH --array=0-19",
        "#SBATCH --partition=long",
        "#SBATCH --cpus-per-task=8",
        "#SBATCH --mem=16000M",
        "#SBATCH --time=90",
        "#SBATCH --requeue",
        "#SBATCH --open-mode=append",
        "#SBATCH --signal=B:USR1@60",
        "#SBATCH --output=/logs/%A_%a.log",
        '#SBATCH -A "my project" --nice',
    ]
    assert f"export ARRAY_CHUNK_TIME_LIMIT={89 * 60}" in lines


def test_the_film_is_a_plain_job_of_its_own_name() -> None:
    script = film_script(WORK, SlurmOptions())
    assert "--array" not in script
    assert "#SBATCH --job-name=shot-film\n" in script
    assert "#SBATCH --output=/mnt/shot/frames/.array_chunk/slurm/%j.log\n" in script
    assert f"{shlex.join(WORK.film_command)} &\n" in script


def test_one_child_is_an_array_of_one() -> None:
    """Else it would have another render id after each requeue."""
    assert "#SBATCH --array=0-0\n" in array_script(replace(WORK, size=1), SlurmOptions())


def test_threads_and_time_limit_can_be_told() -> None:
    told = {"ARRAY_CHUNK_THREADS": "3", "ARRAY_CHUNK_TIME_LIMIT": "50"}
    script = array_script(replace(WORK, variables=told), SlurmOptions(time=10))
    assert {line for line in script.splitlines() if "THREADS" in line or "LIMIT" in line} == {
        "export ARRAY_CHUNK_THREADS=3",
        "export ARRAY_CHUNK_TIME_LIMIT=50",
    }


@pytest.mark.parametrize("shell", ["sh", "bash"])
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(blend=ODD, value=ODD, name=ODD)
def test_any_name_reaches_the_child_as_it_is(
    stand_ins: StandIns, shell: str, blend: str, value: str, name: str
) -> None:
    """Its words and its variables, whatever a shell would make of them."""
    child = stand_ins.put("child", 'printf "%s\\0" "$VALUE" "$EFS_BLENDER_FILE_PATH" >> "$NOTES"')
    work = replace(work_with(child), name=name, blend=f"/x/{blend}", variables={"VALUE": value})
    (stand_ins.folder / "notes").unlink(missing_ok=True)
    code, _ = end_of(stand_ins.start(array_script(work, SlurmOptions()), shell))
    last = blend.rpartition("/")[2]
    words = ["child", "-b", last, "-P", "main.py"]
    assert (code, stand_ins.notes) == (0, [*words, value, f"/x/{blend}"])


@pytest.mark.parametrize("code", [70, 74, 75, 134, 137, 139, 143])
def test_another_attempt_is_asked_for_where_it_may_help(stand_ins: StandIns, code: int) -> None:
    script = array_script(work_with(stand_ins.put("child", f"exit {code}")), SlurmOptions())
    ended, output = end_of(stand_ins.start(script, JOB_STATE="RUNNING"))
    assert ended == code
    assert stand_ins.notes[-3:] == ["scontrol", "requeue", "71_3"]
    assert output.splitlines()[0] == "array-chunk-render: attempt 1 of job 71_3 on n1"


@pytest.mark.parametrize("code", [0, 1, 64, 65, 66, 69, 127])
def test_no_other_attempt_is_asked_for_where_it_can_not_help(
    stand_ins: StandIns, code: int
) -> None:
    script = array_script(work_with(stand_ins.put("child", f"exit {code}")), SlurmOptions())
    ended, _ = end_of(stand_ins.start(script, JOB_STATE="RUNNING"))
    assert ended == code
    assert "scontrol" not in stand_ins.notes


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"JOB_STATE": "COMPLETING"}, id="cancelled, or requeued already"),
        pytest.param({"JOB_STATE": ""}, id="Slurm can't be asked"),
        pytest.param(
            {"JOB_STATE": "RUNNING", "SLURM_RESTART_COUNT": str(MOST_ATTEMPTS - 1)}, id="the last"
        ),
    ],
)
def test_when_there_is_to_be_no_other_attempt(
    stand_ins: StandIns, variables: dict[str, str]
) -> None:
    script = array_script(work_with(stand_ins.put("child", "exit 70")), SlurmOptions())
    ended, _ = end_of(stand_ins.start(script, **variables))
    assert ended == 70
    assert "scontrol" not in stand_ins.notes


def test_the_film_is_tried_again_as_the_job_that_it_is(stand_ins: StandIns) -> None:
    script = film_script(work_with(stand_ins.put("child", "exit 74")), SlurmOptions())
    ended, _ = end_of(stand_ins.start(script, JOB_STATE="RUNNING"))
    assert ended == 74
    assert stand_ins.notes[-3:] == ["scontrol", "requeue", "74"]


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGTERM])
def test_a_signal_ends_the_child_and_the_script_waits_for_it(
    stand_ins: StandIns, shell: str, number: signal.Signals
) -> None:
    """SIGTERM comes to all processes of a job, the time limit's SIGUSR1 to the script alone."""
    told = "trap 'echo told; exit 75' TERM"
    child = stand_ins.put("child", f"{told}; echo $$; while :; do sleep 0.05; done")
    script = array_script(work_with(child), SlurmOptions())
    job = stand_ins.start(script, shell, JOB_STATE="RUNNING")
    assert job.stdout is not None
    assert "attempt 1" in job.stdout.readline()
    process = int(job.stdout.readline())
    job.send_signal(number)
    if number == signal.SIGTERM:
        os.kill(process, number)
    code, output = end_of(job)
    assert code == 75 or (shell, code) == ("bash", 128 + number)  # where bash lost it
    assert output.splitlines()[0] == "told"
    assert stand_ins.notes[-3:] == ["scontrol", "requeue", "71_3"]


@pytest.mark.parametrize(
    ("work", "options", "said"),
    [
        pytest.param({"blend": "/a\nb"}, {}, r"/a\nb", id="line break in a path"),
        pytest.param({"name": "a\nb"}, {}, r"a\nb", id="line break in the name"),
        pytest.param({"variables": {"A": "\0"}}, {}, r"\x00", id="no text"),
        pytest.param({"variables": {"A B": "1"}}, {}, "'A B'", id="no variable"),
        pytest.param({"variables": {"A=$(x)": "1"}}, {}, "A=$(x)", id="no variable at all"),
        pytest.param({}, {"partition": "a\rb"}, r"a\rb", id="carriage return"),
        pytest.param({}, {"logs": "/a\\b"}, "backslash", id="backslash in the logs' folder"),
        pytest.param({}, {"words": "--comment='a"}, "can't be split", id="open quote"),
        pytest.param({}, {"words": "--array=0-3"}, "by --size", id="another array"),
        pytest.param({}, {"words": "--nice -a0-3"}, "by --size", id="another array, in short"),
        pytest.param({}, {"words": "-o x.log"}, "by --slurm-logs", id="other logs"),
    ],
)
def test_what_can_not_be_written_is_refused(
    work: dict[str, object], options: dict[str, str], said: str
) -> None:
    with pytest.raises(BadSetting) as refused:
        array_script(replace(WORK, **work), SlurmOptions(**options))  # type: ignore[arg-type]
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"cpus": 0}, "cpus is 0"),
        ({"memory": -1}, "memory is -1"),
        ({"time": -1}, "time is -1"),
        ({"time": 1}, "at least 2"),
    ],
)
def test_numbers_that_ask_for_nothing(options: dict[str, int], said: str) -> None:
    with pytest.raises(BadSetting) as refused:
        SlurmOptions(**options)  # type: ignore[arg-type]
    assert said in str(refused.value)
