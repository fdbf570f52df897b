"""The loop over a chunk's frames: what is done is skipped, the rest is rendered and published."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy

from ..chunking.errors import (
    BadSetting,
    FramesGivenUp,
    Interrupted,
    OutputFailed,
    RenderFailed,
)
from ..chunking.frames import FrameSet
from ..chunking.settings import Settings
from ..publishing import pin
from ..publishing.notes import NotedFrame, noted, read_notes, remove_notes
from ..publishing.output_folder import OutputFolder, process_name
from ..publishing.patience import Patience
from ..publishing.publish import publish
from ..publishing.record import Record, is_done, read_record
from ..publishing.stage import MOST_BYTES_A_PIXEL, Stage, check_whole, no_room, staged_files
from ..publishing.verdict import Verdict
from . import running
from .adopting import adopt_frame
from .frame import FrameRenderer, Steps
from .persistent import KeptData
from .pixels import picture_sizes

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """How far a chunk is, after one more of its frames was rendered."""

    frame: int
    seconds: float
    done: int
    total: int
    seconds_left: float


def warn(verdict: Verdict, message: str) -> None:
    """Say a warning in the log, and keep it in the verdict."""
    verdict.warnings.append(message)
    log.warning("%s", message)


class ChunkRun:
    """One pass over a chunk: what is done is skipped, the rest is rendered and published."""

    def __init__(
        self,
        scene: bpy.types.Scene,
        settings: Settings,
        folder: OutputFolder,
        patience: Patience,
        chunk: FrameSet,
        verdict: Verdict,
        on_progress: Callable[[Progress], None],
        renderer: FrameRenderer,
    ) -> None:
        self._scene = scene
        self._settings = settings
        self._folder = folder
        self._chunk = chunk
        self._verdict = verdict
        self._on_progress = on_progress
        self._patience = patience
        self._running = running.begin(verdict)
        self._noted: dict[int, NotedFrame] = {}
        self._renderer = renderer
        self._sizes = picture_sizes(scene)
        self._kept = KeptData.of(scene, settings, renderer.changes)

    def steps(self) -> Steps:
        """Raises the error that ends the child, RenderFailed for frames that failed."""
        todo = [
            frame
            for frame in self._chunk
            if not self._patience.repeat(lambda frame=frame: self._is_there(frame))
        ]
        self._say_what_is_there()
        if todo:
            with _stage_folder(self._settings.stage) as home:
                self._running.stage = home
                stage = Stage(home / "frame", self._renderer.node_folders)
                yield from self._render_frames(self._in_order(todo), stage)
        self._refuse_incomplete()

    def _in_order(self, todo: list[int]) -> list[int]:
        """The frames to render: those that an earlier attempt ended in come last, if at all."""
        self._noted = self._patience.repeat(lambda: read_notes(self._folder, set(todo)))
        for frame, noted_frame in self._noted.items():
            if len(noted_frame.evidence) >= self._settings.frame_attempts:
                self._verdict.given_up[frame] = noted_frame.evidence[-1].splitlines()[0]
            elif noted_frame.evidence:
                log.warning("frame %d crashed Blender before; it is tried again, last", frame)
        fresh = [frame for frame in todo if frame not in self._noted]
        again = [frame for frame in todo if frame in self._noted]
        return fresh + [frame for frame in again if frame not in self._verdict.given_up]

    def _is_there(self, frame: int) -> bool:
        if self._is_done(read_record(self._folder, frame)):
            self._verdict.reused.append(frame)
            return True
        if self._settings.existing == "keep" and self._adopt(frame):
            self._verdict.adopted.append(frame)
            return True
        return False

    def _is_done(self, record: Record | None) -> bool:
        if not is_done(self._folder, record, self._verdict.fingerprint):
            return False
        ours = record is not None and record.render_id == self._verdict.render_id
        return ours or self._settings.existing != "overwrite"

    def _has_record(self, frame: int) -> bool:
        record = read_record(self._folder, frame)
        return is_done(self._folder, record, self._verdict.fingerprint)

    def _adopt(self, frame: int) -> bool:
        draft = self._draft(frame, 0.0)
        return adopt_frame(self._folder, self._scene, self._settings.prefix, draft, self._sizes)

    def _say_what_is_there(self) -> None:
        total = len(self._chunk)
        if self._verdict.reused:
            frames = FrameSet.of(self._verdict.reused)
            log.info("reused: %d of %d frames are done already: %s", len(frames), total, frames)
        if self._verdict.adopted:
            frames = FrameSet.of(self._verdict.adopted)
            warn(
                self._verdict,
                f"adopted: {len(frames)} of {total} frames were there already and are kept, "
                f"whoever rendered them: {frames}",
            )

    def _render_frames(self, todo: list[int], stage: Stage) -> Steps:
        spent = 0.0
        for number, frame in enumerate(todo, start=1):
            if running.stop_reason:
                raise Interrupted(_stopped(running.stop_reason, todo[number - 1 :]))
            started = time.monotonic()
            self._running.begin(frame)
            try:
                yield from self._render_noted(frame, stage)
            except RenderFailed as error:
                self._running.end(done=False)
                self._verdict.failed[frame] = str(error)
                log.error("frame %d failed: %s", frame, error)
                continue
            self._running.end(done=True)
            self._kept.after_frame()
            seconds = time.monotonic() - started
            spent += seconds
            left = spent / len(self._verdict.rendered) * (len(todo) - number)
            done = len(self._chunk) - len(todo) + len(self._verdict.rendered)
            self._on_progress(Progress(frame, seconds, done, len(self._chunk), left))

    def _render_noted(self, frame: int, stage: Stage) -> Steps:
        with noted(self._folder, frame, self._settings.attempt, self._patience) as note:
            self._running.note = note
            yield from self._render_frame(frame, stage)
        if frame in self._noted:
            earlier = self._noted[frame].notes
            self._patience.repeat(lambda: remove_notes(earlier))

    def _render_frame(self, frame: int, stage: Stage) -> Steps:
        started = time.monotonic()
        stage.make()
        try:
            with self._renderer.set_for(frame, stage) as call:
                yield call
            files = staged_files(stage, frame, call.stem, self._settings.prefix)
        except RenderFailed:
            # Blender has many words for a full disk; the disk itself has one.
            if (error := no_room(stage.root, self._most_bytes())) is not None:
                raise error from None
            raise
        check_whole(files, stage.beauty, self._sizes)
        draft = self._draft(frame, time.monotonic() - started)
        with self._running.publishing:
            published = self._patience.repeat(
                lambda: publish(self._folder, files, draft, self._is_done, self._check_pin)
            )
            self._verdict.rendered.append(frame)
        if published.removed:
            log.info(
                "frame %d: removed what it has no more: %s", frame, ", ".join(published.removed)
            )

    def _most_bytes(self) -> int:
        return max(width * height for width, height in self._sizes) * MOST_BYTES_A_PIXEL

    def _draft(self, frame: int, seconds: float) -> Record:
        settings = self._settings
        return Record(
            frame=frame,
            fingerprint=self._verdict.fingerprint,
            render_id=self._verdict.render_id,
            files=(),
            seconds=round(seconds, 3),
            child=f"{settings.index} of {settings.size}",
            attempt=settings.attempt,
            process=process_name(),
        )

    def _check_pin(self) -> None:
        pin.check(self._folder, self._verdict.fingerprint)

    def _refuse_incomplete(self) -> None:
        failed = self._verdict.failed
        if failed:
            raise RenderFailed(
                f"Blender failed on {len(failed)} of {len(self._chunk)} frames: "
                f"{FrameSet.of(failed)}. The others are done."
            )
        if self._verdict.given_up:
            frames = FrameSet.of(sorted(self._verdict.given_up))
            raise FramesGivenUp(
                f"Frames {frames} are given up: each crashed Blender or hung in "
                f"{self._settings.frame_attempts} attempts. All others of this chunk are done. "
                "Look at the log and the scene, then render them by --frames with a higher "
                "--frame-attempts."
            )
        if not self._verdict.rendered:
            return  # all was found done a moment ago
        self._patience.repeat(self._refuse_lost)

    def _refuse_lost(self) -> None:
        """Look at the whole chunk once more: others may have been here since.

        A copy of this child that is about to publish a frame again makes it look lost for a moment,
        so this counts as something that may pass.
        """
        lost = [frame for frame in self._chunk if not self._has_record(frame)]
        if lost:
            raise OutputFailed(
                f"Frames {FrameSet.of(lost)} were written to {str(self._folder.root)!r}, but their "
                "files are gone or changed by now: see what else writes to that folder, and run "
                "this child again.",
                errno.EBUSY,
            )


def _stopped(reason: str, left: list[int]) -> str:
    return (
        f"{reason}: not done of this chunk: {FrameSet.of(left)}. What is finished is published; "
        "run this child again for the rest."
    )


def refuse_stage(parent: str) -> None:
    """Raise BadSetting for a stage folder whose name Blender would not understand."""
    if os.sep == "/" and "\\" in (parent or tempfile.gettempdir()):
        raise BadSetting(
            f"The stage folder {parent or tempfile.gettempdir()!r} has a backslash in its name, "
            "which Blender takes for a slash: name another one by --stage."
        )


@contextlib.contextmanager
def _stage_folder(parent: str) -> Iterator[Path]:
    try:
        home = Path(tempfile.mkdtemp(prefix="array_chunk-", dir=parent or None))
    except OSError as error:
        raise OutputFailed(
            f"No stage could be made in {parent or tempfile.gettempdir()!r}: {error.strerror}. "
            "Name a local folder with room by --stage."
        ) from error
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)
