"""Which pictures are given to Blender's readers, and what is said of the others."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from array_chunk_render.film.whole_pictures import MOST_NAMED, WholePictures, whole_pictures
from array_chunk_render.tests.pure import formats_common as common
from array_chunk_render.tests.pure import formats_film as film


def sized_png(width: int, height: int) -> bytes:
    """A whole PNG as far as its structure goes, whose pixels nobody has made."""
    head = common.png_chunk(b"IHDR", struct.pack(">II5B", width, height, 8, *[0] * 4))
    data = common.png_chunk(b"IDAT", b"some") + common.png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + data


LARGE_WINDOW = film.exr(
    film.exr_header(dataWindow=("box2i", struct.pack("<4i", 0, 0, 2**31 - 1, 0))), [(0,)]
)
"""An OpenEXR of a line of two thousand million pixels, of which it shows a few."""


def look(folder: Path, *contents: bytes) -> WholePictures:
    """At pictures of the frames from 1 on."""
    pictures = {}
    for frame, content in enumerate(contents, start=1):
        pictures[frame] = folder / f"{frame:05d}"
        pictures[frame].write_bytes(content)
    return whole_pictures(pictures)


def test_whole_pictures_of_one_size_are_all_kept(tmp_path: Path) -> None:
    found = look(tmp_path, sized_png(4, 3), sized_png(4, 3))
    assert (list(found.pictures), found.size, found.reasons) == ([1, 2], (4, 3), "")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(sized_png(4, 3)[:-1], "should fill bytes", id="cut"),
        pytest.param(b"", "empty", id="empty"),
        pytest.param(sized_png(3, 4), "has 3x4 pixels, most have 4x3", id="another size"),
        pytest.param(sized_png(65535, 65535), "too many for a film", id="bomb"),
        pytest.param(LARGE_WINDOW, "data window", id="hidden bomb"),
    ],
)
def test_what_is_not_whole_is_left_out_by_name(tmp_path: Path, content: bytes, reason: str) -> None:
    found = look(tmp_path, sized_png(4, 3), content, sized_png(4, 3))
    assert list(found.pictures) == [1, 3]
    assert list(found.left_out) == [2]
    assert "frame 2: 00002 " in found.reasons
    assert reason in found.reasons


def test_most_frames_decide_the_size_even_if_the_first_has_another(tmp_path: Path) -> None:
    found = look(tmp_path, sized_png(9, 9), sized_png(4, 3), sized_png(4, 3))
    assert (list(found.pictures), found.size) == ([2, 3], (4, 3))


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "gone"])
def test_what_is_no_file_is_left_out(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "00001.png"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    found = whole_pictures({1: path})
    assert (dict(found.pictures), list(found.left_out), found.size) == ({}, [1], (0, 0))


def test_many_are_not_all_named(tmp_path: Path) -> None:
    found = look(tmp_path, *[b""] * (MOST_NAMED + 2))
    assert found.reasons.count("frame") == MOST_NAMED
    assert found.reasons.endswith("; and 2 more")
