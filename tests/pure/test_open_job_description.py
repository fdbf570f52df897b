"""The job of Open Job Description: held against the format's own model, and against engine.Work."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.array_environment import ARRAY_VARIABLES, ArrayEnvironment
from array_chunk_render.chunking.errors import BadSetting
from array_chunk_render.command_line.options import GRACE
from array_chunk_render.engines.engine import Work
from array_chunk_render.engines.open_job_description.job_bundle import (
    bundle_files,
    parameters,
    template,
)
from openjd.model import (
    Job,
    StepParameterSpaceIterator,
    create_job,
    decode_job_template,
    preprocess_job_parameters,
)


def work(**changed: Any) -> Work:
    told = {
        "name": "shot 010",
        "size": 20,
        "blend": "/mnt/shot/a shot.blend",
        "output": "/mnt/shot/frames",
        "blender": "blender",
        "main": "/mnt/array_chunk_render/main.py",
    }
    return Work(**{**told, **changed})


def job(work: Work, **values: str) -> Job:
    """The job that a render manager makes of it; the model refuses what the format forbids."""
    read = decode_job_template(template=json.loads(json.dumps(template(work))))
    told = preprocess_job_parameters(
        job_template=read,
        job_parameter_values={**parameters(work), **values},
        job_template_dir=Path("/bundle"),
        current_working_dir=Path("/"),
    )
    return create_job(job_template=read, job_parameter_values=told)


def indices(job: Job) -> list[int]:
    space = StepParameterSpaceIterator(space=job.steps[0].parameterSpace)
    return [int(task["Index"].value) for task in space]


@pytest.mark.parametrize("size", [1, 2, 20, 10_000])
def test_a_task_for_each_child(size: int) -> None:
    assert indices(job(work(size=size))) == list(range(size))


def test_the_size_can_be_chosen_when_the_job_is_submitted() -> None:
    assert indices(job(work(), LastIndex="2")) == [0, 1, 2]
    with pytest.raises(ValueError, match="LastIndex"):
        job(work(), LastIndex="10000")


def test_the_film_waits_for_all_children() -> None:
    render, film = job(work()).steps
    assert (render.name, render.dependencies) == ("Render", None)
    assert [dependency.dependsOn for dependency in film.dependencies] == ["Render"]
    assert film.parameterSpace is None
    assert [step.name for step in job(work(makes_film=False)).steps] == ["Render"]


def resolved(text: str, work: Work) -> str:
    values = {**parameters(work), "Blender": work.blender, "LastIndex": str(work.size - 1)}
    for name, value in values.items():
        text = text.replace(f"{{{{Param.{name}}}}}", value)
    return text


def test_commands_and_environment_are_those_of_every_engine() -> None:
    told = work(variables={"USE_GPU": "True", "ARRAY_CHUNK_SAMPLES": "8"})
    read = template(told)
    render, film = (step["script"]["actions"]["onRun"] for step in read["steps"])
    words = [resolved(word, told) for word in render["args"]]
    assert words[:3] == ["{{Task.File.Child}}", "19", "{{Task.Param.Index}}"]
    assert (render["command"], *words[3:]) == ("sh", *told.child_command)
    film_words = [resolved(word, told) for word in (film["command"], *film["args"])]
    assert tuple(film_words) == told.film_command
    (environment,) = read["jobEnvironments"]
    variables = {name: resolved(text, told) for name, text in environment["variables"].items()}
    assert variables == {**told.environment, "ARRAY_CHUNK_FRAMES": "{{Param.Frames}}"}


def test_frames_are_a_parameter() -> None:
    told = work(variables={"ARRAY_CHUNK_FRAMES": "1-10x2"})
    defaults = {
        each["name"]: each.get("default") for each in template(told)["parameterDefinitions"]
    }
    assert defaults == {
        "BlendFile": None,
        "OutputFolder": None,
        "ExtensionFolder": None,
        "LastIndex": 19,
        "Frames": "1-10x2",
        "Blender": "blender",
    }
    assert template(told)["jobEnvironments"][0]["variables"]["ARRAY_CHUNK_FRAMES"] == (
        "{{Param.Frames}}"
    )


def become_child(folder: Path, last: int, index: int, **environ: str) -> dict[str, str]:
    """What a command is told by the script that a task runs it through."""
    (files,) = (step["script"]["embeddedFiles"] for step in template(work())["steps"][:1])
    script = folder / files[0]["filename"]
    script.write_text(files[0]["data"])
    ran = subprocess.run(
        ["sh", str(script), str(last), str(index), "env", "-0"],
        env={"PATH": os.environ["PATH"], **environ},
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(line.split("=", 1) for line in ran.stdout.split("\0") if line)


def test_a_task_knows_which_child_of_which_array_it_is(tmp_path: Path) -> None:
    told = ArrayEnvironment.read(become_child(tmp_path, 19, 7, DEADLINE_JOB_ID="job-1"))
    assert (told.engine, told.size, told.index) == (ARRAY_VARIABLES, 20, 7)
    assert told.render_id == "job-1"
    assert ArrayEnvironment.read(become_child(tmp_path, 0, 0)).render_id is None
    own = become_child(tmp_path, 1, 0, DEADLINE_JOB_ID="job-1", ARRAY_CHUNK_RENDER_ID="mine")
    assert ArrayEnvironment.read(own).render_id == "mine"


@pytest.mark.parametrize(
    "grace, seconds", [("", 30), ("60", 65), ("86400", 600), ("nonsense", 30)], ids=str
)
def test_a_child_has_its_grace(grace: str, seconds: int) -> None:
    variables = {"ARRAY_CHUNK_GRACE": grace} if grace else {}
    for step in template(work(variables=variables))["steps"]:
        assert step["script"]["actions"]["onRun"]["cancelation"] == {
            "mode": "NOTIFY_THEN_TERMINATE",
            "notifyPeriodInSeconds": seconds,
        }
    assert int(GRACE.default) < 30


@pytest.mark.parametrize(
    "changed, said",
    [
        pytest.param({"name": "{{Param.Frames}}"}, "name of the job", id="braces in the name"),
        pytest.param({"name": "x" * 129}, "129 characters", id="a long name"),
        pytest.param({"blender": "/opt/}}/blender"}, "executable", id="braces in the executable"),
        pytest.param({"variables": {"A": "{{B}}"}}, "A is '{{B}}'", id="braces in a variable"),
        pytest.param({"variables": {"A": "x" * 2049}}, "A has 2049", id="a long variable"),
        pytest.param(
            {"variables": {"ARRAY_CHUNK_FRAMES": "1," * 600}}, "@list.txt", id="a long frame list"
        ),
        pytest.param({"blend": "/" + "x" * 1024}, "BlendFile has 1025", id="a long path"),
    ],
)
def test_what_the_format_does_not_take_is_named(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        bundle_files(work(**changed))


def test_longest_texts_are_taken() -> None:
    frames = ("1," * 512)[:1023]
    variables = {"A": "x" * 2048, "ARRAY_CHUNK_FRAMES": frames}
    job(work(name="x" * 128, blend="/" + "x" * 1023, variables=variables))


def test_the_bundle() -> None:
    files = bundle_files(work())
    assert sorted(files) == ["parameter_values.json", "template.json"]
    assert json.loads(files["template.json"]) == template(work())
    values = json.loads(files["parameter_values.json"])["parameterValues"]
    assert {each["name"]: each["value"] for each in values} == {
        "BlendFile": "/mnt/shot/a shot.blend",
        "OutputFolder": "/mnt/shot/frames",
        "ExtensionFolder": "/mnt/array_chunk_render",
    }
