"""The stage: what Blender left there, the names that it gets, and whether all of it is whole."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any

import pytest
from array_chunk_render.chunking.errors import OutputFailed, RenderFailed
from array_chunk_render.publishing.output_folder import frame_name
from array_chunk_render.publishing.record import is_inside
from array_chunk_render.publishing.stage import (
    NodeFolder,
    Stage,
    check_whole,
    no_room,
    numbered,
    published_folder,
    staged_files,
)
from failing_system import system_calls
from hypothesis import given
from hypothesis import strategies as st
from pictures import SAND, write_png

FRAMES = st.integers(-1_048_574, 1_048_574)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    nodes = (NodeFolder("passes", own_numbers=False), NodeFolder("", own_numbers=True))
    stage = Stage(tmp_path / "stage", nodes)
    stage.make()
    return stage


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a picture")


def names(stage: Stage, frame: int, stem: str, prefix: str = "") -> list[str]:
    return [file.name for file in staged_files(stage, frame, stem, prefix)]


# --- making it ----------------------------------------------------------------------------------


def test_each_frame_gets_an_empty_stage(stage: Stage) -> None:
    write(stage.beauty, "00001.png")
    write(stage.node(1), "a/b/Z0001.exr")
    stage.make()
    assert [path for path in stage.root.rglob("*") if path.is_file()] == []
    assert stage.beauty.is_dir()
    assert stage.node(0).is_dir()
    assert stage.node(1).is_dir()


def test_a_name_with_two_points_stays_in_the_stage(stage: Stage) -> None:
    for escape in ("..", "../.."):
        assert (stage.node(0) / escape).resolve().is_relative_to(stage.root.resolve())


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS])
def test_a_stage_that_cannot_be_made(tmp_path: Path, error: int) -> None:
    def fail(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        if name == "mkdir":
            raise OSError(error, os.strerror(error))
        return perform()

    with system_calls(fail), pytest.raises(OutputFailed, match=rf"{os.strerror(error)}.*--stage"):
        Stage(tmp_path / "stage").make()


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "stem", "written", "prefix", "published"),
    [
        pytest.param(1, "00001", ["00001.png"], "", ["00001.png"], id="one picture"),
        pytest.param(-3, "-00003", ["-00003.png"], "", ["-0003.png"], id="negative"),
        pytest.param(123456, "123456", ["123456.png"], "", ["123456.png"], id="six digits"),
        pytest.param(1, "00001", ["00001.png"], "shot7_", ["shot7_00001.png"], id="prefix"),
        pytest.param(1, "00001", ["00001"], "", ["00001"], id="no suffix"),
        pytest.param(
            7,
            "00007",
            ["00007_L.png", "00007_R.png"],
            "",
            ["00007_L.png", "00007_R.png"],
            id="stereo",
        ),
        pytest.param(
            7,
            "00007",
            ["00007.cam/T.png", "00007.png"],
            "p",
            ["p00007.cam/T.png", "p00007.png"],
            id="a view's suffix with a slash",
        ),
        pytest.param(7, "00007", ["other.png"], "", ["00007other.png"], id="a name of its own"),
    ],
)
def test_names_of_pictures(
    stage: Stage, frame: int, stem: str, written: list[str], prefix: str, published: list[str]
) -> None:
    write(stage.beauty, *written)
    assert names(stage, frame, stem, prefix) == published


def test_names_of_nodes_files(stage: Stage) -> None:
    write(stage.beauty, "00012.png")
    write(stage.node(0), "Image0012.exr", "sub/Depth0012_L.exr")
    write(stage.node(1), "n_12_.png", "0012/fixed.png")
    assert names(stage, 12, "00012") == [
        "00012.png",
        "compositor/passes/Image00012.exr",
        "compositor/passes/sub/Depth00012_L.exr",
        "compositor/0012/fixed.png",
        "compositor/n_12_.png",
    ]


def test_nodes_files_alone_are_enough_where_no_picture_is_due(stage: Stage) -> None:
    write(stage.node(0), "Image0001.exr")
    assert names(stage._replace(has_picture=False), 1, "00001") == [
        "compositor/passes/Image00001.exr"
    ]


def test_nodes_files_alone_are_no_frame_where_its_picture_is_due(stage: Stage) -> None:
    write(stage.node(0), "Image0001.exr")
    with pytest.raises(RenderFailed, match="frame 1 is finished, but wrote no picture"):
        names(stage, 1, "00001")


def test_no_file_at_all(stage: Stage) -> None:
    with pytest.raises(RenderFailed, match="frame 5 is finished, but wrote no picture"):
        staged_files(stage, 5, "00005", "")


NUMBERED = [
    pytest.param("Image0003.exr", 3, "Image00003.exr", id="Blender's four digits"),
    pytest.param("Image-0003.exr", -3, "Image-0003.exr", id="negative"),
    pytest.param("Image12345.exr", 12345, "Image12345.exr", id="five digits"),
    pytest.param("Image0003_L.exr", 3, "Image00003_L.exr", id="stereo"),
    pytest.param("Image0003", 3, "Image00003", id="no suffix"),
    pytest.param("Image.exr", 3, "Image00003.exr", id="5.0 without a number"),
    pytest.param("Image_L.exr", 3, "Image_L00003.exr", id="5.0 without a number, stereo"),
    pytest.param("Image.exr", -3, "Image-0003.exr", id="5.0 without a number, negative"),
    pytest.param("0003.exr", 3, "00003.exr", id="nothing but the number"),
    pytest.param("take20003.exr", 3, "take200003.exr", id="digits before it"),
    pytest.param("00030003.exr", 3, "000300003.exr", id="a name that is the number"),
    pytest.param("shot0003_0003.exr", 3, "shot0003_00003.exr", id="the number twice"),
    pytest.param("0003/Image0003.exr", 3, "0003/Image00003.exr", id="a folder of that name"),
    pytest.param("0003/Image.exr", 3, "0003/Image00003.exr", id="only in the folder's name"),
    pytest.param("a.b/Image.exr", 3, "a.b/Image00003.exr", id="a point in the folder's name"),
    pytest.param("v10000.exr", 0, "v100000.exr", id="frame 0"),
    pytest.param("Image0003.jp2", 2, "Image000300002.jp2", id="a suffix with a digit"),
    pytest.param("Image10003.exr", 3, "Image100003.exr", id="ends like another frame"),
]


@pytest.mark.parametrize(("name", "frame", "published"), NUMBERED)
def test_numbers_that_blender_placed(name: str, frame: int, published: str) -> None:
    assert numbered(name, frame, own_numbers=False) == published


@pytest.mark.parametrize(
    ("name", "frame", "published"),
    [
        pytest.param("n_3.png", 3, "n_3.png", id="one digit"),
        pytest.param("n_0000003.png", 3, "n_0000003.png", id="seven digits"),
        pytest.param("n_03_x.png", 3, "n_03_x.png", id="in the middle"),
        pytest.param("n_-03_x.png", -3, "n_-03_x.png", id="negative"),
        pytest.param("03/n.png", 3, "03/n.png", id="in a folder's name"),
        pytest.param("n_0.png", 0, "n_0.png", id="frame 0"),
        pytest.param("n.png", 3, "n00003.png", id="none after all"),
        pytest.param("n_34.png", 3, "n_3400003.png", id="of another frame"),
        pytest.param("n_03_x.png", -3, "n_03_x-0003.png", id="of the frame with the other sign"),
    ],
)
def test_numbers_that_the_artist_placed(name: str, frame: int, published: str) -> None:
    assert numbered(name, frame, own_numbers=True) == published


@given(FRAMES, st.from_regex(r"[a-z0-9_]{0,6}(/[a-z0-9_]{1,4})?", fullmatch=True))
def test_the_number_is_in_the_name_of_every_file(frame: int, slot: str) -> None:
    """However the artist called it, and two frames' files never have one name."""
    four = f"{'-' if frame < 0 else ''}{abs(frame):04d}"
    published = numbered(f"{slot}{four}_L.exr", frame, own_numbers=False)
    assert published == f"{slot}{frame_name(frame)}_L.exr"


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        pytest.param("//passes/", "passes", id="beside the file"),
        pytest.param("//passes", "passes", id="no slash at its end"),
        pytest.param("//", "", id="the file's own folder"),
        pytest.param("", "", id="empty"),
        pytest.param("/mnt/x//y/./z/", "mnt/x/y/z", id="absolute"),
        pytest.param("M:/Film/out", "M/Film/out", id="drive"),
        pytest.param("M:\\Film\\out\\", "M/Film/out", id="Windows"),
        pytest.param("\\\\server\\share", "server/share", id="a Windows server"),
        pytest.param("//p a ß/", "p a ß", id="spaces and letters"),
    ],
)
def test_folders_of_nodes(path: str, folder: str) -> None:
    assert published_folder(path) == folder


