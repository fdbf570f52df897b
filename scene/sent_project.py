"""The project that the open .blend is part of, as it is sent: all files that it renders with."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import posixpath
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import NamedTuple

import bpy

from ..chunking.errors import SceneRefused
from ..transport.layout import Layout
from ..transport.project import BLEND, LIBRARY, Project, ProjectFile
from .blender_versions.files import open_project
from .color_config import color_config
from .files.data_block_paths import stored_paths
from .files.rewriting import PathsOf
from .files.stored_path import FolderListings, StoredPath, files_of, resolved
from .ocio_files import BUILT_IN, absolute_folders, lookup_tables

KINDS = {
    "CACHEFILE": "cache file",
    "FONT": "font",
    "IMAGE": "image",
    "LIBRARY": LIBRARY,
    "MOVIECLIP": "movie clip",
    "NODETREE": "imported file",
    "OBJECT": "cache",
    "SOUND": "sound",
    "VOLUME": "volume",
}
"""What a file is for, by the data-block that asks for it; the rest is any other file."""
COLORS = "color configuration"


class SentProject(NamedTuple):
    """A project, and what else has to be told to whoever renders it."""

    project: Project
    variables: dict[str, str]
    """Environment variables that have to lead to places of it."""
    left: tuple[str, ...]
    """Sentences on files that Blender lists for nobody, and that are not sent."""


def project_to_send(opened_state: str) -> SentProject:
    """All that the open .blend is rendered with and that is there. It reads no file.

    `opened_state` is that of the .blend when it was opened. Raises SceneRefused where something
    can't be sent so that it would be found.
    """
    listings = FolderListings()
    paths = [_PathWithFiles.of(stored, listings) for stored in stored_paths()]
    paths = [each for each in paths if each.files and not each.is_text]
    colors = dict(_colors_of_variable())
    tables = list(itertools.chain.from_iterable(colors.values()))
    layout = _layout(paths, tables)
    left = [
        each for each in paths if each.is_nobody_s and not all(map(layout.is_below, each.files))
    ]
    paths = [each for each in paths if each not in left]
    for each in paths:
        _refuse_lost(each.stored, layout)
    rules = _Rules(layout, paths)
    files = [ProjectFile(_blend(), layout.place(_blend()), BLEND, rules.of(None))]
    for each in paths:
        of_library = rules.of(each.stored.data_block) if each.kind == LIBRARY else ""
        files += [
            ProjectFile(file, layout.place(file), each.kind, of_library) for file in each.files
        ]
    files += [ProjectFile(table, layout.place(table), COLORS) for table in tables]
    return SentProject(
        Project.of(layout, files, opened_state),
        {name: layout.place(files_of_it[0]) for name, files_of_it in colors.items()},
        tuple(f"{each.stored.path} is not sent: nothing that renders asks for it" for each in left),
    )


class _PathWithFiles(NamedTuple):
    """A stored path with the files that are there of it."""

    stored: StoredPath
    files: tuple[Path, ...]

    @classmethod
    def of(cls, stored: StoredPath, listings: FolderListings) -> _PathWithFiles:
        paths = (path for path, exists in files_of(stored, listings) if exists)
        return cls(stored, tuple(resolved(path, stored.library) for path in paths))

    @property
    def kind(self) -> str:
        return KINDS.get(self.id_type, "file")

    @property
    def id_type(self) -> str:
        return self.stored.data_block.id_type if self.stored.data_block is not None else ""

    @property
    def is_text(self) -> bool:
        """Whether it is where a text came from, which is in the .blend itself."""
        return self.id_type == "TEXT"

    @property
    def is_nobody_s(self) -> bool:
        """Whether Blender alone lists it, without saying what for: it is for no render."""
        return self.stored.data_block is None and not self.stored.decides_pixels


def _blend() -> Path:
    return resolved(bpy.data.filepath, None)


def _layout(stored: list[_PathWithFiles], others: list[Path]) -> Layout:
    """With the project's root, where there is a project, which keeps its own file there."""
    project = open_project()
    root = Path(project.root_path) if project is not None else _blend().parent
    paths: list[PurePath] = [_blend(), *others, *(path for each in stored for path in each.files)]
    return Layout.of(resolved(str(root), None), paths)


def _refuse_lost(stored: StoredPath, layout: Layout) -> None:
    """Raise SceneRefused for a file that another one names so that it would not be found."""
    if stored.named_by is None:
        return
    naming, name = stored.named_by
    folder = os.path.dirname(layout.place(resolved(naming, stored.library)))
    place = layout.place(resolved(stored.path, stored.library))
    if os.path.isabs(name) or posixpath.normpath(posixpath.join(folder, name)) != place:
        raise SceneRefused(
            f"{stored.owner} wants {naming}, and that names {name!r}, which would not be found "
            "there: have it name a file by how it lies to itself, and put both into the folder of "
            "the .blend, or both outside of it."
        )


class _Rules:
    """One word for what is to be rewritten in each .blend."""

    def __init__(self, layout: Layout, paths: list[_PathWithFiles]) -> None:
        self._layout = layout
        self._changes: dict[bpy.types.ID | None, list[tuple[str, str, str]]] = {}
        libraries = [each for each in paths if each.id_type == "LIBRARY"]
        self._links = sorted(layout.place(path) for each in libraries for path in each.files)
        for each in paths:
            self._add(each.stored)

    def of(self, library: bpy.types.ID | None) -> str:
        """Empty where nothing is to be rewritten for sure.

        By which paths libraries link each other is not known before each is opened.
        """
        changes = sorted(self._changes.get(library, []))
        links = self._links if library is not None and len(self._links) > 1 else []
        if not changes and not links:
            return ""
        return hashlib.sha256(json.dumps([changes, links]).encode()).hexdigest()[:16]

    def _add(self, stored: StoredPath) -> None:
        library = stored.library
        home = _blend() if library is None else resolved(library.filepath, None)
        paths = PathsOf(self._layout, self._layout.place(home), library)
        rewriting = paths.rewriting(stored)
        if rewriting is None:
            return
        if stored.data_block is None:
            raise SceneRefused(
                f"{stored.owner} wants {stored.path}, which lies outside of its folder: put it "
                "there, as the path in the project's file can't be rewritten."
            )
        self._changes.setdefault(library, []).append((stored.owner, rewriting.old, rewriting.new))


def _colors_of_variable() -> Iterator[tuple[str, list[Path]]]:
    """The files of a color configuration that an environment variable names."""
    config = color_config()
    if not config.variable or not config.is_used or config.path.startswith(BUILT_IN):
        return
    path = resolved(config.path, None)
    folders = absolute_folders(path)
    if folders:
        raise SceneRefused(
            f"The OpenColorIO configuration {config.path!r} looks for its files in {folders[0]!r}, "
            "where nobody finds them elsewhere: have its search_path name folders by how they lie "
            "to the configuration."
        )
    yield config.variable, [path, *(table for _, table in lookup_tables(path))]
