"""Whole pictures are accepted, cut and damaged ones refused, whatever the file is called."""

from __future__ import annotations

import os
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from array_chunk_render.publishing.formats import (
    SUFFIXES,
    VIDEO_SUFFIXES,
    BrokenPicture,
    Picture,
    inspect,
)
from array_chunk_render.tests.pure import formats_common as common
from array_chunk_render.tests.pure import formats_film as film
from array_chunk_render.tests.pure.formats_common import HEIGHT, WIDTH
from array_chunk_render.tests.pure.formats_pictures import PICTURES
from hypothesis import given
from hypothesis import strategies as st

Inspect = Callable[[bytes], Picture]

WHOLE = [pytest.param(picture, data, id=name) for name, (picture, data) in PICTURES.items()]
MAY_GO_ON = "tiff"
"""The one format that doesn't say where it ends."""


@pytest.fixture(scope="module")
def inspect_bytes(tmp_path_factory: pytest.TempPathFactory) -> Inspect:
    """Inspect a file with these bytes, whose name says nothing."""
    path = tmp_path_factory.mktemp("formats") / "file"
    path.touch()

    def inspected(data: bytes) -> Picture:
        with path.open("r+b") as file:  # not made anew: file systems flush that at once
            file.write(data)
            file.truncate()
        return inspect(path)

    return inspected


@pytest.mark.parametrize(("picture", "data"), WHOLE)
def test_a_whole_picture_has_its_format_and_size(
    inspect_bytes: Inspect, picture: Picture, data: bytes
) -> None:
    assert inspect_bytes(data) == picture


@pytest.mark.parametrize(("picture", "data"), WHOLE)
def test_every_cut_is_refused(tmp_path: Path, picture: Picture, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    for length in reversed(range(len(data))):
        os.truncate(path, length)
        with pytest.raises(BrokenPicture, match="byte"):
            pytest.fail(f"{inspect(path)} was accepted, cut to {length} bytes")


@pytest.mark.parametrize("name", [name for name in PICTURES if not name.startswith(MAY_GO_ON)])
def test_what_goes_on_behind_its_end_is_refused(inspect_bytes: Inspect, name: str) -> None:
    _, data = PICTURES[name]
    with pytest.raises(BrokenPicture):
        inspect_bytes(data + b"\0")


def test_any_changed_byte_of_a_png_is_seen(inspect_bytes: Inspect) -> None:
    _, data = PICTURES["png, several IDAT"]
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 0x20
        with pytest.raises(BrokenPicture):
            pytest.fail(f"{inspect_bytes(bytes(changed))} was accepted, changed at {place}")


def test_the_suffix_does_not_count(tmp_path: Path) -> None:
    picture, data = PICTURES["png"]
    path = tmp_path / "00001.exr"
    path.write_bytes(data)
    assert inspect(path) == picture


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "it is empty: it ends at byte 0", id="empty"),
        pytest.param(bytes(8192), "it begins like no picture", id="zeros"),
        pytest.param(b"GIF89a" + bytes(100), "it begins like no picture", id="GIF"),
        pytest.param(b"\x89PN", "it begins like no picture", id="part of a magic number"),
        pytest.param(b"RIFF\4\0\0\0WAVE", "it begins like no picture", id="sound"),
        pytest.param(common.targa(palette=2), "it begins like no picture", id="Targa's palette"),
        pytest.param(common.targa(kind=4), "it begins like no picture", id="Targa's type"),
        pytest.param(common.targa(kind=1), "it begins like no picture", id="Targa needs a palette"),
        pytest.param(common.targa(depth=7), "it begins like no picture", id="Targa's depth"),
        pytest.param(
            common.targa()[:12] + bytes(4) + common.targa()[16:],
            "it begins like no picture",
            id="Targa without a size",
        ),
    ],
)
def test_no_picture_at_all(inspect_bytes: Inspect, data: bytes, message: str) -> None:
    with pytest.raises(BrokenPicture, match=message):
        inspect_bytes(data)


def test_a_missing_file_is_no_broken_picture(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        inspect(tmp_path / "00001.png")


def test_a_folder_and_a_pipe_are_no_pictures(tmp_path: Path) -> None:
    pipe = tmp_path / "00001.png"
    os.mkfifo(pipe)
    for path in (tmp_path, pipe):
        with pytest.raises(BrokenPicture, match="not a regular file"):
            inspect(path)


NAMES = st.sampled_from(sorted(PICTURES))
NUMBERS = st.sampled_from(
    [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 2**32 - 1]
)
WORDS = st.builds(
    lambda number, size, order: (number % 256**size).to_bytes(size, order),
    NUMBERS,
    st.sampled_from([1, 2, 4, 8]),
    st.sampled_from(["little", "big"]),
)
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), WORDS | st.binary(max_size=40)),
    min_size=1,
    max_size=4,
)
"""Where, how many bytes are taken away, what is put there."""


@given(NAMES, EDITS)
def test_damage_is_refused_or_does_not_matter(
    inspect_bytes: Inspect, name: str, edits: list[tuple[float, int, bytes]]
) -> None:
    """Whatever the bytes: never another exception, never a hang."""
    _, data = PICTURES[name]
    for where, removed, put in edits:
        place = int(where * len(data))
        data = data[:place] + put + data[place + removed :]
    try:
        picture = inspect_bytes(data)
    except BrokenPicture as broken:
        assert "byte" in str(broken)
    else:
        assert picture.width > 0 < picture.height


@given(NAMES, st.integers(0, 64), st.binary(max_size=300))
def test_any_bytes_behind_a_true_start(
    inspect_bytes: Inspect, name: str, kept: int, data: bytes
) -> None:
    _, whole = PICTURES[name]
    try:
        picture = inspect_bytes(whole[:kept] + data)
    except BrokenPicture as broken:
        assert "byte" in str(broken)
    else:
        assert picture.width > 0 < picture.height


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            film.exr(film.exr_header(top=-(2**30)), [], flags=0).replace(
                struct.pack("<i", -(2**30) + HEIGHT - 1), struct.pack("<i", 2**30)
            ),
            id="openexr, 2 milliard lines",
        ),
        pytest.param(
            common.tiff().replace(
                struct.pack("<HHI", 273, 4, 3), struct.pack("<HHI", 273, 4, 2**28)
            ),
            id="tiff, a table of 1 GiB",
        ),
        pytest.param(
            common.tiff(big=True).replace(
                struct.pack("<HHQ", 279, 16, 3), struct.pack("<HHQ", 279, 16, 2**19)
            ),
            id="tiff, half a million strips",
        ),
        pytest.param(
            film.iris_in_runs().replace(
                struct.pack(">HHH", WIDTH, HEIGHT, 3), struct.pack(">HHH", WIDTH, 65535, 65535)
            ),
            id="iris, 4 milliard rows",
        ),
    ],
)
def test_huge_numbers_take_no_memory(tmp_path: Path, data: bytes) -> None:
    """Not even in a file that is as large as they say: 16 GiB, with a hole in it."""
    path = tmp_path / "file"
    path.write_bytes(data)
    os.truncate(path, 2**34)
    tracemalloc.start()
    try:
        with pytest.raises(BrokenPicture, match="too many to be true|long, after byte|data window"):
            inspect(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1024 * 1024


def test_the_suffixes_are_lower_case_and_tell_stills_from_videos() -> None:
    assert not SUFFIXES & VIDEO_SUFFIXES
    for suffix in SUFFIXES | VIDEO_SUFFIXES:
        assert Path(f"00001{suffix}").suffix == suffix == suffix.lower()