@given(st.text(alphabet="ab/\\:. #", max_size=12))
def test_folders_of_nodes_stay_inside(path: str) -> None:
    folder = published_folder(path)
    assert is_inside(str(PurePosixPath("compositor", folder, "x"))) or ".." in folder.split(
        "/"
    )  # which is refused
    assert not folder.startswith("/")


# --- whole? -------------------------------------------------------------------------------------

SIZES = {(4, 2)}


@pytest.fixture
def pictures(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path / "stage", (NodeFolder("passes", own_numbers=False),))
    stage.make()
    write_png(stage.beauty / "00001.png", 4, 2, lambda x, y: SAND)
    write_png(stage.node(0) / "Image0001.png", 3, 3, lambda x, y: SAND)
    return stage


def check(stage: Stage, sizes: set[tuple[int, int]] = SIZES) -> None:
    check_whole(staged_files(stage, 1, "00001", ""), stage.beauty, sizes)


def test_whole_pictures(pictures: Stage) -> None:
    """A node's file may be of another size: it may have been scaled."""
    check(pictures)


def test_a_picture_of_another_size(pictures: Stage) -> None:
    with pytest.raises(RenderFailed, match=r"00001\.png.*4x2 pixels, not 1x1 or 8x4"):
        check(pictures, {(8, 4), (1, 1)})


