"""Files and linked data that the render wants and that are not there."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Any

import bpy

from ...blender_versions.sequencer import all_strips
from ...chunking.frames import FrameSet
from ...chunking.regular_files import special_kind
from ...chunking.settings import Settings
from ..import_nodes import unknown_imports
from ..render_reach import reach_of_render
from ..stored_path import (
    Spread,
    StoredPath,
    owner_name,
    resolved,
)
from ..used_by_render import (
    MissingFile,
    missing_files,
)
from .finding import (
    ERROR,
    WARNING,
    Finding,
    found,
)

KINDS_BY_TYPE = {
    "MOVIECLIP": "clip-missing",
    "FONT": "font-missing",
    "LIBRARY": "library-missing",
    "CACHEFILE": "cache-missing",
    "VOLUME": "volume-missing",
    "OBJECT": "simulation-missing",
}


def missing(scene: bpy.types.Scene, settings: Settings, chunk: FrameSet) -> Iterator[Finding]:
    """The files, one finding for each path that is stored: a sequence may lack hundreds."""
    for stored, files in itertools.groupby(missing_files(scene, chunk), lambda one: one.stored):
        first, *others = sorted(files, key=lambda one: not one.kind)
        severity = _severity(settings) if stored.is_sure else WARNING
        # Whatever --missing says: Blender would wait for a pipe for ever.
        cure = " (put the file there)" if first.kind else _cure(severity)
        yield found(
            _kind(stored),
            f"{_sentence(first, len(others))}{cure}.",
            stored.data_block,
            severity=ERROR if first.kind else severity,
        )


def _sentence(first: MissingFile, others: int) -> str:
    if not others:
        return first.message
    more = "another file" if others == 1 else f"{others} other files"
    wants = "wants" if first.stored.is_sure else "may want"
    return f"{first.owner} {wants} {first.path} and {more}, which are not there"


def _cure(severity: str) -> str:
    return " (--missing warn renders all the same)" if severity == ERROR else ""


def _severity(settings: Settings) -> str:
    return ERROR if settings.missing == "error" else WARNING


def _kind(stored: StoredPath) -> str:
    kind = stored.data_block.id_type if stored.data_block is not None else ""
    if kind == "IMAGE":
        if stored.spread is Spread.NAMED:
            return "udim-tile-missing"
        return "sequence-frame-missing" if stored.spread is Spread.SEQUENCE else "image-missing"
    if kind == "SCENE":
        return "simulation-missing" if stored.strip_frames is None else "strip-missing"
    return KINDS_BY_TYPE.get(kind, "file-missing")


def unknown_files(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """Nodes of geometry nodes that import a file whose path they alone will know."""
    for owner, tree in sorted(unknown_imports(lambda: reach_of_render(scene).pictured).items()):
        yield found(
            "import-path-unknown",
            f"{owner} imports a file by a path that only a rendered frame makes: it can't be told "
            "here whether the file is there, and frames that are done stay done when it changes "
            "(render them again into another output folder).",
            tree,
        )


def missing_links(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """Linked data-blocks that their library has not, though it is there itself."""
    if not any(library.users_id for library in bpy.data.libraries):
        return
    reach = reach_of_render(scene)
    severity = _severity(settings)
    gone = [one for one in reach.pictured | reach.moving if one.is_missing and one.library]
    for one in sorted(gone, key=lambda one: one.name_full):
        path = one.library.filepath
        if os.path.isfile(resolved(path, None)):
            yield found(
                "linked-data-missing",
                f"{owner_name(one)} is linked from {path}, and is not in it{_cure(severity)}.",
                one,
                severity=severity,
            )


def special_sounds(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """Pipes and devices, for which Blender would wait when it makes the film of the frames."""
    for sound in _sounds(scene):
        if kind := special_kind(resolved(sound.filepath, sound.library)):
            yield found(
                "sound-special",
                f"{owner_name(sound)} wants {sound.filepath}, which is {kind} and not a file (put "
                "the file there).",
                sound,
            )


def missing_sounds(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """Sounds don't show in pictures, but the film is made with them."""
    for sound in _sounds(scene):
        place = resolved(sound.filepath, sound.library)
        if not os.path.isfile(place) and not special_kind(place):
            yield found(
                "sound-missing",
                f"{owner_name(sound)} wants {sound.filepath}, which is not there: the film would "
                "lack it.",
                sound,
            )


def _sounds(scene: bpy.types.Scene) -> list[Any]:
    """What is heard in the film and not packed, each once."""
    strips = [each for each in all_strips(scene) if each.type == "SOUND" and not each.mute]
    speakers: list[Any] = [each.data for each in scene.objects if each.type == "SPEAKER"]
    heard = (*strips, *(each for each in speakers if not each.muted))
    sounds = [each.sound for each in heard]
    return [one for one in dict.fromkeys(sounds) if one is not None and not one.packed_file]
