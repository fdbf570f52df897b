"""The fingerprint: what changes it, what does not, and what a person is told of it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.publishing.fingerprint import (
    SAMPLE_BYTES,
    SAMPLES,
    WHOLE_BYTES,
    Fingerprint,
    combined,
    differences,
    sample_digest,
    whole_digest,
)
from hypothesis import given
from hypothesis import strategies as st

PARTS = st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=5)


@given(PARTS, PARTS)
def test_equal_digests_mean_equal_parts(ours: dict[str, str], theirs: dict[str, str]) -> None:
    assert (Fingerprint(ours).digest == Fingerprint(theirs).digest) == (ours == theirs)


@given(PARTS)
def test_the_order_of_the_parts_does_not_count(parts: dict[str, str]) -> None:
    assert Fingerprint(dict(reversed(parts.items()))).digest == Fingerprint(parts).digest


def test_the_digest_is_the_same_in_every_process() -> None:
    """A child on another machine, years later, still knows the render."""
    assert Fingerprint({"scene": "Scène", "Blender": "4.2.0"}).digest == (
        "9efc33e1910b670000466cc6c267d46f5a10a1ffa5eb02ea03f9760bf6b06952"
    )


LONG = WHOLE_BYTES + 1
"""Read in samples; nearly all of it holes, which take no room."""


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "cache.vdb"
    with path.open("wb") as file:
        file.truncate(LONG)
    return path


def overwrite(path: Path, place: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(place, os.SEEK_SET if place >= 0 else os.SEEK_END)
        file.write(content)


STEP = (LONG - SAMPLE_BYTES) / (SAMPLES - 1)
"""From one sample to the next."""


@pytest.mark.parametrize(
    ("place", "is_seen"),
    [
        pytest.param(0, True, id="first byte"),
        pytest.param(SAMPLE_BYTES - 1, True, id="last byte of the first sample"),
        pytest.param(SAMPLE_BYTES, False, id="between two samples"),
        pytest.param(int(20 * STEP) + 1, True, id="in the middle"),
        pytest.param(int(20 * STEP) - 1, False, id="before a sample in the middle"),
        pytest.param(-SAMPLE_BYTES - 1, False, id="before the last sample"),
        pytest.param(-SAMPLE_BYTES, True, id="first byte of the last sample"),
        pytest.param(-1, True, id="last byte"),
    ],
)
def test_a_long_file_is_sampled(large: Path, place: int, is_seen: bool) -> None:
    before = sample_digest(large), whole_digest(large)
    overwrite(large, place, b"!")
    assert (sample_digest(large) != before[0]) == is_seen
    assert whole_digest(large) != before[1]


@pytest.mark.parametrize("place", [0, 100_000, WHOLE_BYTES // 2, WHOLE_BYTES - 1])
def test_a_picture_is_read_as_a_whole(large: Path, place: int) -> None:
    """One that is not compressed may be painted over in its middle alone."""
    os.truncate(large, WHOLE_BYTES)
    before = sample_digest(large)
    overwrite(large, place, b"!")
    assert sample_digest(large) != before


def test_the_size_counts(large: Path) -> None:
    before = sample_digest(large)
    os.truncate(large, LONG + 1)
    assert sample_digest(large) != before


@pytest.mark.parametrize("size", [0, 1, SAMPLE_BYTES, SAMPLE_BYTES + 1, 2 * SAMPLE_BYTES])
def test_small_files(tmp_path: Path, size: int) -> None:
    digests = set()
    for number in range(2 if size else 1):
        path = tmp_path / str(number)
        path.write_bytes(bytes([number]) * size)
        digests.add(sample_digest(path))
    assert len(digests) == (2 if size else 1)


def test_times_and_names_do_not_count(large: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.write_bytes(large.read_bytes())
    os.utime(copy, (1, 1))
    assert sample_digest(copy) == sample_digest(large)
    assert whole_digest(copy) == whole_digest(large)


@pytest.mark.parametrize("digest", [sample_digest, whole_digest])
def test_a_file_that_comes_to_be_there(tmp_path: Path, digest: Callable[[Path], str]) -> None:
    path = tmp_path / "texture.png"
    missing = digest(path)
    path.write_bytes(b"")
    assert missing == "missing"
    assert digest(path) != missing


@pytest.mark.parametrize("digest", [sample_digest, whole_digest])
def test_a_file_that_cannot_be_read(tmp_path: Path, digest: Callable[[Path], str]) -> None:
    with pytest.raises(OSError, match=r".") as raised:
        digest(tmp_path)
    assert raised.value.errno == errno.EISDIR


def test_many_files_as_one() -> None:
    files = [("a.png", "1"), ("b.png", "2")]
    assert combined(files) == combined(reversed(files))
    others: list[list[tuple[str, str]]] = [
        [],
        files[:1],
        [("a.png", "2"), ("b.png", "1")],
        [("a.png", "1"), ("c.png", "2")],
        [*files, *files],
        [("a", ".png1"), ("b", ".png2")],
    ]
    assert len({combined(each) for each in (files, *others)}) == len(others) + 1


def test_file_names_of_any_bytes() -> None:
    assert combined([("\udcff.png", "1")]) != combined([("\udcfe.png", "1")])


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        pytest.param({"samples": "4"}, {"samples": "4"}, [], id="nothing"),
        pytest.param({"samples": "8"}, {"samples": "4"}, ["samples was 4, is 8"], id="a setting"),
        pytest.param({"a": "x" * 64}, {"a": "y" * 64}, ["a changed"], id="a digest"),
        pytest.param({"a": "missing"}, {"a": "y" * 64}, ["a changed"], id="a file that is gone"),
        pytest.param({"a": "1"}, {}, ["a is new"], id="new"),
        pytest.param({}, {"a": "1"}, ["a is gone"], id="gone"),
        pytest.param(
            {"b": "1", "a": "1"}, {"b": "2", "a": "2"}, ["a was 2, is 1", "b was 2, is 1"], id="two"
        ),
    ],
)
def test_differences_in_words(ours: Any, theirs: Any, said: list[str]) -> None:
    assert differences(ours, theirs) == said
