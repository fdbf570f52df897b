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
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import bpy

from ..child.renderer import Steps
from ..child.session import Session
from ..chunking.errors import OutputFailed, RenderFailed
from ..publishing.destination import Destination
from ..publishing.formats import BrokenPicture
from ..publishing.notes import PROOF_MARK, NotedFrame
from ..publishing.proof import MOST_CHARACTERS, Proof
from ..scene.rendered_scenes import rendered_scenes, renders_sequencer
from .frame import FrameRenderer
from .persistent import Choice, KeptData
from .proof_plan import ProofPlan, can_pay, plan_proof
from .trial import Refuted, Trial, many_samples

log = logging.getLogger(__name__)

TOO_FEW = "the frames are too few to prove it for"
COSTS_MORE = "to prove it would cost more than it can save"
ENDED_BEFORE = "an earlier attempt of this child ended while it was proven"


class Proving:
    """Says whether one child keeps data between its frames, and sees to it.

    To be used in Blender's main thread, between two frames.
    """

    def __init__(
        self,
        scene: bpy.types.Scene,
        choice: Choice,
        kept_data: KeptData,
        renderer: FrameRenderer,
        destination: Destination,
        session: Session,
    ) -> None:
        self.kept_data = kept_data
        self._scene = scene
        self._choice = choice
        self._renderer = renderer
        self._destination = destination
        self._session = session
        self._todo: list[int] = []
        """The frames that may be compared."""
        self._is_settled = False

    def lane_settings(self) -> Mapping[str, str]:
        """Settings by name for a lane that begins now; none where it has to find out, too."""
        if not self._choice.needs_proof or not self._is_settled:
            return {}
        return {"persistent": "on" if self.kept_data.is_on else "off"}

    def before_first_frame(self, todo: Sequence[int], notes: Mapping[int, NotedFrame]) -> None:
        """Settle what is known by now, of frames that are to be rendered and their notes.

        Raises OutputFailed.
        """
        if not self._choice.needs_proof:
            self._is_settled = True
            log.info(self._choice.line)
            return
        # An attempt that ended in its proof left a note of it; one that crashed, words in it, too.
        ends = [text for each in notes.values() for text in each.proofs]
        if crash := next((text for text in ends if text), ""):
            self._store(
                self._proof([min(notes)], f"Blender ended in its proof: {crash.splitlines()[0]}")
            )
        elif ends:
            self._settle(False, ENDED_BEFORE)
        elif (proof := self._destination.proof()) is not None:
            self._believe(proof)
        else:
            self._todo = [frame for frame in todo if frame not in notes]
            plan = self._planned(self._todo[0]) if self._todo else None
            if plan is None:
                self._settle(False, TOO_FEW)
            elif not plan.keeps_first:
                self.kept_data.switch(False)

    def after_frame(self, frame: int, seconds: float, frames_left: int, home: Path) -> Steps:
        """Prove it after the first frame; `home` is for stages.

        The frame took so many seconds of the processors, which others' work doesn't change much.

        Raises OutputFailed.
        """
        if self._is_settled or self._session.stop_reason:
            return
        plan = self._planned(frame)
        if plan is None or not can_pay(seconds, frames_left, plan.preparations):
            self._settle(False, COSTS_MORE)
        elif (proof := self._destination.proof()) is not None:  # another child was faster
            self._believe(proof)
        else:
            trial = Trial(self._scene, self._renderer, self.kept_data, plan, home, self._session)
            try:
                with self._note_of(plan.others[0]):
                    reason = yield from trial.steps(seconds, frames_left)
            except (Refuted, RenderFailed, BrokenPicture, OSError) as error:
                self._settle(False, str(error))
            else:
                self._store(self._proof(plan.frames, reason))

    def _planned(self, first: int) -> ProofPlan | None:
        scene = self._scene
        is_alone = rendered_scenes(scene) == [scene] and not renders_sequencer(scene)
        layers = [layer for layer in scene.view_layers if layer.use]
        # With one layer and one view nothing in the first frame can depend on what is kept.
        begins_anew = is_alone and len(layers) == 1 and not scene.render.use_multiview
        keeps_first = begins_anew and not any(many_samples(scene))
        return plan_proof(first, self._todo, not begins_anew, keeps_first)

    def _believe(self, proof: Proof) -> None:
        if proof.is_proven:
            self._settle(True, f"proven for this scene, by its frames {proof.frames}")
        else:
            self._settle(False, proof.reason)

    def _settle(self, is_on: bool, reason: str) -> None:
        self._is_settled = True
        self.kept_data.switch(is_on)
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

    @contextlib.contextmanager
    def _note_of(self, frame: int) -> Iterator[None]:
        """Have a crash or an end in the middle be known to the next attempt of this child."""
        chunk = self._session.chunk
        note = self._destination.make_note(frame)
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
