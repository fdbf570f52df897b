"""Settings: every kind of value, and every way in which one can't be understood."""

from __future__ import annotations

import dataclasses
import re
import typing
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import BadSetting
from array_chunk_render.chunking.frames import FrameList, FrameSet
from array_chunk_render.chunking.plan import Plan
from array_chunk_render.chunking.setting_values import TEXT_KINDS, Setting, parse_value, split_names
from array_chunk_render.chunking.settings import GROUPS, SETTINGS, Settings, settings_from
from hypothesis import given
from hypothesis import strategies as st

WORDS = sorted(SETTINGS)
every_setting = pytest.mark.parametrize("name", WORDS)

GOOD = [
    pytest.param("size", "10000", 10_000, id="largest array"),
    pytest.param("size", " 7\r", 7, id="white space round a number"),
    pytest.param("size", "007", 7, id="leading zeros"),
    pytest.param("size", 7, 7, id="a number already"),
    pytest.param("seed", "-1", -1, id="below zero"),
    pytest.param("seed", "2147483647", 2**31 - 1, id="largest seed"),
    *(pytest.param("gpu", word, True, id=word) for word in ("true", "True", "TRUE", "1", "Yes")),
    *(pytest.param("gpu", word, False, id=word) for word in ("false", "False", "0", "no", "NO ")),
    pytest.param("gpu", True, True, id="a boolean already"),
    pytest.param("format", "OPEN_EXR", "open_exr", id="Blender's identifier"),
    pytest.param("format", " jpg ", "jpeg", id="another word for it"),
    pytest.param("format", "EXR", "open_exr", id="another word, in capitals"),
    pytest.param("depth", "16", "16", id="a choice of digits"),
    pytest.param("frames", "-3-5x4", FrameList("-3-5x4"), id="frames that begin with a minus"),
    pytest.param("frames", " 1-10 ", FrameList("1-10"), id="frames with white space"),
    pytest.param("frames", "", FrameList(), id="no frames: as in the scene"),
    pytest.param("resolution", "1920x1080", "1920x1080", id="resolution"),
    pytest.param("resolution", "1920×1080", "1920x1080", id="resolution with a real ×"),
    pytest.param("resolution", "1920X1080", "1920x1080", id="resolution with a capital"),
    pytest.param("resolution", "", "", id="no resolution"),
    pytest.param("layers", 'a, "b, c"', 'a, "b, c"', id="a name with a comma"),
    pytest.param("prefix", "shot 7_", "shot 7_", id="prefix"),
    pytest.param("prefix", "é" * 50, "é" * 50, id="prefix of 100 bytes"),
    pytest.param("output", "//out/", "//out/", id="folder"),
    pytest.param("camera", " Camera ", " Camera ", id="a name keeps its spaces"),
]

BAD = [
    *(
        pytest.param("size", text, "whole number", id=f"number {text!r}")
        for text in (
            "",
            "ten",
            "1.5",
            "1e3",
            "0x10",
            "+1",
            "--1",
            "1 0",
            "1_0",
            "²",
            "٣",
            "9" * 9999,
        )
    ),
    pytest.param("size", "0", "from 1 to 10000", id="an array of none"),
    pytest.param("size", "10001", "from 1 to 10000", id="more than AWS Batch allows"),
    pytest.param("size", True, "whole number", id="a boolean for a number"),
    pytest.param("index", "-1", "from 0 to 9999", id="below zero"),
    pytest.param("seed", "-2", "from -1", id="less than as in the scene"),
    *(
        pytest.param("gpu", text, "true or false", id=f"boolean {text!r}")
        for text in ("", "on", "2", "t", "truefalse", "None", "1.0")
    ),
    pytest.param("format", "", "one of scene, png", id="an empty choice"),
    pytest.param("format", "ffmpeg", "one of scene, png", id="a choice that there is not"),
    pytest.param("format", "png,jpeg", "one of scene, png", id="two choices"),
    pytest.param("frames", "1-", "character 2", id="frames that can't be read"),
    pytest.param("frames", "@/no/such/list", "/no/such/list", id="no such list"),
    *(
        pytest.param("resolution", text, "1920x1080", id=f"resolution {text!r}")
        for text in ("1920", "1920x", "x1080", "0x0", "-1x5", "1920x1080x2", "123456x1", "1.5x2")
    ),
    pytest.param("layers", '"a', "separated by commas", id="a quote without its end"),
    pytest.param("layers", "a\nb", "separated by commas", id="two lines"),
    *(
        pytest.param("prefix", text, "plain name", id=f"prefix {text!r}")
        for text in ("a/b", "a\\b", ".hidden", "../up")
    ),
    *(
        pytest.param(name, f"a{mark}b", "no control character", id=f"{name} with {ord(mark):04x}")
        for name in ("prefix", "render_id")
        for mark in "\t\n\r\x1b\x07\x7f\x85\x9b\u2028\u202e\u2066"
    ),
    pytest.param("prefix", "é" * 51, "100 bytes", id="prefix of 102 bytes"),
    pytest.param("prefix", "\udcff" * 101, "UTF-8", id="prefix of bytes that are no text"),
    *(
        pytest.param(name, "a\0b", "NUL", id=f"NUL in {name}")
        for name in WORDS
        if isinstance(SETTINGS[name].default, str) and not SETTINGS[name].choices
    ),
]


