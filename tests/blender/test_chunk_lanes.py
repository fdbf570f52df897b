"""What a chunk's lanes are started with, and how long they are waited for in the end."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import moving_scenes
import pytest
from array_chunk_render.child.lane_processes import Lanes
from array_chunk_render.child.lanes import (
    HELPED_FRAMES,
    ChunkLanes,
)
from array_chunk_render.child.share import CLAIM_EXPIRY_SECONDS
from array_chunk_render.child.sharing import Sharing
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.publishing.verdict import Verdict
from array_chunk_render.scene.restoring import Restorer

LONGEST_SECONDS = 20.0
FOLDER_ID = "0" * 32


class Told(Lanes):
    """Lanes that write down what they are told, and start no process."""

    def __init__(self, home: Path) -> None:
        super().__init__(["never started"], home, grace_seconds=7)
        self.settings: dict[str, Any] = {}
        self.waited: list[float] = []
        self.asked_to_end = False

    def start(self, count: int, run: str, settings: Any, *calls: Any) -> None:
        self.settings = dict(settings)

    @property
    def count(self) -> int:
        return 1

    def ask_to_end(self) -> None:
        self.asked_to_end = True

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)


def chunk_lanes(told: Told, changes: Restorer, helps: bool = True, **settings: Any) -> ChunkLanes:
    moving_scenes.plain()
    work: Any = SimpleNamespace(end_in_lane=None)
    return ChunkLanes(
        bpy.context.scene,
        Settings(size=2, index=0, **settings),
        changes,
        Sharing(helps, told),
        Verdict(size=2, index=0),
        "run",
        FOLDER_ID,
        lambda count: None,
        work,
        lambda: None,
        lambda: LONGEST_SECONDS,
    )


def test_lanes_that_help_are_waited_for_until_they_must_be_stuck(tmp_path: Path) -> None:
    told = Told(tmp_path)
    with Restorer() as changes:
        chunk_lanes(told, changes).finish()
    assert told.waited == [CLAIM_EXPIRY_SECONDS + HELPED_FRAMES * LONGEST_SECONDS]
    assert not told.asked_to_end


def test_lanes_that_help_nobody_end_within_the_grace(tmp_path: Path) -> None:
    told = Told(tmp_path)
    with Restorer() as changes:
        chunk_lanes(told, changes, helps=False).finish()
    assert told.waited == [7]
    assert told.asked_to_end


@pytest.mark.parametrize(("memory", "each"), [(3000, 1000), (2, 1)])
def test_lanes_share_the_memory(memory: int, each: int, tmp_path: Path) -> None:
    """One that is left 0 MiB would take that for no limit, and look for the machine's."""
    told = Told(tmp_path)
    with Restorer() as changes:
        chunk_lanes(told, changes, lanes=3, memory=memory).before_first_frame()
    assert told.settings["memory"] == each
    assert told.settings["lanes"] == 1
