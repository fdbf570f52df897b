"""The words after `--`: sub-commands, options with their values, and all that is no such word."""

from __future__ import annotations

import re

import pytest
from array_chunk_render.chunking.errors import BadSetting
from array_chunk_render.command_line.options import COMMANDS, all_options, options_of
from array_chunk_render.command_line.words import CommandLine, help_text, parse_words
from hypothesis import given
from hypothesis import strategies as st

SHOWN = [each for each in COMMANDS.values() if not each.hidden]


def parsed(line: str) -> CommandLine:
    return parse_words(line.split(" ") if line else [])


@pytest.mark.parametrize(
    ("line", "command", "texts"),
    [
        pytest.param("", "render", {}, id="nothing"),
        pytest.param("render", "render", {}, id="render"),
        pytest.param("verify --deep", "verify", {"deep": "true"}, id="a flag"),
        pytest.param("--samples 4", "render", {"samples": "4"}, id="an option alone"),
        pytest.param("--samples=4", "render", {"samples": "4"}, id="with ="),
        pytest.param(
            "--frames -3-5x4", "render", {"frames": "-3-5x4"}, id="a value that begins with -"
        ),
        pytest.param("--frames=-3-5x4", "render", {"frames": "-3-5x4"}, id="the same with ="),
        pytest.param("--frames --5", "render", {"frames": "--5"}, id="a value that begins with --"),
        pytest.param("--seed -1 --size 3", "render", {"seed": "-1", "size": "3"}, id="two options"),
        pytest.param("--prefix=a=b", "render", {"prefix": "a=b"}, id="= in the value"),
        pytest.param("--output=", "render", {"output": ""}, id="empty value"),
        pytest.param("--time-limit 5", "render", {"time_limit": "5"}, id="a word of two"),
        pytest.param("--gpu", "render", {"gpu": "true"}, id="a flag at the end"),
        pytest.param(
            "--gpu --samples 4", "render", {"gpu": "true", "samples": "4"}, id="in between"
        ),
        pytest.param("--gpu false", "render", {"gpu": "false"}, id="a flag with a value"),
        pytest.param(
            "--gpu NO --eevee", "render", {"gpu": "NO", "eevee": "true"}, id="in capitals"
        ),
        pytest.param("--gpu=0", "render", {"gpu": "0"}, id="a flag with ="),
        pytest.param(
            "--samples 4 --samples 8", "render", {"samples": "8"}, id="the last one counts"
        ),
        pytest.param(
            "run-array --jobs 2 --blend a.blend",
            "run-array",
            {"jobs": "2", "blend": "a.blend"},
            id="of the sub-command, and common",
        ),
        pytest.param("--scene help", "render", {"scene": "help"}, id="a scene called help"),
        pytest.param("--prefix -h", "render", {"prefix": "-h"}, id="a prefix -h"),
        pytest.param(
            "--camera render", "render", {"camera": "render"}, id="a camera called render"
        ),
    ],
)
def test_words(line: str, command: str, texts: dict[str, str]) -> None:
    words = parsed(line)
    assert (words.command.name, words.texts, words.wants_help) == (command, texts, False)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("--help", "render"),
        ("-h", "render"),
        ("help", "render"),
        ("verify --help", "verify"),
        ("verify --deep -h", "verify"),
        ("--samples 4 --help", "render"),
    ],
)
def test_help(line: str, command: str) -> None:
    words = parsed(line)
    assert (words.command.name, words.wants_help) == (command, True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("--frmes 1-3", "'--frmes' (did you mean '--frames'?)", id="misspelt"),
        pytest.param("--frmes=1-3", "'--frmes' (did you mean '--frames'?)", id="misspelt with ="),
        pytest.param("--FRAMES 1-3", "'--FRAMES'", id="in capitals"),
        pytest.param("-frames 1-3", "(did you mean '--frames'?)", id="one minus"),
        pytest.param(
            "--zzzzzz", "render has no option '--zzzzzz'. --help lists", id="nothing near"
        ),
        pytest.param("--time_limit 3", "(did you mean '--time-limit'?)", id="_ for -"),
        pytest.param("--frames", "--frames has no value", id="no value at the end"),
        pytest.param("--frames 1-3 5", "The word '5' is no option", id="a word too many"),
        pytest.param("--gpu maybe", "The word 'maybe' is no option", id="no boolean"),
        pytest.param("--", "render has no option '--'", id="-- again"),
        pytest.param(
            "verfy", "no sub-command 'verfy' (did you mean 'verify'?)", id="misspelt command"
        ),
        pytest.param("a.blend", "no sub-command 'a.blend'. There are: render", id="a file"),
        pytest.param("--deep", "render has no option '--deep'", id="of another sub-command"),
        pytest.param("verify render", "The word 'render' is no option", id="two sub-commands"),
    ],
)
def test_words_that_are_refused(line: str, said: str) -> None:
    with pytest.raises(BadSetting, match=re.escape(said)) as refused:
        parsed(line)
    assert refused.value.exit_code == 64
    assert "decode" not in str(refused.value)  # that one is only for ourselves


def test_an_empty_word() -> None:
    with pytest.raises(BadSetting, match="no sub-command ''"):
        parse_words([""])
    with pytest.raises(BadSetting, match="'' "):
        parse_words(["render", ""])


@given(st.lists(st.text(max_size=12) | st.sampled_from([*COMMANDS, "--frames", "--gpu", "="])))
def test_no_words_are_too_much(words: list[str]) -> None:
    try:
        found = parse_words(words)
    except BadSetting:
        return
    assert set(found.texts) <= set(options_of(found.command))


# --- help ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", SHOWN, ids=lambda command: command.name)
def test_help_names_every_option_and_variable(command: object) -> None:
    found = next(each for each in SHOWN if each is command)
    text = help_text(found, list(COMMANDS.values()))
    for setting in options_of(found).values():
        assert re.search(rf"^  {setting.option}[ \n]", text, re.MULTILINE)
        for variable in (setting.variable, *setting.variables):
            assert variable in text
    assert all(f"\n  {each.name} " in text for each in SHOWN)
    assert "decode" not in text.replace("decode every", "")


def test_help_fits_a_terminal() -> None:
    lines = help_text(COMMANDS["render"], list(COMMANDS.values())).splitlines()
    long = [line for line in lines if len(line) > 100 and "[" not in line]
    assert long == []


def test_no_two_options_share_a_word_or_a_variable() -> None:
    variables = [
        variable
        for setting in all_options().values()
        for variable in (setting.variable, *setting.variables)
    ]
    assert len(variables) == len(set(variables))
    for command in COMMANDS.values():
        words = [setting.option for setting in options_of(command).values()]
        assert len(words) == len(set(words))
