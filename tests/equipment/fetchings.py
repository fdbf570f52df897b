"""Frames of small files, published in one folder and fetched to another, without any Blender."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.publishing.fingerprint import Fingerprint
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.publishing.pin import claim
from array_chunk_render.publishing.verify import Survey, survey_of
from array_chunk_render.transport.fetched_folder import FetchedFolder
from array_chunk_render.transport.fetching import Fetched, Fetching
from array_chunk_render.transport.frame_folder import FrameFolder
from array_chunk_render.transport.frame_source import FrameSource
from array_chunk_render.transport.progress import Progress
from publishing_trials import FIRST, draft, made_folder, published_files, put

FRAMES = FrameSet.parse("1-3")
FILES = {
    1: {"00001.png": b"one", "compositor/passes/Z00001.exr": b"depth of one"},
    2: {"00002.png": b"two", "compositor/passes/Z00002.exr": b"depth of two"},
    3: {"00003.png": b"three"},
}


class Farm:
    """An output folder in which a render publishes, and a folder to which its frames go."""

    def __init__(self, home: Path, fingerprint: Fingerprint = FIRST) -> None:
        self.home = home
        self.source = home / "farm" / "out"
        self.target = home / "desk" / "out"
        self.fingerprint = fingerprint
        self.folder: OutputFolder = made_folder(self.source)
        self._stages = itertools.count()
        claim(self.folder, fingerprint, "array 1")

    def render(self, frame: int, files: Mapping[str, bytes] | None = None, **fields: Any) -> None:
        """Publish a frame; again, where it was published before with other bytes."""
        files = FILES[frame] if files is None else files
        (self.source / f".array_chunk/frames/{frame:05d}.json").unlink(missing_ok=True)
        fields.setdefault("fingerprint", self.fingerprint.digest)
        record = dataclasses.replace(draft(frame), **fields)
        put(self.folder, self.home / f"stage-{next(self._stages)}", files, record)

    def render_all(self) -> None:
        for frame in FRAMES:
            self.render(frame)

    def fetching(
        self,
        frames: FrameSet | None = FRAMES,
        progress: Progress | None = None,
        check: Callable[[], None] = lambda: None,
        source: FrameSource | None = None,
    ) -> Fetching:
        """As a new process does it; from the folder itself, or what else shows it."""
        target = FetchedFolder(self.target, pauses=())
        source = source or FrameFolder(self.source)
        return Fetching(source, target, frames, progress or Progress(), check)

    def fetch(self, **more: Any) -> Fetched:
        fetching = self.fetching(**more)
        fetching.look()
        return fetching.done

    def there(self) -> dict[str, bytes]:
        """The files of frames at the target."""
        return published_files(self.target)

    def at_source(self) -> dict[str, bytes]:
        return published_files(self.source)

    def survey(self) -> Survey:
        return survey_of(OutputFolder(self.target), FRAMES, deep=False)

    def assert_records_hold(self) -> None:
        """What a record at the target lists is there, of frames that verify calls done."""
        for frame in self.survey().done if self.target.exists() else ():
            path = self.target / f".array_chunk/frames/{frame:05d}.json"
            for file in json.loads(path.read_bytes())["files"]:
                content = (self.target / file["name"]).read_bytes()
                assert hashlib.sha256(content).hexdigest() == file["digest"], file["name"]
