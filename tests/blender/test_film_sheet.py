"""The contact sheet that Blender's sequencer makes of finished frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest
from array_chunk_render.film.contact_sheet import BACKGROUND, EMPTY_CELL, contact_sheet
from array_chunk_render.publishing.sheet_layout import SheetLayout
from pictures import SAND, SLATE, Colour, Decoded, plain


@pytest.fixture
def agx_scene() -> Iterator[bpy.types.Scene]:
    scene = bpy.data.scenes.new("artist")
    scene.view_settings.view_transform = "AgX"
    yield scene
    bpy.data.scenes.remove(scene)


def near(colour: Colour) -> object:
    return pytest.approx(colour, abs=1)


def test_the_sheet_shows_each_frame_in_its_place(
    tmp_path: Path, agx_scene: bpy.types.Scene
) -> None:
    """Ten wide pictures: eight in the first row, two in the second."""
    width, height = 480, 270
    colours = [(25 * n, 200 - 20 * n, 60) for n in range(10)]
    pictures = [
        plain(tmp_path / f"{n:05d}.png", colour, width, height) for n, colour in enumerate(colours)
    ]
    target = tmp_path / "out-contact-sheet.png"
    contact_sheet([(3 * n - 7, path) for n, path in enumerate(pictures)], target, agx_scene)
    sheet, layout = Decoded(target), SheetLayout(10, width, height)
    assert (sheet.width, sheet.height) == (layout.width, layout.height)
    red, green, blue = (round(255 * value) for value in BACKGROUND)
    for place, colour in enumerate(colours):
        cell = layout.cell(place)
        x, y = sheet.width / 2 + cell.x, sheet.height / 2 - cell.picture_y
        corners = [(x + dx, y + dy) for dx in (-117, 116) for dy in (-64, 63)]
        assert [sheet.at(int(x), int(y)) for x, y in corners] == [near(colour)] * 4
        outside = [(x - 123, y), (x + 122, y), (x, y - 70)]
        assert [sheet.at(int(x), int(y)) for x, y in outside] == [near((red, green, blue))] * 3
        assert _has_label(sheet, int(x), int(sheet.height / 2 - cell.label_y))


def _has_label(sheet: Decoded, x: int, y: int) -> bool:
    rows = range(y - 10, y + 11)
    return any(sheet.at(x + dx, row)[0] > 128 for row in rows for dx in range(-20, 21))


def test_a_long_film_has_a_sheet_of_an_even_spread(
    tmp_path: Path, agx_scene: bpy.types.Scene
) -> None:
    dark, last = plain(tmp_path / "dark.png", SLATE), plain(tmp_path / "last.png", SAND)
    target = tmp_path / "sheet.png"
    contact_sheet([(n, dark) for n in range(199)] + [(199, last)], target, agx_scene)
    sheet, layout = Decoded(target), SheetLayout(48, 64, 36)
    assert (sheet.width, sheet.height) == (layout.width, layout.height)
    shown = [
        sheet.at(int(sheet.width / 2 + cell.x), int(sheet.height / 2 - cell.picture_y))
        for cell in map(layout.cell, range(48))
    ]
    assert shown == [near(SLATE)] * 47 + [near(SAND)]


def test_frames_that_are_not_done_have_empty_cells_with_a_label(
    tmp_path: Path, agx_scene: bpy.types.Scene
) -> None:
    picture = plain(tmp_path / "00002.png", SAND, 480, 270)
    target = tmp_path / "sheet.png"
    contact_sheet([(1, None), (2, picture), (3, None)], target, agx_scene)
    sheet, layout = Decoded(target), SheetLayout(3, 480, 270)
    red, green, blue = (round(255 * value) for value in EMPTY_CELL)
    empty = (red, green, blue)
    for place, colour in enumerate([empty, SAND, empty]):
        cell = layout.cell(place)
        x, y = sheet.width / 2 + cell.x, sheet.height / 2 - cell.picture_y
        corners = [(x + dx, y + dy) for dx in (-117, 116) for dy in (-64, 63)]
        assert [sheet.at(int(x), int(y)) for x, y in corners] == [near(colour)] * 4
        assert sheet.at(int(x) - 123, int(y)) != near(colour)
        assert _has_label(sheet, int(x), int(sheet.height / 2 - cell.label_y))


def test_a_sheet_has_its_labels_after_another_file_was_opened(tmp_path: Path) -> None:
    """Blender 5.2 draws its own font until then."""
    picture, layout = plain(tmp_path / "00002.png", SAND, 480, 270), SheetLayout(1, 480, 270)
    x, y = layout.width / 2 + layout.cell(0).x, layout.height / 2 - layout.cell(0).label_y
    for number in range(3):
        target = tmp_path / f"sheet{number}.png"
        contact_sheet([(2, picture)], target, bpy.context.scene)
        assert _has_label(Decoded(target), int(x), int(y))
        assert not bpy.data.fonts
        bpy.ops.wm.read_factory_settings(use_empty=True)
