"""Pure: frames on their way from the stage to the output folder, while the next is rendered.

A network disk can take as long for a frame as Blender does. So each finished frame is checked and
published by a thread of its own, and rendering goes on. The number of frames on their way is
bounded: a disk that can't keep up slows the render down, instead of filling the stage.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import NamedTuple

from ..chunking.errors import RenderFailed
from ..publishing.publish import Published, StagedFile
from ..publishing.record import Record
from ..publishing.stage import Stage, check_whole

MOST_ON_THEIR_WAY = 8
"""Frames that wait for the disk at a time: more than are on their way at once where frames take a
second, and a slow disk one more for each new file."""


class StagedFrame(NamedTuple):
    """A frame that Blender has finished, in its stage."""

    draft: Record
    """The record that it will get, without its files."""
    stage: Stage
    files: tuple[StagedFile, ...]

    @property
    def frame(self) -> int:
        return self.draft.frame


class Delivery:
    """Checks and publishes rendered frames in threads. As a context manager it waits for all.

    `publish` is a Destination's. `on_end` is called in the frame's thread when it is published, or
    with what is wrong with it.
    """

    def __init__(
        self,
        publish: Callable[[Sequence[StagedFile], Record], Published],
        sizes: Collection[tuple[int, int]],
        on_end: Callable[[StagedFrame, Published | RenderFailed], None],
    ) -> None:
        self._publish = publish
        self._sizes = sizes
        self._on_end = on_end
        self._pool = ThreadPoolExecutor(MOST_ON_THEIR_WAY, thread_name_prefix="publish")
        self._count = 0
        self._is_held = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def __enter__(self) -> Delivery:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Whatever ended the chunk: a frame that is finished is delivered.
        self._pool.shutdown()

    def put(self, staged: StagedFrame) -> None:
        """Hand a frame over; waits while too many are on their way. Raises what `check` raises."""
        with self._changed:
            self._changed.wait_for(lambda: self._count < MOST_ON_THEIR_WAY and not self._is_held)
            self._count += 1
        self._pool.submit(self._deliver, staged)
        self.check()

    @property
    def has_failed(self) -> bool:
        """Whether delivering a frame met an error that ends the chunk."""
        return self._error is not None

    def check(self) -> None:
        """Raise the error that ends the chunk, where delivering a frame met one."""
        if self._error is not None:
            raise self._error

    def finish(self) -> None:
        """Wait for all frames that are on their way. Raises what `check` raises."""
        with self._changed:
            self._changed.wait_for(lambda: self._count == 0)
        self.check()

    def hold(self, seconds: float) -> None:
        """Take no more frames, and wait so long at the most for those that are on their way."""
        with self._changed:
            self._is_held = True
            self._changed.wait_for(lambda: self._count == 0, timeout=seconds)

    def _deliver(self, staged: StagedFrame) -> None:
        try:
            self._on_end(staged, self._outcome(staged))
        except BaseException as error:  # noqa: BLE001  raised again in the main thread, by check()
            with self._changed:
                self._error = self._error or error
        finally:
            shutil.rmtree(staged.stage.root, ignore_errors=True)
            with self._changed:
                self._count -= 1
                self._changed.notify_all()

    def _outcome(self, staged: StagedFrame) -> Published | RenderFailed:
        try:
            check_whole(staged.files, staged.stage.beauty, self._sizes)
        except RenderFailed as error:
            return error
        return self._publish(staged.files, staged.draft)
