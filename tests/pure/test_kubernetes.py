"""The snippets of docs/KUBERNETES.md say what the extension understands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from array_chunk_render.chunking.array_environment import ARRAY_VARIABLES, ArrayEnvironment
from array_chunk_render.chunking.errors import ChunkError
from array_chunk_render.chunking.settings import SETTINGS
from array_chunk_render.command_line.options import GRACE
from array_chunk_render.engines.engine import Work

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "KUBERNETES.md"
COMPLETION_INDEX = "metadata.annotations['batch.kubernetes.io/job-completion-index']"
"""Where Kubernetes itself takes JOB_COMPLETION_INDEX from."""
JOB_UID = "metadata.labels['batch.kubernetes.io/controller-uid']"


def jobs() -> list[dict[str, Any]]:
    return [
        yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.S)
    ]


@pytest.fixture
def array() -> dict[str, Any]:
    return dict(jobs()[0])


@pytest.fixture
def film() -> dict[str, Any]:
    return dict(jobs()[1])


def container(job: dict[str, Any]) -> dict[str, Any]:
    (only,) = job["spec"]["template"]["spec"]["containers"]
    return dict(only)


def variables(job: dict[str, Any], index: int) -> dict[str, str]:
    """The environment of a pod of this Job."""
    fields = {COMPLETION_INDEX: str(index), JOB_UID: "uid-of-the-job"}
    return {
        told["name"]: told.get("value") or fields[told["valueFrom"]["fieldRef"]["fieldPath"]]
        for told in container(job)["env"]
    }


def exit_codes() -> set[int]:
    """All codes of the extension."""
    found, unseen = set(), [ChunkError]
    while unseen:
        kind = unseen.pop()
        found.add(kind.exit_code)
        unseen += kind.__subclasses__()
    return found


def test_every_pod_is_a_child_of_one_array(array: dict[str, Any]) -> None:
    size = array["spec"]["completions"]
    assert array["spec"]["completionMode"] == "Indexed"
    for index in (0, size - 1):
        told = ArrayEnvironment.read(variables(array, index))
        assert (told.engine, told.size, told.index) == (ARRAY_VARIABLES, size, index)
        assert told.render_id == "uid-of-the-job"


def test_all_variables_are_settings(array: dict[str, Any], film: dict[str, Any]) -> None:
    known = {name for each in SETTINGS.values() for name in (each.variable, *each.variables)}
    for job in (array, film):
        assert variables(job, 0).keys() - known == set()
        assert "EFS_BLENDER_OUTPUT_FOLDER_PATH" in variables(job, 0)


def test_what_helps_no_second_time_is_not_tried_again(array: dict[str, Any]) -> None:
    ignored, failed = array["spec"]["podFailurePolicy"]["rules"]
    assert ignored == {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}
    assert failed["action"] == "FailIndex"
    told = failed["onExitCodes"]
    assert (told["containerName"], told["operator"]) == (container(array)["name"], "In")
    assert set(told["values"]) == {code for code in exit_codes() if 60 <= code < 70}
    assert array["spec"]["backoffLimitPerIndex"] > 0  # FailIndex needs it, and so does this:
    assert array["spec"]["template"]["spec"]["restartPolicy"] == "Never"


def test_a_pod_has_the_time_to_end_in_order(array: dict[str, Any]) -> None:
    assert array["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > int(GRACE.default)


def test_the_commands_are_those_of_every_engine(
    array: dict[str, Any], film: dict[str, Any]
) -> None:
    blend, main = "/mnt/shot/shot.blend", "/opt/array_chunk_render/main.py"
    work = Work("shot", 20, blend, "/mnt/shot/frames", "blender", main)
    assert tuple(container(array)["args"]) == work.child_command
    assert tuple(container(film)["args"]) == work.film_command
    for job in (array, film):
        assert "command" not in container(job)  # it would replace the image's init
        assert variables(job, 0)["EFS_BLENDER_OUTPUT_FOLDER_PATH"] == work.output


def test_both_jobs_are_alike_in_what_they_run_in(
    array: dict[str, Any], film: dict[str, Any]
) -> None:
    def place(job: dict[str, Any]) -> tuple[Any, ...]:
        pod = job["spec"]["template"]["spec"]
        image, mounts = container(job)["image"], container(job)["volumeMounts"]
        return image, mounts, pod["volumes"], pod["securityContext"]

    assert place(array) == place(film)
    assert place(array)[3]["runAsUser"] == 1000  # the image's own
