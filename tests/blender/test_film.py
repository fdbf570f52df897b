"""The film and the contact sheet that Blender's sequencer makes of finished frames."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
import pytest
from array_chunk_render.film import film_file, sequencer
from array_chunk_render.film.contact_sheet import contact_sheet
from array_chunk_render.film.encoder import encode
from array_chunk_render.film.making import log_progress
from array_chunk_render.scene.blender_versions.sequencer import strips_of
from pictures import GREEN, RED, SAND, SLATE, Colour, Decoded, plain_frames, write_png

H264_TOLERANCE = 4
"""Of 255: what 8-bit YUV of limited range and visually lossless H.264 may change."""


@contextmanager
def clip_of(film: Path) -> Iterator[bpy.types.MovieClip]:
    clip = bpy.data.movieclips.load(str(film))
    try:
        yield clip
    finally:
        bpy.data.movieclips.remove(clip)


def film_frame(film: Path, frame: int, folder: Path) -> Decoded:
    """One frame of a film, decoded by Blender without a view transform."""
    with clip_of(film) as clip:
        width, height = clip.size
    scene = bpy.data.scenes.new("decode")
    try:
        scene.sequence_editor_create()
        strips_of(scene.sequence_editor).new_movie(
            name="film", filepath=str(film), channel=1, frame_start=1
        )
        scene.view_settings.view_transform = "Standard"
        scene.render.resolution_x, scene.render.resolution_y = width, height
        scene.render.dither_intensity = 0
        scene.render.image_settings.file_format = "PNG"
        scene.frame_start = scene.frame_end = frame
        scene.render.filepath = str(folder / "decoded-####.png")
        bpy.ops.render.render(animation=True, scene=scene.name)
        return Decoded(folder / f"decoded-{frame:04d}.png")
    finally:
        bpy.data.scenes.remove(scene)


def near(value: Colour | int, tolerance: int = H264_TOLERANCE) -> object:
    return pytest.approx(value, abs=tolerance)


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def scene() -> bpy.types.Scene:
    return bpy.context.scene


@pytest.fixture
def agx_scene() -> Iterator[bpy.types.Scene]:
    scene = bpy.data.scenes.new("artist")
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.exposure = 1.0
    yield scene
    bpy.data.scenes.remove(scene)


def names_of_all_data() -> dict[str, list[str]]:
    collections = {
        name: getattr(bpy.data, name)
        for name, kind in bpy.data.bl_rna.properties.items()
        if kind.type == "COLLECTION"
    }
    return {name: [block.name for block in blocks] for name, blocks in collections.items()}


def test_a_film_has_each_frame_in_order_and_its_own_colours(
    frames: Path, tmp_path: Path, agx_scene: bpy.types.Scene
) -> None:
    """An AgX scene must not matter: the frames of a display have their view already."""
    colours = [RED, GREEN, SLATE, SAND, RED, SLATE]
    film = tmp_path / "out.mp4"
    encode(plain_frames(frames, *colours), film, agx_scene)
    with clip_of(film) as clip:
        assert clip.frame_duration == len(colours)
        assert tuple(clip.size) == (64, 36)
        assert clip.fps == pytest.approx(24)
    decoded = [film_frame(film, n, tmp_path).middle for n in range(1, len(colours) + 1)]
    assert decoded == [near(colour) for colour in colours]


def test_frames_keep_the_order_they_are_given_in(
    frames: Path, tmp_path: Path, scene: bpy.types.Scene
) -> None:
    first, second, third = plain_frames(frames, RED, GREEN, SLATE)
    film = tmp_path / "out.mp4"
    encode([third, first, second], film, scene)
    decoded = [film_frame(film, n, tmp_path).middle for n in (1, 2, 3)]
    assert decoded == [near(SLATE), near(RED), near(GREEN)]


def test_frames_may_come_from_several_folders_and_need_several_strips(
    frames: Path, tmp_path: Path, scene: bpy.types.Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "PICTURES_IN_A_STRIP", 2)
    other = tmp_path / "other"
    other.mkdir()
    pictures = plain_frames(frames, RED, GREEN, SLATE) + plain_frames(other, SAND, RED)
    film = tmp_path / "out.mp4"
    encode(pictures, film, scene)
    assert film_file.count_mp4_pictures(film) == 5
    decoded = [film_frame(film, n, tmp_path).middle for n in (1, 2, 3, 4, 5)]
    assert decoded == [near(colour) for colour in (RED, GREEN, SLATE, SAND, RED)]


@pytest.mark.parametrize(
    ("fps", "fps_base", "rate"),
    [
        pytest.param(25, 1.0, 25.0, id="PAL"),
        pytest.param(24, 1.001, 24 / 1.001, id="film on NTSC"),
        pytest.param(12, 1.0, 12.0, id="on twos"),
    ],
)
def test_a_film_has_the_rate(
    frames: Path,
    tmp_path: Path,
    agx_scene: bpy.types.Scene,
    fps: int,
    fps_base: float,
    rate: float,
) -> None:
    film = tmp_path / "out.mp4"
    agx_scene.render.fps, agx_scene.render.fps_base = fps, fps_base
    encode(plain_frames(frames, RED, GREEN, SLATE), film, agx_scene)
    with clip_of(film) as clip:
        assert clip.fps == pytest.approx(rate, rel=1e-5)


def test_an_odd_size_loses_its_last_column_and_row_and_stays_sharp(
    frames: Path, tmp_path: Path, scene: bpy.types.Scene
) -> None:
    """Columns of black and white would turn grey where a picture is moved by half a pixel."""
    odd = write_png(frames / "00001.png", 65, 37, lambda x, y: (255 * (x // 2 % 2),) * 3)
    film = tmp_path / "out.mp4"
    encode([odd], film, scene)
    decoded = film_frame(film, 1, tmp_path)
    assert (decoded.width, decoded.height) == (64, 36)
    row = [decoded.at(x, 18)[0] for x in range(64)]
    assert row == [near(255 * (x // 2 % 2), tolerance=16) for x in range(64)]


def test_a_film_says_how_its_colours_are_to_be_read(
    frames: Path, tmp_path: Path, scene: bpy.types.Scene
) -> None:
    film = tmp_path / "out.mp4"
    encode(plain_frames(frames, RED), film, scene)
    assert film.read_bytes().count(b"colrnclx") == 1


def test_open_exr_is_seen_through_the_view_of_the_scene(
    frames: Path, tmp_path: Path, agx_scene: bpy.types.Scene
) -> None:
    light = (0.1, 0.4, 1.5)
    picture = frames / "00001.exr"
    expected = tmp_path / "expected.png"
    image = bpy.data.images.new("light", 64, 36, float_buffer=True)
    try:
        image.pixels = [*light, 1.0] * (64 * 36)
        _save(image, picture, agx_scene, "OPEN_EXR")
        _save(image, expected, agx_scene, "PNG")
    finally:
        bpy.data.images.remove(image)
    film = tmp_path / "out.mp4"
    encode([picture], film, agx_scene)
    seen = Decoded(expected).middle
    assert film_frame(film, 1, tmp_path).middle == near(seen)
    red, green, blue = (round(255 * _srgb(value)) for value in light)
    assert seen != near((red, green, blue), 20)  # or the test shows nothing


def _save(image: bpy.types.Image, path: Path, scene: bpy.types.Scene, file_format: str) -> None:
    scene.render.image_settings.file_format = file_format
    scene.render.image_settings.color_depth = "8" if file_format == "PNG" else "32"
    image.save_render(str(path), scene=scene)


def _srgb(light: float) -> float:
    return min(
        1.0, 12.92 * light if light < 0.0031308 else 1.055 * math.pow(light, 1 / 2.4) - 0.055
    )


@pytest.mark.parametrize("animation", [True, False], ids=["film", "sheet"])
def test_nothing_is_left_in_blender_or_beside_the_target(
    frames: Path, tmp_path: Path, scene: bpy.types.Scene, animation: bool
) -> None:
    pictures = plain_frames(frames, RED, GREEN)
    before = names_of_all_data()
    for name in ("out.mp4", "out.mp4"):  # the second replaces the first
        if animation:
            encode(pictures, tmp_path / name, scene)
        else:
            contact_sheet(list(enumerate(pictures)), tmp_path / name, scene)
    assert names_of_all_data() == before
    assert sorted(os.listdir(tmp_path)) == ["out", "out.mp4"]
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / "out.mp4").stat().st_mode & 0o777 == 0o666 & ~umask


def test_the_film_and_the_sheet_take_any_folder_name(
    tmp_path: Path, scene: bpy.types.Scene
) -> None:
    folder = tmp_path / "a #### {b} {{c}} %04d 'é' \"\n//x"
    folder.mkdir(parents=True)
    pictures = plain_frames(folder, RED, GREEN)
    encode(pictures, folder / "film ##.mp4", scene)
    contact_sheet(list(enumerate(pictures)), folder / "sheet {frame}.png", scene)
    assert {"film ##.mp4", "sheet {frame}.png"} <= set(os.listdir(folder))
    assert sorted(os.listdir(tmp_path)) == [folder.relative_to(tmp_path).parts[0]]
    assert film_file.count_mp4_pictures(folder / "film ##.mp4") == 2


def test_a_long_film_tells_now_and_then_how_far_it_is(
    frames: Path, tmp_path: Path, scene: bpy.types.Scene, caplog: pytest.LogCaptureFixture
) -> None:
    pictures = plain_frames(frames, RED, GREEN) * 300
    told: list[tuple[int, int]] = []

    def listen(done: int, total: int) -> None:
        told.append((done, total))
        log_progress(done, total)

    with caplog.at_level(logging.INFO, "array_chunk_render.film"):
        encode(pictures, tmp_path / "out.mp4", scene, on_progress=listen)
    assert told == [(done, 600) for done in range(1, 601)]
    lines = [text for text in caplog.messages if text.startswith("film: ")]
    assert lines == ["film: 250 of 600 frames", "film: 500 of 600 frames"]
