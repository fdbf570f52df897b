"""Pure: what decides the pixels, as one digest, and what differs between two of them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..chunking.regular_files import open_regular
from .durable import digest_of_open

WHOLE_BYTES = 16 << 20
"""An external file is read as a whole up to here; of a longer one SAMPLES places, as caches can be
of many gigabytes: from both its ends, and evenly in between."""
SAMPLES = 64
SAMPLE_BYTES = 64 << 10
"""So much at each of these places."""


@dataclass(frozen=True)
class Fingerprint:
    """Named parts, and one digest over all of them.

    Two renders with equal fingerprints give equal pixels, and may share an output folder.
    """

    parts: Mapping[str, str]

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.parts, sort_keys=True).encode()).hexdigest()


def sample_digest(path: Path) -> str:
    """Digest of a file's size and of its bytes, or of 64 samples of a file over 16 MiB.

    A file that isn't there has a digest too: when it comes to be there, the pixels change.
    Raises OSError where it is there and can't be read, or is no file.
    """
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size <= WHOLE_BYTES:
                return f"{size}:{digest_of_open(file)}"
            sample = hashlib.sha256()
            for number in range(SAMPLES):
                file.seek((size - SAMPLE_BYTES) * number // (SAMPLES - 1))
                sample.update(file.read(SAMPLE_BYTES))
    except FileNotFoundError:
        return "missing"
    return f"{size}:{sample.hexdigest()}"


def state_of(path: Path) -> str:
    """Size and time of a file, which tell that it was saved; empty where it is not there."""
    try:
        there = os.stat(path)
    except OSError:
        return ""
    return f"{there.st_size}:{there.st_mtime_ns}"


def whole_digest(path: Path) -> str:
    """Digest of all of a file's bytes, or the word missing. Raises OSError as `sample_digest`."""
    try:
        with open_regular(path) as file:
            return digest_of_open(file)
    except FileNotFoundError:
        return "missing"


def digest_or_fault(path: Path, digest: Callable[[Path], str] = sample_digest) -> str:
    """The digest of a file, or why it can't be read: then the render can't read it either."""
    try:
        return digest(path)
    except OSError as error:
        return f"unreadable: {os.strerror(error.errno or 0)}"


def combined(digests: Iterable[tuple[str, str]]) -> str:
    """One digest for many files that belong together, such as an image sequence."""
    lines = "\n".join(f"{key}\0{digest}" for key, digest in sorted(digests))
    return hashlib.sha256(lines.encode(errors="surrogateescape")).hexdigest()


def differences(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """What differs, in words, for the person who reads the log."""
    lines = []
    for name in sorted(ours.keys() | theirs.keys()):
        mine, other = ours.get(name), theirs.get(name)
        if mine == other:
            continue
        if other is None:
            lines.append(f"{name} is new")
        elif mine is None:
            lines.append(f"{name} is gone")
        elif max(len(mine), len(other)) > 40:  # digests say nothing to a person
            lines.append(f"{name} changed")
        else:
            lines.append(f"{name} was {other}, is {mine}")
    return lines
