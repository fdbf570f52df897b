"""Staged frames for the tests of what follows a render, and threads that are waited for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from array_chunk_render.child.delivery import StagedFrame
from array_chunk_render.publishing.publish import StagedFile
from array_chunk_render.publishing.record import Record
from array_chunk_render.publishing.stage import Stage
from pictures import SAND, plain

SIZES = {(4, 3)}
"""Width and height of the pictures here, in pixels."""
LONG_SECONDS = 20.0
"""What is not there by then does not come: no test waits so long that passes."""

Result = TypeVar("Result")


def rendered(home: Path, frame: int = 1, broken: bool = False) -> StagedFrame:
    """A frame in its stage: one picture of four by three pixels, or its first half."""
    stage = Stage(home / f"frame{frame}")
    stage.make()
    picture = plain(stage.beauty / "picture.png", SAND, 4, 3)
    if broken:
        picture.write_bytes(picture.read_bytes()[:40])
    file = StagedFile(picture, f"{frame:05d}.png")
    draft = Record(frame=frame, fingerprint="ours", render_id="array 1", files=(), seconds=2.0)
    return StagedFrame(draft, stage, (file,))


def in_time(work: Callable[[], Result]) -> Result:
    """Do what must not hang: the test fails where it does."""
    results: list[Result] = []
    thread = threading.Thread(target=lambda: results.append(work()), daemon=True)
    thread.start()
    thread.join(LONG_SECONDS)
    assert not thread.is_alive(), "it hangs"
    return results[0]


def threads_named(prefix: str) -> list[str]:
    """Names of the threads that are alive."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(prefix)]
