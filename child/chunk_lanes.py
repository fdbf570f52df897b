"""Pure: with whom a child shares its chunk: which lanes it starts, when, and whom else it helps."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

from ..chunking.settings import Settings
from ..machine.cores import usable_cores
from ..machine.memory import memory_limit, memory_use
from ..machine.processes import process_age
from ..publishing.verdict import Verdict
from .claims import CLAIM_EXPIRY_SECONDS
from .in_work import InWork
from .lane_choice import FrameCost, Room, choose_lanes, lane_threads
from .lane_processes import LaneProcesses
from .renderer import Renderer
from .session import RunningChunk, Session

HELPED_FRAMES = 3
"""A lane that has not ended its last helped frame in so many times the longest one is stuck."""

log = logging.getLogger(__name__)


class Sharing(NamedTuple):
    """Whether a child may share frames with others: with lanes of its own, with other children."""

    helps: bool
    lanes: LaneProcesses | None
    """Starts lanes; None: it may have none."""

    @classmethod
    def choose(
        cls, settings: Settings, verdict: Verdict, session: Session, device: str, alone: str
    ) -> Sharing:
        """What the settings and the render allow; a setting that is not followed is said.

        `alone` says why nobody else can render frames of this render; empty: others can.
        """
        lanes = session.lanes
        if alone or (settings.lanes == 0 and device != "CPU"):  # lanes would wait for one GPU
            lanes = None
        if settings.lanes > 1 and lanes is None and not session.lane_run:
            reason = alone or "this Blender was not started by main.py"
            verdict.warn(f"--lanes is {settings.lanes}, but there is one only: {reason}.")
        helps = settings.help_others == "on"
        alone = alone or (_why_no_help(settings) if helps else "")
        if helps and alone:
            verdict.warn(f"--help-others is on, but this child helps nobody: {alone}.")
        return cls(helps and not alone, lanes)


def _why_no_help(settings: Settings) -> str:
    """Why a child with these settings can't tell which frames of others are to be rendered."""
    if settings.existing == "keep":
        return "--existing keep may find its pictures there already"
    if settings.existing == "overwrite" and not settings.render_id:
        return (
            "--existing overwrite would render the whole film again, where no --render-id tells "
            "which frames are this array's"
        )
    return ""


class ChunkLanes:
    """Starts the lanes of one chunk, where this child may have any."""

    def __init__(
        self,
        settings: Settings,
        sharing: Sharing,
        running: RunningChunk,
        renderer: Renderer,
        work: InWork,
        run: str,
        claim_frames: Callable[[], None],
    ) -> None:
        """`run` is the name that the lanes share.

        `claim_frames` is called before the first of them starts: from then on frames are claimed.
        """
        self._settings = settings
        self._sharing = sharing
        self._running = running
        self._renderer = renderer
        self._work = work
        self._run = run
        self._claim_frames = claim_frames
        self._start_seconds = 0.0
        """From the start of this process to its first frame."""
        self._is_chosen = False
        """Whether it is decided how many lanes there are."""

    def before_first_frame(self) -> None:
        """Start the lanes that were asked for by number."""
        self._start_seconds = process_age()
        lanes, count = self._sharing.lanes, self._settings.lanes
        if lanes is None or count == 1:
            self._is_chosen = True
        elif count > 1:
            self._start(lanes, count, "--lanes")

    def after_frame(self, cost: FrameCost, frames_left: int) -> None:
        """Start lanes as soon as a frame has left cores idle.

        The very first one may not: what is prepared once for all frames uses all cores. And what
        other programs use now they may not use later.
        """
        if self._is_chosen or self._sharing.lanes is None:
            return
        use = memory_use()
        peak_bytes = use.peak if use is not None else None
        room = Room(self._cores, peak_bytes, self._limit_bytes, self._start_seconds, frames_left)
        chosen = choose_lanes(cost, room)
        if chosen.lanes > 1:
            busy = f"a frame keeps {cost.cores:.1f} of {self._cores} cores busy"
            reason = f"{busy}; not more, as {chosen.reason}"
            self._start(self._sharing.lanes, chosen.lanes, reason)

    def finish(self) -> None:
        """Wait for what the lanes still do, once the own chunk is complete.

        Where they help others, that is a frame each: nothing else was left to be taken.
        """
        lanes = self._sharing.lanes
        if lanes is None or not lanes.count:
            return
        if self._sharing.helps:
            longest = self._running.longest_seconds or 0.0
            lanes.wait(CLAIM_EXPIRY_SECONDS + HELPED_FRAMES * longest)
        else:
            self.close()

    def close(self) -> None:
        """End all lanes that are left."""
        lanes = self._sharing.lanes
        if lanes is not None and lanes.count:
            lanes.ask_to_end()
            lanes.wait(lanes.grace_seconds)

    @property
    def _cores(self) -> int:
        return self._settings.threads or usable_cores().count

    @property
    def _limit_bytes(self) -> int | None:
        limit = memory_limit(self._settings.memory)
        return limit.bytes if limit is not None else None

    def _start(self, starter: LaneProcesses, count: int, reason: str) -> None:
        self._is_chosen = True
        threads = lane_threads(self._cores, count)
        log.info("lanes: %d with %d threads each (%s)", count, threads, reason)
        self._claim_frames()
        self._work.set_lanes(count)
        self._renderer.set_lanes(count)
        verdict = self._running.verdict
        starter.warnings = verdict.warnings
        limit = self._limit_bytes
        settings = {
            **self._renderer.lane_settings(),
            "threads": threads,
            "lanes": 1,
            "render_id": verdict.render_id,
            "lane_folder": self._running.patience.folder_id,
            "memory": max(1, (limit >> 20) // count) if limit else 0,
        }
        work = self._work
        starter.start(count, self._run, settings, work.end_in_lane, work.crash_in_lane)
        self._renderer.set_threads(threads)