@pytest.mark.parametrize(("name", "text", "value"), GOOD)
def test_values(name: str, text: Any, value: Any) -> None:
    parsed = parse_value(SETTINGS[name], text, "--word")
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(("name", "text", "what_to_do"), BAD)
def test_values_that_are_refused(name: str, text: Any, what_to_do: str) -> None:
    """The message names where it comes from, the value, and what to write."""
    with pytest.raises(BadSetting) as refused:
        parse_value(SETTINGS[name], text, "ARRAY_CHUNK_X")
    whole = str(text)
    shown = repr(whole) if len(whole) <= 200 else f"{whole[:200]!r}…"
    assert str(refused.value).startswith(f"ARRAY_CHUNK_X is {shown}: ")
    assert what_to_do in str(refused.value)
    assert refused.value.exit_code == 64


@given(st.sampled_from(WORDS), st.text(st.characters(codec=None)) | st.integers() | st.booleans())
def test_no_text_is_too_much(name: str, text: str | int | bool) -> None:
    """Whatever a variable holds, the answer is a value that is understood again, or a refusal."""
    try:
        value = parse_value(SETTINGS[name], text, "X")
    except BadSetting:
        return
    assert type(value) is type(SETTINGS[name].default)
    assert parse_value(SETTINGS[name], value, "X") == value


def test_frames_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "frames.txt"
    path.write_text("1-3 # the first ones\n7\n")
    assert settings_from({"frames": f"@{path}"}).frames == f"@{path}"
    path.write_text("1-3\nx\n")
    with pytest.raises(BadSetting, match=r"^Frames is '@.*frames\.txt': .*line 2"):
        settings_from({"frames": f"@{path}"})


def test_a_file_of_frames_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "frames.txt"
    path.write_text("1-3")
    settings = settings_from({"frames": f"@{path}"})
    path.unlink()
    again = settings_from({"frames": settings.frames})
    assert again.frames is settings.frames
    assert list(Plan.of(again, SCENE).frames) == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("", [], id="empty"),
        pytest.param(" , ", [], id="only a comma"),
        pytest.param("a", ["a"], id="one"),
        pytest.param("a, b ,c", ["a", "b", "c"], id="three"),
        pytest.param('"a, b",c', ["a, b", "c"], id="a comma in a name"),
        pytest.param('"a ""quoted"" b"', ['a "quoted" b'], id="quotes in a name"),
        pytest.param("View Layer.001", ["View Layer.001"], id="spaces and points"),
    ],
)
def test_lists_of_names(text: str, names: list[str]) -> None:
    assert split_names(text) == names


# --- all settings -------------------------------------------------------------------------------


@every_setting
def test_the_default_is_a_value(name: str) -> None:
    setting = SETTINGS[name]
    assert parse_value(setting, setting.default, "X") == setting.default


@every_setting
def test_one_word_in_every_place(name: str) -> None:
    setting = SETTINGS[name]
    assert setting.name == name
    assert re.fullmatch(r"--[a-z][a-z-]*[a-z]", setting.option)
    assert setting.option[2:].replace("-", "_") == name
    assert setting.variable == f"ARRAY_CHUNK_{name.upper()}"


