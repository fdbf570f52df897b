"""Frame sets: fileseq's syntax, the order, the runs, and what is refused and where."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import fileseq
import pytest
from array_chunk_render.chunking.errors import BadSetting
from array_chunk_render.chunking.frames import MAX_FRAMES, FrameList, FrameSet, frames_from
from array_chunk_render.chunking.runs import FRAME_LIMIT, first_occurrences, joined
from fileseq.exceptions import ParseException
from hypothesis import example, given, settings
from hypothesis import strategies as st

NUMBERS = st.integers(-40, 40)
SPACES = st.sampled_from(["", "", "", " ", "\t", "\n"])
DISTINCT = st.lists(st.integers(-30, 30), unique=True)


@st.composite
def items(draw: st.DrawFn) -> str:
    """One item of a frame list, white space between its parts, steps that fileseq may refuse."""
    parts = [str(draw(NUMBERS))]
    if draw(st.booleans()):
        parts += ["-", str(draw(NUMBERS))]
        if draw(st.booleans()):
            parts += ["x", str(draw(st.integers(-9, 9)))]
    return "".join(draw(SPACES) + part for part in parts) + draw(SPACES)


FRAME_LISTS = st.lists(items() | SPACES, min_size=1, max_size=6).map(",".join)
NEAR_LISTS = (
    st.lists(st.sampled_from("0379---,x"), max_size=12)
    .map("".join)
    .filter(lambda text: not re.search("[0-9]{4}", text))
)
RUNS = st.builds(range, NUMBERS, NUMBERS, st.integers(-7, 7).filter(bool)).filter(len)


def by_fileseq(text: str) -> list[int] | None:
    try:
        return list(fileseq.FrameSet(text))
    except ParseException:
        return None


def by_us(text: str) -> list[int] | None:
    try:
        return list(FrameSet.parse(text))
    except BadSetting:
        return None


@pytest.mark.parametrize(
    ("text", "frames", "written"),
    [
        pytest.param("7", [7], "7", id="one frame"),
        pytest.param("1-10", [*range(1, 11)], "1-10", id="range"),
        pytest.param("-5--1", [-5, -4, -3, -2, -1], "-5--1", id="negative range"),
        pytest.param("-3-5x4", [-3, 1, 5], "-3-5x4", id="step from a negative frame"),
        pytest.param("1-100x2", [*range(1, 101, 2)], "1-99x2", id="end that the step passes over"),
        pytest.param("10-1", [*range(10, 0, -1)], "10-1", id="descending"),
        pytest.param("10-1x4", [10, 6, 2], "10-2x4", id="descending with a step"),
        pytest.param("10-1x-4", [10, 6, 2], "10-2x4", id="descending with a negative step"),
        pytest.param("5-5x3", [5], "5", id="range of one frame"),
        pytest.param("5-5x-3", [5], "5", id="range of one frame with a negative step"),
        pytest.param("1-5,8,20-30x5", [1, 2, 3, 4, 5, 8, 20, 25, 30], "1-5,8,20-30x5", id="list"),
        pytest.param("3,1,3,2,1", [3, 1, 2], "3,1,2", id="what comes again is dropped"),
        pytest.param("1-9x4,1-9x2", [1, 5, 9, 3, 7], "1-9x4,3,7", id="coarse frames first"),
        pytest.param("4-1,3-6", [4, 3, 2, 1, 5, 6], "4-1,5,6", id="overlap of two directions"),
        pytest.param("1-3,4-6", [1, 2, 3, 4, 5, 6], "1-6", id="ranges that touch"),
        pytest.param(" 1 - 5 x 2 ,, 9,", [1, 3, 5, 9], "1-5x2,9", id="white space, empty items"),
        pytest.param("- 5, 1 - - 1", [-5, 1, 0, -1], "-5,1--1", id="white space after a minus"),
        pytest.param("0001-0003", [1, 2, 3], "1-3", id="leading zeros"),
        pytest.param("-0", [0], "0", id="minus zero"),
    ],
)
def test_reading_and_writing(text: str, frames: list[int], written: str) -> None:
    assert by_fileseq(text) == frames  # the table itself
    assert list(FrameSet.parse(text)) == frames
    assert str(FrameSet.parse(text)) == written


@settings(max_examples=2000)
@given(FRAME_LISTS)
def test_lists_mean_what_they_mean_to_fileseq(text: str) -> None:
    assert by_us(text) == (by_fileseq(text) or None)  # to fileseq, an empty list is a list


@settings(max_examples=1000)
@given(NEAR_LISTS)
@example("1--1")
@example("1-2-3")
@example("--1")
def test_what_is_no_list_to_fileseq_is_none_to_us(text: str) -> None:
    assert by_us(text) == (by_fileseq(text) or None)


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        pytest.param("1-10y2", 5, "y is not supported", id="y"),
        pytest.param("1,1-10:2", 7, ": is not supported", id="stagger"),
        pytest.param("1-5.5", 4, "whole numbers", id="subframe"),
        pytest.param("1 5", 3, "a comma is missing", id="space for a comma"),
        pytest.param("1-", 2, "two frames", id="missing end"),
        pytest.param("--1", 1, "two frames", id="missing start"),
        pytest.param("1-2-3", 4, "two frames", id="three ends"),
        pytest.param("1,5x2", 4, "a step needs a range", id="step without range"),
        pytest.param("1-5x", 4, "a step needs a range", id="missing step"),
        pytest.param("1-10x0", 6, "leads nowhere", id="step of 0"),
        pytest.param("1-10x-2", 6, "leads nowhere", id="step against the range"),
        pytest.param("1,+3", 3, "'+'", id="plus sign"),
        pytest.param("1-10X2", 5, "'X'", id="capital X"),
        pytest.param("1,2;3", 4, "';'", id="semicolon"),
        pytest.param("1–5", 2, "'–'", id="dash from a word processor"),
        pytest.param("٣", 1, "'٣'", id="digit of another script"),
        pytest.param("1-10#", 5, "'#'", id="padding"),
        pytest.param("1,1048575", 3, "1048574", id="beyond Blender's frames"),
        pytest.param("1,5--1048575", 5, "1048574", id="below Blender's frames"),
        pytest.param("1-" + "9" * 5000, 3, "1048574", id="more digits than Python reads"),
    ],
)
def test_errors_show_the_place(text: str, place: int, reason: str) -> None:
    with pytest.raises(BadSetting) as refusal:
        FrameSet.parse(text)
    assert f"character {place} of " in str(refusal.value)
    assert reason in str(refusal.value)
    assert len(str(refusal.value)) < 250


@pytest.mark.parametrize("text", ["", "  ", ",", " , ,"])
def test_an_empty_list_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="Frame list is empty"):
        FrameSet.parse(text)


def test_an_error_in_a_long_list_shows_its_surroundings() -> None:
    text = ",".join(map(str, range(0, 2000, 3))) + ",7y3," + "1," * 1000
    with pytest.raises(BadSetting) as refusal:
        FrameSet.parse(text)
    assert f"character {text.index('y') + 1} of '…" in str(refusal.value)
    assert "1995,1998,7y3,1,1" in str(refusal.value)
    assert len(str(refusal.value)) < 250


def test_a_million_frames_and_not_one_more() -> None:
    assert len(FrameSet.parse("1-1000000").runs) == 1
    assert len(FrameSet.parse("1-1000000x10,1-1000000,1-1000000")) == MAX_FRAMES
    for text in ("0-1000000", "1-1000000,0", "1-500000,600001-1048574,0--200000"):
        with pytest.raises(BadSetting, match="more than the 1,000,000"):
            FrameSet.parse(text)


def test_the_farthest_frames() -> None:
    assert list(FrameSet.parse(f"-{FRAME_LIMIT},{FRAME_LIMIT}")) == [-FRAME_LIMIT, FRAME_LIMIT]
    with pytest.raises(BadSetting, match="Frame 1048575 can't be rendered"):
        FrameSet.of([1, FRAME_LIMIT + 1])


@pytest.mark.parametrize(
    ("start", "end", "step", "frames"),
    [
        pytest.param(3, 21, 4, [3, 7, 11, 15, 19], id="step that passes over the end"),
        pytest.param(1, 1, 1, [1], id="one frame"),
        pytest.param(-2, 0, 1, [-2, -1, 0], id="negative start"),
        pytest.param(1, 5, 100, [1], id="step longer than the range"),
    ],
)
def test_range_of_a_scene(start: int, end: int, step: int, frames: list[int]) -> None:
    assert list(FrameSet.range(start, end, step)) == frames


@pytest.mark.parametrize(
    ("start", "end", "step", "message"),
    [
        pytest.param(1, 10, 0, "Frame step 0", id="step of 0"),
        pytest.param(1, 10, -1, "Frame step -1", id="negative step"),
        pytest.param(10, 1, 1, "Last frame 1 comes before first frame 10", id="end before start"),
    ],
)
def test_range_that_no_scene_can_have(start: int, end: int, step: int, message: str) -> None:
    with pytest.raises(BadSetting, match=message):
        FrameSet.range(start, end, step)


@settings(max_examples=200)
@given(DISTINCT)
@example([1, 5, 6, 7, 8])
@example([8, 20, 25, 30])
@example([1, 2])
def test_of_frames_back_to_frames(frames: list[int]) -> None:
    made = FrameSet.of(frames)
    assert list(made) == frames
    assert len(made) == len(frames)
    assert bool(made) == bool(frames)
    if frames:
        assert FrameSet.parse(str(made)) == made
    else:
        assert str(made) == ""


@settings(max_examples=200)
@given(DISTINCT, st.slices(40))
def test_a_frame_set_is_a_sequence(frames: list[int], part: slice) -> None:
    made = FrameSet.of(frames)
    assert list(made[part]) == frames[part]
    assert [made[index] for index in range(-len(frames), len(frames))] == frames * 2
    assert [frame for frame in range(-35, 35) if frame in made] == sorted(frames)
    for index in (len(frames), -len(frames) - 1):
        with pytest.raises(IndexError):
            made[index]


@pytest.mark.parametrize("value", ["2", 2.0, None])
def test_what_is_no_frame_is_not_in_a_frame_set(value: object) -> None:
    assert value not in FrameSet.parse("1-10")


@settings(max_examples=200)
@given(st.lists(RUNS | st.just(range(0)), max_size=5))
def test_equal_if_and_only_if_the_frames_are(runs: list[range]) -> None:
    frames = list(dict.fromkeys(frame for run in runs for frame in run))
    made = FrameSet(tuple(runs))
    assert list(made) == frames
    assert made == FrameSet.of(frames)
    assert hash(made) == hash(FrameSet.of(frames))
    assert (made == FrameSet.of(frames[::-1])) == (frames == frames[::-1])


@settings(max_examples=200)
@given(st.lists(RUNS, max_size=4), st.integers(1, 20))
def test_the_runs_do_not_depend_on_how_the_frames_come(runs: list[range], cut: int) -> None:
    made = FrameSet(tuple(runs))
    assert list(joined(range(frame, frame + 1) for frame in made)) == list(made.runs)
    assert list(joined([*made[:cut].runs, *made[cut:].runs])) == list(made.runs)
    assert all(len(run) != 2 for run in made.runs)


@given(st.lists(RUNS, max_size=5))
def test_first_occurrences_stay_in_runs(runs: list[range]) -> None:
    cut = list(first_occurrences(runs))
    frames = [frame for run in runs for frame in run]
    assert [frame for run in cut for frame in run] == list(dict.fromkeys(frames))
    if len(set(frames)) == len(frames):
        assert cut == runs


@pytest.mark.parametrize(
    ("content", "frames"),
    [
        pytest.param("1-10\n20,30\n", [*range(1, 11), 20, 30], id="new lines and commas"),
        pytest.param("  3 1\t2,\r\n\r\n3\r\n", [3, 1, 2], id="white space, Windows' line ends"),
        pytest.param("# the missing ones\n7 # seen by Ann\n8-10x2", [7, 8, 10], id="comments"),
        pytest.param("\ufeff4--2x3", [4, 1, -2], id="byte order mark"),
    ],
)
def test_list_in_a_file(tmp_path: Path, content: str, frames: list[int]) -> None:
    file = tmp_path / "frames to do.txt"
    file.write_bytes(content.encode())
    assert list(frames_from(f" @{file} ")) == frames


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"1-5\n7\n8 9y2 # no", r"line 3, character 4: this has no", id="y"),
        pytest.param(b"1 - 5", "line 1, character 3: this has no", id="white space in an item"),
        pytest.param(b"# none\n\n", "is empty", id="only a comment"),
        pytest.param(b"\xff\xfe1\x00", "can't be read", id="UTF-16"),
    ],
)
def test_file_that_is_no_list(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(content)
    with pytest.raises(BadSetting, match=message) as refusal:
        frames_from(f"@{file}")
    assert str(file) in str(refusal.value)


def test_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.txt"):
        with pytest.raises(BadSetting, match="can't be read"):
            frames_from(f"@{path}")


def test_list_without_a_file() -> None:
    assert frames_from("1-3") == FrameSet.parse("1-3")


SECRET = "qzjkwvxq"


@pytest.mark.parametrize("line", [SECRET, f"1 {SECRET}", f"1-{SECRET}", f"5,{SECRET} # {SECRET}"])
def test_nothing_of_a_file_is_shown(line: str, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text(f"1-3\n{line}\n")
    with pytest.raises(BadSetting) as refusal:
        frames_from(f"@{file}")
    shown = str(refusal.value).replace(str(file), "")
    assert not any(SECRET[start : start + 3] in shown for start in range(len(SECRET) - 3))
    assert "line 2, character" in shown


@given(st.binary(max_size=60))
def test_nothing_of_any_file_is_shown(tmp_path_factory: pytest.TempPathFactory, it: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any list"
    file.write_bytes(b"1-3\n\x01" + it)
    with pytest.raises(BadSetting) as refusal:
        frames_from(f"@{file}")
    where, _, _ = str(refusal.value).replace(str(file), "").partition(":")
    assert where.startswith("Frame list file ")
    assert "'" not in str(refusal.value).replace(str(file), "").replace("can't", "")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def large(path: Path) -> None:
    path.touch()
    os.truncate(path, 3 << 30)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [pipe, large, endless, Path.mkdir])
def test_what_is_no_list_is_not_waited_for(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "list.txt")
    with pytest.raises(BadSetting, match="can't be read"):
        frames_from(f"@{tmp_path}/list.txt")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(",".join(["1-1000000"] * 1000), id="one range a thousand times"),
        pytest.param(",".join(["-1048574-1048574x2", "0-1000000"] * 500), id="two in turn"),
        pytest.param(",".join(["1"] * 60_000), id="one frame again and again"),
        pytest.param(",".join(map(str, range(1, 600_000, 7))), id="a million single frames"),
        pytest.param("," * 1_000_000 + "1-1000000,1-1000000x3," * 50_000, id="a mebibyte"),
    ],
)
def test_a_list_that_would_take_long_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match=r"more than 10,000,000 frames|more than 50,000 items"):
        FrameSet.parse(text)


@given(DISTINCT)
def test_in_is_the_same_with_many_runs(frames: list[int]) -> None:
    many = [*range(1000, 2000, 7), *range(3000, 4000, 11)]
    made = FrameSet(tuple(range(each, each + 1) for each in [*frames, *sorted(many, key=hash)]))
    shuffled = FrameSet.of([*many[::2], *many[1::2], *frames])
    for each in (made, shuffled):
        assert [frame for frame in range(-40, 4001) if frame in each] == sorted({*frames, *many})


def test_a_list_in_a_file_is_handed_on_without_it(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("1-3\n7\n")
    frame_list = FrameList(f"@{path}")
    assert frame_list.without_file == "1-3,7"
    assert FrameList("7, 1-3").without_file == "7, 1-3", "as it was written"


def test_what_is_handed_on_of_a_list_can_be_read_back(tmp_path: Path) -> None:
    """Frames that come twice are left out; what is left may be in more runs than were written."""
    path = tmp_path / "list.txt"
    path.write_text("1-300000x7,1-300000x5,1-300000x3,1-300000")
    frame_list = FrameList(f"@{path}")
    assert FrameList(frame_list.without_file).frames == frame_list.frames


@given(own=DISTINCT, few=DISTINCT)
def test_those_among_a_few(own: list[int], few: list[int]) -> None:
    among = list(FrameSet.of(own).among(few))
    assert sorted(among) == sorted({*own} & {*few})
    assert list(FrameSet((range(1, 10**6),)).among([5, -1, 7])) in ([5, 7], [7, 5])
