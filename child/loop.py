"""Pure: the loop over a chunk's frames: what is done is skipped, the rest rendered, delivered."""

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
from ..publishing.notes import Note
from ..publishing.stage import MOST_BYTES_A_PIXEL, Stage, no_room, staged_files
from ..publishing.stage_folder import stage_folder
from .blender_words import Listener
from .board import FolderBoard
from .claims import Claimant, Claims, new_run
from .completeness import Completeness
from .delivery import Delivery, Rendered
from .lane_choice import FrameCost
from .lanes import ChunkLanes, Sharing
from .progress import InWork, Pace, Progress
from .renderer import RenderCall, Renderer, Steps
from .session import RunningChunk, Session
from .share import Share
from .taking import FrameSource, Taken
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
        self._run = session.lane_run or new_run()
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
            self._claim_folder()  # before frames that are there are recorded as this render's
        todo = self._completeness.remaining()
        if todo:
            yield from self._render(todo, on_progress)
        else:
            self._claim_folder()
            self._completeness.refuse_incomplete()

    def _render(self, todo: list[int], on_progress: Callable[[Progress], None]) -> Steps:
        """Render frames as long as there are any to take, then see that the chunk is complete."""
        own, notes = frozenset(self._chunk), self._completeness.notes
        board = FolderBoard(self._destination, own)
        pace = Pace(len(self._chunk), len(self._chunk) - len(todo), on_progress)
        work = InWork(self._destination, board, self._verdict, own, notes, pace)
        if self._sharing.helps or self._session.lane_run:
            self._claim_frames(board)
        share = self._share(todo, board)
        lanes = self._lanes(board, work)
        # They are left in this order from the last to the first, whatever ends the chunk: no lane
        # works any more, then frames that are finished are delivered, then what was taken ahead is
        # given back; the claims go after all of it, and the stage when nobody reads from it.
        with (
            stage_folder(self._settings.stage) as home,
            contextlib.closing(board),
            FrameSource(share, self._make_note, self._is_to_stop) as source,
            Delivery(self._destination.publish, self._renderer.sizes, work.end) as delivery,
            contextlib.closing(lanes),
        ):
            self._running.stage, self._running.board = home, board
            self._running.source, self._running.delivery = source, delivery
            source.look_ahead(0.0)  # the note of the first frame, while the folder is claimed
            self._claim_folder()
            self._renderer.before_first_frame(todo, notes)
            lanes.before_first_frame()
            while (taken := source.next()) is not None:
                if not (taken.is_own or self._verdict.is_complete):
                    self._complete_before_helping(taken, source, delivery)
                work.begin(taken)
                source.look_ahead(self._expected_seconds(board))
                cost = yield from self._render_taken(taken, home, work, delivery)
                yield from self._renderer.after_frame(
                    taken.frame, cost.cpu_seconds, len(todo) - 1, home
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

    def _claim_folder(self) -> None:
        """Make the output folder this render's own; doing it again costs a look."""
        taken_over = self._destination.claim()
        # What is rendered from memory replaces the test before it every time: no news.
        if taken_over is not None and self._renderer.is_of_saved_file:
            self._verdict.warn(taken_over)

    def _claim_frames(self, board: FolderBoard) -> None:
        verdict = self._verdict
        claimant = Claimant.this_process(verdict.size, verdict.index, verdict.render_id, self._run)
        board.share(Claims(self._destination.folder, claimant))

    def _share(self, todo: list[int], board: FolderBoard) -> Share:
        own = self._plan, self._settings.index
        running = self._running
        chance = random.Random() if self._sharing.helps else None
        return Share(*own, todo, board, lambda: running.longest_seconds, time.monotonic, chance)

    def _lanes(self, board: FolderBoard, work: InWork) -> ChunkLanes:
        settings, running, renderer = self._settings, self._running, self._renderer
        claim = functools.partial(self._claim_frames, board)
        return ChunkLanes(settings, self._sharing, running, renderer, work, self._run, claim)

    def _complete_before_helping(
        self, taken: Taken, source: FrameSource, delivery: Delivery
    ) -> None:
        """Have the own chunk complete before the first frame of another child is begun."""
        try:
            self._complete(delivery)
        except BaseException:
            source.give_back(taken)
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

    def _render_taken(
        self, taken: Taken, home: Path, work: InWork, delivery: Delivery
    ) -> Generator[RenderCall, None, FrameCost]:
        frame, cost = taken.frame, FrameCost.begin()
        stage = self._renderer.stage(home, frame)
        self._running.begin(frame)
        self._running.note = taken.note
        try:
            with taken.note.watch():
                rendered = yield from self._render_frame(frame, stage)
        except RenderFailed as error:
            self._running.end(done=False)
            shutil.rmtree(stage.root, ignore_errors=True)
            work.fail(frame, error)
        except BaseException:
            work.give_back(frame)
            raise
        else:
            self._running.end(done=True)
            delivery.put(rendered)
        finally:
            self._running.note = None
        return cost.end()

    def _render_frame(self, frame: int, stage: Stage) -> Generator[RenderCall, None, Rendered]:
        started = time.monotonic()
        stage.make()
        try:
            with self._renderer.set_for(frame, stage) as call:
                yield call
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
        return Rendered(draft, stage, tuple(files))

    def _make_note(self, frame: int) -> Note:
        folder, attempt = self._destination.folder, self._settings.attempt
        return self._destination.repeat(lambda: Note.make(folder, frame, attempt))
