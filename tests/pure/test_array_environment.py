"""The array environment: each engine's variables, and every way in which they can be wrong."""

from __future__ import annotations

import pytest
from array_chunk_render.chunking.array_environment import (
    ARRAY_VARIABLES,
    AWS_BATCH,
    NO_ENGINE,
    SLURM,
    ArrayEnvironment,
)
from array_chunk_render.chunking.errors import BadSetting
from array_chunk_render.chunking.setting_values import MOST_SHOWN
from hypothesis import given
from hypothesis import strategies as st

Environ = dict[str, str]


def aws(size: object = 10, index: object = 3, **more: str) -> Environ:
    return {
        "AWS_BATCH_JOB_ARRAY_SIZE": str(size),
        "AWS_BATCH_JOB_ARRAY_INDEX": str(index),
        **more,
    }


def own(size: object = 10, index: object = 3, **more: str) -> Environ:
    return {"ARRAY_CHUNK_SIZE": str(size), "ARRAY_CHUNK_INDEX": str(index), **more}


def slurm(task: object, count: object, least: object, most: object, **more: str) -> Environ:
    return {
        "SLURM_ARRAY_JOB_ID": "71",
        "SLURM_JOB_ID": "74",
        "SLURM_ARRAY_TASK_ID": str(task),
        "SLURM_ARRAY_TASK_COUNT": str(count),
        "SLURM_ARRAY_TASK_MIN": str(least),
        "SLURM_ARRAY_TASK_MAX": str(most),
        **more,
    }


def step(value: object) -> Environ:
    return {"SLURM_ARRAY_TASK_STEP": str(value)}


def without(environ: Environ, *names: str) -> Environ:
    return {name: value for name, value in environ.items() if name not in names}


@pytest.mark.parametrize(
    ("environ", "engine", "size", "index"),
    [
        pytest.param({}, NO_ENGINE, 1, 0, id="nothing"),
        pytest.param({"AWS_BATCH_JOB_ID": "1a2b"}, NO_ENGINE, 1, 0, id="AWS job, no array"),
        pytest.param({"SLURM_JOB_ID": "74"}, NO_ENGINE, 1, 0, id="Slurm job, no array"),
        pytest.param(aws(), AWS_BATCH, 10, 3, id="AWS array"),
        pytest.param(aws(10_000, 9_999), AWS_BATCH, 10_000, 9_999, id="largest AWS array"),
        pytest.param(aws(" 10", "3\r"), AWS_BATCH, 10, 3, id="white space round the numbers"),
        pytest.param(aws("010", "003"), AWS_BATCH, 10, 3, id="leading zeros"),
        pytest.param(own(), ARRAY_VARIABLES, 10, 3, id="any other engine"),
        pytest.param(own(1, 0), ARRAY_VARIABLES, 1, 0, id="array of one"),
        # The next seven are what Slurm 22.05 really set for these options.
        pytest.param(slurm(2, 4, 0, 3, **step(1)), SLURM, 4, 2, id="--array=0-3"),
        pytest.param(slurm(7, 4, 1, 7, **step(2)), SLURM, 4, 3, id="--array=1-7:2"),
        pytest.param(slurm(6, 4, 0, 6, **step(2)), SLURM, 4, 3, id="--array=0-7:2"),
        pytest.param(slurm(16, 4, 10, 19, **step(3)), SLURM, 4, 2, id="--array=10-19:3"),
        pytest.param(slurm(1, 3, 1, 3, **step(1)), SLURM, 3, 0, id="--array=3,1,2"),
        pytest.param(slurm(5, 1, 5, 5, **step(1)), SLURM, 1, 0, id="--array=5"),
        pytest.param(slurm(2, 4, 0, 3, **step(1)), SLURM, 4, 2, id="--array=0-3%1"),
        pytest.param(slurm(5, 4, 1, 7), SLURM, 4, 2, id="Slurm without step"),
        pytest.param(slurm(5, 1, 5, 5), SLURM, 1, 0, id="Slurm without step, one task"),
        pytest.param(aws() | own(), AWS_BATCH, 10, 3, id="AWS and ours agree"),
        pytest.param(slurm(3, 10, 0, 9) | own(), SLURM, 10, 3, id="Slurm and ours agree"),
        pytest.param(aws() | slurm(3, 10, 0, 9) | own(), AWS_BATCH, 10, 3, id="all agree"),
    ],
)
def test_place_in_the_array(environ: Environ, engine: str, size: int, index: int) -> None:
    array = ArrayEnvironment.read(environ)
    assert (array.engine, array.size, array.index) == (engine, size, index)
    assert array.is_array == (engine != NO_ENGINE)


BAD_NUMBERS = {
    "empty": "",
    "blank": " ",
    "word": "ten",
    "point": "3.0",
    "exponent": "1e0",
    "plus sign": "+3",
    "negative": "-1",
    "hexadecimal": "0x3",
    "underscore": "1_0",
    "two numbers": "3 4",
    "digit of another script": "٣",
    "superscript": "3²",
    "more digits than Python reads": "9" * 5000,
}


