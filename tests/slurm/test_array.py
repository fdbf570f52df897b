"""Arrays in a real Slurm whose children are struck in the middle: the film comes out complete."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from children import Door, frames_in, record_of, verdicts_of

if TYPE_CHECKING:
    from conftest import Array, Slurm, Submit

FRAMES = range(1, 13)
COMPLETED = ("COMPLETED", "0:0")


def verify(array: Array, blender: Path, repository: Path) -> dict[str, Any]:
    """What `verify --deep` says, which has to be that all is well."""
    variables = {"EFS_BLENDER_OUTPUT_FOLDER_PATH": str(array.output)}
    door = Door("file", (str(blender), "-b"), takes_file=True)
    words = ("verify", "--deep", "--json")
    child = door.start(repository / "main.py", array.blend, words, variables)
    answer, errors = child.communicate()
    assert child.returncode == 0, answer + errors
    return dict(json.loads(answer.splitlines()[-1]))  # after what Blender itself says


def attempts(array: Array) -> dict[int, list[dict[str, Any]]]:
    """The verdicts by Slurm's id of the task, and in the order of the attempts."""
    found: dict[int, list[dict[str, Any]]] = {task: [] for task in array.tasks}
    for verdict in sorted(verdicts_of(array.output), key=lambda each: each["attempt"]):
        found[array.tasks[verdict["index"]]].append(verdict)
    return found


def check_film(array: Array, struck: set[int], blender: Path, repository: Path) -> None:
    """Every frame is there once, of this array, and only those who were struck began anew."""
    assert frames_in(array.output) == [f"{frame:05d}.png" for frame in FRAMES]
    said = verify(array, blender, repository)
    assert said["complete"]
    assert said["done"] == len(FRAMES)
    records = [record_of(array.output, frame) for frame in FRAMES]
    assert {record["render_id"] for record in records} == {array.job}
    assert {task: array.restarts(task) for task in array.tasks} == {
        task: int(task in struck) for task in array.tasks
    }
    for task, verdicts in attempts(array).items():
        assert array.ends(task)[-1] == COMPLETED
        assert array.ends(task).count(COMPLETED) == 1
        assert verdicts[-1]["exit_code"] == 0
        assert verdicts[-1]["attempt"] == 1 + (task in struck)
        assert {verdict["size"] for verdict in verdicts} == {len(array.tasks)}


def check_resumed(array: Array, task: int) -> None:
    """The second attempt rendered what the first had left over, and nothing twice."""
    first, second = attempts(array)[task]
    assert (first["attempt"], first["exit_code"]) == (1, 75)
    assert first["rendered"]
    assert second["rendered"]
    assert second["reused"] == first["rendered"]
    log = array.log(task).read_text()
    assert log.count("SIGTERM") >= 1
    assert [log.count(f" · {number}/3 · ") for number in (1, 2, 3)] == [1, 1, 1]


def test_requeued_children_resume(
    submit: Submit, slurm: Slurm, blender_executable: Path, repository: Path
) -> None:
    array = submit("--array=0-3", (0, 1, 2, 3))
    for task in (0, 2):
        array.wait_until_rendering(task)
        slurm.run("scontrol", "requeue", array.name(task))
    array.wait_until_ended(*array.tasks)
    check_film(array, {0, 2}, blender_executable, repository)
    for task in (0, 2):
        check_resumed(array, task)


def test_exit_75_and_a_kill_in_an_array_with_base_and_step(
    submit: Submit, blender_executable: Path, repository: Path
) -> None:
    array = submit("--array=1-7:2", (1, 3, 5, 7), ARRAY_CHUNK_GRACE="3")
    array.wait_until_rendering(1)
    array.signal(1, signal.SIGTERM)
    array.wait_until_rendering(5)
    array.signal(5, signal.SIGKILL)
    array.wait_until_ended(*array.tasks)
    check_film(array, {1, 5}, blender_executable, repository)
    check_resumed(array, 1)
    assert "abandoned" in array.log(1).read_text()
    assert "ended with 137, to be tried again" in array.log(5).read_text()
    (second,) = attempts(array)[5]
    assert (second["attempt"], second["reused"]) == (2, "7")


def test_a_node_that_dies(
    submit: Submit, slurm: Slurm, blender_executable: Path, repository: Path
) -> None:
    array = submit("--array=0-3", (0, 1, 2, 3))
    array.wait_until_rendering(0)
    slurm.kill_node()
    slurm.start_node()
    array.wait_until_ended(*array.tasks)
    assert [state for state, _ in array.ends(0)] == ["NODE_FAIL", "COMPLETED"]
    struck = {task for task in array.tasks if len(array.ends(task)) > 1}
    check_film(array, struck, blender_executable, repository)
    (second,) = attempts(array)[0]
    assert second["reused"] == "1"
