"""Names with numbers in them: sequences, how they are played, and UDIM tiles."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from array_chunk_render.scene.files.numbered_names import (
    Beyond,
    FrameFiles,
    NumberedName,
    Playback,
    tile_name,
)
from hypothesis import given
from hypothesis import strategies as st

FRAMES = (1, 4, 5, 9, 10, 11, 14, 15, 16, 25)


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        pytest.param("smoke_0042.vdb", 7, "smoke_0007.vdb", id="padded"),
        pytest.param("smoke_0042.vdb", 12345, "smoke_12345.vdb", id="outgrown"),
        pytest.param("a1.png", 10, "a10.png", id="not padded"),
        pytest.param("v2_take_007_left.exr", 8, "v2_take_008_left.exr", id="last digits count"),
        pytest.param("take9.mp4", 3, "take3.mp4", id="the suffix's digits don't"),
        pytest.param("seq001", 2, "seq002", id="no suffix"),
    ],
)
def test_the_name_of_another_number(name: str, number: int, expected: str) -> None:
    pattern = NumberedName.read(name)
    assert pattern is not None
    assert pattern.numbered(number) == expected


@pytest.mark.parametrize("name", ["wood.png", "clip.mp4", "", ".png"])
def test_a_name_without_number(name: str) -> None:
    assert NumberedName.read(name) is None


def test_members_are_in_the_order_of_their_numbers_and_padded_alike() -> None:
    pattern = NumberedName.read("a01.png")
    assert pattern is not None
    names = ["a10.png", "a2.png", "a02.png", "a100.png", "a001.png", "ax.png", "b01.png", "a.png"]
    assert pattern.members(names) == ["a02.png", "a10.png", "a100.png"]


@given(
    head=st.text(alphabet="ab._-", max_size=5),
    width=st.integers(1, 6),
    numbers=st.sets(st.integers(0, 10**7), min_size=1),
)
def test_every_numbered_name_is_a_member(head: str, width: int, numbers: set[int]) -> None:
    pattern = NumberedName(head, width, ".exr")
    names = [pattern.numbered(number) for number in sorted(numbers)]
    assert pattern.members(reversed(names)) == names
    again = NumberedName.read(names[0])
    assert again is not None
    assert again.head == head


@pytest.mark.parametrize(
    ("beyond", "offset", "shown"),
    [
        pytest.param(Beyond.NOTHING, 0, "- - 1 5 6 - - - - -", id="clip"),
        pytest.param(Beyond.NOTHING, 3, "- - 4 8 9 - - - - -", id="clip with offset"),
        pytest.param(Beyond.NEAREST, 0, "1 1 1 5 6 6 6 6 6 6", id="extend"),
        pytest.param(Beyond.REPEAT, 0, "3 6 1 5 6 1 4 5 6 3", id="repeat"),
        pytest.param(Beyond.REPEAT, 3, "6 9 4 8 9 4 7 8 9 6", id="repeat with offset"),
        pytest.param(Beyond.PING_PONG, 0, "5 2 1 5 6 5 2 1 2 1", id="ping-pong"),
        pytest.param(Beyond.LAST_AFTER, 0, "- - 1 5 6 6 6 6 6 6", id="image"),
    ],
)
def test_the_files_that_blender_shows(beyond: Beyond, offset: int, shown: str) -> None:
    """Six files from frame 5 on; read back from Blender for volumes, seen in renders for images."""
    playback = Playback(first=5, length=6, offset=offset, beyond=beyond)
    numbers = [playback.numbers([frame]) for frame in FRAMES]
    assert numbers == [set() if one == "-" else {int(one)} for one in shown.split()]


@pytest.mark.parametrize("beyond", Beyond)
def test_a_playback_of_one_file_or_none(beyond: Beyond) -> None:
    assert Playback(1, 1, 0, beyond).numbers(range(1, 4)) == {1}
    assert Playback(1, 0, 0, beyond).numbers(range(1, 4)) == set()


@pytest.mark.parametrize(
    ("name", "tile", "expected"),
    [
        pytest.param("w.<UDIM>.png", 1001, "w.1001.png", id="first UDIM"),
        pytest.param("w_<UVTILE>.png", 1001, "w_u1_v1.png", id="first UVTILE"),
        pytest.param("w_<UVTILE>.png", 1010, "w_u10_v1.png", id="end of a row"),
        pytest.param("w_<UVTILE>.png", 1011, "w_u1_v2.png", id="next row"),
    ],
)
def test_the_name_of_a_tile(name: str, tile: int, expected: str) -> None:
    assert tile_name(name, tile) == expected


@pytest.mark.parametrize(
    ("baked", "there", "frames", "lacking"),
    [
        pytest.param(range(1, 5), [1, 2, 3, 4], range(9), [], id="whole, held at its ends"),
        pytest.param(range(1, 5), [1, 2, 4], [1, 2], [], id="a hole elsewhere"),
        pytest.param(range(1, 5), [1, 2, 4], [2, 3], [3], id="a hole"),
        pytest.param(range(1, 5), [1, 2], [9], [4], id="cut off: its last frame is held"),
        pytest.param(range(1, 9, 3), [1, 4, 7], range(1, 9), [], id="by steps"),
        pytest.param(range(1, 9, 3), [1, 7], range(1, 9), [4], id="a hole in steps"),
        pytest.param(range(0), [], [1], [], id="nothing baked"),
        pytest.param(None, [2, 3, 5], range(1, 9), [4], id="what is there tells"),
        pytest.param(None, [], [1], [], id="nothing there"),
    ],
)
def test_files_of_a_baked_cache(
    baked: range | None, there: list[int], frames: Iterable[int], lacking: list[int]
) -> None:
    names = [f"cloth_{number:06d}_00" for number in there] + ["other_000003_00"]
    for head, tail in (("cloth_", "_00"), ("[c]loth_", "_*")):
        files = FrameFiles(head, 6, tail, baked)
        assert files.lacking(names, frames) == [f"{head}{number:06d}{tail}" for number in lacking]