@pytest.mark.parametrize("bad", BAD_NUMBERS.values(), ids=BAD_NUMBERS.keys())
@pytest.mark.parametrize(
    ("environ", "names"),
    [
        pytest.param(aws(), ["AWS_BATCH_JOB_ARRAY_SIZE", "AWS_BATCH_JOB_ARRAY_INDEX"], id="AWS"),
        pytest.param(own(), ["ARRAY_CHUNK_SIZE", "ARRAY_CHUNK_INDEX"], id="ours"),
        pytest.param(
            slurm(2, 4, 0, 3, **step(1)),
            [f"SLURM_ARRAY_TASK_{word}" for word in ("ID", "COUNT", "MIN", "MAX", "STEP")],
            id="Slurm",
        ),
        pytest.param(
            {},
            ["AWS_BATCH_JOB_ATTEMPT", "ARRAY_CHUNK_ATTEMPT", "SLURM_RESTART_COUNT"],
            id="attempt",
        ),
    ],
)
def test_what_is_no_whole_number(environ: Environ, names: list[str], bad: str) -> None:
    for name in names:
        with pytest.raises(BadSetting) as refusal:
            ArrayEnvironment.read(environ | {name: bad})
        begins, _, rest = str(refusal.value).partition(": ")
        assert begins.removesuffix("…") == f"{name} is {bad[:MOST_SHOWN]!r}"
        assert rest.startswith("write a whole number")
        assert refusal.value.exit_code == 64


@pytest.mark.parametrize(
    ("environ", "parts"),
    [
        pytest.param(
            without(aws(), "AWS_BATCH_JOB_ARRAY_INDEX"),
            ["AWS_BATCH_JOB_ARRAY_INDEX is not set", "AWS_BATCH_JOB_ARRAY_SIZE is '10'"],
            id="AWS without index",
        ),
        pytest.param(
            without(aws(), "AWS_BATCH_JOB_ARRAY_SIZE"),
            ["AWS_BATCH_JOB_ARRAY_SIZE is not set", "AWS_BATCH_JOB_ARRAY_INDEX is '3'"],
            id="AWS without size",
        ),
        pytest.param(
            {"ARRAY_CHUNK_SIZE": "10"}, ["ARRAY_CHUNK_INDEX is not set"], id="ours without index"
        ),
        pytest.param(
            {"ARRAY_CHUNK_INDEX": "3"}, ["ARRAY_CHUNK_SIZE is not set"], id="ours without size"
        ),
        pytest.param(
            aws(10, 10),
            ["AWS_BATCH_JOB_ARRAY_INDEX is '10'", "AWS_BATCH_JOB_ARRAY_SIZE is '10'", "0 to 9"],
            id="index one too far",
        ),
        pytest.param(aws(0, 0), ["AWS_BATCH_JOB_ARRAY_SIZE is '0'", "1 to 10000"], id="size of 0"),
        pytest.param(
            aws(10_001, 0), ["AWS_BATCH_JOB_ARRAY_SIZE is '10001'", "1 to 10000"], id="too large"
        ),
        pytest.param(own(4, 7), ["ARRAY_CHUNK_INDEX is '7'", "0 to 3"], id="our index too far"),
        pytest.param(
            {"SLURM_ARRAY_TASK_ID": "3"},
            ["SLURM_ARRAY_TASK_COUNT is not set", "SLURM_ARRAY_TASK_ID is '3'"],
            id="Slurm with an id alone",
        ),
        pytest.param(
            without(slurm(2, 4, 0, 3), "SLURM_ARRAY_TASK_ID"),
            ["SLURM_ARRAY_TASK_ID is not set", "SLURM_ARRAY_TASK_COUNT is '4'"],
            id="Slurm without id",
        ),
        pytest.param(
            {"SLURM_ARRAY_TASK_STEP": "1"},
            ["SLURM_ARRAY_TASK_ID is not set"],
            id="Slurm, step alone",
        ),
        pytest.param(
            slurm(2, 3, 1, 7, **step(1)),
            ["SLURM_ARRAY_TASK_COUNT is '3'", "SLURM_ARRAY_TASK_MAX is '7'", "--array=0-9"],
            id="--array=1,2,7",
        ),
        pytest.param(
            slurm(3, 4, 1, 7, **step(1)), ["evenly spaced"], id="--array=1,3,5,7, told as step 1"
        ),
        pytest.param(slurm(2, 3, 1, 7), ["evenly spaced"], id="no step, id between"),
        pytest.param(slurm(1, 3, 1, 6), ["evenly spaced"], id="no step, no whole step"),
        pytest.param(slurm(9, 4, 0, 3, **step(1)), ["evenly spaced"], id="id after the last"),
        pytest.param(slurm(0, 4, 1, 4, **step(1)), ["evenly spaced"], id="id before the first"),
        pytest.param(slurm(3, 4, 5, 2), ["evenly spaced"], id="last before first"),
        pytest.param(slurm(1, 2, 1, 1), ["evenly spaced"], id="two tasks, one id"),
        pytest.param(
            slurm(2, 4, 0, 3, **step(0)), ["SLURM_ARRAY_TASK_STEP is '0'"], id="Slurm, step of 0"
        ),
        pytest.param(
            slurm(2, 10_001, 0, 10_000, **step(1)),
            ["SLURM_ARRAY_TASK_COUNT is '10001'", "1 to 10000"],
            id="Slurm, too large",
        ),
        pytest.param(
            aws() | own(10, 4),
            [
                "child 3 of 10 by AWS Batch (AWS_BATCH_JOB_ARRAY_SIZE, AWS_BATCH_JOB_ARRAY_INDEX)",
                "child 4 of 10 by array variables (ARRAY_CHUNK_SIZE, ARRAY_CHUNK_INDEX)",
            ],
            id="AWS and ours disagree on the index",
        ),
        pytest.param(
            aws() | slurm(3, 4, 0, 3, **step(1)),
            ["child 3 of 10 by AWS Batch", "child 3 of 4 by Slurm", "SLURM_ARRAY_TASK_COUNT"],
            id="AWS and Slurm disagree on the size",
        ),
        pytest.param(aws() | own(10, "x"), ["ARRAY_CHUNK_INDEX is 'x'"], id="AWS right, ours not"),
        pytest.param(
            {"AWS_BATCH_JOB_ATTEMPT": "0"}, ["AWS_BATCH_JOB_ATTEMPT is '0'"], id="attempt of 0"
        ),
        pytest.param(
            {"ARRAY_CHUNK_RENDER_ID": "a/b"}, ["ARRAY_CHUNK_RENDER_ID is 'a/b'"], id="render id"
        ),
    ],
)
def test_bad_environments(environ: Environ, parts: list[str]) -> None:
    with pytest.raises(BadSetting) as refusal:
        ArrayEnvironment.read(environ)
    for part in parts:
        assert part in str(refusal.value)
    assert refusal.value.exit_code == 64


