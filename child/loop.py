"""Pure: the loop over a chunk's frames: what is done is skipped, the rest rendered, delivered.

A frame comes from `taking`, where it is claimed and noted, and is rendered into its stage; from
there `delivery` brings it to the output folder, in a thread, while the next one is rendered. A
frame that fails costs no other one: it is written down in the verdict, and when all others are
done, `completeness` raises what the child ends with. Every other error ends the loop at once, and
on the way out all that was begun is ended or given back.
"""

from __future__ import annotations

import contextlib
import functools
import random
import shutil
import time
from collections.abc import Callable, Generator
from pathlib import Path

from ..chunking.errors import RenderFailed
from ..chunking.plan import Plan
from ..chunking.settings import Settings
from ..publishing.destination import Destination
from ..publishing.stage import MOST_BYTES_A_PIXEL, Stage, no_room, staged_files
from ..publishing.stage_folder import stage_folder
from .blender_words import Listener
from .board import FolderBoard
from .chunk_lanes import ChunkLanes, Sharing
from .claims import Claimant, Claims, new_run
from .completeness import Completeness
from .delivery import Delivery, StagedFrame
from .in_work import InWork, Pace, Progress
from .lane_choice import FrameCost
from .renderer import RenderCall, Renderer, Steps
from .session import RunningChunk, Session
from .share import Share
from .taking import Assignment, FrameSource
from .unwritten_slots import SlotCheck


