"""Rendering one child's chunk, from its settings to its verdict."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import bpy

from ..chunking.errors import ChunkError
from ..chunking.frames import FrameSet
from ..chunking.plan import Plan
from ..chunking.settings import Settings
from ..publishing import pin
from ..publishing.output_folder import OutputFolder
from ..publishing.patience import Patience
from ..publishing.sweep import sweep
from ..publishing.verdict import Verdict
from .chunk_run import ChunkRun, Progress, refuse_stage, warn
from .identity import fingerprint_of, is_saved_file, refuse_saved_meanwhile
from .preflight import preflight, refuse_unfit
from .preparing import prepared

log = logging.getLogger(__name__)


def render_chunk(
    settings: Settings,
    output: Path,
    scene: bpy.types.Scene,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    opened_state: str = "",
) -> Verdict:
    """Render the frames of one child that are not done yet, and say how it went.

    `opened_state` is the state that the .blend was in when it was opened, where that is known.
    All errors end in the verdict: its exit code is 0 only if every frame of the chunk is done.
    """
    verdict = Verdict(
        size=settings.size,
        index=settings.index,
        attempt=settings.attempt,
        render_id=settings.render_id or uuid.uuid4().hex,
        output=str(output),
    )
    started = time.monotonic()
    try:
        _render(settings, OutputFolder(output), scene, verdict, on_progress, opened_state)
    except ChunkError as error:
        verdict.fail(error)
    verdict.seconds = time.monotonic() - started
    return verdict


def scene_frames(scene: bpy.types.Scene) -> FrameSet:
    """The frame set that the scene's own range and step give."""
    return FrameSet.range(scene.frame_start, scene.frame_end, scene.frame_step)


def _render(
    settings: Settings,
    folder: OutputFolder,
    scene: bpy.types.Scene,
    verdict: Verdict,
    on_progress: Callable[[Progress], None],
    opened_state: str,
) -> None:
    refuse_stage(settings.stage)
    plan = Plan.of(settings, scene_frames(scene))
    chunk = plan.chunk(settings.index)
    verdict.wanted = list(chunk)
    log.info("%s: %d of %d frames: %s", scene.name, len(chunk), len(plan.frames), chunk or "none")
    with prepared(scene, settings) as ready:
        verdict.threads = scene.render.threads
        findings = preflight(scene, settings, chunk, on_array=settings.size > 1)
        for warning in refuse_unfit(findings):
            warn(verdict, warning)
        for note in ready.notes:
            log.info(note)
        fingerprint = fingerprint_of(scene, ready.device, settings.prefix)
        refuse_saved_meanwhile(opened_state)
        verdict.fingerprint = fingerprint.digest
        folder.make()
        patience = Patience(folder)
        taken_over = patience.repeat(lambda: pin.claim(folder, fingerprint, verdict.render_id))
        # What is rendered from memory replaces the test before it every time: no news.
        if taken_over is not None and is_saved_file():
            warn(verdict, taken_over)
        patience.repeat(lambda: sweep(folder, chunk))
        ChunkRun(scene, settings, folder, patience, chunk, verdict, on_progress).run()
