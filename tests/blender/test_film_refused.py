"""Films that can't be made: nothing is left of them, and what was there before stays."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest
from array_chunk_render.chunking.errors import OutputFailed, SceneRefused
from array_chunk_render.film.encoder import KEEPING, VIEWING, Encoding, encode
from array_chunk_render.film.sound import film_sound
from array_chunk_render.scene.blender_versions.sequencer import strips_of
from pictures import GREEN, RED, SAND, SLATE, Colour, plain, plain_frames, write_png
from sound_builds import mixes_sound


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def scene() -> bpy.types.Scene:
    return bpy.context.scene


def _missing(folder: Path) -> Path:
    return folder / "00002.png"


def _too_long(folder: Path) -> Path:
    deep = folder.joinpath(*("x" * 200 for _ in range(4)))
    deep.mkdir(parents=True)
    return plain(deep / "00002.png", GREEN)


def _not_utf8(folder: Path) -> Path:
    return plain(folder / os.fsdecode(b"\xff.png"), GREEN)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        pytest.param(_missing, "00002.png' is missing", id="missing"),
        pytest.param(_too_long, "too long", id="path too long"),
        pytest.param(_not_utf8, "not UTF-8", id="not UTF-8"),
    ],
)
def test_frames_that_the_sequencer_would_show_black_are_refused(
    frames: Path,
    tmp_path: Path,
    scene: bpy.types.Scene,
    second: Callable[[Path], Path],
    message: str,
) -> None:
    pictures = [plain(frames / "00001.png", RED), second(frames)]
    scenes = [scene.name for scene in bpy.data.scenes]
    with pytest.raises(SceneRefused, match=message):
        encode(pictures, tmp_path / "out.mp4", scene)
    assert [scene.name for scene in bpy.data.scenes] == scenes
    assert os.listdir(tmp_path) == ["out"]


def test_frames_too_small_for_blender_s_encoder_are_refused(
    frames: Path, tmp_path: Path, scene: bpy.types.Scene
) -> None:
    small = plain(frames / "00001.png", RED, 64, 15)
    with pytest.raises(SceneRefused, match="64x15 pixels"):
        encode([small], tmp_path / "out.mp4", scene)
    assert os.listdir(tmp_path) == ["out"]


def test_a_film_of_nothing_is_refused(tmp_path: Path, scene: bpy.types.Scene) -> None:
    with pytest.raises(SceneRefused, match="no frame"):
        encode([], tmp_path / "out.mp4", scene)


def test_a_folder_that_is_not_there_is_not_made(
    frames: Path, tmp_path: Path, scene: bpy.types.Scene
) -> None:
    target = tmp_path / "nowhere" / "out.mp4"
    with pytest.raises(OutputFailed, match="nowhere"):
        encode(plain_frames(frames, RED), target, scene)
    assert not target.parent.exists()


@contextmanager
def files_of_at_most(size_bytes: int) -> Iterator[None]:
    """The file system answers a longer write by an error, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


OUR_BYTES = 60
"""More than we add to a film: how an MP4's colours are to be read, and the mark of who made it."""


@pytest.mark.parametrize("encoding", [VIEWING, KEEPING], ids=["viewing", "keeping"])
@pytest.mark.parametrize("part", [0.1, 0.5, 1.0])
def test_a_film_that_a_full_disk_cuts_off_is_no_film(
    frames: Path, tmp_path: Path, scene: bpy.types.Scene, encoding: Encoding, part: float
) -> None:
    def noise(x: int, y: int) -> Colour:
        return x * 7919 * (y + 3) % 256, x * y * 104729 % 256, (x + 13) * y * 31 % 256

    pictures = [write_png(frames / f"{n:05d}.png", 128, 72, noise) for n in range(3)]
    encode(pictures, tmp_path / "whole", scene, encoding)
    yesterday = (tmp_path / "whole").read_bytes()
    room = int(len(yesterday) * part) - OUR_BYTES
    film = tmp_path / "out.mp4"
    film.write_bytes(yesterday)
    with files_of_at_most(room), pytest.raises(OutputFailed, match="no whole film"):
        encode(pictures, film, scene, encoding)
    assert film.read_bytes() == yesterday
    assert sorted(os.listdir(tmp_path)) == ["out", "out.mp4", "whole"]


def test_a_film_that_misses_frames_is_no_film(
    frames: Path, tmp_path: Path, scene: bpy.types.Scene
) -> None:
    """As when another add-on's handler moves the scene on while it renders."""

    def skip(rendered: bpy.types.Scene, *_: object) -> None:
        rendered.frame_current += 1

    bpy.app.handlers.render_write.append(skip)
    try:
        with pytest.raises(OutputFailed, match="pictures, not 4"):
            encode(plain_frames(frames, RED, GREEN, SLATE, SAND), tmp_path / "a", scene)
    finally:
        bpy.app.handlers.render_write.remove(skip)
    assert os.listdir(tmp_path) == ["out"]


@pytest.fixture
def with_sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[bpy.types.Scene]:
    if not mixes_sound():
        pytest.skip("this build of Blender writes no sound")
    tone = tmp_path_factory.mktemp("sound") / "tone.wav"
    with wave.open(str(tone), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(b"\x00\x40" * 96_000)
    scene = bpy.data.scenes.new("with sound")
    scene.sequence_editor_create()
    strip = strips_of(scene.sequence_editor).new_sound("tone", str(tone), 1, 1)
    sound = strip.sound
    yield scene
    bpy.data.scenes.remove(scene)
    bpy.data.sounds.remove(sound)


def test_sound_that_has_no_room_is_an_output_fault(
    with_sound: bpy.types.Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = 24 * 2 * 3 * 2_000  # a second of stereo in 24 bits
    for free in (needed, needed - 1):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        if free == needed:
            with film_sound(with_sound, range(1, 25), []) as sound:
                assert sound is not None
        else:
            with pytest.raises(OutputFailed, match="no room for the scene's sound"):
                film_sound(with_sound, range(1, 25), []).__enter__()


@pytest.mark.parametrize("encoding", [VIEWING, KEEPING], ids=["viewing", "keeping"])
@pytest.mark.parametrize("part", [0.1, 0.5, 1.0])
def test_a_film_with_sound_that_a_full_disk_cuts_off_is_no_film(
    frames: Path, tmp_path: Path, with_sound: bpy.types.Scene, encoding: Encoding, part: float
) -> None:
    pictures = plain_frames(frames, *[RED, GREEN] * 24)
    sounds = len(bpy.data.sounds)
    with film_sound(with_sound, range(1, 49), []) as sound:
        encode(pictures, tmp_path / "whole", with_sound, encoding, sound)
        room = int((tmp_path / "whole").stat().st_size * part) - OUR_BYTES
        with files_of_at_most(room), pytest.raises(OutputFailed, match="no whole film"):
            encode(pictures, tmp_path / "cut", with_sound, encoding, sound)
    assert sorted(os.listdir(tmp_path)) == ["out", "whole"]
    assert len(bpy.data.sounds) == sounds
