"""Whose a published file is by its name, and what a former record may have removed."""

from __future__ import annotations

from pathlib import Path

import pytest
from array_chunk_render.publishing.belonging import is_surely_of
from array_chunk_render.publishing.output_folder import OutputFolder, frame_name
from array_chunk_render.publishing.publish import Published, publish
from array_chunk_render.publishing.record import read_record, write_record
from array_chunk_render.publishing.stage import numbered
from hypothesis import assume, given
from hypothesis import strategies as st
from publishing_trials import (
    draft,
    made_folder,
    never,
    never_done,
    published_files,
    recorded,
    stage,
)


@pytest.mark.parametrize(
    ("frame", "name", "new"),
    [
        pytest.param(4, "00004.jpg", "00004.png", id="another format"),
        pytest.param(4, "00004_R.png", "00004_L.png", id="another view"),
        pytest.param(4, "shot_00004.png", "00004.png", id="another prefix"),
        pytest.param(4, "sh0100_v02_00004.png", "00004.png", id="a prefix with numbers"),
        pytest.param(4, "shot1200004.png", "shot1200004.exr", id="a prefix that ends with numbers"),
        pytest.param(12, "sc00012_00012.png", "sc00012_00012.exr", id="a prefix like the frame"),
        pytest.param(4, "sc00012_00004.png", "sc00012_00004.exr", id="a prefix like another frame"),
        pytest.param(-3, "-0003.jpg", "-0003.png", id="a frame before 0"),
        pytest.param(-3, "shot-0003.jpg", "x-0003.png", id="a frame before 0, another prefix"),
        pytest.param(123456, "123456.jpg", "123456.png", id="a long number"),
        pytest.param(4, "compositor/p/Z00004.png", "00004.png", id="a node that is gone"),
        pytest.param(4, "compositor/v2/Z00004.png", "compositor/v2/Z00004.exr", id="of a version"),
        pytest.param(4, "compositor/z_04.png", "00004.png", id="an own number"),
        pytest.param(-3, "compositor/Z-0003.png", "-0003.png", id="a node's, before 0"),
        pytest.param(4, "compositor/v2/z_04.png", "compositor/v2/z_04.exr", id="own, of a version"),
    ],
)
def test_surely_of_the_frame(frame: int, name: str, new: str) -> None:
    assert is_surely_of(frame, name, [new])


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        pytest.param(4, "00002.png", id="another frame's"),
        pytest.param(4, "00002_00004.png", id="perhaps another frame's"),
        pytest.param(4, "100004.png", id="the end of another number"),
        pytest.param(4, "000042.png", id="the begin of another number"),
        pytest.param(3, "-0003.png", id="of the other side of 0"),
        pytest.param(3, "compositor/Z-0003.png", id="a node's, of the other side of 0"),
        pytest.param(4, "picture.png", id="no number"),
        pytest.param(4, "4.png", id="not as we write it"),
        pytest.param(4, "x/authorized_keys", id="below a folder"),
        pytest.param(4, "x/00004.png", id="below a folder, with its number"),
        pytest.param(4, "compositor/v00004/z_02.png", id="its number as a version"),
        pytest.param(4, "compositor/Z00004_02.png", id="its number before its own"),
        pytest.param(104, "compositor/z104.png", id="its number, or a shorter one after a digit"),
        pytest.param(4, "compositor/z.png", id="a node's without a number"),
        pytest.param(4, "00004/00002.png", id="its number as a folder"),
        pytest.param(4, "compositor/" + "4" * 255, id="more digits than any number"),
        pytest.param(4, "x" * 255, id="a long name"),
    ],
)
def test_not_surely_of_the_frame(frame: int, name: str) -> None:
    assert not is_surely_of(frame, name, ["00004.png", "compositor/Z00004.png"])


FRAMES = st.integers(-20, 20) | st.integers(-1_048_574, 1_048_574)
TEXTS = st.text("ab_-.0129", max_size=6)


