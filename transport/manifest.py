"""Pure: what was sent of a project, as it stands at the destination: written last, not believed.

There is one for each .blend, so that several of one folder can share a destination and the textures
in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..chunking.errors import SceneRefused
from ..publishing.json_object import json_object, text_in, whole_in
from .layout import MANIFESTS, is_place

VERSION = 1
SUFFIX = ".json"
MOST_BYTES = 256 << 20
"""Of a manifest: that is of some 500,000 files."""
MOST_FILE_BYTES = 1 << 60
MOST_TEXT = 4096
_TEXTS = ("kind", "digest", "origin", "state", "rules")
MOST_READABLE = 40
"""Characters of a .blend's own name in that of its manifest; a name has at most 255 bytes."""


@dataclass(frozen=True)
class Mark:
    """What a destination tells of a file without reading it: its size, and a word that changes."""

    bytes: int
    word: str


@dataclass(frozen=True)
class SentFile:
    """A file as it was sent: `digest` (SHA-256) and `mark` are those of what lies there.

    `origin` is the digest of the file here, which is another one where paths were rewritten, by the
    `rules`; `state` is its state then (see `state_of_source`).
    """

    kind: str
    digest: str
    mark: Mark
    origin: str
    state: str = ""
    rules: str = ""

    @classmethod
    def of(cls, fields: Any) -> SentFile:
        """From what a manifest has of it. Raises ValueError."""
        if not isinstance(fields, dict):
            raise ValueError("a file of it is none")
        mark = Mark(whole_in(fields, "bytes", MOST_FILE_BYTES), text_in(fields, "mark", MOST_TEXT))
        return cls(mark=mark, **{name: text_in(fields, name, MOST_TEXT) for name in _TEXTS})

    @property
    def fields(self) -> dict[str, Any]:
        """What a manifest has of it."""
        texts = {name: getattr(self, name) for name in _TEXTS}
        return {**texts, "bytes": self.mark.bytes, "mark": self.mark.word}


@dataclass(frozen=True)
class Manifest:
    """The files of one .blend at a destination, by place.

    Not complete is one that stands there while files are exchanged: what it lists was not changed,
    but may have been removed.
    """

    blend: str
    root: str
    files: Mapping[str, SentFile] = field(default_factory=dict)
    is_complete: bool = True

    @property
    def name(self) -> str:
        return name_for(self.blend)

    def to_json(self) -> bytes:
        files = {place: each.fields for place, each in sorted(self.files.items())}
        whole = {
            "version": VERSION,
            "blend": self.blend,
            "root": self.root,
            "complete": self.is_complete,
            "files": files,
        }
        return json.dumps(whole, indent=1).encode()


def name_for(blend: str) -> str:
    """The name of the manifest for the .blend of this place: one name, however deep that lies."""
    readable = re.sub(r"[^\w.-]", "_", blend.rpartition("/")[2])[:MOST_READABLE]
    return f"{readable}-{hashlib.sha256(os.fsencode(blend)).hexdigest()[:12]}{SUFFIX}"


def read_manifest(content: bytes) -> Manifest:
    """What a manifest says. Raises ValueError for one that can be none of ours."""
    fields = json_object(content)
    files, is_complete = fields.get("files"), fields.get("complete")
    if fields.get("version") != VERSION or not isinstance(files, dict):
        raise ValueError("it is of another version")
    if not isinstance(is_complete, bool) or not all(map(is_place, files)):
        raise ValueError("it is no manifest")
    sent = {place: SentFile.of(each) for place, each in files.items()}
    return Manifest(text_in(fields, "blend"), text_in(fields, "root"), sent, is_complete)


def read_manifests(contents: Iterable[bytes]) -> dict[str, Manifest]:
    """Those that can be read, by their names; what says that it is of another name is none.

    Raises SceneRefused where together they are too long: any of them may want what lies there.
    """
    manifests = {}
    size = 0
    for content in contents:
        size += len(content)
        if size > MOST_BYTES:
            raise SceneRefused(
                f"The manifests there, in {MANIFESTS}, have more than {MOST_BYTES >> 20} MiB: "
                "remove those that are nobody's, or send to another destination."
            )
        try:
            manifest = read_manifest(content)
        except ValueError:
            continue
        manifests[manifest.name] = manifest
    return manifests
