"""A selection of the differential machine's scenes, and every case that it has found."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from findings import Findings

from machine import Machine

CASES = sorted(Path(__file__).with_name("cases").glob("*.json"))
SELECTED = 24
"""So many scenes come up in some seconds."""

Examine = Callable[[list[Any], list[str]], dict[str, Any]]


@pytest.fixture
def machine(blender_executable: Path, tmp_path: Path) -> Machine:
    return Machine(blender_executable, tmp_path, Findings(tmp_path / "findings.json"), 3)


def test_a_selection_shows_no_difference(machine: Machine) -> None:
    machine.run(range(SELECTED), workers=1, until=float("inf"))
    counts = machine.findings.counts
    assert machine.findings.cases == []
    assert counts["scenes"] == SELECTED
    assert counts["all ways rendered"] > SELECTED / 2
    assert counts["kept"] > SELECTED / 3


def between(result: dict[str, Any]) -> set[str]:
    assert not any(result["outcomes"].values()), result
    return {each["between"] for each in result["differences"]}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_is_right_now(path: Path, machine: Machine) -> None:
    """And would be wrong without the rule that rules it out, in the versions that it is told of."""
    case = json.loads(path.read_text())
    ways = ["forced", "kept", "cold", "animation"]
    lines: list[dict[str, Any]] = []
    scene = {"id": path.stem, "parts": case["parts"], "ways": ways}
    assert machine.work([scene], lines.append) is None
    (result,) = (each["result"] for each in lines if "result" in each)
    is_wrong = os.environ["DIFFER_VERSION"] in case["wrong in"]
    assert between(result) == ({"forced and kept"} if is_wrong else set())