@given(st.integers(0, 50), st.integers(1, 9), st.integers(1, 40), st.booleans())
def test_the_tasks_of_a_regular_slurm_array_share_it(
    base: int, spacing: int, count: int, told: bool
) -> None:
    ids = [base + spacing * rank for rank in range(count)]
    more = step(spacing) if told else {}
    arrays = [ArrayEnvironment.read(slurm(task, count, ids[0], ids[-1], **more)) for task in ids]
    assert [array.index for array in arrays] == list(range(count))
    assert {array.size for array in arrays} == {count}


@pytest.mark.parametrize(
    ("environ", "render_id", "job_id"),
    [
        pytest.param({}, None, None, id="nothing"),
        pytest.param(aws(AWS_BATCH_JOB_ID="1a2b:3"), "1a2b", "1a2b:3", id="AWS child"),
        pytest.param({"AWS_BATCH_JOB_ID": "1a2b"}, "1a2b", "1a2b", id="AWS job, no array"),
        pytest.param(slurm(2, 4, 0, 3), "71", "74", id="Slurm child"),
        pytest.param({"SLURM_JOB_ID": "74"}, None, "74", id="Slurm job, no array"),
        pytest.param(own(), None, None, id="any other engine"),
        pytest.param(
            aws(AWS_BATCH_JOB_ID="1a2b:3", ARRAY_CHUNK_RENDER_ID="film-7"),
            "film-7",
            "1a2b:3",
            id="ours wins",
        ),
        pytest.param(
            slurm(2, 4, 0, 3, ARRAY_CHUNK_RENDER_ID=""), "71", "74", id="ours empty, as if not set"
        ),
    ],
)
def test_what_ties_children_together(
    environ: Environ, render_id: str | None, job_id: str | None
) -> None:
    array = ArrayEnvironment.read(environ)
    assert (array.render_id, array.job_id) == (render_id, job_id)


@pytest.mark.parametrize(
    ("environ", "attempt"),
    [
        pytest.param({}, 1, id="nothing"),
        pytest.param({"AWS_BATCH_JOB_ATTEMPT": "3"}, 3, id="AWS counts from 1"),
        pytest.param({"SLURM_RESTART_COUNT": "1"}, 2, id="Slurm counts restarts"),
        pytest.param({"SLURM_RESTART_COUNT": "0"}, 1, id="Slurm, no restart"),
        pytest.param({"AWS_BATCH_JOB_ATTEMPT": "3", "ARRAY_CHUNK_ATTEMPT": "5"}, 5, id="ours wins"),
    ],
)
def test_attempt(environ: Environ, attempt: int) -> None:
    assert ArrayEnvironment.read(environ).attempt == attempt


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        pytest.param({}, "no array: one chunk of all frames · attempt 1", id="nothing"),
        pytest.param(
            aws(AWS_BATCH_JOB_ID="1a2b:3", AWS_BATCH_JOB_ATTEMPT="2"),
            "AWS Batch: child 3 (of 0 to 9) · attempt 2 · job 1a2b:3",
            id="AWS",
        ),
        pytest.param(
            slurm(2, 4, 0, 3), "Slurm: child 2 (of 0 to 3) · attempt 1 · job 74", id="Slurm"
        ),
    ],
)
def test_the_first_line_of_the_log(environ: Environ, line: str) -> None:
    assert str(ArrayEnvironment.read(environ)) == line
