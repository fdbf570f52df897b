"""Pure: where everything lies in the output folder."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from .durable import output_errors

PRIVATE = ".array_chunk"
"""The folder for all that is no picture; its dot keeps file browsers and video steps out of it."""

COMPOSITOR = "compositor"
"""The folder for File Output nodes; Brender Studio's video step skips folders of this name."""


def frame_name(frame: int) -> str:
    """The number as it stands in file names: -0003, 00001, 123456."""
    return f"{frame:05d}"


@dataclass(frozen=True)
class OutputFolder:
    """The output folder of one render: pictures in it, everything else in its `.array_chunk`."""

    root: Path

    @property
    def private(self) -> Path:
        return self.root / PRIVATE

    @property
    def pin(self) -> Path:
        """The file that says of which render the frames in this folder are."""
        return self.private / "render.json"

    @property
    def records(self) -> Path:
        return self.private / "frames"

    @property
    def temporaries(self) -> Path:
        return self.private / "tmp"

    @property
    def children(self) -> Path:
        return self.private / "children"

    @property
    def notes(self) -> Path:
        """Notes of frames that were begun and not ended."""
        return self.private / "notes"

    @property
    def claims(self) -> Path:
        """Claims on frames, where several processes share them."""
        return self.private / "claims"

    def record(self, frame: int) -> Path:
        return self.records / f"{frame_name(frame)}.json"

    def temporary(self, frame: int) -> Path:
        """Where this process gathers the files of one frame before they get their names."""
        return self.temporaries / f"{frame_name(frame)}.{process_name()}"

    def make(self) -> None:
        """Make the folder and its private ones. Raises OutputFailed where that can't be done."""
        for folder in (self.records, self.temporaries, self.children, self.notes, self.claims):
            with output_errors(folder, "make"):
                folder.mkdir(parents=True, exist_ok=True)


def process_name() -> str:
    """What tells this process from others that write to the same folder: host and process id."""
    host = socket.gethostname().replace("/", "_").replace(".", "_") or "host"
    return f"{host}-{os.getpid()}"
