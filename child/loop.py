"""The loop over a chunk's frames: what is done is skipped, the rest is rendered and published."""

from __future__ import annotations

import contextlib
import random
import shutil
import time
from collections.abc import Callable, Generator
from pathlib import Path

import bpy

from ..chunking.errors import RenderFailed
from ..chunking.plan import Plan
from ..chunking.settings import Settings
from ..machine.session_folder import SessionFolder
from ..publishing.destination import Destination
from ..publishing.notes import Note
from ..publishing.stage import (
    MOST_BYTES_A_PIXEL,
    Stage,
    no_room,
    staged_files,
)
from ..publishing.stage_folder import stage_folder
from ..publishing.verdict import Verdict
from ..rendering.frame import (
    FrameRenderer,
    RenderCall,
    Steps,
)
from ..rendering.proving import Proving
from ..scene.identity import is_saved_file
from ..scene.pixels import picture_sizes
from . import session
from .board import FolderBoard
from .claims import (
    Claimant,
    Claims,
    new_run,
)
from .completeness import Completeness
from .delivery import (
    Delivery,
    Rendered,
)
from .in_work import InWork
from .lane_choice import FrameCost
from .lanes import ChunkLanes
from .listening import Listener
from .progress import (
    Pace,
    Progress,
)
from .remaining import Remaining
from .share import Share
from .sharing import Sharing
from .taking import (
    FrameSource,
    Taken,
)
from .unwritten_slots import (
    Slot,
    unwritten_slots,
    unwritten_warning,
)


