"""The operator that fetches frames: what it refuses in an artist's words, and what comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from fetchings import Farm


@pytest.fixture
def farm(tmp_path: Path) -> Iterator[Farm]:
    """Two of three frames are rendered."""
    bpy.ops.wm.read_factory_settings()
    bpy.context.scene.frame_end = 3
    farm = Farm(tmp_path)
    farm.render(1)
    farm.render(2)
    yield farm
    bpy.ops.wm.read_factory_settings()


def fetch(source: object, to: object) -> set[str]:
    return set(bpy.ops.render.array_chunk_fetch(source=str(source), to=str(to)))


def test_what_is_finished_comes(farm: Farm) -> None:
    assert fetch(farm.source, farm.target) == {"FINISHED"}
    assert farm.there() == farm.at_source()
    farm.render(3)
    assert fetch(farm.source, farm.target) == {"FINISHED"}
    assert farm.there() == farm.at_source()
    farm.assert_records_hold()


@pytest.mark.parametrize(
    ("source", "to", "sentence"),
    [
        pytest.param("farm/out", "", "No folder to fetch to", id="no target"),
        pytest.param("farm/out", "farm/out/here", "a folder of its own", id="in itself"),
        pytest.param("none", "desk", "no such folder is there", id="no source"),
        pytest.param("farm", "desk", "No array has rendered there yet", id="no array"),
        pytest.param("s3://films/out", "desk", "From a bucket the command line", id="bucket"),
    ],
)
def test_what_is_refused(farm: Farm, source: str, to: str, sentence: str) -> None:
    where: Any = source if "://" in source else farm.home / source
    with pytest.raises(RuntimeError) as refused:
        fetch(where, farm.home / to if to else "")
    assert sentence in str(refused.value)
    assert "--" not in str(refused.value)
    assert not (farm.home / "desk").exists()