@given(FRAMES, FRAMES, TEXTS, TEXTS, TEXTS)
def test_no_picture_of_another_frame_is_surely_of_this_one(
    frame: int, other: int, prefix: str, new_prefix: str, view: str
) -> None:
    """Whatever prefix the other render had, and also where it was the same."""
    assume(frame != other)
    for kind in (prefix, new_prefix):
        new = [f"{new_prefix}{frame_name(frame)}{view}.png"]
        assert not is_surely_of(frame, f"{kind}{frame_name(other)}.png", new)


@given(
    FRAMES,
    FRAMES,
    st.sampled_from(["z", "z_##", "v2/z", "v00004/z_####", "a##b", "z00004_##", "z1##"]),
)
def test_no_node_file_of_another_frame_is_surely_of_this_one(
    frame: int, other: int, path: str
) -> None:
    assume(frame != other)
    own = "#" in path
    places = path.count("#")

    def name_of(number: int) -> str:
        written = path.replace("#" * places, f"{number:0{places}d}") if own else path
        return f"compositor/{numbered(written + '.png', number, own)}"

    assume(name_of(frame) != name_of(other))
    assert not is_surely_of(frame, name_of(other), [name_of(frame)])


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    return made_folder(tmp_path / "out")


def published_after(folder: OutputFolder, tmp_path: Path, *names: str) -> Published:
    """Frame 4 is published where a record of it lists these names; the files are there."""
    for name in names:
        path = folder.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(b"a picture")
    (folder.root / "00001.png").write_bytes(b"a picture")
    files = tuple(recorded(folder, name).files[0] for name in names)
    record = draft(frame=4, fingerprint="old")
    write_record(folder, type(record)(**{**vars(record), "files": files}))
    staged = stage(tmp_path / "stage", {"00004.png": b"new"})
    return publish(folder, staged, draft(frame=4), never_done, never, set())


def test_a_record_removes_only_its_own_frame_s_files(folder: OutputFolder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "00004.exr").write_bytes(b"somebody's")
    (folder.root / "compositor").symlink_to(outside)
    names = ["00002.png", "00004.jpg", "00004_R.png", "x/authorized_keys", "compositor/00004.exr"]
    published = published_after(folder, tmp_path, *names)
    assert published.removed == ("00004.jpg", "00004_R.png")
    assert published.kept == ("00002.png", "x/authorized_keys")
    assert (outside / "00004.exr").read_bytes() == b"somebody's"
    assert published_files(folder.root)["00004.png"] == b"new"


@pytest.mark.parametrize("name", ["./00004.png", "00004.png/", ".//00004.png", "a/./00004.png"])
def test_a_record_with_two_spellings_of_a_name_is_none(
    folder: OutputFolder, tmp_path: Path, name: str
) -> None:
    """It would have the picture removed that has just been put in place."""
    (folder.root / "a").mkdir()
    published = published_after(folder, tmp_path, name.rstrip("/"))
    record = folder.record(4)
    record.write_text(record.read_text().replace('"00004.png"', f'"{name}"'))
    assert read_record(folder, 4) is None
    assert published.removed == ()
    assert (folder.root / "00004.png").read_bytes() == b"new"


def test_a_file_that_has_two_names_for_the_file_system_stays(
    folder: OutputFolder, tmp_path: Path
) -> None:
    """As where 00004.PNG and 00004.png are one file; a hard link looks the same."""
    folder.held.make("compositor")
    former: set[str] = set()

    def link() -> None:
        if (folder.root / "00004.png").exists() and not (folder.root / "00004.PNG").exists():
            (folder.root / "00004.PNG").hardlink_to(folder.root / "00004.png")
            former.add("00004.PNG")

    staged = stage(tmp_path / "stage", {"00004.png": b"new"})
    published = publish(folder, staged, draft(frame=4), never_done, link, former)
    assert published.removed == published.kept == ()
    assert (folder.root / "00004.PNG").read_bytes() == b"new"
