"""Proving for the scene at hand that data may be kept between its frames.

`persistent_faults` knows what was once found to be wrong. That nothing else is wrong in this scene,
in this Blender, is tried out: after a child's first frame its last one, and one between, are
rendered small, by few samples, with what is kept, and then without; every pass of every view layer
has to be the same. What was found is for the whole array, see `publishing.proof`.

Until then nothing is kept, but for what the first frame leaves where that is all the same to the
proof: a single view layer, with as few samples as the small pictures have. (Since 5.2 Cycles keeps
the noise for the number of samples that it began with.) A crash in here leaves a note, by which the
next attempt knows, and keeps nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import shutil
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy

from ..blender_versions.render import FORMAT_PROPERTIES, output_switches, set_file_format
from ..child import session
from ..chunking.errors import OutputFailed, RenderFailed
from ..chunking.proof import ProofPlan, can_pay, plan_proof, still_pays
from ..publishing.destination import Destination
from ..publishing.formats import BrokenPicture
from ..publishing.formats.openexr_values import Values, differing, values_of
from ..publishing.notes import PROOF_MARK, Note, NotedFrame
from ..publishing.proof import MOST_CHARACTERS, Proof
from ..scene.rendered_scenes import rendered_scenes
from ..scene.restoring import Restorer
from ..scene.sequencer import renders_sequencer
from .frame import FrameRenderer, RenderCall, Steps
from .persistent import Choice, KeptData

log = logging.getLogger(__name__)

LONGEST_SIDE = 128
"""Of a picture that is compared, in pixels."""
MOST_SAMPLES = 16
"""Of a pixel that is compared. With as many as the frames have, what was kept of them is of use."""
RENDER_TIME = "Render Time"
"""A pass of Cycles, from 5.0 on, that is never the same twice."""

TOO_FEW = "the frames are too few to prove it for"
COSTS_MORE = "to prove it would cost more than it can save"
SAVES_LITTLE = "it would save too little"
ENDED_BEFORE = "an earlier attempt of this child ended while it was proven"

ASKED_TO_END = "this child was asked to end before it was proven"


class Refuted(Exception):
    """Raised where it can't be proven, or is wrong; carries why."""


class Proving:
    """Says whether one child keeps data between its frames, and sees to it.

    To be used in Blender's main thread, between two frames.
    """

    def __init__(
        self,
        scene: bpy.types.Scene,
        choice: Choice,
        kept: KeptData,
        renderer: FrameRenderer,
        destination: Destination,
        attempt: int,
    ) -> None:
        self.kept = kept
        self._scene = scene
        self._choice = choice
        self._renderer = renderer
        self._destination = destination
        self._attempt = attempt
        self._todo: list[int] = []
        """The frames that may be compared."""
        self._is_settled = False

    def told(self) -> Mapping[str, str]:
        """What a lane is to be told that begins now; nothing where it has to find out, too."""
        if not self._choice.needs_proof or not self._is_settled:
            return {}
        return {"persistent": "on" if self.kept.is_on else "off"}

    def before_first_frame(self, todo: Sequence[int], noted: Mapping[int, NotedFrame]) -> None:
        """Settle what is known by now, of frames that are to be rendered and their notes.

        Raises OutputFailed.
        """
        if not self._choice.needs_proof:
            self._is_settled = True
            log.info(self._choice.line)
            return
        ended = [text for each in noted.values() for text in each.proofs]
        if crash := next((text for text in ended if text), ""):
            self._store(
                self._proof([min(noted)], f"Blender ended in its proof: {crash.splitlines()[0]}")
            )
        elif ended:
            self._settle(False, ENDED_BEFORE)
        elif (known := self._destination.proof()) is not None:
            self._believe(known)
        else:
            self._begin([frame for frame in todo if frame not in noted])

    def after_frame(self, frame: int, seconds: float, frames_left: int, home: Path) -> Steps:
        """Prove it after the first frame; `home` is for stages.

        The frame took so many seconds of the processors, which others' work doesn't change much.

        Raises OutputFailed.
        """
        if self._is_settled or session.stop_reason:
            return
        plan = self._planned(frame)
        if plan is None or not can_pay(seconds, frames_left, plan.preparations):
            self._settle(False, COSTS_MORE)
        elif (known := self._destination.proof()) is not None:  # another child was faster
            self._believe(known)
        else:
            yield from self._prove(plan, seconds, frames_left, home)

    def _begin(self, todo: Sequence[int]) -> None:
        self._todo = list(todo)
        plan = self._planned(self._todo[0]) if todo else None
        if plan is None:
            self._settle(False, TOO_FEW)
        elif not plan.keeps_first:
            self.kept.switch(False)

    def _planned(self, first: int) -> ProofPlan | None:
        begins_anew = _begins_anew(self._scene)
        keeps_first = begins_anew and not any(_many_samples(self._scene))
        return plan_proof(first, self._todo, not begins_anew, keeps_first)

    def _believe(self, proof: Proof) -> None:
        if proof.is_proven:
            self._settle(True, f"proven for this scene, by its frames {proof.frames}")
        else:
            self._settle(False, proof.reason)

    def _settle(self, is_on: bool, reason: str) -> None:
        self._is_settled = True
        self.kept.switch(is_on)
        log.info("persistent data: %s: %s", "on" if is_on else "off", reason)

    def _store(self, proof: Proof) -> None:
        self._believe(self._destination.store_proof(proof))

    def _proof(self, frames: Sequence[int], reason: str = "") -> Proof:
        return Proof(
            self._destination.fingerprint.digest,
            not reason,
            ",".join(map(str, frames)),
            reason[:MOST_CHARACTERS],
        )

    def _prove(
        self, plan: ProofPlan, seconds: float, frames_left: int, home: Path
    ) -> Generator[RenderCall, None, None]:
        trial = _Trial(self._scene, self._renderer, self.kept, plan, home, seconds, frames_left)
        try:
            with self._noted(plan.others[0]):
                reason = yield from trial.steps()
        except (Refuted, RenderFailed, BrokenPicture, OSError) as error:
            self._settle(False, str(error))
        else:
            self._store(self._proof(plan.frames, reason))

    @contextlib.contextmanager
    def _noted(self, frame: int) -> Iterator[None]:
        """Have a crash or an end in the middle be known to the next attempt of this child."""
        folder = self._destination.folder
        note = self._destination.repeat(lambda: Note.make(folder, frame, self._attempt))
        chunk = session.current
        if chunk is not None:
            chunk.note = note
        try:
            with note.watch():
                note.add_evidence(PROOF_MARK)
                yield
        finally:
            if chunk is not None:
                chunk.note = None
            with contextlib.suppress(OutputFailed):
                note.remove()


