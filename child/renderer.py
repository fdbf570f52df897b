"""Pure: what the loop over a chunk asks of whoever renders its frames: of Blender, see `rendering`.

The loop knows nothing of scenes. It is a generator that yields calls of Blender's render operator,
so that a farm can make each at once, and a window can have them made by a render job.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ..publishing.notes import NotedFrame
from ..publishing.stage import Stage


class RenderCall(NamedTuple):
    """A call of Blender's render operator that renders one frame, with the scene set for it."""

    frame: int
    stem: str
    """What Blender was told to name the picture by."""
    arguments: Mapping[str, Any]
    """Of `bpy.ops.render.render`."""


Steps = Generator[RenderCall, None, None]
"""A render in steps: whoever drives it makes each call, in whatever way, and then goes on.

A call that failed is told by throwing RenderFailed in, an end before its time by any other
ChunkError. All that was changed is put back when the steps have ended or are closed.
"""


class Renderer(Protocol):
    """Sets one scene for one frame after the other, and keeps data between them or not."""

    @property
    def sizes(self) -> Collection[tuple[int, int]]:
        """Widths and heights in pixels, of which a whole picture of the scene has one."""

    @property
    def is_of_saved_file(self) -> bool:
        """Whether the saved .blend is rendered; False: what is in this process' memory alone."""

    def picture_names(self, stem: str) -> Sequence[Sequence[str]]:
        """The sets of files that can be a frame's whole picture, where Blender names it by `stem`.

        A set has more than one file where each stereo view has its own.
        """

    def stage(self, home: Path, frame: int) -> Stage:
        """The stage of a frame below `home`, a folder for stages alone; nothing is made yet."""

    def set_for(self, frame: int, stage: Stage) -> AbstractContextManager[RenderCall]:
        """Have the scene set for a frame as long as it takes; gives the call that renders it."""

    def before_first_frame(self, todo: Sequence[int], notes: Mapping[int, NotedFrame]) -> None:
        """Get ready for the frames to render, with notes of earlier attempts; the folder is pinned.

        Chooses whether data is kept between them. Raises OutputFailed.
        """

    def after_frame(self, frame: int, cpu_seconds: float, frames_left: int, home: Path) -> Steps:
        """Look after what is kept, between two frames, whether or not this one has failed.

        It may render small frames of its own into `home`, to prove that data may be kept. The frame
        took so many seconds of all processors. `frames_left` counts after the first frame alone,
        for all lanes together. Raises OutputFailed.
        """

    def set_lanes(self, lanes: int) -> None:
        """So many processes share this machine and its memory from here on."""

    def set_threads(self, threads: int) -> None:
        """Render with so many threads from the next frame on."""

    def lane_settings(self) -> Mapping[str, str]:
        """Settings by name that a lane which begins now is given; of data kept, if it is known."""
