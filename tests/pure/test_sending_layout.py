"""Where the files of a sent project go, and the paths by which they are found there."""

from __future__ import annotations

import posixpath
from pathlib import PurePath, PurePosixPath, PureWindowsPath

import pytest
from array_chunk_render.transport.layout import PRIVATE, Layout, is_place
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.text(st.characters(exclude_characters="/\\:\0", exclude_categories=["Cs"]), min_size=1)
NAMES = NAMES.filter(lambda name: name not in (".", ".."))
FEW = st.sampled_from(["a", "b", "tex", "elsewhere", "Elsewhere", "elsewhere_2", "x.png"])
FOLDERS = st.lists(FEW | NAMES, max_size=4)
PATHS = st.lists(FEW | NAMES, min_size=1, max_size=5)


def posix(parts: list[str]) -> PurePosixPath:
    return PurePosixPath("/", *parts)


def windows(parts: list[str]) -> PureWindowsPath:
    anchor = ("C:\\", "D:\\", "\\\\host\\share\\")[len(parts[0]) % 3]
    return PureWindowsPath(anchor, *(part.strip(" .") or "x" for part in parts))


@given(root=FOLDERS, paths=st.lists(PATHS, unique_by=tuple, min_size=1, max_size=8))
def test_each_file_has_a_place_of_its_own(root: list[str], paths: list[list[str]]) -> None:
    files = [posix(path) for path in paths]
    layout = Layout.of(posix(root), files)
    places = [layout.place(file) for file in files]
    assert len(set(places)) == len({*files})
    for file, place in zip(files, places, strict=True):
        if file != layout.root:
            assert is_place(place) or place.partition("/")[0] == PRIVATE
        if file.is_relative_to(layout.root):
            assert layout.root / place == file


@given(root=FOLDERS, path=PATHS, blend=PATHS, others=st.lists(PATHS, max_size=5))
def test_what_is_stored_leads_to_the_place(
    root: list[str], path: list[str], blend: list[str], others: list[list[str]]
) -> None:
    layout = Layout.of(posix(root), [posix(each) for each in (path, blend, *others)])
    home = layout.place(posix(blend))
    stored = layout.path_from(home, posix(path))
    assert stored.startswith("//")
    assert layout.leads_to(home, stored) == layout.place(posix(path))
    assert layout.is_kept(home, stored, posix(path))


@given(root=FOLDERS, folder=FOLDERS, below=PATHS, beside=PATHS)
def test_what_lies_side_by_side_still_does(
    root: list[str], folder: list[str], below: list[str], beside: list[str]
) -> None:
    """Unless one of them lies in the root and the other one does not."""
    first, second = posix(folder + below), posix(folder + beside)
    layout = Layout(posix(root))
    if layout.is_below(first) == layout.is_below(second) and layout.root not in (first, second):
        here = posixpath.relpath(second, first.parent)
        folder_there = posixpath.dirname(layout.place(first))
        assert posixpath.relpath("/" + layout.place(second), "/" + folder_there) == here


@given(root=FOLDERS, path=PATHS, before=st.lists(PATHS), after=st.lists(PATHS))
def test_a_place_is_the_same_whatever_else_is_sent(
    root: list[str], path: list[str], before: list[list[str]], after: list[list[str]]
) -> None:
    def place(others: list[list[str]]) -> str:
        return Layout.of(posix(root), [posix(each) for each in [path, *others]]).place(posix(path))

    first, second = place(before), place(after)
    of_root = {
        posix(each).relative_to(posix(root)).parts[:1]
        for each in (*before, *after, path)
        if posix(each).is_relative_to(posix(root))
    }
    if not any(parts[0].casefold().startswith("elsewhere") for parts in of_root if parts):
        assert first == second


@given(root=PATHS, paths=st.lists(PATHS, min_size=1))
def test_places_of_windows(root: list[str], paths: list[list[str]]) -> None:
    files = {windows(path) for path in paths}
    layout = Layout.of(windows(root), files)
    places = [layout.place(file) for file in files]
    assert len(set(places)) == len(files)
    assert not any("\\" in place or ":" in place for place in places)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/show/shot/tex/wood.png", "tex/wood.png"),
        ("/show/tex/wood.png", "elsewhere/show/tex/wood.png"),
        ("/show/shot/../tex/./wood.png", "elsewhere/show/tex/wood.png"),
        ("/show/shot2/wood.png", "elsewhere/show/shot2/wood.png"),
        ("/show/shot", "."),
    ],
)
def test_places(path: str, place: str) -> None:
    assert Layout(PurePosixPath("/show/shot")).place(PurePosixPath(path)) == place


@pytest.mark.parametrize(
    ("stored", "is_kept"),
    [
        ("//tex/wood.png", True),
        ("//tex/../tex//wood.png", True),
        ("//tex\\wood.png", True),
        ("//../shot/tex/wood.png", False),
        ("/show/shot/tex/wood.png", False),
        ("tex/wood.png", False),
    ],
)
def test_what_is_kept_as_it_is_stored(stored: str, is_kept: bool) -> None:
    layout = Layout(PurePosixPath("/show/shot"))
    path = PurePosixPath("/show/shot/tex/wood.png")
    assert layout.is_kept("shot.blend", stored, path) is is_kept


@pytest.mark.parametrize(
    "text", ["", "/a", "a//b", "../a", "a/..", "./a", "a/", "a\0b", f"{PRIVATE}/sent/x", "."]
)
def test_what_is_no_place(text: str) -> None:
    assert not is_place(text)


def test_the_folder_of_the_rest_is_another_one_where_the_root_has_it() -> None:
    root = PurePath("/show")
    taken = [root / "Elsewhere" / "a", root / "elsewhere_2"]
    assert Layout.of(root, taken).elsewhere == "elsewhere_3"
    assert Layout.of(root, [PurePath("/elsewhere/a")]).elsewhere == "elsewhere"
