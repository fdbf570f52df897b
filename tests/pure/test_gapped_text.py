"""Texts of which only pieces are known."""

from __future__ import annotations

import pytest
from array_chunk_render.scene.files.gapped_text import (
    A_NUMBER,
    ANYTHING,
    MOST_TEXTS,
    UNKNOWN,
    Text,
    combinations,
    formatted,
    joined,
    of_number,
    texts_of,
)


def of(*pieces: str | None) -> Text:
    """A text of these pieces, with a number in place of None."""
    return joined(A_NUMBER if piece is None else Text.of(piece) for piece in pieces)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        pytest.param(of("//mesh_", None, ".obj"), "//mesh_*.obj", id="number in the name"),
        pytest.param(of("//[x]/a?", None), "//[x]/a[?]*", id="signs that mean something"),
        pytest.param(of("//take_", None, "/mesh.obj"), None, id="number in a folder"),
        pytest.param(of("C:\\", None, "\\mesh.obj"), None, id="on Windows"),
        pytest.param(joined([Text.of("//"), ANYTHING]), None, id="anything"),
        pytest.param(of("//mesh.obj"), None, id="all is known"),
    ],
)
def test_patterns_of_files(text: Text, pattern: str | None) -> None:
    assert text.file_pattern == pattern


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        pytest.param(7, "", of("7"), id="whole"),
        pytest.param(7, "04", of("0007"), id="padded"),
        pytest.param(-7, "04d", of("-007"), id="negative"),
        pytest.param(1.5, ".2f", of("1.50"), id="decimals"),
        pytest.param(1.5, "", A_NUMBER, id="as short as Blender likes"),
        pytest.param(None, "04", A_NUMBER, id="unknown"),
        pytest.param(7, "999999999", A_NUMBER, id="far too wide"),
        pytest.param(7, "x", A_NUMBER, id="another base"),
    ],
)
def test_numbers(value: float | None, spec: str, text: Text) -> None:
    assert of_number(value, spec) == text


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        pytest.param("//{}_{name}.{}", "//0_name.1", id="by place and by name"),
        pytest.param("{{a}}", "{a}", id="braces"),
        pytest.param("//{:04}", "//0:04", id="how it is written"),
        pytest.param("//{", None, id="no end"),
    ],
)
def test_formatted(pattern: str, text: str | None) -> None:
    def item(name: str, spec: str) -> Text:
        return Text.of(f"{name}:{spec}" if spec else name)

    assert formatted(Text.of(pattern), item).known == text


def test_too_many_choices_are_unknown() -> None:
    some = frozenset(Text.of(str(number)) for number in range(MOST_TEXTS))
    assert len(combinations([some, texts_of("a")], joined)) == MOST_TEXTS
    assert combinations([some, frozenset([*some][:2])], joined) == UNKNOWN
    assert combinations([texts_of("a" * 3000)] * 2, joined) == UNKNOWN
