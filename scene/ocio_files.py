"""Pure: the files that an OpenColorIO configuration is made of, and one digest of them.

Nothing here reads the configuration as OpenColorIO does, which Blender keeps to itself: whatever
is named like a file (``src: name``) and lies in a folder of the search path counts as one of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ..chunking.regular_files import open_regular
from ..publishing.fingerprint import combined, sample_digest, whole_digest

BUILT_IN = "ocio://"
"""Begins the name of a configuration that is inside OpenColorIO itself."""
READ_BYTES = 16 * 1024 * 1024
MOST_NAMES = 4096
_SOURCE = re.compile(r"\bsrc:[ \t]*(?:\"([^\"\n]*)\"|'([^'\n]*)'|([^,}\n]+))")
_SEARCH_PATH = re.compile(r"^search_path:[ \t]*(.*(?:\n[ \t]*-[^\n]*)*)", re.MULTILINE)
_ENVIRONMENT = re.compile(r"^environment:[ \t]*(\{[^}]*\}|(?:\n[ \t]+[^\n]*)+)", re.MULTILINE)
_DEFAULT = re.compile(r"([A-Za-z_]\w*):[ \t]*([^,}\n]+)")
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)\}?|%([A-Za-z_]\w*)%")
_SEPARATORS = re.compile(r"\n[ \t]*-|[\[\],:;]")


def is_there(path: str) -> bool:
    """Whether there is a configuration of this name: a file, or one inside OpenColorIO."""
    return path.startswith(BUILT_IN) or os.path.isfile(path)


def config_digest(path: str, came_with_blender: bool = False) -> str:
    """Digest of a configuration, of its lookup tables wherever they lie, and of the values of the
    environment variables that it names.

    Of tables that came with Blender the sizes are enough beside its build: reading their 24 MB
    would be a tenth of each child's start.

    Raises OSError where the configuration is there and can't be read.
    """
    if path.startswith(BUILT_IN):
        return path
    text = _text(Path(path))
    tables = dict(_tables(Path(path), text))
    digests = [("the configuration", whole_digest(Path(path)))]
    of_table = _size if came_with_blender else sample_digest
    digests += [(name, of_table(table)) for name, table in tables.items()]
    digests += [(f"the variable {name}", value) for name, value in _variables(text, tables)]
    return combined(digests)


def lookup_tables(config: Path) -> Iterator[tuple[str, Path]]:
    """The files that a configuration names, by name, as far as they are there."""
    yield from _tables(config, _text(config))


def absolute_folders(config: Path) -> list[str]:
    """Folders of the search path that stay where they are when the configuration is moved."""
    text = _text(config)
    values = {**_defaults(text), **os.environ}
    search = _SEARCH_PATH.search(text)
    folders = [_expanded(part, values) for part in _search_parts(search[1])] if search else []
    return [folder for folder in folders if os.path.isabs(folder)]


def _search_parts(text: str) -> list[str]:
    # On Windows a drive's letter is taken for one of the folders, which does no harm.
    parts = [part.strip().strip("\"'") for part in _SEPARATORS.split(text)]
    return [part for part in parts if part and "\0" not in part]


def _text(config: Path) -> str:
    try:
        with open_regular(config) as file:
            return file.read(READ_BYTES).decode(errors="replace")
    except FileNotFoundError:
        return ""


def _tables(config: Path, text: str) -> Iterator[tuple[str, Path]]:
    values = {**_defaults(text), **os.environ}
    search = _SEARCH_PATH.search(text)
    paths = [_expanded(part, values) for part in _search_parts(search[1])] if search else []
    folders = [*(config.parent / path for path in paths), config.parent]
    names = dict.fromkeys("".join(groups).strip() for groups in _SOURCE.findall(text))
    for name in list(names)[:MOST_NAMES]:
        for folder in folders:
            table = folder / _expanded(name, values)
            if name and "\0" not in name and table.is_file():
                yield name, table
                break


def _size(table: Path) -> str:
    return str(table.stat().st_size)


def _defaults(text: str) -> dict[str, str]:
    """The values that a configuration gives variables which the environment has not."""
    environment = _ENVIRONMENT.search(text)
    pairs = _DEFAULT.findall(environment[1]) if environment else []
    return {name: value.strip().strip("\"'") for name, value in pairs}


def _expanded(text: str, values: Mapping[str, str]) -> str:
    def value(variable: re.Match[str]) -> str:
        return values.get(variable[1] or variable[2], variable[0])

    return _VARIABLE.sub(value, text)


def _variables(text: str, tables: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The variables by which a configuration chooses, such as a shot's grade.

    Those that only lead to folders and tables don't count, as the tables themselves do.
    """
    rest = _SEARCH_PATH.sub("", text)
    for name in tables:
        rest = rest.replace(name, "")
    names = {"".join(groups) for groups in _VARIABLE.findall(rest)} | _defaults(text).keys()
    for name in sorted(names)[:MOST_NAMES]:
        if name in os.environ:
            yield name, os.environ[name]
