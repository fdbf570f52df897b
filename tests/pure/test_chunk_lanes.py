"""What a chunk's lanes are started with, and how long they are waited for in the end."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from array_chunk_render.child.chunk_lanes import HELPED_FRAMES, ChunkLanes, Sharing
from array_chunk_render.child.claims import CLAIM_EXPIRY_SECONDS
from array_chunk_render.child.session import RunningChunk
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.machine.session_folder import SessionFolder
from array_chunk_render.publishing.verdict import Verdict
from loop_trials import DrawingRenderer, UnstartedLanes
from publishing_trials import destination, made_folder

LONGEST_SECONDS = 20.0


def chunk_lanes(starter: UnstartedLanes, home: Path, helps: bool = True, **more: Any) -> ChunkLanes:
    settings = Settings(size=2, index=0, **{"lanes": 2, **more})
    patience = destination(made_folder(home / "out")).patience
    running = RunningChunk(Verdict(size=2, index=0), SessionFolder(home), patience)
    running._frame_times.append(LONGEST_SECONDS)
    work: Any = SimpleNamespace(set_lanes=print, end_in_lane=None, crash_in_lane=None)
    renderer, sharing = DrawingRenderer(), Sharing(helps, starter)
    return ChunkLanes(settings, sharing, running, renderer, work, "run", lambda: None)


def test_lanes_that_help_are_waited_for_until_they_must_be_stuck(tmp_path: Path) -> None:
    lanes = UnstartedLanes(tmp_path)
    chunk = chunk_lanes(lanes, tmp_path)
    chunk.before_first_frame()
    chunk.finish()
    assert lanes.waits == [CLAIM_EXPIRY_SECONDS + HELPED_FRAMES * LONGEST_SECONDS]
    assert not lanes.is_asked_to_end


def test_lanes_that_help_nobody_end_within_the_grace(tmp_path: Path) -> None:
    lanes = UnstartedLanes(tmp_path)
    chunk = chunk_lanes(lanes, tmp_path, helps=False)
    chunk.before_first_frame()
    chunk.finish()
    assert lanes.waits == [7]
    assert lanes.is_asked_to_end


@pytest.mark.parametrize(("memory", "each"), [(3000, 1000), (2, 1)])
def test_lanes_share_the_memory(memory: int, each: int, tmp_path: Path) -> None:
    """One that is left 0 MiB would take that for no limit, and look for the machine's."""
    lanes = UnstartedLanes(tmp_path)
    chunk_lanes(lanes, tmp_path, lanes=3, memory=memory).before_first_frame()
    assert lanes.settings["memory"] == each
    assert lanes.settings["lanes"] == 1
