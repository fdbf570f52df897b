"""One child's chunk, from its settings to its verdict: the order of events in Blender."""

from __future__ import annotations

import contextlib
import logging
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import bpy

from ..child.chunk_lanes import Sharing
from ..child.in_work import Progress
from ..child.loop import ChunkLoop
from ..child.renderer import RenderCall, Steps
from ..child.session import Session
from ..chunking.errors import ChunkError
from ..chunking.frames import FrameSet
from ..chunking.plan import Plan
from ..chunking.settings import Settings
from ..machine.session_folder import SessionFolder
from ..publishing.destination import Destination
from ..publishing.notes import NotedFrame
from ..publishing.output_folder import OutputFolder
from ..publishing.patience import Patience
from ..publishing.stage import Stage
from ..publishing.stage_folder import refuse_stage
from ..publishing.sweep import sweep
from ..publishing.verdict import Verdict
from ..scene.chosen_scene import scene_frames
from ..scene.identity import fingerprint_of, is_saved_file, refuse_saved_meanwhile
from ..scene.picture_sizes import picture_sizes
from ..scene.preflight import preflight, refuse_unfit
from ..scene.rendered_scenes import rendered_scenes
from ..scene.restoring import Restorer
from ..scene.simulations.detecting import unbaked_simulations
from ..scene.simulations.warming_up import warmed_up
from .film_handlers import FilmHandlers
from .frame import FrameRenderer, show_nothing
from .persistent import Choice, KeptData
from .preparing import PreparedScene, prepared
from .proving import Proving

log = logging.getLogger(__name__)


