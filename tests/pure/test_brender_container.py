"""The stand-in for Brender Studio's container: what its video step takes, and in which order."""

from __future__ import annotations

from pathlib import Path

import brender_container as brender
import pytest


def taken(output: Path, *names: str) -> list[str]:
    for name in names:
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        (output / name).touch()
    return [path.relative_to(output).as_posix() for path in brender.pictures(output)]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["00002.png", "00001.png"], ["00001.png", "00002.png"], id="in order"),
        pytest.param(
            ["1.exr", "2.PNG", "3.json", "4.log", "5.mp4", "6"], ["1.exr", "2.PNG"], id="by suffix"
        ),
        pytest.param(
            ["00001.png", "compositor/00001.png", "a/My_Compositor/b/1.png", "other/1.png"],
            ["00001.png", "other/1.png"],
            id="but for compositor's",
        ),
        pytest.param(
            [".array_chunk/tmp/1.a-1/0", ".array_chunk/frames/00001.json", "00001.png"],
            ["00001.png"],
            id="none of our own",
        ),
        pytest.param(
            ["-0001.png", "-0002.png", "00000.png"],
            ["-0001.png", "-0002.png", "00000.png"],
            id="negative ones backwards",
        ),
        pytest.param(
            ["99999.png", "100000.png"], ["100000.png", "99999.png"], id="six digits too early"
        ),
        pytest.param(
            ["00001_L.png", "00001_R.png", "00002_L.png"],
            ["00001_L.png", "00001_R.png", "00002_L.png"],
            id="views one after the other",
        ),
    ],
)
def test_pictures(names: list[str], expected: list[str], tmp_path: Path) -> None:
    assert taken(tmp_path / "output", *names) == expected


def test_a_project_called_compositor_has_none(tmp_path: Path) -> None:
    assert taken(tmp_path / "compositor_test" / "output", "00001.png") == []


def test_every_folder_of_a_project_is_found(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert brender.folders_of(tmp_path) == [tmp_path, tmp_path / "a", tmp_path / "a" / "b"]
