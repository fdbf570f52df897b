"""The lanes of one chunk: when to start them, and what changes for this process when they run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import bpy

from ..chunking.settings import Settings
from ..machine.cores import usable_cores
from ..machine.memory import (
    memory_limit,
    memory_use,
)
from ..machine.processes import process_age
from ..publishing.verdict import Verdict
from ..scene.rendered_scenes import rendered_scenes
from ..scene.restoring import Restorer
from .in_work import InWork
from .lane_choice import (
    FrameCost,
    Room,
    choose_lanes,
    lane_threads,
)
from .lane_processes import Lanes
from .share import CLAIM_EXPIRY_SECONDS
from .sharing import Sharing

HELPED_FRAMES = 3
"""A lane that has not ended its last helped frame in so many times the longest one is stuck."""

log = logging.getLogger(__name__)


@dataclass
class ChunkLanes:
    """Starts the lanes of one chunk, where this child may have any."""

    scene: bpy.types.Scene
    settings: Settings
    changes: Restorer
    sharing: Sharing
    verdict: Verdict
    run: str
    folder_id: str
    """The id that is in the output folder: a lane is to find that one."""
    begin: Callable[[int], None]
    """Called when there are so many lanes: from here on frames are to be claimed."""
    work: InWork
    on_crash: Callable[[], None]
    frame_seconds: Callable[[], float]
    """How long the heaviest frame took so far."""
    of_kept_data: Callable[[], Mapping[str, str]] = dict
    """What a lane is to be told of the data kept between frames, where that is settled."""
    start_seconds: float = 0.0
    """From the start of this process to its first frame."""
    is_chosen: bool = False
    """Whether it is decided how many lanes there are."""

    def before_first_frame(self) -> None:
        """Start the lanes that were asked for by number."""
        self.start_seconds = process_age()
        if self.sharing.lanes is None or self.settings.lanes == 1:
            self.is_chosen = True
        elif self.settings.lanes > 1:
            self._start(self.sharing.lanes, self.settings.lanes, "--lanes")

    def after_frame(self, cost: FrameCost, frames_left: int) -> None:
        """Start lanes as soon as a frame has left cores idle.

        The very first one may not: what is prepared once for all frames uses all cores. And what
        other programs use now they may not use later.
        """
        if self.is_chosen or self.sharing.lanes is None:
            return
        use = memory_use()
        peak_bytes = use.peak if use is not None else None
        room = Room(self._cores, peak_bytes, self._limit_bytes, self.start_seconds, frames_left)
        chosen = choose_lanes(cost, room)
        if chosen.lanes > 1:
            busy = f"a frame keeps {cost.cores:.1f} of {self._cores} cores busy"
            self._start(self.sharing.lanes, chosen.lanes, f"{busy}; not more, as {chosen.reason}")

    def finish(self) -> None:
        """Wait for what the lanes still do, once the own chunk is complete.

        Where they help others, that is a frame each: nothing else was left to be taken.
        """
        lanes = self.sharing.lanes
        if lanes is None or not lanes.count:
            return
        if self.sharing.helps:
            lanes.wait(CLAIM_EXPIRY_SECONDS + HELPED_FRAMES * self.frame_seconds())
        else:
            self.close()

    def close(self) -> None:
        """End all lanes that are left."""
        if self.sharing.lanes is not None and self.sharing.lanes.count:
            self.sharing.lanes.ask_to_end()
            self.sharing.lanes.wait(self.sharing.lanes.grace_seconds)

    @property
    def _cores(self) -> int:
        return self.settings.threads or usable_cores().count

    @property
    def _limit_bytes(self) -> int | None:
        limit = memory_limit(self.settings.memory)
        return limit.bytes if limit is not None else None

    def _start(self, starter: Lanes, count: int, reason: str) -> None:
        self.is_chosen = True
        threads = lane_threads(self._cores, count)
        log.info("lanes: %d with %d threads each (%s)", count, threads, reason)
        self.begin(count)
        starter.known = self.verdict.warnings
        limit = self._limit_bytes
        told = {
            **self.of_kept_data(),
            "threads": threads,
            "lanes": 1,
            "render_id": self.verdict.render_id,
            "lane_folder": self.folder_id,
            "memory": max(1, (limit >> 20) // count) if limit else 0,
        }
        starter.start(count, self.run, told, self.work.end_in_lane, self.on_crash)
        for rendered in {*rendered_scenes(self.scene), self.scene}:
            self.changes.set_anew(rendered.render, "threads", threads)