class BlenderRenderer:
    """Blender as the renderer of a child's loop: one prepared scene, with data kept or not."""

    def __init__(
        self,
        scene: bpy.types.Scene,
        frames: FrameRenderer,
        proving: Proving,
        handlers: FilmHandlers,
    ) -> None:
        self._scene = scene
        self._frames = frames
        self._proving = proving
        self._handlers = handlers
        self._sizes = picture_sizes(scene)

    @property
    def sizes(self) -> Collection[tuple[int, int]]:
        return self._sizes

    @property
    def is_of_saved_file(self) -> bool:
        return is_saved_file()

    def picture_names(self, stem: str) -> Sequence[Sequence[str]]:
        render = self._scene.render
        suffixes = [[""]]
        if render.use_multiview and render.image_settings.views_format == "INDIVIDUAL":
            used = [view.file_suffix for view in render.views if view.use]
            # With one view in use Blender 4 leaves its suffix out, Blender 5 writes it.
            suffixes = [used, [""]] if len(used) == 1 else [used]
        extension = render.file_extension
        return [[f"{stem}{suffix}{extension}" for suffix in each] for each in suffixes]

    def stage(self, home: Path, frame: int) -> Stage:
        return self._frames.stage(home, frame)

    def set_for(self, frame: int, stage: Stage) -> AbstractContextManager[RenderCall]:
        return self._frames.set_for(frame, stage)

    def before_first_frame(self, todo: Sequence[int], notes: Mapping[int, NotedFrame]) -> None:
        self._proving.before_first_frame(todo, notes)

    def after_frame(self, frame: int, cpu_seconds: float, frames_left: int, home: Path) -> Steps:
        self._handlers.end_frame()
        data = self._proving.kept_data
        yield from self._proving.after_frame(frame, cpu_seconds, frames_left // data.lanes, home)
        data.after_frame()

    def set_lanes(self, lanes: int) -> None:
        self._proving.kept_data.lanes = lanes

    def set_threads(self, threads: int) -> None:
        for rendered in {*rendered_scenes(self._scene), self._scene}:
            self._frames.changes.set_anew(rendered.render, "threads", threads)

    def lane_settings(self) -> Mapping[str, str]:
        return self._proving.lane_settings()


@dataclass
class ChunkRender:
    """The frames of one child, to be rendered in steps, and its verdict on how that went."""

    settings: Settings
    output: Path
    scene: bpy.types.Scene
    session: Session
    on_progress: Callable[[Progress], None] = lambda progress: None
    opened_state: str = ""
    """The state that the .blend was in when it was opened, where that is known."""
    in_window: bool = False
    """An artist looks on: the scene's range is left alone, and a core to the window."""
    changes: Restorer = field(default_factory=Restorer)
    """What of the scene is changed at present."""
    verdict: Verdict = field(init=False)
    """Its exit code is 0 only if every frame of the chunk is done."""

    def __post_init__(self) -> None:
        self.verdict = Verdict(
            size=self.settings.size,
            index=self.settings.index,
            attempt=self.settings.attempt,
            render_id=self.settings.render_id or uuid.uuid4().hex,
            output=str(self.output),
        )

    def steps(self) -> Steps:
        """Render what is not done yet. All errors end in the verdict."""
        started = time.monotonic()
        try:
            yield from self._steps()
        except ChunkError as error:
            self.verdict.fail(error)
        finally:
            self.session.end.close()
            self.verdict.seconds = time.monotonic() - started

    def _steps(self) -> Steps:
        scene, settings, verdict = self.scene, self.settings, self.verdict
        refuse_stage(settings.stage, self.output)
        plan = Plan.of(settings, scene_frames(scene))
        chunk = plan.chunk(settings.index)
        verdict.wanted = list(chunk)
        spare_cores = int(self.in_window)
        log.info(
            "%s: %d of %d frames: %s", scene.name, len(chunk), len(plan.frames), chunk or "none"
        )
        set_up = self.session.set_up
        with prepared(scene, settings, self.changes, spare_cores, set_up is not None) as ready:
            self._look_at_scene(ready, chunk)
            unbaked = unbaked_simulations(scene)
            destination = self._destination(ready, settings.unbaked if unbaked else "")
            destination.make(self.session.lane_folder)
            destination.repeat(lambda: sweep(destination.folder, chunk))
            to_warm_up = unbaked if settings.unbaked == "warm-up" else []
            alone = _why_alone(warms_up=bool(to_warm_up))
            sharing = Sharing.choose(settings, verdict, self.session, ready.device, alone)
            with (
                warmed_up(scene, to_warm_up) as go_to,
                contextlib.closing(FilmHandlers()) as handlers,
            ):
                frames = FrameRenderer(scene, self.changes, self.in_window, go_to)
                lowest = min((min(run[0], run[-1]) for run in plan.frames.runs), default=0)
                stays = not (to_warm_up or frames.is_still(lowest))
                if self.session.ends_process and stays:
                    show_nothing(scene)
                proving = self._proving(ready, bool(unbaked), frames, destination)
                renderer = BlenderRenderer(scene, frames, proving, handlers)
                session = self.session
                running = session.begin(verdict, blenders_folder(), destination.patience)
                loop = ChunkLoop(settings, plan, destination, renderer, sharing, session, running)
                try:
                    yield from loop.steps(self.on_progress)
                finally:  # a window stays, and its artist may want to unmount the disk
                    destination.folder.held.let_go()

    def _look_at_scene(self, ready: PreparedScene, chunk: FrameSet) -> None:
        """Say what a person should know of the scene; raise SceneRefused where it is unfit."""
        self.verdict.threads = self.scene.render.threads
        findings = preflight(
            self.scene,
            self.settings,
            chunk,
            on_array=self.settings.size > 1,
            scripts_allowed=self.session.scripts_allowed,
        )
        for warning in refuse_unfit(findings):
            self.verdict.warn(warning)
        for note in ready.notes:
            log.info(note)

    def _proving(
        self,
        ready: PreparedScene,
        is_unbaked: bool,
        frames: FrameRenderer,
        destination: Destination,
    ) -> Proving:
        """What decides whether data is kept; in a window, where an artist looks on, our rules."""
        data, choice = KeptData.of(self.scene, self.settings, self.changes), ready.persistent
        if choice.needs_proof and is_unbaked:
            reason = "simulations that are not baked go on from frame to frame: none can be tried"
            choice = Choice(False, reason)
            data.switch(False)
        elif self.in_window:
            choice = choice._replace(needs_proof=False)
        return Proving(self.scene, choice, data, frames, destination, self.session)

    def _destination(self, ready: PreparedScene, unbaked: str) -> Destination:
        """The output folder, as this child of this very render sees it."""
        settings, folder = self.settings, OutputFolder(self.output)
        set_up = self.session.set_up
        parts = set_up.parts if set_up is not None else {}
        fingerprint = fingerprint_of(self.scene, ready.device, settings.prefix, parts, unbaked)
        refuse_saved_meanwhile(self.opened_state)
        self.verdict.fingerprint = fingerprint.digest
        return Destination(
            folder,
            Patience(folder),
            fingerprint,
            self.verdict.child,
            renders_again=settings.existing == "overwrite",
        )


def _why_alone(warms_up: bool) -> str:
    """Why nobody else can render frames of this render; empty: others can."""
    if not is_saved_file():
        return "what is rendered is in this process' memory alone"
    if warms_up:
        return "--unbaked warm-up goes through the frames before, in every process anew"
    return ""


def blenders_folder() -> SessionFolder:
    """The folder that this Blender has made for its session."""
    preferred = bpy.context.preferences.filepaths.temporary_directory
    return SessionFolder(Path(bpy.app.tempdir), preferred)
