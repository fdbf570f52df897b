"""The trial of a proof: frames rendered small, with what Cycles keeps and without, and compared."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import bpy

from ..child.renderer import RenderCall
from ..child.session import Session
from ..publishing.formats import BrokenPicture
from ..publishing.formats.openexr_values import Values, differing, values_of
from ..scene.blender_versions.render import (
    CYCLES,
    FORMAT_PROPERTIES,
    output_switches,
    set_file_format,
)
from ..scene.rendered_scenes import rendered_scenes, renders_sequencer
from ..scene.restoring import Restorer
from .frame import FrameRenderer
from .persistent import KeptData
from .proof_plan import ProofPlan, still_pays

LONGEST_SIDE = 128
"""Of a picture that is compared, in pixels."""
MOST_SAMPLES = 16
"""Of a pixel that is compared. With as many as the frames have, what was kept of them is of use."""
RENDER_TIME = "Render Time"
"""A pass of Cycles, from 5.0 on, that is never the same twice."""

SAVES_LITTLE = "it would save too little"
ASKED_TO_END = "this child was asked to end before it was proven"


class Refuted(Exception):
    """Raised where kept data can't be proven, or are wrong; carries why."""


class Trial:
    """Renders the frames of one proof, small, with kept data and without."""

    def __init__(
        self,
        scene: bpy.types.Scene,
        renderer: FrameRenderer,
        kept_data: KeptData,
        plan: ProofPlan,
        home: Path,
        session: Session,
    ) -> None:
        """`home` is a folder for stages."""
        self._scene = scene
        self._renderer = renderer
        self._kept_data = kept_data
        self._plan = plan
        self._home = home / "proof"  # beside the stage of a frame that is just delivered
        self._session = session
        self._seconds = 0.0
        """What the last picture took of the processors."""

    def steps(self, first_seconds: float, frames_left: int) -> Generator[RenderCall, None, str]:
        """Returns what is different, nothing where all is the same.

        The first frame took so many seconds of the processors; so many are left to be rendered.
        Raises Refuted where it would not pay, or the child is to end; RenderFailed, BrokenPicture
        and OSError.
        """
        changes, plan = self._renderer.changes, self._plan
        with changes.nested():
            _make_small(changes, self._scene)
            if not plan.keeps_first:
                self._kept_data.switch(True)
            pictures: dict[int, Values] = {}
            for frame in plan.kept:
                pictures[frame] = yield from self._picture(frame)
            kept_seconds, left = self._seconds, plan.preparations_anew
            _refuse_little(first_seconds - kept_seconds, frames_left, left * first_seconds)
            self._kept_data.switch(False)
            for frame in plan.doubted:
                channels = differing(pictures[frame], (yield from self._picture(frame)))
                if channels:
                    more = f" and {len(channels) - 1} more" if len(channels) > 1 else ""
                    channel = f"{channels[0]}{more} of it differ with kept data"
                    return f"frame {frame} would come out wrong: {channel}"
                left -= 1
                if left > 1:
                    saved = self._seconds - kept_seconds
                    _refuse_little(saved, frames_left, left * self._seconds)
        return ""

    def _picture(self, frame: int) -> Generator[RenderCall, None, Values]:
        if self._session.stop_reason:
            raise Refuted(ASKED_TO_END)
        stage = self._renderer.stage(self._home, frame)
        stage = stage._replace(root=self._home / str(frame))  # no frame's own
        stage.make()
        began = time.process_time()
        try:
            with self._in_work(frame), self._renderer.set_for(frame, stage) as call:
                yield call
            self._seconds = time.process_time() - began
            return _values_in(stage.beauty)
        finally:
            shutil.rmtree(stage.root, ignore_errors=True)

    @contextlib.contextmanager
    def _in_work(self, frame: int) -> Iterator[None]:
        """Have a picture that hangs be ended as a frame is."""
        chunk = self._session.chunk
        if chunk is None:
            yield
            return
        chunk.begin(frame)
        try:
            yield
        finally:
            chunk.end(done=False)


def _refuse_little(saved_seconds: float, frames_left: int, cost_seconds: float) -> None:
    """Go on only where what can be saved is worth what the proof has still to cost."""
    if not still_pays(saved_seconds, frames_left, cost_seconds):
        raise Refuted(SAVES_LITTLE)


def _values_in(folder: Path) -> Values:
    files = sorted(folder.iterdir())
    if not files:
        raise BrokenPicture("Blender wrote no picture to compare")
    return {
        f"{file.stem}.{name}" if len(files) > 1 else name: values
        for file in files
        for name, values in values_of(file).items()
        if RENDER_TIME not in name
    }


def _make_small(changes: Restorer, scene: bpy.types.Scene) -> None:
    """Few pixels of few samples, with all passes, and no work on them.

    Where the sequencer makes the picture, what it makes of them is compared.
    """
    render = scene.render
    width, height = render.resolution_x, render.resolution_y
    share = min(1.0, LONGEST_SIDE / max(width, height))
    is_edited = renders_sequencer(scene)
    for each in {scene, *rendered_scenes(scene)}:
        changes.set(each.render, "resolution_x", max(4, round(width * share)))
        changes.set(each.render, "resolution_y", max(4, round(height * share)))
        changes.set(each.render, "resolution_percentage", 100)
        changes.set(each.render, "use_border", False)
        changes.set(each.render, "use_stamp", False)
        changes.set(each.render, "use_compositing", is_edited and each.render.use_compositing)
        if each.render.engine == CYCLES:
            changes.set(each.cycles, "use_denoising", False)
    for owner in list(many_samples(scene)):
        changes.set(owner, "samples", MOST_SAMPLES)
    image = render.image_settings
    changes.remember(image, *FORMAT_PROPERTIES)
    set_file_format(image, "OPEN_EXR" if is_edited else "OPEN_EXR_MULTILAYER")
    image.exr_codec, image.color_depth = "NONE", "32"
    for name in output_switches(render):
        changes.set(render, name, True)
    changes.seal()


def many_samples(scene: bpy.types.Scene) -> Iterator[Any]:
    """What has its samples lowered for the small pictures: Cycles' settings, and view layers."""
    for each in rendered_scenes(scene):
        if each.render.engine == CYCLES:
            owners = (each.cycles, *each.view_layers)
            yield from (owner for owner in owners if owner.samples > MOST_SAMPLES)
