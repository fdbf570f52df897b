"""`main.py -- film`, its films decoded by FFmpeg's own libraries instead of Blender's encoder."""

from __future__ import annotations

import struct
import subprocess
import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import pytest
from children import Ended, MakeBlend, RunChild, clean_environment, frames_in, pixels

WIDTH, HEIGHT = 64, 36
Rows = list[bytes]


def png_rows(png: Path, width: int = WIDTH, height: int = HEIGHT) -> Rows:
    """RGB of an 8-bit PNG with or without alpha, decoded by the definition of the format."""
    raw = pixels(png)
    stride = len(raw) // height
    channels = (stride - 1) // width
    assert channels in (3, 4)
    rows: Rows = []
    above = bytes(stride - 1)
    for start in range(0, len(raw), stride):
        above = _unfiltered(raw[start], raw[start + 1 : start + stride], above, channels)
        rows.append(b"".join(above[at : at + 3] for at in range(0, stride - 1, channels)))
    return rows


def _unfiltered(kind: int, line: bytes, above: bytes, channels: int) -> bytes:
    found = bytearray()
    for at, value in enumerate(line):
        left = found[at - channels] if at >= channels else 0
        corner = above[at - channels] if at >= channels else 0
        found.append((value + _prediction(kind, left, above[at], corner)) % 256)
    return bytes(found)


