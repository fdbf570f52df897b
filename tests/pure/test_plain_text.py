"""Other people's words on a terminal: one line each, and nothing that it obeys or hides."""

from __future__ import annotations

import ast
import io
import json
import logging
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.plain_text import json_line, plain_line
from array_chunk_render.command_line.printing import Answer, JsonFormatter, TextFormatter
from hypothesis import example, given
from hypothesis import strategies as st

REPOSITORY = Path(__file__).resolve().parent.parent.parent
FILLERS = set("\u115f\u1160\u2800\u3164\uffa0")
FORGED = "child 0 of 1 is complete"
CLIPBOARD = "\x1b]52;c;cm0gLXJmIC8=\x07"
HOSTILE = [
    f"a{end}{FORGED}"
    for end in ("\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
] + [
    f"{CLIPBOARD}a",
    "\x1b[2J\x1b[31mred",
    "\x9b31m",
    "\x9d52;c;eA==\x9c",
    "\x00\x7f\b\t",
    "\u202egnp.exe\u202c\u2066\u2069\u200e\u061c",
    "zero\u200bwidth\u2060\ufeff\u00ad",
    "tags \U000e0041\U000e0042\U000e0100",
    "fillers \u3164\uffa0\u115f\u2800",
    "\udc80half\ud83d",
    "private \ue000\U0010fffd, nobody's \uffff\u0378",
]
texts = st.one_of(
    st.text(),
    st.text(st.characters()),
    st.text(st.sampled_from("ab\n\r\x1b\x07\x9b\u2028\u202e\u200b\ud800é漢\\\"'")),
)


def hostile(test: Any) -> Any:
    for text in HOSTILE:
        test = example(text)(test)
    return given(texts)(test)


def assert_plain(line: str) -> None:
    assert len(line.splitlines()) <= 1
    seen = {unicodedata.category(each) for each in line}
    assert not seen & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    line.encode("utf-8")


@hostile
def test_any_text_is_one_line_that_shows_all_of_it(text: str) -> None:
    line = plain_line(text)
    assert_plain(line)
    assert plain_line(line) == line
    if all(unicodedata.category(each)[0] in "LNPS" or each == " " for each in set(text) - FILLERS):
        assert line == text or set(text) & FILLERS


@pytest.mark.parametrize(
    "text",
    ["Größe Ünïcode", "漢字 かな 한국어", "العربية עברית", "🎬 ½ § “x” – …", "C:\\new\\x", ""],
)
def test_what_can_be_seen_stays_as_it_is(text: str) -> None:
    assert plain_line(text) == text
    assert json.loads(json_line({"text": text})) == {"text": text}
    assert text.replace("\\", "\\\\") in json_line(text)


def test_how_it_is_shown() -> None:
    assert plain_line("a\nb\r\tc\x1b]52;\x9b\u202e\U000e0041\udc80") == (
        "a\\nb\\r\\tc\\x1b]52;\\x9b\\u202e\\U000e0041\\udc80"
    )


@pytest.mark.parametrize("number", [0x115F, 0x3164, 0xFE0F, 0xE0100, 0x2800, 0x034F])
def test_what_is_not_seen_although_python_calls_it_printable(number: int) -> None:
    assert chr(number) not in plain_line(f"a{chr(number)}b")


@hostile
def test_json_is_one_plain_line_and_loses_nothing(text: str) -> None:
    line = json_line({text: [text, None]})
    assert_plain(line)
    assert json.loads(line) == json.loads(json.dumps({text: [text, None]}))


def record(text: str, level: int = logging.INFO, **fields: Any) -> logging.LogRecord:
    made = logging.LogRecord("log", level, __file__, 1, "%s", (text,), None)
    made.__dict__.update(fields)
    return made


@hostile
def test_a_message_of_the_log_is_one_line(text: str) -> None:
    line = TextFormatter().format(record(f"frame 1: {text}", logging.WARNING))
    assert_plain(line)
    assert line.startswith("warning: frame 1: ")


@hostile
def test_an_object_of_the_log_is_one_line(text: str) -> None:
    line = JsonFormatter().format(record(text, fields={"name": text}))
    assert_plain(line)
    fields = json.loads(line)
    assert fields["message"] == fields["name"] == json.loads(json.dumps(text))


def test_a_traceback_is_marked_line_by_line() -> None:
    try:
        raise RuntimeError(f"a\n{FORGED}{CLIPBOARD}")
    except RuntimeError:
        shown = TextFormatter().format(record("It failed", exc_info=sys.exc_info()))
    first, *others = shown.split("\n")
    assert first == "It failed"
    assert all(line.startswith("| ") for line in others)
    assert f"| {FORGED}\\x1b]52;c;cm0gLXJmIC8=\\x07" in others


@hostile
def test_an_answer_has_a_line_for_each_text(text: str) -> None:
    stream = io.StringIO()
    out = Answer(stream)
    out.line(text)
    out.lines([text, "b"])
    out.json([text])
    lines = stream.getvalue().split("\n")
    assert len(lines) == 5
    for line in lines:
        assert_plain(line)


WRITES = {"write", "writelines", "print_exc", "print_exception", "print_stack", "dump"}


def writes(module: Path) -> Iterator[str]:
    """Every call in a module that may write a text to a stream in another way."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute) and called.attr in WRITES:
                yield f"{module.name}: {ast.unparse(called)}"
            if isinstance(called, ast.Name) and called.id == "print":
                yield f"{module.name}: print"


def test_no_command_writes_in_another_way() -> None:
    modules = [REPOSITORY / "main.py", *(REPOSITORY / "command_line").glob("*.py")]
    found = {module.name: list(writes(module)) for module in modules}
    assert found.pop("printing.py")
    # What Blender itself says on standard error comes out there as it always did.
    assert found.pop("chatter.py") == ["chatter.py: os.write"] * 2
    assert [each for module in found.values() for each in module] == []
