"""The sub-command `check`: the findings as text and as JSON, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from children import Ended, MakeBlend, RunChild, frames_in


def answer(ended: Ended) -> dict[str, Any]:
    """Blender's greeting may come before; the JSON is the last line."""
    return dict(json.loads(ended.log.strip().splitlines()[-1]))


def test_clean_scene(make_blend: MakeBlend, run_child: RunChild) -> None:
    ended = run_child(make_blend("film"), None, "check", "--json")
    assert ended.code == 0, ended
    kinds = {finding["kind"] for finding in answer(ended)["findings"]}
    assert (answer(ended)["errors"], kinds) == (0, set())


@pytest.mark.parametrize(
    ("scene", "kind", "data", "fix"),
    [
        ("movie", "movie-format", ["scenes", "Scene"], "set-png"),
        ("no_layer", "view-layers-missing", ["scenes", "Scene"], "layers-on"),
        ("python_driver", "drivers-off", ["", ""], ""),
    ],
)
def test_errors(
    scene: str, kind: str, data: list[str], fix: str, make_blend: MakeBlend, run_child: RunChild
) -> None:
    ended = run_child(make_blend(scene), None, "check", "--json")
    assert ended.code == 65, ended
    told = answer(ended)
    (finding,) = [each for each in told["findings"] if each["kind"] == kind]
    assert told["errors"] == 1
    assert finding["severity"] == "error"
    assert [finding["data"]["collection"], finding["data"]["name"]] == data
    assert finding["fix"] == fix


def test_text_names_everything_and_makes_nothing(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    ended = run_child(make_blend("movie"), tmp_path / "out", "check")
    assert ended.code == 65, ended
    for word in ("error", "movie-format", "scenes / Scene", "--format png", "Set PNG", "1 errors"):
        assert word in ended.log
    assert frames_in(tmp_path / "out") == []
    assert not (tmp_path / "out").exists()


def test_a_setting_cures(make_blend: MakeBlend, run_child: RunChild) -> None:
    ended = run_child(make_blend("movie"), None, "check", "--format", "png")
    assert ended.code == 0, ended
