"""What frames are written as: AVIF up to its film, and what is refused before a sample."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import av
import pytest
from children import MakeBlend, RunChild, clean_environment, frames_in, record_of, verdicts_of

WIDTH, HEIGHT = 64, 36
FRAMES = ["00001.avif", "00002.avif", "00003.avif"]
Values = bytes


@pytest.fixture(scope="session")
def writes_avif(blender_executable: Path) -> bool:
    """Whether this Blender can write AVIF, by its own word."""
    ask = (
        "import bpy; kinds = bpy.types.ImageFormatSettings.bl_rna.properties['file_format'];"
        "print('it writes', *kinds.enum_items.keys())"
    )
    told = subprocess.run(
        [str(blender_executable), "-b", "--factory-startup", "--python-expr", ask],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    (line,) = (each for each in told.stdout.splitlines() if each.startswith("it writes "))
    assert "PNG" in line.split()
    return "AVIF" in line.split()


@pytest.fixture
def needs_avif(writes_avif: bool) -> None:
    if not writes_avif:
        pytest.skip("this Blender writes no AVIF: it came with 5.1")


def values(path: Path) -> list[Values]:
    """RGB of 8 bits of each picture of a film or a still, decoded by FFmpeg and dav1d."""
    with av.open(str(path)) as opened:
        return [frame.to_rgb().to_ndarray().tobytes() for frame in opened.decode(video=0)]


def distance(one: Values, other: Values) -> float:
    """How many levels of 255 they differ by, on average."""
    assert len(one) == len(other) == 3 * WIDTH * HEIGHT
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


@pytest.mark.usefixtures("needs_avif")
@pytest.mark.parametrize("depth", ["8", "10", "12"])
def test_avif_from_its_render_to_its_film(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path, depth: str
) -> None:
    blend, output = make_blend("film", end=3), tmp_path / "out"
    words = ("--format", "avif", "--depth", depth, "--quality", "95")
    ended = run_child(blend, output, *words)
    assert ended.code == 0, ended
    assert frames_in(output) == FRAMES
    assert run_child(blend, output, *words).code == 0
    assert {verdict["reused"] for verdict in verdicts_of(output)} == {"", "1-3"}
    assert run_child(blend, output, "verify", "--deep").code == 0
    assert run_child(blend, tmp_path / "png").code == 0
    expected = [values(tmp_path / "png" / f"0000{frame}.png")[0] for frame in (1, 2, 3)]

    film = run_child(blend, output, "film", "--lossless")
    assert film.code == 0, film
    for name in ("out.mp4", "out.mkv"):
        shown = values(tmp_path / name)
        assert len(shown) == 3
        for picture, own in zip(shown, expected, strict=True):
            assert min(expected, key=lambda each: distance(picture, each)) is own
            assert distance(picture, own) < 3
    (tmp_path / "out-contact-sheet.png").stat()

    report = run_child(blend, output, "report")
    assert report.code == 0, report
    page = (tmp_path / "out-report.html").read_text(encoding="utf-8")
    assert re.findall(r'aria-label="(Frame \d+)"', page) == ["Frame 1", "Frame 2", "Frame 3"]


@pytest.mark.usefixtures("needs_avif")
def test_a_cut_avif_is_found_and_shown_nowhere(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film", end=3), tmp_path / "out"
    assert run_child(blend, output, "--format", "avif").code == 0
    picture = output / FRAMES[1]
    assert record_of(output, 2)["files"][0]["name"] == picture.name
    os.truncate(picture, picture.stat().st_size - 1)
    deep = run_child(blend, output, "verify", "--deep")
    assert deep.code == 65, deep
    assert "frame 2" in deep.log
    assert run_child(blend, output, "film").code == 65
    again = run_child(blend, output, "--format", "avif")
    assert again.code == 0, again
    assert {verdict["rendered"] for verdict in verdicts_of(output)} == {"1-3", "2"}


def test_where_blender_has_no_avif_it_is_refused(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path, writes_avif: bool
) -> None:
    if writes_avif:
        pytest.skip("this Blender writes AVIF")
    blend, output = make_blend("film", end=3), tmp_path / "out"
    ended = run_child(blend, output, "--format", "avif")
    assert ended.code == 65, ended
    assert "--format is 'avif', which Blender " in ended.log
    assert frames_in(output) == []


def test_what_blender_can_t_save_is_refused_before_a_sample(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    """Blender itself renders it whole, and then says that it can't save it."""
    blend, output = make_blend("gray_webp"), tmp_path / "out"
    ended = run_child(blend, output)
    assert ended.code == 65, ended
    assert "writes WEBP with the colour mode BW, which Blender can be set to" in ended.log
    (log,) = (output / ".array_chunk" / "children").glob("*.log")
    assert "Sample 0/1" not in log.read_text()
    assert frames_in(output) == []
    assert run_child(blend, output, "--format", "png", "--frames", "1").code == 0
