"""The checker and the reader see what they are there to see."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pictures import GREEN, RED, plain

from .checker import Findings, Half, Reference, look_at, pixels_of
from .reader import Reader


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


def test_the_reader_sees_what_is_half_for_a_moment_only(output: Path) -> None:
    path = output / "00001.png"
    whole = path.read_bytes()
    aside = output.parent / "aside"  # or the reader could see it empty, too
    with Reader(output) as reader:
        for content in (whole[:50], whole):
            aside.write_bytes(content)
            aside.replace(path)
            reader.wait_round()
    assert reader.half == ["00001.png: a wrong check sum in b'IDAT'"]
