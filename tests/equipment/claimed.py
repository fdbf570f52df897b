"""Claims of others, as they are found in an output folder, and processes that race for frames."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from array_chunk_render.child.claims import Claimant, Claims
from array_chunk_render.publishing.output_folder import OutputFolder
from publishing_trials import made_folder

EXPIRY_SECONDS = 200.0
OURS = Claimant("0 of 3 of job", "our run", "host-1", 1)
HELPER = Claimant("1 of 3 of job", "its run", "host-2", 2)
EARLIER = Claimant("0 of 3 of job", "an earlier run", "host-3", 3)


@dataclass
class Claimed:
    """A folder with claims in it."""

    home: Path

    def __post_init__(self) -> None:
        self.folder: OutputFolder = made_folder(self.home / "out")

    def claims(self, by: Claimant = OURS, **more: Any) -> Claims:
        return Claims(self.folder, by, **{"expiry_seconds": EXPIRY_SECONDS, **more})

    def path(self, frame: int = 1) -> Path:
        return self.folder.claims / f"{frame:05d}"

    def plant(
        self, by: Claimant = HELPER, frame: int = 1, age: float = 0.0, failed: bool = False
    ) -> Path:
        """A claim that somebody made some seconds ago, by the folder's clock."""
        path = self.path(frame)
        path.write_text(json.dumps({"by": asdict(by), "failed": failed}))
        made = path.stat().st_mtime - age
        os.utime(path, (made, made))
        return path

    def says(self, frame: int = 1) -> dict[str, Any]:
        return dict(json.loads(self.path(frame).read_bytes()))

    @property
    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.claims.iterdir())


Work = Callable[[Callable[[], object]], list[int]]
"""What a process does; it is given what waits until all processes have come so far."""


def race(works: list[Work]) -> list[list[int]]:
    """Do the works in processes of their own, at once; return what each of them returned."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(len(works))
    ends = [_start(context, work, barrier) for work in works]
    results = [end.recv() for end, _ in ends]
    for end, process in ends:
        process.join()
        end.close()
    return results


def _start(context: Any, work: Work, barrier: Barrier) -> tuple[Any, Any]:
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=lambda: sending.send(work(barrier.wait)))
    process.start()
    sending.close()
    return receiving, process
