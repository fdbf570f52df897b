"""MP4 files, made by hand: whole or cut off, with and without a word on their colours."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from array_chunk_render.film.film_file import BrokenFilm, count_mp4_pictures, say_mp4_colours

STSZ_OF_12 = struct.pack(">III", 0, 0, 12) + struct.pack(">12I", *range(100, 112))
NCLX_BT601 = bytes.fromhex("00000013 636f6c72 6e636c78 0001 0001 0006 00")
NCLX_BT709 = bytes.fromhex("00000013 636f6c72 6e636c78 0001 0001 0001 00")


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind + body


def long_box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4sQ", 1, kind, 16 + len(content)) + content


def track(entry: bytes, *inner: bytes, table: bytes = STSZ_OF_12) -> bytes:
    sample_entry = box(entry, bytes(78), box(b"avcC", b"settings"), *inner)
    stsd = box(b"stsd", struct.pack(">II", 0, 1), sample_entry)
    stbl = box(b"stbl", stsd, box(b"stts", bytes(16)), box(b"stsz", table))
    return box(b"trak", box(b"tkhd", bytes(84)), box(b"mdia", box(b"minf", stbl)))


def moov(*inner: bytes, entry: bytes = b"avc1") -> bytes:
    return box(b"moov", box(b"mvhd", bytes(100)), track(entry, *inner), box(b"udta", b""))


FTYP = box(b"ftyp", b"isomiso2avc1mp41")
MDAT = box(b"mdat", b"pictures")


def film(path: Path, *boxes: bytes) -> Path:
    path.write_bytes(b"".join(boxes))
    return path


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return film(tmp_path / "whole", FTYP, MDAT, moov())


@pytest.mark.parametrize("mdat", [MDAT, long_box(b"mdat", b"pictures")], ids=["short", "long"])
def test_pictures_are_counted(tmp_path: Path, mdat: bytes) -> None:
    assert count_mp4_pictures(film(tmp_path / "film", FTYP, mdat, moov())) == 12


def test_the_pictures_are_counted_not_the_sound(tmp_path: Path) -> None:
    sound = track(b"mp4a", table=struct.pack(">III", 0, 4, 99))
    index = box(b"moov", box(b"mvhd", bytes(100)), sound, track(b"avc1"))
    assert count_mp4_pictures(film(tmp_path / "film", FTYP, MDAT, index)) == 12


def test_a_film_cut_off_anywhere_is_broken(whole: Path, tmp_path: Path) -> None:
    content = whole.read_bytes()
    for length in range(len(content)):
        with pytest.raises(BrokenFilm):
            count_mp4_pictures(film(tmp_path / "cut", content[:length]))


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        pytest.param((FTYP, moov(), MDAT), "not at its end", id="index first"),
        pytest.param((FTYP, MDAT), "not at its end", id="no index"),
        pytest.param((FTYP, MDAT, box(b"moov")), "no H.264", id="empty index"),
        pytest.param((FTYP, MDAT, box(b"moov", bytes(8))), "damaged", id="length 0 inside"),
        pytest.param((FTYP, MDAT, box(b"moov", b"abc")), "damaged", id="scrap inside"),
        pytest.param((FTYP, struct.pack(">I4s", 4, b"mdat"), moov()), "cut off", id="length 4"),
        pytest.param((FTYP, MDAT, moov(), b"xyz"), "header", id="scrap at the end"),
    ],
)
def test_a_film_of_another_build_is_broken(
    tmp_path: Path, boxes: tuple[bytes, ...], message: str
) -> None:
    with pytest.raises(BrokenFilm, match=message):
        count_mp4_pictures(film(tmp_path / "film", *boxes))


def test_a_film_that_does_not_say_its_colours_is_made_to(whole: Path, tmp_path: Path) -> None:
    say_mp4_colours(whole)
    expected = film(tmp_path / "expected", FTYP, MDAT, moov(NCLX_BT601))
    assert whole.read_bytes() == expected.read_bytes()


def test_a_film_that_says_its_colours_is_left_alone(tmp_path: Path) -> None:
    said = film(tmp_path / "said", FTYP, MDAT, moov(NCLX_BT709))
    before = said.read_bytes()
    say_mp4_colours(said)
    assert said.read_bytes() == before


def test_a_film_of_another_codec_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenFilm, match="no H.264"):
        say_mp4_colours(film(tmp_path / "film", FTYP, MDAT, moov(entry=b"hvc1")))