class ChunkRun:
    """One pass over a chunk: what is done is skipped, the rest is rendered and published."""

    def __init__(
        self,
        scene: bpy.types.Scene,
        settings: Settings,
        destination: Destination,
        plan: Plan,
        verdict: Verdict,
        on_progress: Callable[[Progress], None],
        renderer: FrameRenderer,
        sharing: Sharing,
        proving: Proving,
    ) -> None:
        self._scene = scene
        self._settings = settings
        self._destination = destination
        self._plan = plan
        self._chunk = plan.chunk(settings.index)
        self._verdict = verdict
        self._on_progress = on_progress
        self._renderer = renderer
        self._sharing = sharing
        self._warned_of: set[Slot] = set()
        self._listener = Listener(session.words, verdict, settings.refuses_missing)
        self._run = session.lane_run or new_run()
        self._sizes = picture_sizes(scene)
        self._proving = proving
        self._kept = proving.kept
        self._running = session.begin(verdict, _session_folder(), destination.patience)
        self._remaining = Remaining(scene, settings, destination, verdict, self._sizes)
        attempts = settings.frame_attempts
        self._completeness = Completeness(destination, self._chunk, verdict, attempts)

    def steps(self) -> Steps:
        """Raises the error that ends the child, RenderFailed for frames that failed."""
        if self._settings.existing == "keep":
            self._claim_folder()  # before frames that are there are recorded as this render's
        todo = self._remaining.frames(self._chunk)
        if todo:
            yield from self._render(todo)
        else:
            self._claim_folder()
            self._completeness.refuse_incomplete()

    def _render(self, todo: list[int]) -> Steps:
        own = frozenset(self._chunk)
        board = FolderBoard(self._destination, own)
        pace = Pace(len(self._chunk), len(self._chunk) - len(todo))
        noted = self._remaining.noted
        work = InWork(self._destination, board, self._verdict, own, noted, pace)
        if self._sharing.helps or session.lane_run:
            self._claim_frames(board)
        share = self._share(todo, board)
        lanes = self._chunk_lanes(board, work)
        with (
            stage_folder(self._settings.stage) as home,
            contextlib.closing(board),
            FrameSource(share, self._make_note, self._is_to_stop) as source,
            Delivery(self._destination.publish, self._sizes, work.end) as delivery,
            contextlib.closing(lanes),
        ):
            self._running.stage, self._running.board = home, board
            self._running.source, self._running.delivery = source, delivery
            source.look_ahead(0.0)  # the note of the first frame, while the folder is claimed
            self._claim_folder()
            self._proving.before_first_frame(todo, noted)
            lanes.before_first_frame()
            while (taken := source.next()) is not None:
                if not (taken.is_own or self._verdict.is_complete):
                    self._complete_before(taken, source, delivery)
                work.begin(taken)
                source.look_ahead(self._expected_seconds(board))
                cost = yield from self._render_taken(taken, home, work, delivery)
                frames_left = (len(todo) - 1) // self._kept.lanes
                yield from self._proving.after_frame(
                    taken.frame, cost.cpu_seconds, frames_left, home
                )
                self._kept.after_frame()
                lanes.after_frame(cost, pace.left)
                self._show(work)
            self._complete(delivery)
            lanes.finish()
            self._show(work)

    def _is_to_stop(self) -> bool:
        return bool(session.stop_reason) or self._running.has_failed

    def _expected_seconds(self, board: FolderBoard) -> float | None:
        """How long the frame that begins should take; None: nobody knows, and others may wait."""
        seconds = self._running.typical_seconds
        # What nobody else may take can be taken at once: better too early than waited for.
        return 0.0 if seconds is None and not board.is_shared else seconds

    def _claim_folder(self) -> None:
        """Make the output folder this render's own; doing it again costs a look."""
        taken_over = self._destination.claim()
        # What is rendered from memory replaces the test before it every time: no news.
        if taken_over is not None and is_saved_file():
            self._verdict.warn(taken_over)

    def _claim_frames(self, board: FolderBoard) -> None:
        verdict = self._verdict
        claimant = Claimant.this_process(verdict.size, verdict.index, verdict.render_id, self._run)
        board.share(Claims(self._destination.folder, claimant))

    def _share(self, todo: list[int], board: FolderBoard) -> Share:
        return Share(
            self._plan,
            self._settings.index,
            todo,
            board,
            helps=self._sharing.helps,
            chance=random.Random(),
            frame_seconds=lambda: self._running.longest_seconds,
            clock=time.monotonic,
        )

    def _chunk_lanes(self, board: FolderBoard, work: InWork) -> ChunkLanes:
        return ChunkLanes(
            self._scene,
            self._settings,
            self._renderer.changes,
            self._sharing,
            self._verdict,
            self._run,
            self._destination.patience.folder_id,
            lambda count: self._begin_lanes(count, board, work),
            work,
            self._remaining.note_crash,
            lambda: self._running.longest_seconds or 0.0,
            self._proving.told,
        )

    def _begin_lanes(self, count: int, board: FolderBoard, work: InWork) -> None:
        self._claim_frames(board)
        work.set_lanes(count)
        self._kept.lanes = count

    def _complete_before(self, taken: Taken, source: FrameSource, delivery: Delivery) -> None:
        """The same before the first frame of another child."""
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
            self._completeness.refuse_unfinished(session.stop_reason)
            if not session.lane_run:  # else it is for the child to look at the whole
                self._completeness.refuse_incomplete()
            self._verdict.is_complete = True

    def _show(self, work: InWork) -> None:
        while work.progress:
            self._on_progress(work.progress.popleft())

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
            self._look_for_slots(stage, frame)
            self._listener.hear(frame)
        except RenderFailed:
            self._listener.hear(frame, has_failed=True)
            # Blender has many words for a full disk; the disk itself has one.
            most_bytes = max(width * height for width, height in self._sizes) * MOST_BYTES_A_PIXEL
            if (error := no_room(stage.root, most_bytes)) is not None:
                raise error from None
            raise
        return Rendered(
            self._destination.draft(frame, time.monotonic() - started), stage, tuple(files)
        )

    def _look_for_slots(self, stage: Stage, frame: int) -> None:
        """Warn of each slot that may be due a file and has none, once; see `unwritten_slots`."""
        missing = [slot for slot in unwritten_slots(stage, frame) if slot not in self._warned_of]
        if missing:
            self._warned_of.update(missing)
            self._verdict.warn(unwritten_warning(frame, missing))

    def _make_note(self, frame: int) -> Note:
        folder, attempt = self._destination.folder, self._settings.attempt
        return self._destination.repeat(lambda: Note.make(folder, frame, attempt))


def _session_folder() -> SessionFolder:
    preferred = bpy.context.preferences.filepaths.temporary_directory
    return SessionFolder(Path(bpy.app.tempdir), preferred)
