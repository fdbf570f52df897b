"""What the .blend names is a pipe for which Blender would wait while it opens it: refused."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from children import Ended, MakeBlend, StartChild
from no_files import finish, make_no_file
from pictures import RED, plain

TINY = {"width": 16, "height": 9, "end": 1}

FILES = [
    pytest.param("lettered", "font", "font.woff2", "vector font", id="font"),
    pytest.param("mesh_cached", "cache", "shape.mdd", 'modifier "Shape"', id="mesh cache"),
    pytest.param("smoking", "volume", "smoke.vdb", 'volume "Smoke"', id="volume"),
    pytest.param(
        *("deforming", "cache", "cubes.abc", 'cache file "cubes.abc"'),
        id="alembic",
        marks=pytest.mark.wheel,  # Debian's Blender is built without
    ),
    pytest.param("sounding", "sound", "music.wav", 'sound "music.wav"', id="sound"),
]

WORDS = [
    (),
    ("check",),
    pytest.param(("--missing", "warn"), marks=pytest.mark.once),
    pytest.param(("plan",), marks=pytest.mark.once),
]


def is_refused(ended: Ended, owner: str, name: str, kind: str = "a named pipe") -> None:
    assert ended.code == 65, ended
    assert owner in ended.everything
    assert f"{name}, which is {kind} and not a file (put the file there)" in ended.everything
    assert "Traceback" not in ended.everything


@pytest.mark.parametrize(("scene", "argument", "name", "owner"), FILES)
@pytest.mark.parametrize("kind", ["a named pipe", "a device"])
def test_a_file_of_the_blend(
    make_blend: MakeBlend,
    start_child: StartChild,
    tmp_path: Path,
    scene: str,
    argument: str,
    name: str,
    owner: str,
    kind: str,
) -> None:
    file = tmp_path / name
    blend = make_blend(scene, into=tmp_path / "scene.blend", **{argument: str(file)}, **TINY)
    make_no_file(file, kind)
    ended = finish(start_child(blend, tmp_path / "out", door="named"))
    is_refused(ended, owner, name, kind)


@pytest.mark.parametrize("is_deep", [False, True], ids=["library", "library of a library"])
@pytest.mark.parametrize("words", WORDS)
def test_a_library(
    make_blend: MakeBlend,
    start_child: StartChild,
    tmp_path: Path,
    is_deep: bool,
    words: tuple[str, ...],
) -> None:
    inner = make_blend("ball", into=tmp_path / "inner.blend")
    outer = make_blend("linking", into=tmp_path / "outer.blend", library=str(inner))
    blend = make_blend("linking", into=tmp_path / "scene.blend", library=str(outer), **TINY)
    spoiled = inner if is_deep else outer
    make_no_file(spoiled, "a named pipe")
    ended = finish(start_child(blend, tmp_path / "out", *words, door="named"))
    is_refused(ended, f'library "{spoiled.name}"', f"//{spoiled.name}")


def test_a_pipe_that_somebody_holds_open(
    make_blend: MakeBlend, start_child: StartChild, tmp_path: Path
) -> None:
    library = make_blend("ball", into=tmp_path / "ball.blend")
    blend = make_blend("linking", into=tmp_path / "scene.blend", library=str(library), **TINY)
    make_no_file(library, "a named pipe")
    holder = os.open(library, os.O_RDWR)
    ended = finish(start_child(blend, tmp_path / "out", door="named"))
    os.close(holder)
    is_refused(ended, 'library "ball.blend"', "//ball.blend")


def test_a_link_to_a_pipe(make_blend: MakeBlend, start_child: StartChild, tmp_path: Path) -> None:
    library = make_blend("ball", into=tmp_path / "ball.blend")
    blend = make_blend("linking", into=tmp_path / "scene.blend", library=str(library), **TINY)
    library.unlink()
    os.mkfifo(tmp_path / "elsewhere")
    library.symlink_to(tmp_path / "elsewhere")
    ended = finish(start_child(blend, tmp_path / "out", door="named"))
    is_refused(ended, 'library "ball.blend"', "//ball.blend")


@pytest.mark.parametrize(
    ("source", "first", "spoiled"),
    [
        pytest.param("SEQUENCE", "wave_0001.png", "wave_0002.png", id="member of a sequence"),
        pytest.param("TILED", "tile.1001.png", "tile.1002.png", id="UDIM tile"),
    ],
)
def test_one_picture_of_many(
    make_blend: MakeBlend,
    start_child: StartChild,
    tmp_path: Path,
    source: str,
    first: str,
    spoiled: str,
) -> None:
    texture = plain(tmp_path / first, RED)
    shutil.copy(texture, tmp_path / spoiled)
    blend = make_blend(
        "numbered_texture", into=tmp_path / "scene.blend", texture=str(texture), source=source
    )
    make_no_file(tmp_path / spoiled, "a named pipe")
    ended = finish(start_child(blend, tmp_path / "out", door="named"))
    is_refused(ended, "image", f"//{spoiled}")


def test_a_font_of_the_scene_that_is_chosen(
    make_blend: MakeBlend, start_child: StartChild, tmp_path: Path
) -> None:
    """Blender would read it later, when it is told to show that scene: the check comes before."""
    font = tmp_path / "font.woff2"
    blend = make_blend("second_lettered", into=tmp_path / "two.blend", font=str(font), **TINY)
    make_no_file(font, "a named pipe")
    ended = finish(start_child(blend, tmp_path / "out", "--scene", "Lettered", door="named"))
    is_refused(ended, "vector font", "font.woff2")
