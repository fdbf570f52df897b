"""The differential machine's own parts: descriptions, cutting down, reading and comparing."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import pictures
import pytest
from comparison import compare, seen
from cutting import cut
from description import FAMILIES, FRAMES, describe
from hypothesis import given
from hypothesis import strategies as st
from openexr import read_channels
from png import read_values

SEEDS = range(300)


def test_a_seed_is_one_scene() -> None:
    assert [describe(seed) for seed in SEEDS] == [describe(seed) for seed in SEEDS]
    assert describe(1) != describe(2)
    assert describe(1, "layers") != describe(1, "objects")


def test_scenes_are_plain_values() -> None:
    for seed in SEEDS:
        parts = describe(seed)
        assert json.loads(json.dumps(parts)) == parts


def test_every_kind_comes_up() -> None:
    kinds = {part["kind"] for seed in SEEDS for part in describe(seed)}
    assert kinds == {
        *("animate", "aov", "camera cut", "collection", "compositor", "constraint", "drive"),
        *("format", "layer", "library", "light", "lightgroup", "material", "modifier", "nla"),
        *("nodes", "object", "script", "set", "shape key", "simulation", "strip", "world"),
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_a_focus_has_many_of_its_kind(family: str) -> None:
    assert sum(map(len, (describe(seed, family) for seed in range(20)))) > 20


def test_keys_are_inside_the_frames() -> None:
    for seed in SEEDS:
        for part in describe(seed):
            frames = [frame for frame, _ in part.get("keys", [])]
            assert frames == sorted(set(frames))
            assert all(1 <= frame <= FRAMES for frame in frames)


@given(st.sets(st.integers(0, 19), min_size=1, max_size=5), st.integers(1, 20))
def test_cut_to_what_is_needed(needed: set[int], more: int) -> None:
    parts = sorted({*range(more), *needed})
    assert cut(parts, lambda fewer: needed <= {*fewer}) == sorted(needed)


@given(st.integers(1, 12), st.integers(1, 12))
def test_cut_leaves_nothing_that_can_go(size: int, least: int) -> None:
    """Where any so many parts show it, which ones does not matter."""
    wanted = min(size, least)
    assert len(cut(list(range(size)), lambda fewer: len(fewer) >= wanted)) == wanted


def write_exr(path: Path, channels: dict[str, list[float]], code: int = 2) -> Path:
    """An OpenEXR file of one line, not compressed."""
    width = len(next(iter(channels.values())))
    listed = b"".join(
        name.encode() + b"\0" + struct.pack("<iB3xii", code, 0, 1, 1) for name in sorted(channels)
    )
    window = struct.pack("<4i", 0, 0, width - 1, 0)
    attributes = {
        "channels": ("chlist", listed + b"\0"),
        "compression": ("compression", b"\0"),
        "dataWindow": ("box2i", window),
    }
    header = b"".join(
        name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(value)) + value
        for name, (kind, value) in attributes.items()
    )
    kind = {1: "e", 2: "f"}[code]
    line = b"".join(struct.pack(f"<{width}{kind}", *channels[name]) for name in sorted(channels))
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(
        b"\x76\x2f\x31\x01\x02\0\0\0"
        + (header + b"\0" + struct.pack("<Q", 0) + struct.pack("<ii", 0, len(line)) + line)
    )
    return path


@pytest.mark.parametrize("code", [1, 2])
def test_values_are_read(code: int, tmp_path: Path) -> None:
    path = write_exr(tmp_path / "a.exr", {"R": [0.5, 1.0], "A": [0.25, 0.0]}, code)
    assert {name: each.values() for name, each in read_channels(path).items()} == {
        "A": (0.25, 0.0),
        "R": (0.5, 1.0),
    }


def test_no_picture_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.exr").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="no OpenEXR"):
        read_channels(tmp_path / "a.exr")


NAN = float("nan")


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ([0.5, 0.5], [0.5, 0.6], 0.5),
        ([0.5, 0.5], [0.5, 0.501], 0.0),
        ([1000.0, 0.0], [1001.0, 0.0], 0.0),
        ([NAN, 0.0], [NAN, 0.0], 0.0),
        ([NAN, 0.0], [1.0, 0.0], 0.5),
        ([float("inf"), 0.0], [1.0, 0.0], 0.5),
        ([float("inf"), 0.0], [float("inf"), 0.0], 0.0),
    ],
)
def test_what_is_seen(one: list[float], other: list[float], share: float, tmp_path: Path) -> None:
    write_exr(tmp_path / "one" / "1.exr", {"R": one})
    write_exr(tmp_path / "other" / "1.exr", {"R": other})
    visible = seen(compare(tmp_path / "one", tmp_path / "other"))
    assert [each.share for each in visible] == ([share] if share else [])


def test_pictures_of_eight_bits_are_read(tmp_path: Path) -> None:
    """Whatever its lines are filtered by: the second one is the same by each filter."""
    lines = [[10, 20, 30, 40, 50, 60], [15, 5, 35, 70, 60, 200]]
    for kind in range(5):
        filtered = []
        for at, value in enumerate(lines[1]):
            left, corner = (lines[1][at - 3], lines[0][at - 3]) if at >= 3 else (0, 0)
            above = lines[0][at]
            near = left + above - corner
            paeth = min((left, above, corner), key=lambda each: abs(near - each))
            guess = [0, left, above, (left + above) // 2, paeth][kind]
            filtered.append((value - guess) & 255)
        path = pictures.write_png(tmp_path / "a.png", 2, 2, lambda x, y: (0, 0, 0))
        whole = path.read_bytes()
        packed = zlib.compress(bytes([0, *lines[0], kind, *filtered]))
        start = whole.index(b"IDAT") - 4
        length = int.from_bytes(whole[start : start + 4], "big")
        body = len(packed).to_bytes(4, "big") + b"IDAT" + packed + b"\0\0\0\0"
        path.write_bytes(whole[:start] + body + whole[start + length + 12 :])
        assert read_values(path) == [value / 255 for value in lines[0] + lines[1]]


def test_a_pixel_of_eight_bits_is_one(tmp_path: Path) -> None:
    for name, colour in (("one", 9), ("other", 99)):
        (tmp_path / name).mkdir()
        pictures.write_png(
            tmp_path / name / "1.png", 4, 4, lambda x, y, c=colour: (c if x == y == 1 else 9, 0, 0)
        )
    (difference,) = compare(tmp_path / "one", tmp_path / "other")
    assert difference.share == 1 / 48
    assert difference.most == pytest.approx(90 / 255)


def test_what_is_missing_is_seen(tmp_path: Path) -> None:
    write_exr(tmp_path / "one" / "1.exr", {"R": [0.0], "G": [0.0]})
    write_exr(tmp_path / "other" / "1.exr", {"R": [0.0]})
    write_exr(tmp_path / "other" / "2.exr", {"R": [0.0]})
    visible = seen(compare(tmp_path / "one", tmp_path / "other"))
    assert [(each.file, each.channel) for each in visible] == [("2.exr", ""), ("1.exr", "G")]
