"""Where a contact sheet puts its pictures, which frames it shows, and where it goes itself."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import BadSetting, OutputFailed
from array_chunk_render.publishing.places import contact_sheet_path, film_path, made_aside
from array_chunk_render.publishing.sheet_layout import (
    LABEL_HEIGHT,
    LONGEST_EDGE,
    MOST_PICTURES,
    SheetLayout,
    even_spread,
)
from hypothesis import given
from hypothesis import strategies as st

layouts = st.builds(
    SheetLayout,
    count=st.integers(1, MOST_PICTURES),
    picture_width=st.integers(4, 16384),
    picture_height=st.integers(4, 16384),
)
Rectangle = tuple[float, float, float, float]


def rectangles(layout: SheetLayout) -> list[Rectangle]:
    """Left, bottom, right, top of each picture together with its label."""
    half_width = layout.picture_width * layout.scale / 2
    half_height = layout.picture_height * layout.scale / 2
    cells = [layout.cell(place) for place in range(layout.count)]
    return [
        (
            cell.x - half_width,
            cell.label_y - LABEL_HEIGHT / 2,
            cell.x + half_width,
            cell.picture_y + half_height,
        )
        for cell in cells
    ]


def apart(one: Rectangle, other: Rectangle) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


@given(layouts)
def test_all_pictures_are_on_the_sheet(layout: SheetLayout) -> None:
    for left, bottom, right, top in rectangles(layout):
        assert -layout.width / 2 <= left < right <= layout.width / 2
        assert -layout.height / 2 <= bottom < top <= layout.height / 2


@given(layouts)
def test_no_picture_or_label_covers_another(layout: SheetLayout) -> None:
    places = rectangles(layout)
    for number, one in enumerate(places):
        assert all(apart(one, other) for other in places[:number])
    for place in range(layout.count):
        cell = layout.cell(place)
        picture_bottom = cell.picture_y - layout.picture_height * layout.scale / 2
        assert cell.label_y + LABEL_HEIGHT / 2 <= picture_bottom + 1


@given(layouts)
def test_pictures_read_like_text_and_keep_their_shape(layout: SheetLayout) -> None:
    cells = [layout.cell(place) for place in range(layout.count)]
    assert cells == sorted(cells, key=lambda cell: (-cell.picture_y, cell.x))
    longest = max(layout.picture_width, layout.picture_height)
    assert longest * layout.scale == pytest.approx(min(longest, LONGEST_EDGE))


def test_a_full_sheet_of_wide_pictures_is_a_screen_wide() -> None:
    layout = SheetLayout(48, 1920, 1080)
    assert (layout.columns, layout.rows) == (8, 6)
    assert (layout.width, layout.height) == (2028, 1062)


@given(st.lists(st.integers(), max_size=500, unique=True), st.integers(2, 60))
def test_an_even_spread_keeps_order_and_both_ends(items: list[int], most: int) -> None:
    spread = even_spread(items, most)
    places = [items.index(item) for item in spread]
    assert len(spread) == min(len(items), most)
    if len(items) <= most:
        assert spread == items
    else:
        steps = {later - earlier for earlier, later in itertools.pairwise(places)}
        assert (spread[0], spread[-1]) == (items[0], items[-1])
        assert min(steps) >= 1 and max(steps) - min(steps) <= 1


@pytest.mark.parametrize(
    ("folder", "film", "sheet"),
    [
        pytest.param("/x/out", "/x/out.mp4", "/x/out-contact-sheet.png", id="plain"),
        pytest.param("/x/out/", "/x/out.mp4", "/x/out-contact-sheet.png", id="slash at the end"),
        pytest.param("/x/a.v2", "/x/a.v2.mp4", "/x/a.v2-contact-sheet.png", id="dot in the name"),
        pytest.param("/x/out/.", "/x/out.mp4", "/x/out-contact-sheet.png", id="dot"),
        pytest.param("/x/y/..", "/x.mp4", "/x-contact-sheet.png", id="dots"),
    ],
)
def test_film_and_sheet_lie_beside_the_output_folder(folder: str, film: str, sheet: str) -> None:
    assert film_path(Path(folder)) == Path(film)
    assert contact_sheet_path(Path(folder)) == Path(sheet)


def test_a_relative_output_folder_is_beside_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert film_path(Path()) == tmp_path.with_name(tmp_path.name + ".mp4")


def test_nothing_lies_beside_the_root() -> None:
    with pytest.raises(BadSetting, match="'/'"):
        film_path(Path("/"))


def test_a_file_made_aside_appears_when_it_is_finished(tmp_path: Path) -> None:
    target = tmp_path / "out.html"
    with made_aside(target) as made:
        made.write_text("<!DOCTYPE html>old")
        assert made.suffix == ""
        assert not target.exists()
    with made_aside(target) as made:
        made.write_text("<!DOCTYPE html>new")
        assert target.read_text().startswith("<!DOCTYPE html>old")
    assert target.read_text().startswith("<!DOCTYPE html>new")
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_is_not_finished_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), made_aside(tmp_path / "out.mp4") as made:
        made.write_bytes(b"half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_cant_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(OutputFailed, match="file/out.mp4"),
        made_aside(tmp_path / "file" / "out.mp4"),
    ):
        pytest.fail("the block must not run")
