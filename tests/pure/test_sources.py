"""Where settings come from: an option before a variable, and nothing that is not understood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import BadSetting
from array_chunk_render.chunking.settings import SETTINGS
from array_chunk_render.command_line.options import COMMANDS, all_options, variables_of
from array_chunk_render.command_line.sources import Invocation, gather
from array_chunk_render.command_line.words import parse_words

AWS = {"AWS_BATCH_JOB_ARRAY_SIZE": "10", "AWS_BATCH_JOB_ARRAY_INDEX": "3"}
OWN = {"ARRAY_CHUNK_SIZE": "4", "ARRAY_CHUNK_INDEX": "1"}


def invocation(line: str = "", **environ: str) -> Invocation:
    return gather(parse_words(line.split()), environ)


@pytest.mark.parametrize(
    ("line", "environ", "name", "value"),
    [
        pytest.param("", {"ARRAY_CHUNK_SAMPLES": "4"}, "samples", 4, id="a variable"),
        pytest.param("--samples 8", {}, "samples", 8, id="an option"),
        pytest.param(
            "--samples 8", {"ARRAY_CHUNK_SAMPLES": "4"}, "samples", 8, id="option before variable"
        ),
        pytest.param("--gpu no", {"USE_GPU": "True"}, "gpu", False, id="a flag set back"),
        pytest.param("", {"USE_GPU": "True"}, "gpu", True, id="Brender's variable"),
        pytest.param("", {"USE_EEVEE": "1"}, "eevee", True, id="Brender's other one"),
        pytest.param(
            "", {"USE_GPU": "1", "ARRAY_CHUNK_GPU": "0"}, "gpu", False, id="ours before Brender's"
        ),
        pytest.param(
            "", {"EFS_BLENDER_OUTPUT_FOLDER_PATH": "/out"}, "output", "/out", id="Brender's folder"
        ),
        pytest.param(
            "",
            {"EFS_BLENDER_OUTPUT_FOLDER_PATH": "/out", "ARRAY_CHUNK_OUTPUT": "/ours"},
            "output",
            "/ours",
            id="our folder before Brender's",
        ),
        pytest.param(
            "", {"ARRAY_CHUNK_FRAMES": "-3-5x4"}, "frames", "-3-5x4", id="begins with a minus"
        ),
        pytest.param("", {"ARRAY_CHUNK_FORMAT": "JPG"}, "format", "jpeg", id="another word"),
        pytest.param("", AWS, "size", 10, id="AWS Batch's size"),
        pytest.param("", AWS, "index", 3, id="AWS Batch's index"),
        pytest.param("", OWN, "index", 1, id="our index"),
        pytest.param("--size 5 --index 4", AWS, "index", 4, id="options before AWS Batch"),
        pytest.param("--index 4", AWS, "size", 10, id="only the index is another"),
        pytest.param("--size 5 --index 4", {}, "size", 5, id="an array by options"),
        pytest.param("", {}, "size", 1, id="no array"),
        pytest.param("", {}, "index", 0, id="no array, the only child"),
        pytest.param(
            "", {**AWS, "AWS_BATCH_JOB_ID": "1a2b:3"}, "render_id", "1a2b", id="the array's own id"
        ),
        pytest.param(
            "--render-id x", {**AWS, "AWS_BATCH_JOB_ID": "1a2b:3"}, "render_id", "x", id="another"
        ),
        pytest.param("", {**AWS, "AWS_BATCH_JOB_ATTEMPT": "2"}, "attempt", 2, id="attempt"),
        pytest.param(
            "--attempt 7", {**AWS, "AWS_BATCH_JOB_ATTEMPT": "2"}, "attempt", 7, id="other attempt"
        ),
    ],
)
def test_settings(line: str, environ: dict[str, str], name: str, value: Any) -> None:
    assert invocation(line, **environ).settings[name] == value


def test_what_nobody_named_is_left_to_the_file() -> None:
    assert set(invocation("--samples 8").settings) == {"samples", "size", "index", "attempt"}


@pytest.mark.parametrize("word", ["true", "True", "TRUE", "1", "yes", "Yes", " true "])
@pytest.mark.parametrize("variable", ["USE_GPU", "USE_EEVEE"])
def test_words_for_true(variable: str, word: str) -> None:
    assert invocation("", **{variable: word}).settings[variable[4:].lower()] is True


@pytest.mark.parametrize("word", ["false", "False", "0", "no", "NO"])
@pytest.mark.parametrize("variable", ["USE_GPU", "USE_EEVEE"])
def test_words_for_false(variable: str, word: str) -> None:
    assert invocation("", **{variable: word}).settings[variable[4:].lower()] is False


REFUSED = [
    pytest.param("", {"USE_GPU": ""}, "USE_GPU is ''", id="empty boolean"),
    pytest.param("", {"USE_GPU": "on"}, "USE_GPU is 'on'", id="no boolean"),
    pytest.param("", {"USE_EEVEE": "2"}, "USE_EEVEE is '2'", id="no boolean either"),
    pytest.param("", {"ARRAY_CHUNK_SAMPLES": "many"}, "ARRAY_CHUNK_SAMPLES is 'many'", id="number"),
    pytest.param("--samples many", {}, "--samples is 'many'", id="option"),
    pytest.param(
        "--samples 4", {"ARRAY_CHUNK_SAMPLES": "x"}, "ARRAY_CHUNK_SAMPLES is 'x'", id="overruled"
    ),
    pytest.param("", {"ARRAY_CHUNK_FRAMES": "1-"}, "ARRAY_CHUNK_FRAMES is '1-'", id="frames"),
    pytest.param("--frames --size", {}, "--frames is '--size'", id="an option for a value"),
    pytest.param(
        "",
        {"ARRAY_CHUNK_SAMPELS": "4"},
        "^ARRAY_CHUNK_SAMPELS: [^4]*mean 'ARRAY_CHUNK_SAMPLES'[^4]*$",
        id="misspelt variable",
    ),
    pytest.param("", {"ARRAY_CHUNK_": "4"}, "^ARRAY_CHUNK_: [^4]*$", id="no word"),
    pytest.param("", {"ARRAY_CHUNK_JOBS": "x"}, "ARRAY_CHUNK_JOBS is 'x'", id="of another command"),
    pytest.param(
        "",
        {"AWS_BATCH_JOB_ARRAY_SIZE": "10"},
        "AWS_BATCH_JOB_ARRAY_INDEX is not set, but AWS_BATCH_JOB_ARRAY_SIZE is '10'",
        id="size without index",
    ),
    pytest.param(
        "",
        {"AWS_BATCH_JOB_ARRAY_INDEX": "3"},
        "AWS_BATCH_JOB_ARRAY_SIZE is not set",
        id="index without size",
    ),
    pytest.param(
        "", {**AWS, "AWS_BATCH_JOB_ARRAY_INDEX": "x"}, "ARRAY_INDEX is 'x'", id="no number"
    ),
    pytest.param(
        "", {**AWS, "AWS_BATCH_JOB_ARRAY_INDEX": "10"}, "ARRAY_INDEX is '10'", id="beyond the array"
    ),
    pytest.param("", {**AWS, **OWN}, "child 3 of 10.* child 1 of 4", id="two that disagree"),
    pytest.param("", {"ARRAY_CHUNK_SIZE": "4"}, "ARRAY_CHUNK_INDEX is not set", id="only our size"),
    pytest.param("--size 4", {}, "--size is given without --index", id="only --size"),
    pytest.param("--index 0", {}, "--index is given without --size", id="only --index"),
    pytest.param(
        "", {"ARRAY_CHUNK_ATTEMPT": "0"}, "ARRAY_CHUNK_ATTEMPT is '0'", id="attempts count from 1"
    ),
    pytest.param(
        "", {"ARRAY_CHUNK_RENDER_ID": "a/b"}, "ARRAY_CHUNK_RENDER_ID is 'a/b'", id="render id"
    ),
]


@pytest.mark.parametrize(("line", "environ", "said"), REFUSED)
def test_what_is_refused(line: str, environ: dict[str, str], said: str) -> None:
    with pytest.raises(BadSetting, match=said) as refused:
        invocation(line, **environ)
    assert refused.value.exit_code == 64


def test_variables_of_others_do_no_harm() -> None:
    plain = invocation("", PATH="/bin", BLENDER_USER_RESOURCES="/x", MY_ARRAY_CHUNK_SIZE="?")
    assert plain.settings == invocation("").settings


def test_what_brender_says_is_kept() -> None:
    brender = {"JOB_ACTION_TYPE": "render", "BUCKET_NAME": "b", "BLENDER_EXECUTABLE": "/blender"}
    assert invocation("", **brender, USE_GPU="0").brender == brender


def test_options_beside_the_settings() -> None:
    options = invocation(
        "verify --deep", ARRAY_CHUNK_JSON="yes", EFS_BLENDER_FILE_PATH="/a b.blend"
    ).options
    assert (options["deep"], options["json"], options["clean"]) == (True, True, False)
    assert options["blend"] == "/a b.blend"
    assert (
        invocation("--blend c.blend", EFS_BLENDER_FILE_PATH="/a.blend").options["blend"]
        == "c.blend"
    )


def test_a_variable_of_another_sub_command_is_no_option_of_this_one() -> None:
    options = invocation("render", ARRAY_CHUNK_DEEP="yes", ARRAY_CHUNK_LOG="json").options
    assert "deep" not in options
    assert options["log"] == "json"


@pytest.mark.parametrize("command", ["plan", "verify", "run-array", "film"])
def test_other_sub_commands_need_no_place_in_the_array(command: str) -> None:
    assert invocation(f"{command} --size 4").settings["size"] == 4
    assert "size" not in invocation(command).settings  # the file's own, then
    assert invocation(command, **AWS).settings["size"] == 10
    assert invocation(command, ARRAY_CHUNK_SIZE="7").settings["size"] == 7
    assert invocation(f"{command} --size 4", ARRAY_CHUNK_SIZE="7").settings["size"] == 4


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_and_every_variable_is_known(command: str) -> None:
    """What is told by an option and what is told by its variable come to the same."""
    for setting in all_options().values():
        default = str(setting.default)
        for variable in (setting.variable, *setting.variables):
            environ = {variable: default}
            if setting.name in ("size", "index"):
                environ = {SETTINGS["size"].variable: "1", SETTINGS["index"].variable: "0"}
            gather(parse_words([command]), environ)
    assert variables_of(all_options())["EFS_BLENDER_FILE_PATH"].name == "blend"


@pytest.mark.parametrize("command", ["", "lane"])
def test_a_child_reads_a_file_of_frames_once(command: str, tmp_path: Path) -> None:
    """What it hands to its operator are the frames: by then the file may be another one."""
    path = tmp_path / "list.txt"
    path.write_text("1-3 # the first\n7")
    line = f"{command} --frames @{path}".strip()
    assert invocation(line).settings["frames"] == "1-3,7"


def test_an_array_hands_the_name_of_a_file_of_frames_on(tmp_path: Path) -> None:
    """A list of many frames would be longer than a variable can be."""
    path = tmp_path / "list.txt"
    path.write_text("1-3")
    assert invocation(f"run-array --frames @{path}").settings["frames"] == f"@{path}"
