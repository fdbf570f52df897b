"""What is kept between frames is dropped before memory runs out, and all is put back at the end."""

from __future__ import annotations

import logging
from typing import Any

import bpy
import moving_scenes
import pytest
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.machine.memory import MIB, MemoryLimit, MemoryUse, Step
from array_chunk_render.rendering import persistent
from array_chunk_render.rendering.persistent import KeptData
from array_chunk_render.rendering.preparing import prepared
from array_chunk_render.scene.restoring import Restorer


class Memory:
    """What this process is said to use, in MiB, one number for each frame."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *resident: int) -> None:
        self._left = list(resident)
        monkeypatch.setattr(persistent, "memory_use", self._use)

    def _use(self) -> MemoryUse:
        resident = self._left.pop(0) * MIB
        return MemoryUse(resident, resident)


def kept_data(changes: Restorer, lanes: int = 1) -> KeptData:
    moving_scenes.plain()
    scene: Any = bpy.context.scene
    changes.set(scene.render, "use_persistent_data", True)
    changes.seal()
    return KeptData([scene], MemoryLimit(1000 * MIB, "all 1000 MiB"), changes, lanes)


def test_dropped_in_time(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    Memory(monkeypatch, 300, 500, 700, 300, 500, 700)
    with Restorer() as changes:
        kept = kept_data(changes)
        steps = [kept.after_frame() for _ in range(6)]
        assert bpy.context.scene.render.use_persistent_data
    assert steps == [Step.KEEP, Step.KEEP, Step.DROP, Step.KEEP, Step.KEEP, Step.DROP]
    assert caplog.messages == ["persistent data: dropped at 700 MiB of 1000 (all 1000 MiB)"]


def test_off_for_good(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    Memory(monkeypatch, 900, 850)
    scene: Any
    with Restorer() as changes:
        kept = kept_data(changes)
        scene = bpy.context.scene
        assert [kept.after_frame() for _ in range(4)] == [Step.DROP, Step.STOP, *[Step.KEEP] * 2]
        assert not scene.render.use_persistent_data
        changes.put_back_for_now()
        assert not scene.render.use_persistent_data
        changes.set_again()
    assert not scene.render.use_persistent_data
    assert len(caplog.messages) == 2
    assert caplog.messages[1].startswith("persistent data: off from now on")


def test_put_back_to_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The artist's own setting comes back, whatever was dropped in between."""
    Memory(monkeypatch, 900, 900)
    moving_scenes.plain()
    scene: Any = bpy.context.scene
    scene.render.use_persistent_data = True
    with Restorer() as changes, prepared(scene, Settings(), changes):
        kept = KeptData([scene], MemoryLimit(1000 * MIB, ""), changes)
        assert [kept.after_frame(), kept.after_frame()] == [Step.DROP, Step.STOP]
        assert not scene.render.use_persistent_data
    assert scene.render.use_persistent_data


def test_lanes_share_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    Memory(monkeypatch, 300, 300)
    with Restorer() as changes:
        kept = kept_data(changes, lanes=2)
        assert kept.after_frame() is Step.KEEP
        kept.lanes = 4
        assert kept.after_frame() is Step.DROP


def test_what_is_not_kept_is_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    Memory(monkeypatch)
    with Restorer() as changes:
        kept_data(changes)
        bpy.context.scene.render.use_persistent_data = False
        kept = KeptData([bpy.context.scene], MemoryLimit(1, ""), changes)
        assert kept.after_frame() is Step.KEEP
        bpy.context.scene.render.use_persistent_data = True
        assert KeptData([bpy.context.scene], None, changes).after_frame() is Step.KEEP