class ChunkLoop:
    """One pass over the chunk of a child, or over what one of its lanes takes of it."""

    def __init__(
        self,
        settings: Settings,
        plan: Plan,
        destination: Destination,
        renderer: Renderer,
        sharing: Sharing,
        session: Session,
        running: RunningChunk,
    ) -> None:
        self._settings = settings
        self._plan = plan
        self._chunk = plan.chunk(settings.index)
        self._destination = destination
        self._renderer = renderer
        self._sharing = sharing
        self._session = session
        self._running = running
        self._verdict = running.verdict
        self._lane_run = session.lane_run or new_run()
        self._slots = SlotCheck(self._verdict)
        self._listener = Listener(session.words, self._verdict, settings.refuses_missing)
        self._completeness = Completeness(
            settings, destination, self._chunk, self._verdict, renderer
        )

    def steps(self, on_progress: Callable[[Progress], None]) -> Steps:
        """Render what is not done; `on_progress` hears of each frame, in the main thread.

        Raises the error that ends the child, RenderFailed for frames that failed.
        """
        if self._settings.existing == "keep":
            self._pin_folder()  # before frames that are there are recorded as this render's
        todo = self._completeness.remaining()
        if todo:
            yield from self._render(todo, on_progress)
        else:
            self._pin_folder()
            self._completeness.refuse_incomplete()

    def _render(self, todo: list[int], on_progress: Callable[[Progress], None]) -> Steps:
        """Render frames as long as there are any to take, then see that the chunk is complete."""
        own, notes = frozenset(self._chunk), self._completeness.notes
        board = FolderBoard(self._destination, own)
        pace = Pace(len(self._chunk), len(self._chunk) - len(todo), on_progress)
        work = InWork(self._destination, board, self._verdict, own, notes, pace)
        if self._sharing.helps or self._session.lane_run:  # else the frames are nobody else's
            self._claim_frames(board)
        share = self._share(todo, board)
        lanes = self._lanes(board, work)
        # Whatever ends the chunk, these are left from the last to the first: lanes end, what is
        # finished is delivered, what was taken ahead given back; then go the claims, and the stage.
        with (
            stage_folder(self._settings.stage) as home,
            contextlib.closing(board),
            FrameSource(share, self._destination.make_note, self._is_to_stop) as source,
            Delivery(self._destination.publish, self._renderer.sizes, work.end) as delivery,
            contextlib.closing(lanes),
        ):
            self._running.stage, self._running.board = home, board
            self._running.source, self._running.delivery = source, delivery
            # The note of the first frame is made while the folder is pinned: in a folder of another
            # render it tells nobody anything, and is removed on the way out.
            source.look_ahead(0.0)
            self._pin_folder()
            self._renderer.before_first_frame(todo, notes)
            lanes.before_first_frame()
            while (assignment := source.next()) is not None:
                if not assignment.is_own and not self._verdict.is_complete:
                    self._complete_before_helping(assignment, source, delivery)
                work.begin(assignment)
                source.look_ahead(self._expected_seconds(board))
                cost = yield from self._render_assignment(assignment, home, work, delivery)
                yield from self._renderer.after_frame(
                    assignment.frame, cost.cpu_seconds, len(todo) - 1, home
                )
                lanes.after_frame(cost, pace.left)
                pace.show()
            self._complete(delivery)
            lanes.finish()
            pace.show()

    def _is_to_stop(self) -> bool:
        return bool(self._session.stop_reason) or self._running.has_failed

    def _expected_seconds(self, board: FolderBoard) -> float | None:
        """How long the frame that begins should take; None: nobody knows, and others may wait."""
        seconds = self._running.typical_seconds
        # What nobody else may take can be taken at once: better too early than waited for.
        return 0.0 if seconds is None and not board.is_shared else seconds

    def _pin_folder(self) -> None:
        """Make the output folder this render's own; doing it again costs a look."""
        warning = self._destination.claim()
        # What is rendered from memory replaces the test before it every time: no news.
        if warning is not None and self._renderer.is_of_saved_file:
            self._verdict.warn(warning)

    def _claim_frames(self, board: FolderBoard) -> None:
        claimant = Claimant.this_process(self._verdict.child, self._lane_run)
        board.share(Claims(self._destination.folder, claimant))

    def _share(self, todo: list[int], board: FolderBoard) -> Share:
        own = self._plan, self._settings.index
        running = self._running
        chance = random.Random() if self._sharing.helps else None
        return Share(*own, todo, board, lambda: running.longest_seconds, time.monotonic, chance)

    def _lanes(self, board: FolderBoard, work: InWork) -> ChunkLanes:
        settings, running, renderer = self._settings, self._running, self._renderer
        claim = functools.partial(self._claim_frames, board)
        return ChunkLanes(settings, self._sharing, running, renderer, work, self._lane_run, claim)

    def _complete_before_helping(
        self, assignment: Assignment, source: FrameSource, delivery: Delivery
    ) -> None:
        """Have the own chunk complete before the first frame of another child is begun.

        By then all own frames have been taken; those on their way may still turn out broken.
        """
        try:
            self._complete(delivery)
        except BaseException:
            source.give_back(assignment)
            raise
        self._verdict.helps = True

    def _complete(self, delivery: Delivery) -> None:
        """Have all frames delivered; see once that the own chunk is complete, or raise its end."""
        delivery.finish()
        if not self._verdict.is_complete:
            self._completeness.refuse_unfinished(self._session.stop_reason)
            if not self._session.lane_run:  # else it is for the child to look at the whole
                self._completeness.refuse_incomplete()
            self._verdict.is_complete = True

    def _render_assignment(
        self, assignment: Assignment, home: Path, work: InWork, delivery: Delivery
    ) -> Generator[RenderCall, None, FrameCost]:
        """Render a frame and hand it over, or write down that it failed; return what it took."""
        frame, cost = assignment.frame, FrameCost.begin()
        stage = self._renderer.stage(home, frame)
        self._running.begin(frame)
        self._running.note = assignment.note
        try:
            with assignment.note.watch():
                staged = yield from self._render_frame(frame, stage)
        except RenderFailed as error:
            self._running.end(done=False)
            shutil.rmtree(stage.root, ignore_errors=True)
            work.fail(frame, error)
        except BaseException:
            # Whoever drives the steps has thrown an end in or closed them (GeneratorExit), or the
            # scene is at fault: nothing that the next attempt should hold against this frame.
            work.give_back(frame)
            raise
        else:
            self._running.end(done=True)
            delivery.put(staged)
        finally:
            self._running.note = None
        return cost.end()

    def _render_frame(self, frame: int, stage: Stage) -> Generator[RenderCall, None, StagedFrame]:
        started = time.monotonic()
        stage.make()
        try:
            with self._renderer.set_for(frame, stage) as call:
                yield call  # RenderFailed is thrown in here where Blender fails on it
            files = staged_files(stage, frame, call.stem, self._settings.prefix)
            self._slots.look(stage, frame)
            self._listener.hear(frame)
        except RenderFailed:
            self._listener.hear(frame, has_failed=True)
            # Blender has many words for a full disk; the disk itself has one.
            pixels = max(width * height for width, height in self._renderer.sizes)
            if (error := no_room(stage.root, pixels * MOST_BYTES_A_PIXEL)) is not None:
                raise error from None
            raise
        draft = self._destination.draft(frame, time.monotonic() - started)
        return StagedFrame(draft, stage, tuple(files))