def _prediction(kind: int, left: int, above: int, corner: int) -> int:
    if kind < 4:
        return (0, left, above, (left + above) // 2)[kind]
    base = left + above - corner
    return min((left, above, corner), key=lambda each: abs(base - each))


def film_pictures(film: Path) -> list[Rows]:
    with av.open(str(film)) as opened:
        return [rows_of(frame) for frame in opened.decode(video=0)]


def rows_of(frame: av.VideoFrame) -> Rows:
    plane = frame.reformat(format="rgb24").planes[0]
    content, width = bytes(plane), 3 * frame.width
    return [
        content[start : start + width]
        for start in range(0, plane.line_size * frame.height, plane.line_size)
    ]


def furthest(one: Rows, other: Rows) -> int:
    """The largest difference of one value."""
    assert [len(row) for row in one] == [len(row) for row in other]
    pairs = zip(b"".join(one), b"".join(other), strict=True)
    return max(abs(first - second) for first, second in pairs)


def made(ended: Ended) -> dict[str, Path]:
    """The files that the command says it made, by what they are."""
    pairs = (line.split(": ", 1) for line in ended.log.splitlines() if ": /" in line)
    return {name: Path(path) for name, path in pairs if " of " not in name}


@pytest.fixture(scope="module")
def rendered(
    make_blend: MakeBlend, run_child: RunChild, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """A .blend, and a folder with its frames 1, 2, 4 and 5 of 5."""
    blend, output = make_blend("film", end=5), tmp_path_factory.mktemp("film") / "out"
    assert run_child(blend, output, "--frames", "1,2,4,5").code == 0
    return blend, output


def test_a_missing_frame_is_refused_by_name(
    rendered: tuple[Path, Path], run_child: RunChild
) -> None:
    blend, output = rendered
    ended = run_child(blend, output, "film")
    assert ended.code == 65, ended
    assert "frames 3 are not done" in ended.everything
    assert [path.name for path in output.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "out-contact-sheet.png"])
def test_a_file_of_the_artist_s_is_never_replaced(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path, name: str
) -> None:
    blend, output = make_blend("film", end=1), tmp_path / "out"
    assert run_child(blend, output).code == 0
    (tmp_path / name).write_bytes(b"a cut of last week")
    ended = run_child(blend, output, "film", "--lossless")
    assert ended.code == 65, ended
    assert repr(str(tmp_path / name)) in ended.everything
    assert (tmp_path / name).read_bytes() == b"a cut of last week"
    assert {path.name for path in tmp_path.iterdir()} == {"out", name}


@pytest.mark.parametrize(
    ("frames", "shown"),
    [
        pytest.param("1,2,4,5", (1, 2, 4, 5), id="as rendered"),
        pytest.param("5-4,1,2", (5, 4, 1, 2), id="in an order of their own"),
    ],
)
def test_length_rate_and_every_picture_are_right(
    make_blend: MakeBlend,
    rendered: tuple[Path, Path],
    run_child: RunChild,
    frames: str,
    shown: tuple[int, ...],
) -> None:
    blend, output = rendered
    ended = run_child(blend, output, "film", "--lossless", "--frames", frames)
    assert ended.code == 0, ended
    files = made(ended)
    assert list(files) == ["film", "lossless film", "contact sheet"]
    assert {path.parent for path in files.values()} == {output.parent}
    with av.open(str(files["film"])) as film:
        video = film.streams.video[0]
        assert (video.codec.name, video.frames) == ("h264", len(shown))
        assert video.average_rate == Fraction(24)
        assert Fraction(film.duration, av.time_base) == pytest.approx(
            Fraction(len(shown), 24), abs=1e-3
        )
        assert len(film.streams.audio) == 0
    expected = [png_rows(output / f"{frame:05d}.png") for frame in shown]
    assert len({b"".join(rows) for rows in expected}) == len(shown)
    assert film_pictures(files["lossless film"]) == expected
    viewed = film_pictures(files["film"])
    assert len(viewed) == len(shown)
    for picture, rows in zip(viewed, expected, strict=True):
        nearest = min(expected, key=lambda each: sum_of_differences(picture, each))
        assert nearest is rows
        assert sum_of_differences(picture, rows) < 2 * 3 * WIDTH * HEIGHT
    assert all(name.endswith(".png") for name in frames_in(output))


def sum_of_differences(one: Rows, other: Rows) -> int:
    return sum(
        abs(first - second) for first, second in zip(b"".join(one), b"".join(other), strict=True)
    )


BLACK = [bytes(3 * WIDTH)] * HEIGHT


@pytest.mark.parametrize(
    ("gaps", "shown", "told"),
    [
        pytest.param("hold", [1, 2, 2, 4, 5], "holds the picture before for", id="hold"),
        pytest.param("black", [1, 2, None, 4, 5], "is black for", id="black"),
        pytest.param("close", [1, 2, 4, 5], "leaves out", id="close"),
    ],
)
def test_gaps_are_shown_as_chosen_and_said(
    rendered: tuple[Path, Path],
    run_child: RunChild,
    gaps: str,
    shown: list[int | None],
    told: str,
) -> None:
    blend, output = rendered
    ended = run_child(blend, output, "film", "--lossless", "--gaps", gaps)
    assert ended.code == 0, ended
    assert f"The film {told} frames that are not done (1 of 5): 3." in ended.everything
    expected = [png_rows(output / f"{frame:05d}.png") if frame else BLACK for frame in shown]
    assert film_pictures(made(ended)["lossless film"]) == expected
    assert len(film_pictures(made(ended)["film"])) == len(shown)


def test_an_unknown_word_for_gaps_is_a_bad_setting(
    rendered: tuple[Path, Path], run_child: RunChild
) -> None:
    blend, output = rendered
    ended = run_child(blend, output, "film", "--gaps", "ignore")
    assert ended.code == 64
    assert "write one of refuse, hold, black, close" in ended.everything


def test_a_folder_in_the_place_of_the_film_is_no_film_of_ours(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film", end=1), tmp_path / "out"
    assert run_child(blend, output).code == 0
    (tmp_path / "out.mp4").mkdir()
    ended = run_child(blend, output, "film")
    assert ended.code == 65, ended
    assert "out.mp4" in ended.everything
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out.mp4"]


def test_of_stereo_frames_the_first_view_is_shown(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("stereo", end=2), tmp_path / "out"
    assert run_child(blend, output).code == 0
    ended = run_child(blend, output, "film", "--lossless")
    assert ended.code == 0, ended
    left, right = (
        [png_rows(output / f"{frame:05d}_{view}.png") for frame in (1, 2)] for view in "LR"
    )
    assert left != right
    assert film_pictures(made(ended)["lossless film"]) == left


def test_pictures_of_file_output_nodes_are_not_in_the_film(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("file_outputs", end=2, file_format="PNG"), tmp_path / "out"
    assert run_child(blend, output).code == 0
    assert any("compositor" in name for name in frames_in(output))
    ended = run_child(blend, output, "film", "--lossless")
    assert ended.code == 0, ended
    shown = [png_rows(output / f"{frame:05d}.png") for frame in (1, 2)]
    assert film_pictures(made(ended)["lossless film"]) == shown


@pytest.mark.parametrize("file_format", ["OPEN_EXR", "OPEN_EXR_MULTILAYER"])
def test_open_exr_looks_as_the_same_frames_do_as_png(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path, file_format: str
) -> None:
    blend = make_blend("film", end=2)
    png, exr = tmp_path / "png", tmp_path / "exr"
    assert run_child(blend, png).code == 0
    assert run_child(blend, exr, "--format", file_format.lower()).code == 0
    ended = run_child(blend, exr, "film", "--lossless")
    if ended.code == 65 and file_format == "OPEN_EXR_MULTILAYER":
        assert "before 4.5 that is so for multilayer OpenEXR" in ended.everything
        assert sorted(path.name for path in tmp_path.iterdir()) == ["exr", "png"]
        return
    assert ended.code == 0, ended
    assert "8 bits a channel" in ended.everything
    expected = [png_rows(png / f"{frame:05d}.png") for frame in (1, 2)]
    pictures = film_pictures(made(ended)["lossless film"])
    assert [furthest(*pair) for pair in zip(pictures, expected, strict=True)] <= [2, 2]


ADD_SOUND = """
import sys
import bpy

tone, silent_at = sys.argv[-2:]
scene = bpy.context.scene
editor = scene.sequence_editor_create()
strips = editor.strips if hasattr(editor, "strips") else editor.sequences
if bpy.app.build_options.audaspace:
    strips.new_sound("tone", tone, 1, int(silent_at))
    scene.render.use_sequencer = False
else:
    speaker = bpy.data.speakers.new("speaker")
    speaker.sound = bpy.data.sounds.load(tone)
    scene.collection.objects.link(bpy.data.objects.new("speaker", speaker))
print("HAS SOUND", bpy.app.build_options.audaspace)
bpy.ops.wm.save_mainfile()
"""


def write_tone(path: Path, seconds: int) -> None:
    """A square wave of 480 Hz, so that each hundredth of a second has the same loudness."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        wave_ = struct.pack("<50h50h", *[16_000] * 50, *[-16_000] * 50)
        file.writeframes(wave_ * (480 * seconds))


def loudness(film: Path, rate: int = 24) -> list[float]:
    """For each picture of a film how loud its sound is, 1 being the loudest possible."""
    samples: list[float] = []
    with av.open(str(film)) as opened:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=48_000)
        for frame in opened.decode(audio=0):
            for each in resampler.resample(frame):
                content = bytes(each.planes[0])[: 4 * each.samples]
                samples.extend(value for (value,) in struct.iter_unpack("<f", content))
    length = 48_000 // rate
    return [
        sum(map(abs, part)) / length
        for part in (samples[at : at + length] for at in range(0, len(samples), length))
        if len(part) == length
    ]


@pytest.fixture(scope="module")
def with_sound(
    make_blend: MakeBlend,
    run_child: RunChild,
    blender_executable: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Path, Path, bool]]:
    """A .blend of 24 frames with a tone from frame 13 on, its frames, and is sound in the build?"""
    home = tmp_path_factory.mktemp("sound")
    write_tone(home / "tone.wav", 2)
    blend = make_blend("film", into=home / "sound.blend", end=24, width=32, height=18)
    script = home / "add_sound.py"
    script.write_text(ADD_SOUND)
    told = subprocess.run(
        [str(blender_executable), "-b", str(blend), "--python-exit-code", "1", "-P", str(script),
         "--", str(home / "tone.wav"), "13"],
        check=True, env=clean_environment(), stdin=subprocess.DEVNULL, capture_output=True,
    )  # fmt: skip
    assert run_child(blend, home / "out").code == 0
    return blend, home / "out", b"HAS SOUND True" in told.stdout


def test_the_scene_s_sound_is_in_both_films_at_its_time(
    with_sound: tuple[Path, Path, bool], run_child: RunChild
) -> None:
    blend, output, has_sound = with_sound
    ended = run_child(blend, output, "film", "--lossless")
    assert ended.code == 0, ended
    films = [path for name, path in made(ended).items() if "film" in name]
    assert len(films) == 2
    if not has_sound:
        assert "this build of Blender has no sound" in ended.everything
        return
    for film in films:
        heard = loudness(film)
        assert len(heard) in (24, 25)  # AAC comes in blocks of 1024
        assert max(heard[:11]) < 0.02 and min(heard[13:23]) > 0.3


def test_sound_is_cut_with_the_pictures(
    with_sound: tuple[Path, Path, bool], run_child: RunChild
) -> None:
    """Frames 5 and on, then the silent start: sound goes with the pictures it belongs to."""
    blend, output, has_sound = with_sound
    ended = run_child(blend, output, "film", "--lossless", "--frames", "15-24,1-6")
    assert ended.code == 0, ended
    if has_sound:
        heard = loudness(made(ended)["lossless film"])
        assert len(heard) == 16
        assert min(heard[1:9]) > 0.3 and max(heard[11:]) < 0.02


def test_frames_that_do_not_follow_each_other_have_no_sound(
    with_sound: tuple[Path, Path, bool], run_child: RunChild
) -> None:
    blend, output, _ = with_sound
    ended = run_child(blend, output, "film", "--frames", "1-24x2")
    assert ended.code == 0, ended
    assert "The film is silent" in ended.everything
    with av.open(str(made(ended)["film"])) as film:
        assert len(film.streams.audio) == 0
        assert film.streams.video[0].frames == 12