@pytest.mark.parametrize("length", [0, 1, 20, -1], ids=lambda length: f"first {length}")
@pytest.mark.parametrize("name", ["beauty/00001.png", "nodes/0/n/n/Image0001.png"])
def test_a_file_that_is_cut_off(
    pictures: Stage, name: str, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pictures.root / name
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(RenderFailed, match=r"broken file for '.*0001\.png'"):
        check(pictures)
    # On a full disk that is not Blender's fault, and trying again elsewhere helps.
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=100))
    with pytest.raises(OutputFailed, match="100 bytes are left"):
        check(pictures)


def test_a_stage_that_cannot_be_read(pictures: Stage) -> None:
    staged = staged_files(pictures, 1, "00001", "")
    shutil.rmtree(pictures.root)  # by somebody who cleans the folder for temporary files
    with pytest.raises(OutputFailed, match=r"Could not read '.*00001\.png'"):
        check_whole(staged, pictures.beauty, SIZES)
    with pytest.raises(OutputFailed, match="Could not look at"):
        no_room(pictures.root, 1)


def test_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    assert no_room(tmp_path, 1000) is None
    assert isinstance(no_room(tmp_path, 1001), OutputFailed)


def test_two_nodes_whose_variables_make_one_folder(tmp_path: Path) -> None:
    nodes = (NodeFolder("", False, "A", levels=1), NodeFolder("passes", False, "B"))
    stage = Stage(tmp_path / "stage", nodes)
    stage.make()
    write(stage.beauty, "00001.png")
    write(stage.node(0), "passes/Image0001.exr")
    write(stage.node(1), "Other0001.exr")
    assert names(stage, 1, "00001")[1:] == [
        "compositor/passes/Image00001.exr",
        "compositor/passes/Other00001.exr",
    ]
    write(stage.node(1), "Image0001.exr")
    with pytest.raises(RenderFailed, match="Image00001.exr' for frame 1"):
        staged_files(stage, 1, "00001", "")
