"""Pure: the files that an OpenColorIO configuration is made of, and one digest of them.

Nothing here reads the configuration as OpenColorIO does, which Blender keeps to itself: whatever
is named like a file (``src: name``) and lies in a folder of the search path counts as one of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ..chunking.regular_files import open_regular
from ..publishing.fingerprint import combined, sample_digest, whole_digest

BUILT_IN = "ocio://"
"""Begins the name of a configuration that is inside OpenColorIO itself."""
READ_BYTES = 16 * 1024 * 1024
MOST_NAMES = 4096
_SOURCE = re.compile(r"\bsrc:[ \t]*(?:\"([^\"\n]*)\"|'([^'\n]*)'|([^,}\n]+))")
_SEARCH_PATH = re.compile(r"^search_path:[ \t]*(.*(?:\n[ \t]*-[^\n]*)*)", re.MULTILINE)
_SEPARATORS = re.compile(r"\n[ \t]*-|[\[\],:;]")


def is_there(path: str) -> bool:
    """Whether there is a configuration of this name: a file, or one inside OpenColorIO."""
    return path.startswith(BUILT_IN) or os.path.isfile(path)


def config_digest(path: str) -> str:
    """Digest of a configuration and of its lookup tables, wherever they lie.

    Raises OSError where the configuration is there and can't be read.
    """
    if path.startswith(BUILT_IN):
        return path
    tables = ((name, sample_digest(table)) for name, table in lookup_tables(Path(path)))
    return combined([("the configuration", whole_digest(Path(path))), *tables])


def lookup_tables(config: Path) -> Iterator[tuple[str, Path]]:
    """The files that a configuration names, by name, as far as they are there."""
    try:
        with open_regular(config) as file:
            text = file.read(READ_BYTES).decode(errors="replace")
    except FileNotFoundError:
        return
    folders = [config.parent / folder for folder in _search_path(text)] + [config.parent]
    names = dict.fromkeys("".join(groups).strip() for groups in _SOURCE.findall(text))
    for name in list(names)[:MOST_NAMES]:
        for folder in folders:
            table = folder / os.path.expandvars(name)
            if name and "\0" not in name and table.is_file():
                yield name, table
                break


def _search_path(text: str) -> list[str]:
    """The folders; on Windows a drive's letter is taken for one of them, which does no harm."""
    found = _SEARCH_PATH.search(text)
    parts = _SEPARATORS.split(found[1]) if found else []
    named = (part.strip().strip("\"'") for part in parts)
    return [os.path.expandvars(part) for part in named if part and "\0" not in part]
