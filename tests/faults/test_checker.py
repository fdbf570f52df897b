"""The checker and the reader see what they are there to see, and the table is of all parts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pictures import GREEN, RED, plain

from .checker import Findings, Half, Reference, look_at, pixels_of
from .ledger import Ledger, Row
from .reader import Reader
from .write_reliability import joined


@pytest.fixture
def reference(tmp_path: Path) -> Reference:
    folder = tmp_path / "reference"
    folder.mkdir()
    plain(folder / "00001.png", RED)
    plain(folder / "00002.png", GREEN)
    return Reference.read(folder)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    (folder / ".array_chunk" / "frames").mkdir(parents=True)
    for frame, colour in ((1, RED), (2, GREEN)):
        plain(folder / f"{frame:05d}.png", colour)
        write_record(folder, frame)
    (folder / ".array_chunk" / "render.json").write_text('{"fingerprint": "ours"}')
    return folder


def write_record(output: Path, frame: int, fingerprint: str = "ours") -> None:
    name = f"{frame:05d}.png"
    content = (output / name).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    fields = {
        "fingerprint": fingerprint,
        "files": [{"name": name, "size": len(content), "digest": digest}],
    }
    (output / ".array_chunk" / "frames" / f"{frame:05d}.json").write_text(json.dumps(fields))


def test_whole_frames(output: Path, reference: Reference) -> None:
    assert look_at(output, reference) == Findings(done={1, 2})


def cut(output: Path) -> None:
    path = output / "00001.png"
    path.write_bytes(path.read_bytes()[:-1])


def other_pixels(output: Path) -> None:
    plain(output / "00001.png", GREEN)
    write_record(output, 1)


def unrecorded_change(output: Path) -> None:
    plain(output / "00001.png", GREEN)


def half_a_record(output: Path) -> None:
    (output / ".array_chunk" / "frames" / "00001.json").write_text('{"fingerprint": "ou')


def another_render(output: Path) -> None:
    write_record(output, 1, "another")


def temporary_picture(output: Path) -> None:
    (output / ".array_chunk" / "tmp.png").write_bytes(b"")


@pytest.mark.parametrize(
    ("spoil", "field", "found"),
    [
        (cut, "half", {"00001.png"}),
        (cut, "untrue", {1}),
        (other_pixels, "wrong", {"00001.png"}),
        (unrecorded_change, "untrue", {1}),
        (half_a_record, "half", {".array_chunk/frames/00001.json"}),
        (another_render, "untrue", {1}),
        (temporary_picture, "strange", {".array_chunk/tmp.png"}),
    ],
)
def test_the_checker_sees(
    spoil: Callable[[Path], None],
    field: str,
    found: set[str | int],
    output: Path,
    reference: Reference,
) -> None:
    spoil(output)
    assert set(getattr(look_at(output, reference), field)) == found


def test_no_cut_png_is_whole(output: Path) -> None:
    content = (output / "00001.png").read_bytes()
    assert pixels_of(content)
    for size in range(len(content)):
        with pytest.raises(Half):
            pixels_of(content[:size])


@pytest.mark.parametrize(
    ("name", "size", "seen"),
    [
        ("00001.png", 50, "00001.png: a wrong check sum"),
        ("compositor/depth/00001.png", 20, "00001.png: "),
        (".array_chunk/frames/00001.json", 9, "00001.json: "),
    ],
)
def test_the_reader_sees_what_is_half_for_a_moment_only(
    name: str, size: int, seen: str, output: Path
) -> None:
    plain(make_parent(output / "compositor/depth/00001.png"), RED)
    path = output / name
    whole = path.read_bytes()
    aside = output.parent / "aside"  # or the reader could see it empty, too
    with Reader(output) as reader:
        for content in (whole[:size], whole):
            aside.write_bytes(content)
            aside.replace(path)
            reader.wait_round()
    assert [half[: len(seen)] for half in reader.half] == [seen]


def make_parent(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    return path


def test_what_two_parts_struck_is_one_row(tmp_path: Path) -> None:
    parts = []
    for times in (2, 3):
        ledger = Ledger(tmp_path / "part.json", seed=7)
        ledger.add(Row("SIGKILL", "in mid-copy", times, 0, 1, 0))
        ledger.add(Row("a full disk", f"{times} kB", 1, 0, 0, 0))
        ledger.add(Row("SIGKILL", f"after {times}", 1, 0, 0, 0))
        ledger.write()
        parts.append(json.loads(ledger.path.read_bytes()))
    assert [(row["fault"], row["where"], row["times"], row["half"]) for row in joined(parts)] == [
        ("SIGKILL", "in mid-copy", 5, 2),
        ("SIGKILL", "after 2", 1, 0),
        ("SIGKILL", "after 3", 1, 0),
        ("a full disk", "2 kB", 1, 0),
        ("a full disk", "3 kB", 1, 0),
    ]
