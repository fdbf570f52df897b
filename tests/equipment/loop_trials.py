"""A child's loop with a renderer that draws small pictures, and what came of a chunk.

The loop, the output folder and all files are the real ones; Blender alone is left out. What it does
to a frame is chosen frame by frame.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from array_chunk_render.child.chunk_lanes import Sharing
from array_chunk_render.child.in_work import Progress
from array_chunk_render.child.lane_processes import LaneProcesses
from array_chunk_render.child.loop import ChunkLoop
from array_chunk_render.child.renderer import RenderCall, Steps
from array_chunk_render.child.session import Session
from array_chunk_render.chunking.errors import ChunkError, RenderFailed
from array_chunk_render.chunking.frames import FrameList
from array_chunk_render.chunking.plan import Plan
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.machine.session_folder import SessionFolder
from array_chunk_render.publishing.notes import NotedFrame
from array_chunk_render.publishing.output_folder import OutputFolder, frame_name
from array_chunk_render.publishing.stage import NodeFolder, Stage
from array_chunk_render.publishing.verdict import Verdict
from pictures import SAND, plain
from publishing_trials import destination

Draw = Callable[[RenderCall], None]
"""What Blender does for one call: pictures come into the stage, or RenderFailed is raised."""


def draw(call: RenderCall) -> None:
    """Draw the frame's picture, four by three pixels and whole."""
    plain(call.arguments["folder"] / f"{call.stem}.png", SAND, 4, 3)


def draw_half(call: RenderCall) -> None:
    """Leave the first half of a picture."""
    draw(call)
    (picture,) = call.arguments["folder"].iterdir()
    picture.write_bytes(picture.read_bytes()[:40])


def draw_small(call: RenderCall) -> None:
    """Draw a whole picture of another size."""
    plain(call.arguments["folder"] / f"{call.stem}.png", SAND, 2, 2)


def draw_nothing(call: RenderCall) -> None:
    """Say that the frame is finished, without a picture."""


def fail(call: RenderCall) -> None:
    """Blender fails on the frame."""
    raise RenderFailed(f"Blender failed on frame {call.frame}: out of memory")


@dataclass
class DrawingRenderer:
    """A renderer for the loop whose scenes are plain pictures."""

    sizes: Collection[tuple[int, int]] = frozenset({(4, 3)})
    is_of_saved_file: bool = True
    node_folders: tuple[NodeFolder, ...] = ()
    order: list[int] = field(default_factory=list)
    """The frames that it was set for."""
    lanes: int = 1
    threads: int = 0
    is_set: bool = False
    todo: list[int] = field(default_factory=list)
    """The frames that it was told of before the first one."""
    ended: list[int] = field(default_factory=list)
    """The frames after which it was asked."""

    def picture_names(self, stem: str) -> Sequence[Sequence[str]]:
        return [[f"{stem}.png"]]

    def stage(self, home: Path, frame: int) -> Stage:
        return Stage(home / f"frame{frame}", self.node_folders)

    @contextlib.contextmanager
    def set_for(self, frame: int, stage: Stage) -> Iterator[RenderCall]:
        self.order.append(frame)
        self.is_set = True
        try:
            yield RenderCall(frame, frame_name(frame), {"folder": stage.beauty})
        finally:
            self.is_set = False

    def before_first_frame(self, todo: Sequence[int], notes: Mapping[int, NotedFrame]) -> None:
        assert not self.order
        self.todo = list(todo)

    def after_frame(self, frame: int, cpu_seconds: float, frames_left: int, home: Path) -> Steps:
        assert not self.is_set
        self.ended.append(frame)
        yield from ()

    def set_lanes(self, lanes: int) -> None:
        self.lanes = lanes

    def set_threads(self, threads: int) -> None:
        self.threads = threads

    def lane_settings(self) -> Mapping[str, str]:
        return {"persistent": "off"}


class UnstartedLanes(LaneProcesses):
    """Lanes that write down what they are given, and start no process."""

    def __init__(self, home: Path) -> None:
        super().__init__(["never started"], home, grace_seconds=7)
        self.settings: dict[str, Any] = {}
        self.waits: list[float] = []
        self.is_asked_to_end = False
        self.on_frame: Callable[[int, float, bool], None] = lambda frame, seconds, is_helped: None

    def start(self, count: int, run: str, settings: Any, *calls: Any) -> None:
        self.settings = dict(settings)
        self.on_frame = calls[0]

    @property
    def count(self) -> int:
        return len(self.settings) and 1

    def ask_to_end(self) -> None:
        self.is_asked_to_end = True

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)


@dataclass
class ChildTrial:
    """One attempt of one child: `run` it, then ask what is there."""

    home: Path
    settings: Settings = field(default_factory=lambda: Settings(frames="1-6", index=0))
    helps: bool = False
    lanes: LaneProcesses | None = None
    renderer: DrawingRenderer = field(default_factory=DrawingRenderer)
    session: Session = field(default_factory=Session)
    progress: list[Progress] = field(default_factory=list)
    output: Path | None = None
    """The output folder, where that is not to be `out` in the home."""

    def __post_init__(self) -> None:
        self.folder = OutputFolder(self.output or self.home / "out")
        self.stages = self.home / "stages"
        self.stages.mkdir(exist_ok=True)
        frames = FrameList(self.settings.frames)
        self.settings = replace(self.settings, stage=str(self.stages), frames=frames)
        self.plan = Plan.of(self.settings, frames.frames)
        self.chunk = list(self.plan.chunk(self.settings.index))
        size, index = self.settings.size, self.settings.index
        self.verdict = Verdict(size, index, self.settings.attempt, "array 1", wanted=self.chunk)
        self.session.lanes = self.lanes
        again = self.settings.existing == "overwrite"
        self.destination = destination(self.folder)._replace(renders_again=again)

    def steps(self) -> Steps:
        """The steps of the loop, with the chunk begun."""
        self.destination.make()
        patience = self.destination.patience
        running = self.session.begin(self.verdict, SessionFolder(self.stages), patience)
        loop = ChunkLoop(
            self.settings,
            self.plan,
            self.destination,
            self.renderer,
            Sharing(self.helps, self.lanes),
            self.session,
            running,
        )
        return loop.steps(self.progress.append)

    def run(self, **draws: Draw) -> ChunkError | None:
        """Drive the loop to its end, frame N drawn by `fN` where that is given; returns its error.

        `before` is called with each call before it is made.
        """
        before = draws.pop("before", draw_nothing)
        try:
            with contextlib.closing(self.steps()) as steps, contextlib.suppress(StopIteration):
                call = next(steps)
                while True:
                    try:
                        before(call)
                        draws.get(f"f{call.frame}", draw)(call)
                    except RenderFailed as error:
                        call = steps.throw(error)
                    else:
                        call = next(steps)
        except ChunkError as error:
            return error
        finally:
            self.folder.held.let_go()
        return None

    @property
    def done(self) -> list[int]:
        """The frames that are done in the output folder, of all chunks."""
        return [frame for frame in self.plan.frames if self.destination.has(frame)]

    @property
    def pictures(self) -> list[str]:
        """What a reader of the output folder sees."""
        return sorted(path.name for path in self.folder.root.glob("*.png"))

    @property
    def left_behind(self) -> list[str]:
        """Notes, claims and stages that are there still."""
        return [
            path.name
            for folder in (self.folder.notes, self.folder.claims, self.stages)
            if folder.is_dir()
            for path in folder.iterdir()
        ]


def names_of(frames: Collection[int]) -> list[str]:
    """What the pictures of frames are called."""
    return [f"{frame_name(frame)}.png" for frame in sorted(frames)]
