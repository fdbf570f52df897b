"""Matroska films, made by hand: whole, cut off, damaged, with sound beside the pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from array_chunk_render.film.film_file import BrokenFilm, count_matroska_pictures
from hypothesis import given
from hypothesis import strategies as st

UNFINISHED = bytes.fromhex("01ffffffffffffff")


def length(number: int, size: int) -> bytes:
    return (number | 1 << 7 * size).to_bytes(size)


def element(kind: str, *content: bytes, size: int = 4) -> bytes:
    body = b"".join(content)
    return bytes.fromhex(kind) + length(len(body), size) + body


def track(number: int, kind: int) -> bytes:
    return element("ae", element("d7", bytes([number])), element("83", bytes([kind])))


def block(track_number: int) -> bytes:
    return element("a3", length(track_number, 1), bytes(3), b"picture", size=2)


def group(track_number: int) -> bytes:
    return element("a0", element("a1", length(track_number, 1), bytes(3)), element("9b", b"\1"))


CHECKSUM = element("bf", bytes(4), size=1)
TRACKS = element("1654ae6b", CHECKSUM, track(1, 2), track(2, 1), track(3, 2), size=8)
CLUSTERS = (
    element("1f43b675", CHECKSUM, element("e7", b"\0"), block(2), block(1), block(3), block(2)),
    element("1f43b675", element("e7", b"\5"), group(2), group(1), block(1)),
)
HEADER = element("1a45dfa3", b"matroska")


def content(*inner: bytes) -> bytes:
    return HEADER + element("18538067", *inner, size=8)


WHOLE = content(element("ec", bytes(9)), TRACKS, *CLUSTERS, element("1c53bb6b", b"cues"))


def film(folder: Path, there: bytes) -> Path:
    path = folder / "film"
    path.write_bytes(there)
    return path


def test_the_pictures_are_counted_not_the_sound(tmp_path: Path) -> None:
    assert count_matroska_pictures(film(tmp_path, WHOLE)) == 3


def test_a_film_cut_off_anywhere_is_broken(tmp_path: Path) -> None:
    for end in range(len(WHOLE)):
        with pytest.raises(BrokenFilm):
            count_matroska_pictures(film(tmp_path, WHOLE[:end]))


@pytest.mark.parametrize(
    ("there", "message"),
    [
        pytest.param(HEADER, "no segment", id="header alone"),
        pytest.param(
            HEADER + bytes.fromhex("18538067") + UNFINISHED + TRACKS, "never finished",
            id="segment not finished",
        ),
        pytest.param(
            content(TRACKS, bytes.fromhex("1f43b675") + UNFINISHED), "never finished",
            id="cluster not finished",
        ),
        pytest.param(content(*CLUSTERS), "no track of pictures", id="no tracks"),
        pytest.param(
            content(element("1654ae6b", track(1, 2))), "no track of pictures", id="sound alone"
        ),
        pytest.param(content(TRACKS, bytes(12)), "damaged", id="zeros inside"),
    ],
)  # fmt: skip
def test_a_film_of_another_build_is_broken(tmp_path: Path, there: bytes, message: str) -> None:
    with pytest.raises(BrokenFilm, match=message):
        count_matroska_pictures(film(tmp_path, there))


@given(st.binary(max_size=200), st.integers(0, len(WHOLE)))
def test_damage_is_broken_or_counted_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, damage: bytes, at: int
) -> None:
    there = film(tmp_path_factory.getbasetemp(), WHOLE[:at] + damage + WHOLE[at + len(damage) :])
    try:
        assert count_matroska_pictures(there) >= 0
    except BrokenFilm as broken:
        assert str(broken)
