"""What lies beside an output folder is replaced where this program made it, and never else."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import SceneRefused
from array_chunk_render.publishing.maker_mark import MARK, add_mark, has_mark
from array_chunk_render.publishing.places import made_aside

PNG_END = struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))
WHOLE = {
    "shot.mp4": struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0),
    "shot.mkv": b"\x1a\x45\xdf\xa3\x80",
    "shot-contact-sheet.png": b"\x89PNG\r\n\x1a\n" + PNG_END,
    "shot-report.html": b"<!DOCTYPE html>\n<html></html>\n",
}


@pytest.fixture(params=sorted(WHOLE))
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


def test_a_file_of_ours_is_made_anew(target: Path) -> None:
    for _ in range(2):
        with made_aside(target) as made:
            made.write_bytes(WHOLE[target.name])
    assert target.read_bytes().count(MARK) == 1
    assert has_mark(target)


def test_a_copy_of_ours_is_known(target: Path) -> None:
    with made_aside(target) as made:
        made.write_bytes(WHOLE[target.name])
    copy = target.with_name("copy")
    copy.write_bytes(target.read_bytes())
    assert has_mark(copy)


def _link(path: Path) -> None:
    elsewhere = path.with_name("elsewhere")
    elsewhere.write_bytes(WHOLE[path.name])
    add_mark(elsewhere)
    path.symlink_to(elsewhere)


ANOTHERS: dict[str, Callable[[Path], object]] = {
    "file": lambda path: path.write_bytes(WHOLE[path.name]),
    "empty file": lambda path: path.touch(),
    "folder": lambda path: path.mkdir(),
    "link to ours": _link,
    "link to nothing": lambda path: path.symlink_to("nothing"),
    "pipe": lambda path: os.mkfifo(path),
}


@pytest.mark.parametrize("kind", ANOTHERS)
def test_what_another_made_is_refused_before_the_work(target: Path, kind: str) -> None:
    ANOTHERS[kind](target)
    before = os.lstat(target)
    with pytest.raises(SceneRefused, match=target.name), made_aside(target):
        pytest.fail("the block must not run")
    assert os.lstat(target) == before


def test_what_another_puts_there_meanwhile_stays(target: Path) -> None:
    with pytest.raises(SceneRefused, match=target.name), made_aside(target) as made:
        made.write_bytes(WHOLE[target.name])
        target.write_bytes(b"the artist's")
    assert target.read_bytes() == b"the artist's"
    assert list(target.parent.iterdir()) == [target]


def test_a_marked_png_is_a_row_of_whole_chunks(tmp_path: Path) -> None:
    picture = tmp_path / "sheet.png"
    picture.write_bytes(WHOLE["shot-contact-sheet.png"])
    add_mark(picture)
    content, at = picture.read_bytes(), 8
    kinds = []
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        body = content[at + 4 : at + 8 + length]
        assert struct.unpack_from(">I", content, at + 8 + length) == (zlib.crc32(body),)
        kinds.append(body[:4])
        at += 12 + length
    assert kinds == [b"tEXt", b"IEND"]