def _begins_anew(scene: bpy.types.Scene) -> bool:
    """Whether nothing in the first frame can depend on what is kept: one layer, one view."""
    layers = [layer for layer in scene.view_layers if layer.use]
    is_alone = rendered_scenes(scene) == [scene] and not renders_sequencer(scene)
    return is_alone and len(layers) == 1 and not scene.render.use_multiview


class _Trial:
    """Renders the frames of one proof, small, with kept data and without."""

    def __init__(
        self,
        scene: bpy.types.Scene,
        renderer: FrameRenderer,
        kept: KeptData,
        plan: ProofPlan,
        home: Path,
        first_seconds: float,
        frames_left: int,
    ) -> None:
        self._scene = scene
        self._renderer = renderer
        self._kept = kept
        self._plan = plan
        self._home = home / "proof"  # beside the stage of a frame that is just delivered
        self._first_seconds = first_seconds
        self._frames_left = frames_left
        self._seconds = 0.0
        """What the last picture took of the processors."""

    def steps(self) -> Generator[RenderCall, None, str]:
        """Returns what is different, nothing where all is the same.

        Raises Refuted where it would not pay, or the child is to end; RenderFailed, BrokenPicture
        and OSError.
        """
        changes, plan = self._renderer.changes, self._plan
        with changes.nested():
            _make_small(changes, self._scene)
            if not plan.keeps_first:
                self._kept.switch(True)
            pictures: dict[int, Values] = {}
            for frame in plan.kept:
                pictures[frame] = yield from self._picture(frame)
            kept_seconds, left = self._seconds, plan.preparations_anew
            self._refuse_little(self._first_seconds, kept_seconds, left)
            self._kept.switch(False)
            for frame in plan.doubted:
                others = differing(pictures[frame], (yield from self._picture(frame)))
                if others:
                    return _difference(frame, others)
                left -= 1
                if left > 1:
                    self._refuse_little(self._seconds, kept_seconds, left)
        return ""

    def _refuse_little(self, anew_seconds: float, kept_seconds: float, left: int) -> None:
        """Go on only where what can be saved is worth so many preparations more."""
        saved = anew_seconds - kept_seconds
        if not still_pays(saved, self._frames_left, left * anew_seconds):
            raise Refuted(SAVES_LITTLE)

    def _picture(self, frame: int) -> Generator[RenderCall, None, Values]:
        if session.stop_reason:
            raise Refuted(ASKED_TO_END)
        stage = self._renderer.stage(self._home, frame)
        stage = dataclasses.replace(stage, root=self._home / str(frame))  # no frame's own
        stage.make()
        began = time.process_time()
        try:
            with _in_work(frame), self._renderer.set_for(frame, stage) as call:
                yield call
            self._seconds = time.process_time() - began
            return _values_in(stage.beauty)
        finally:
            shutil.rmtree(stage.root, ignore_errors=True)


@contextlib.contextmanager
def _in_work(frame: int) -> Iterator[None]:
    """Have a picture that hangs be ended as a frame is."""
    chunk = session.current
    if chunk is None:
        yield
        return
    chunk.begin(frame)
    try:
        yield
    finally:
        chunk.end(done=False)


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


def _difference(frame: int, channels: Sequence[str]) -> str:
    more = f" and {len(channels) - 1} more" if len(channels) > 1 else ""
    return f"frame {frame} would come out wrong: {channels[0]}{more} of it differ with kept data"


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
        if each.render.engine == "CYCLES":
            changes.set(each.cycles, "use_denoising", False)
    for owner in list(_many_samples(scene)):
        changes.set(owner, "samples", MOST_SAMPLES)
    image = render.image_settings
    changes.remember(image, *FORMAT_PROPERTIES)
    set_file_format(image, "OPEN_EXR" if is_edited else "OPEN_EXR_MULTILAYER")
    image.exr_codec, image.color_depth = "NONE", "32"
    for name in output_switches(render):
        changes.set(render, name, True)
    changes.seal()


def _many_samples(scene: bpy.types.Scene) -> Iterator[Any]:
    """What has its samples lowered for the small pictures: Cycles' settings, and view layers."""
    for each in rendered_scenes(scene):
        if each.render.engine == "CYCLES":
            owners = (each.cycles, *each.view_layers)
            yield from (owner for owner in owners if owner.samples > MOST_SAMPLES)
