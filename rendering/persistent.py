"""Keeping what Cycles prepared for one frame for the next one: whether, and for how long.

Blender's "Persistent Data" keeps the evaluated scene and all that Cycles made of it. A frame then
costs only what has changed. It takes memory, and where Cycles is not told of a change the picture
shows an earlier frame: see `persistent_faults`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

import bpy

from ..chunking.settings import Settings
from ..machine.memory import MIB, Growth, MemoryLimit, Step, memory_limit, memory_use
from ..scene.blender_versions.render import CYCLES
from ..scene.rendered_scenes import composited_scenes, rendered_scenes, scenes_in_nodes
from ..scene.restoring import Restorer
from .persistent_faults import fault_of

log = logging.getLogger(__name__)


NO_RULE = "no rule speaks against it"


class Choice(NamedTuple):
    """Whether data is kept, as far as can be told without rendering a frame."""

    is_on: bool
    reason: str
    needs_proof: bool = False
    """Whether nothing but our rules says so, which a proof can do better: see `proving`."""

    @property
    def line(self) -> str:
        """For the log."""
        return f"persistent data: {'on' if self.is_on else 'off'}: {self.reason}"


def choose(restorer: Restorer, scene: bpy.types.Scene, settings: Settings) -> Choice:
    """Switch it on or off for all rendered scenes; return what was chosen, and why."""
    choice = _choice(scene, settings)
    for rendered in rendered_scenes(scene):
        restorer.set(rendered.render, "use_persistent_data", choice.is_on)
    return choice


def _choice(scene: bpy.types.Scene, settings: Settings) -> Choice:
    if settings.persistent != "auto":
        return Choice(settings.persistent == "on", "--persistent")
    cycles = [each for each in rendered_scenes(scene) if each.render.engine == CYCLES]
    if not cycles:
        return Choice(False, "only Cycles keeps data")
    if reason := _useless(scene) or fault_of(scene, cycles):
        return Choice(False, reason)
    return Choice(True, NO_RULE, needs_proof=True)


def _useless(scene: bpy.types.Scene) -> str:
    """Why there would be nothing to gain, only memory to lose.

    Measured on 4.2.23 and 5.0.1: a scene that the compositor shows besides its own costs as much
    as without kept data, each frame. Of several view layers Blender keeps one (its commit
    ce259ca382e2 says so) and the objects that they share, which is worth it.
    """
    for composited in composited_scenes(scene):
        count = len({composited, *scenes_in_nodes(composited)})
        if count > 1:
            return f"the compositor of scene {composited.name!r} shows {count} scenes: none is kept"
    return ""


class KeptData:
    """Watches how memory grows from frame to frame, and drops what is kept before it is too much.

    To be used in Blender's main thread, between two frames.
    """

    def __init__(
        self,
        scenes: Sequence[bpy.types.Scene],
        limit: MemoryLimit | None,
        changes: Restorer,
        lanes: int = 1,
    ) -> None:
        """`lanes` is the number of processes that share the limit."""
        self.lanes = lanes
        self._all = list(scenes)
        self._scenes = [each for each in scenes if each.render.use_persistent_data]
        self._limit = limit
        self._changes = changes
        self._growth = Growth()

    @classmethod
    def of(cls, scene: bpy.types.Scene, settings: Settings, changes: Restorer) -> KeptData:
        """For a scene that is prepared; `changes` puts back what had to be switched off."""
        return cls(rendered_scenes(scene), memory_limit(settings.memory), changes)

    @property
    def is_on(self) -> bool:
        return bool(self._scenes)

    def switch(self, is_on: bool) -> None:
        """Keep data from here on, or no more. What is kept by now is dropped."""
        for scene in self._all:
            self._changes.set_anew(scene.render, "use_persistent_data", False)
            if is_on:
                self._changes.set_anew(scene.render, "use_persistent_data", True)
        self._scenes = self._all if is_on else []
        self._growth = Growth()

    def after_frame(self) -> Step:
        """Look at the memory, and do what has to be done; it is said in the log, once."""
        use = memory_use() if self._scenes and self._limit is not None else None
        if use is None or self._limit is None:
            return Step.KEEP
        self._growth = self._growth.after_frame(use.resident)
        step = self._growth.step(self._limit.bytes // max(1, self.lanes))
        if step is Step.STOP:
            self._stop(self._limit)
        elif step is Step.DROP:
            if not self._growth.was_dropped:
                self._say_dropped(self._limit)
            self._drop()
        return step

    def _say_dropped(self, limit: MemoryLimit) -> None:
        shared = f", shared by {self.lanes} lanes" if self.lanes > 1 else ""
        log.info(
            "persistent data: dropped at %d MiB of %d (%s%s)",
            self._growth.resident // MIB,
            limit.bytes // MIB,
            limit.reason,
            shared,
        )

    def _drop(self) -> None:
        """Switching it off frees it: Blender's RE_FreePersistentData."""
        for scene in self._scenes:
            scene.render.use_persistent_data = False
            scene.render.use_persistent_data = True
        self._growth = self._growth.dropped()

    def _stop(self, limit: MemoryLimit) -> None:
        for scene in self._scenes:
            self._changes.set_anew(scene.render, "use_persistent_data", False)
        self._scenes = []
        log.info(
            "persistent data: off from now on: a single frame takes %d MiB of %d (%s)",
            self._growth.resident // MIB,
            limit.bytes // MIB,
            limit.reason,
        )
