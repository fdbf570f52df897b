"""Films that can't be made: nothing is left of them, and what was there before stays."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
import pytest
from array_chunk_render.chunking.errors import OutputFailed, SceneRefused
from array_chunk_render.film.encoder import encode
from pictures import GREEN, RED, SAND, SLATE, Colour, plain, plain_frames, write_png


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
        encode(pictures, tmp_path / "out.mp4", 24, 1.0, scene)
    assert [scene.name for scene in bpy.data.scenes] == scenes
    assert os.listdir(tmp_path) == ["out"]


def test_a_film_of_nothing_is_refused(tmp_path: Path, scene: bpy.types.Scene) -> None:
    with pytest.raises(SceneRefused, match="no frame"):
        encode([], tmp_path / "out.mp4", 24, 1.0, scene)


def test_a_folder_that_is_not_there_is_not_made(
    frames: Path, tmp_path: Path, scene: bpy.types.Scene
) -> None:
    target = tmp_path / "nowhere" / "out.mp4"
    with pytest.raises(OutputFailed, match="nowhere"):
        encode(plain_frames(frames, RED), target, 24, 1.0, scene)
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


def test_a_film_that_a_full_disk_cuts_off_is_no_film(
    frames: Path, tmp_path: Path, scene: bpy.types.Scene
) -> None:
    def noise(x: int, y: int) -> Colour:
        return x * 7919 * (y + 3) % 256, x * y * 104729 % 256, (x + 13) * y * 31 % 256

    pictures = [write_png(frames / f"{n:05d}.png", 128, 72, noise) for n in range(3)]
    film = tmp_path / "out.mp4"
    film.write_bytes(b"the film of yesterday")
    with files_of_at_most(8000), pytest.raises(OutputFailed, match="no whole film"):
        encode(pictures, film, 24, 1.0, scene)
    assert film.read_bytes() == b"the film of yesterday"
    assert sorted(os.listdir(tmp_path)) == ["out", "out.mp4"]


def test_a_film_that_misses_frames_is_no_film(
    frames: Path, tmp_path: Path, scene: bpy.types.Scene
) -> None:
    """As when another add-on's handler moves the scene on while it renders."""

    def skip(rendered: bpy.types.Scene, *_: object) -> None:
        rendered.frame_current += 1

    bpy.app.handlers.render_write.append(skip)
    try:
        with pytest.raises(OutputFailed, match="pictures, not 4"):
            encode(plain_frames(frames, RED, GREEN, SLATE, SAND), tmp_path / "a", 24, 1.0, scene)
    finally:
        bpy.app.handlers.render_write.remove(skip)
    assert os.listdir(tmp_path) == ["out"]