@every_setting
def test_what_a_person_reads(name: str) -> None:
    setting = SETTINGS[name]
    assert setting.label
    assert setting.help[0].isupper()
    assert not setting.help.endswith(".")
    assert setting.kind in TEXT_KINDS
    assert setting.group in (*GROUPS, "Bookkeeping")
    for value, label, help_text in setting.choices:
        assert value == value.lower()
        assert label
        assert help_text
    for meant in setting.aliases.values():
        assert str(parse_value(setting, meant, "test")) == meant
    assert not set(setting.aliases) & {value for value, _, _ in setting.choices}


def test_nothing_is_forced_that_was_not_asked_for() -> None:
    """All that changes pictures is as in the scene, and the CPU renders."""
    settings = Settings()
    assert (settings.engine, settings.format, settings.depth) == ("scene",) * 3
    assert (settings.denoise, settings.simplify) == ("scene",) * 2
    assert (settings.samples, settings.percentage, settings.seed) == (0, 0, -1)
    assert settings.pixels is None
    assert not settings.gpu
    assert not settings.eevee


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().samples = 4  # type: ignore[misc]


def test_settings_from_texts() -> None:
    settings = settings_from({"size": "10", "index": "9", "resolution": "64x36", "gpu": "yes"})
    assert (settings.size, settings.index, settings.pixels, settings.gpu) == (10, 9, (64, 36), True)
    assert settings_from({}) == Settings()


def test_the_origin_is_named_where_it_is_known() -> None:
    with pytest.raises(BadSetting, match=r"^--samples is 'many'"):
        settings_from({"samples": "many"}, {"samples": "--samples"})
    with pytest.raises(BadSetting, match=r"^Samples is 'many'"):
        settings_from({"samples": "many"})


@pytest.mark.parametrize(("size", "index"), [(1, 1), (10, 10), (10, 9999)])
def test_an_index_beyond_the_array(size: int, index: int) -> None:
    with pytest.raises(BadSetting, match=rf"index is {index}.*array of {size}.*0 to {size - 1}"):
        settings_from({"size": str(size), "index": str(index)})


def test_a_setting_that_there_is_not() -> None:
    with pytest.raises(KeyError):
        settings_from({"colour": "red"})


def test_a_setting_of_any_range() -> None:
    setting = Setting("x", 0, "", "X", "X", minimum=-5, maximum=5)
    assert [parse_value(setting, text, "X") for text in ("-5", "5")] == [-5, 5]
    for text in ("-6", "6"):
        with pytest.raises(BadSetting, match="from -5 to 5"):
            parse_value(setting, text, "X")


def test_choices_are_those_that_the_type_checker_knows() -> None:
    """A misspelt one in a comparison is an error of mypy's, as its type says which there are."""
    types = {name: typing.get_args(hint) for name, hint in typing.get_type_hints(Settings).items()}
    known = {name: set(choices) for name, choices in types.items() if choices}
    assert known == {
        name: {word for word, _, _ in setting.choices}
        for name, setting in SETTINGS.items()
        if setting.choices
    }


# --- the plan -----------------------------------------------------------------------------------

SCENE = FrameSet.range(3, 21, 4)


def test_the_plan_is_the_scenes_where_no_frames_are_named() -> None:
    plan = Plan.of(settings_from({"size": 3}), SCENE)
    assert plan.frames == SCENE
    assert [list(chunk) for chunk in plan.chunks()] == [[3, 7], [11, 15], [19]]
    assert plan.chunk(1) == FrameSet.of([11, 15])


def test_the_plan_of_named_frames() -> None:
    settings = settings_from({"size": 2, "frames": "-3-5x4", "partition": "interleaved"})
    plan = Plan.of(settings, SCENE)
    assert [list(chunk) for chunk in plan.chunks()] == [[-3, 5], [1]]


def test_more_children_than_frames() -> None:
    plan = Plan.of(settings_from({"size": 10, "frames": "7"}), SCENE)
    assert [len(chunk) for chunk in plan.chunks()] == [1] + [0] * 9
