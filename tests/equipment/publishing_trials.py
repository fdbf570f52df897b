"""For the tests of publishing: stages, frames that are published, and what must hold.

What must hold is judged here by other code than that under test: records are read as plain JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from array_chunk_render.chunking.plan import Child
from array_chunk_render.publishing.destination import Destination
from array_chunk_render.publishing.fingerprint import Fingerprint
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.publishing.patience import Patience
from array_chunk_render.publishing.publish import Published, StagedFile, publish
from array_chunk_render.publishing.record import (
    Record,
    RecordedFile,
    is_done,
    read_record,
    write_record,
)

RECORD = ".array_chunk/frames/00001.json"
PICTURE_SUFFIXES = {".png", ".exr", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".mp4"}


Files = Mapping[str, bytes]
"""Contents by published name."""

OURS = {"00001.png": b"our picture", "compositor/passes/Z00001.exr": b"our depth"}
OURS_AGAIN = {name: content + b", rendered again" for name, content in OURS.items()}
OLD = {"00001.png": b"old picture", "00001_R.png": b"old right eye"}
"""Two renders of a frame by one fingerprint, and what another one had left."""


def draft(frame: int = 1, fingerprint: str = "ours", render_id: str = "array 1") -> Record:
    return Record(frame=frame, fingerprint=fingerprint, render_id=render_id, files=())


def stage(home: Path, files: Mapping[str, bytes]) -> list[StagedFile]:
    """Files in a stage, named by what they will be called in the output folder."""
    home.mkdir(parents=True)
    staged = []
    for number, (name, content) in enumerate(files.items()):
        path = home / str(number)
        path.write_bytes(content)
        staged.append(StagedFile(path, name))
    return staged


def made_folder(root: Path) -> OutputFolder:
    folder = OutputFolder(root)
    folder.make()
    return folder


def destination(folder: OutputFolder, pauses: Sequence[float] = ()) -> Destination:
    """The folder as a child of the render "ours" sees it."""
    fingerprint = Fingerprint({})
    vars(fingerprint)["digest"] = "ours"  # computed once, and this is where it is kept
    return Destination(
        folder, Patience(folder, pauses), fingerprint, Child(1, 0, render_id="array 1")
    )


def published_files(root: Path) -> dict[str, bytes]:
    """What a reader of the folder sees: every file outside the private folder."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".array_chunk" not in path.relative_to(root).parts
    }


def raw_record(root: Path) -> dict[str, Any] | None:
    path = root / RECORD
    return json.loads(path.read_bytes()) if path.exists() else None


def names_whole_files(root: Path, record: Mapping[str, Any]) -> bool:
    """Whether every file is there with the bytes that the record says."""
    return all(
        hashlib.sha256((root / file["name"]).read_bytes()).hexdigest() == file["digest"]
        for file in record["files"]
    )


def names_true_files(root: Path, record: Mapping[str, Any]) -> bool:
    """Whether every file is there with the size and time that the record says."""
    for file in record["files"]:
        path = root / file["name"]
        if not path.exists():
            return False
        there = path.stat()
        if (there.st_size, there.st_mtime_ns) != (file["size"], file["mtime_ns"]):
            return False
    return True


CONTENT = b"a picture"


def folder_with_a_frame(root: Path) -> OutputFolder:
    """An output folder with one finished frame."""
    folder = made_folder(root)
    (folder.root / "00001.png").write_bytes(CONTENT)
    write_record(folder, recorded(folder))
    return folder


def recorded(folder: OutputFolder, name: str = "00001.png", **more: Any) -> Record:
    """A record of that frame, or one that names another file."""
    there = (folder.root / "00001.png").stat()
    digest = hashlib.sha256(CONTENT).hexdigest()
    file = RecordedFile(name, there.st_size, there.st_mtime_ns, digest)
    return replace(draft(), files=(file,), **more)


def there(folder: OutputFolder) -> Record:
    """The record that is there."""
    record = read_record(folder, 1)
    assert record is not None
    return record


FIRST = Fingerprint({"scene": "Scene", "samples": "4"})
SECOND = Fingerprint({"scene": "Scene", "samples": "8"})
THIRD = Fingerprint({"scene": "Scene", "samples": "16"})


def pinned(folder: OutputFolder) -> tuple[str, str]:
    fields = json.loads(folder.pin.read_bytes())
    return fields["fingerprint"], fields["render_id"]


Renders = Mapping[str, list[Mapping[str, bytes]]]
"""What each fingerprint's publishers stage, by name: one entry for each publisher."""


def check_invariants(root: Path, renders: Renders, before: Mapping[str, bytes]) -> None:
    """Assert what must hold at every moment, whoever is killed at whatever point.

    No half file under its final name; nothing that looks like a picture among the temporaries;
    and a record that names its files' sizes and times is true of their bytes, which are of the
    fingerprint that it says.
    """
    staged = [files for copies in renders.values() for files in copies]
    for name, content in published_files(root).items():
        assert content in [files.get(name) for files in (*staged, before)], f"half a {name}"
    for path in (root / ".array_chunk").rglob("*"):
        assert path.suffix not in PICTURE_SUFFIXES
    broken = before.get(RECORD)
    if broken is not None and (root / RECORD).exists() and (root / RECORD).read_bytes() == broken:
        return
    record = raw_record(root)
    if record is None or not names_true_files(root, record):
        return
    for file in record["files"]:
        content = (root / file["name"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["digest"]
        whole = [files.get(file["name"]) for files in renders.get(record["fingerprint"], [])]
        assert content in whole, "a record of a render that did not make this file"


def never() -> None:
    """The pin of a folder that nobody else wants."""


def never_done(record: Record | None) -> bool:
    return False


def put(
    folder: OutputFolder,
    home: Path,
    files: Files,
    record: Record | None = None,
    check_pin: Callable[[], None] = never,
) -> Published:
    record = record or draft()
    done = partial(is_done, folder, fingerprint=record.fingerprint)
    return publish(folder, stage(home, files), record, done, check_pin, set())
