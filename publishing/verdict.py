"""Pure: a child's verdict, its closing statement, for people and for programs."""

from __future__ import annotations

import dataclasses
import itertools
import json
import logging
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..chunking.errors import EXIT_COMPLETE, ChunkError
from ..chunking.frames import FrameSet
from ..chunking.plain_text import plain_line
from ..chunking.plan import Child
from ..chunking.regular_files import Part, open_regular
from .durable import BLOCK_BYTES, output_errors, write_all_whole
from .folder_handles import Odd
from .json_object import json_object
from .output_folder import CHILDREN, TEMPORARIES, OutputFolder, process_name

MOST_BYTES = 1 << 20
"""No verdict is longer that is read back: its frames are in a few runs."""

log = logging.getLogger(__name__)


@dataclass
class Verdict:
    """What one child has done. It grows while the child works, and is written once at the end."""

    size: int = 1
    index: int = 0
    attempt: int = 1
    render_id: str = ""
    fingerprint: str = ""
    output: str = ""
    wanted: list[int] = field(default_factory=list)
    rendered: list[int] = field(default_factory=list)
    reused: list[int] = field(default_factory=list)
    adopted: list[int] = field(default_factory=list)
    helped: list[int] = field(default_factory=list)
    """Frames of other children's chunks that this one rendered when its own was complete."""
    failed: dict[int, str] = field(default_factory=dict)
    given_up: dict[int, str] = field(default_factory=dict)
    """Frames that crashed Blender too often, with the first line of the evidence."""
    warnings: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.time)
    """When the child began, in seconds since 1970 by its machine's clock."""
    seconds: float = 0.0
    threads: int = 0
    """How many threads Blender rendered with; 0: it did not come to render."""
    exit_code: int = EXIT_COMPLETE
    message: str = ""
    helps: bool = False
    """Whether it went on to frames of other children, its own chunk being complete."""
    is_complete: bool = False
    """Whether the own chunk was seen to be complete: from then on nothing makes the child fail."""
    brender: dict[str, str] = field(default_factory=dict)
    """What Brender Studio told of the job, by its variables."""
    setup: dict[str, Any] = field(default_factory=dict)
    """The set-up script that has run; empty: none has."""

    @property
    def child(self) -> Child:
        """Whose verdict it is."""
        return Child(self.size, self.index, self.attempt, self.render_id)

    def warn(self, message: str) -> None:
        """Say a warning in the log, and keep it."""
        self.warnings.append(message)
        log.warning("%s", message)

    def fail(self, error: ChunkError) -> None:
        """Take an error as this child's end; with its own chunk complete it is only a warning."""
        if self.is_complete:
            self.warn(f"Helping others has ended early. {error}")
            return
        self.exit_code = error.exit_code
        self.message = str(error)

    def as_fields(self) -> dict[str, Any]:
        """The verdict for JSON: frames in frame-list syntax, so that they can be fed back."""
        fields = dataclasses.asdict(self)
        if not self.seconds:  # ended in the middle, by a signal or a time limit
            fields["seconds"] = max(0.0, time.time() - self.started)
        place = {frame: number for number, frame in enumerate(self.wanted)}
        for name in ("wanted", "rendered", "reused", "adopted", "helped"):
            # Frames are delivered in threads, which may overtake each other.
            frames = sorted(fields[name], key=lambda frame: place.get(frame, frame))
            fields[name] = str(FrameSet.of(frames)) if frames else ""
        for name in ("failed", "given_up"):
            fields[name] = {frame: plain_line(reason) for frame, reason in fields[name].items()}
        fields["message"] = plain_line(self.message)
        fields["warnings"] = [plain_line(warning) for warning in self.warnings]
        fields["process"] = process_name()
        return fields


def file_stem(fields: Mapping[str, Any]) -> str:
    """The name that a child's verdict and log share: no other attempt or copy has it."""
    child = Child(fields["size"], fields["index"], fields["attempt"])
    return f"{child.file_stem}.{fields['process']}"


def write_verdict(path: Path, fields: Mapping[str, Any]) -> None:
    """Write a verdict to a local file, where the process that waits for it reads it."""
    path.write_text(json.dumps(fields, indent=1), encoding="utf-8")


def read_published_verdict(folder: OutputFolder, name: str) -> dict[str, Any]:
    """The fields of a verdict in the output folder, by its name there.

    Raises ValueError for what is no verdict, and OSError.
    """
    try:
        return json_object(folder.held.read(f"{CHILDREN}/{name}", MOST_BYTES))
    except Odd as odd:
        raise ValueError(odd.strerror) from odd


def deliver_verdict(folder: OutputFolder, fields: Mapping[str, Any], *logs: Path) -> None:
    """Put the verdict and Blender's log into the output folder. Raises OutputFailed.

    The log is of several parts, such as those of lanes.

    Written at once, as the child has nothing else to do meanwhile; the verdict gets its name last,
    since who sees it may look for the log. Of a log that goes on growing it is what there is now.
    """
    stem = f"{CHILDREN}/{file_stem(fields)}"
    files = {
        f"{stem}.log": itertools.chain.from_iterable(map(_blocks_of, logs)),
        f"{stem}.json": (json.dumps(fields, indent=1).encode(),),
    }
    with output_errors(folder.children, "write to"):
        folder.make()
        write_all_whole(folder.held, files, TEMPORARIES)


def _blocks_of(local_log: Path) -> Iterator[bytes]:
    """A log's bytes; where it can't be read, a line in their place that says so.

    It is of any size: what scripts print is in it.
    """
    try:
        with open_regular(local_log) as file:
            part = Part(file, os.fstat(file.fileno()).st_size)
            while block := part.read(BLOCK_BYTES):
                yield block
    except OSError as error:
        yield f"The rest of {str(local_log)!r} can't be read: {error.strerror}\n".encode()
