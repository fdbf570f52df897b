"""What the render wants and that is not there: files, linked data, colors, baked simulations."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Any

import bpy

from ...chunking.frames import FrameSet
from ...chunking.regular_files import special_kind
from ...chunking.settings import Settings
from ..blender_versions.files import lacks_color_spaces
from ..blender_versions.sequencer import all_strips
from ..color_config import color_config
from ..files.import_nodes import unknown_imports
from ..files.stored_path import Spread, StoredPath, owner_name, resolved
from ..files.used_by_render import MissingFile, missing_files
from ..lacking_colors import lacking_colors
from ..render_reach import reach_of_render
from ..simulations.detecting import unbaked_simulations
from ..simulations.simulation import Simulation
from ..simulations.warming_up import why_not
from .finding import ERROR, WARNING, Finding, finding

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
        yield finding(
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
        yield finding(
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
            yield finding(
                "linked-data-missing",
                f"{owner_name(one)} is linked from {path}, and is not in it{_cure(severity)}.",
                one,
                severity=severity,
            )


def special_sounds(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """Pipes and devices, for which Blender would wait when it makes the film of the frames."""
    for sound in _sounds(scene):
        if kind := special_kind(resolved(sound.filepath, sound.library)):
            yield finding(
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
            yield finding(
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


def color_configuration(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    config = color_config()
    if not config.is_used:
        yield finding(
            "color-config-failed",
            f"The OpenColorIO configuration {config.path!r}, which {config.origin} names, is not "
            "there or can't be read, and Blender would take its own, with other colors: put it "
            "there, or name another one.",
        )
        return
    lacking = list(lacking_colors(scene, config))
    for each in lacking:
        instead = repr(each.instead) if each.instead else "another one"
        yield finding(
            "color-space-missing",
            f"{each.owner} is made with the {each.kind} {each.name!r}, which the OpenColorIO "
            f"configuration {config.path!r} ({config.origin}) has not, and {instead} is taken: "
            "render with the configuration that it was made with, by the variable OCIO.",
            each.data_block,
            severity=ERROR if settings.missing == "error" and each.shows else WARNING,
        )
    if not lacking and lacks_color_spaces():
        yield finding(
            "color-space-missing",
            "The .blend names a color space, view or display that the OpenColorIO configuration "
            f"{config.path!r} ({config.origin}) has not, and another one is taken: render with the "
            "configuration that it was made with, by the variable OCIO.",
            severity=ERROR if settings.missing == "error" else WARNING,
        )


def unbaked(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    for one in unbaked_simulations(scene):
        if settings.unbaked == "allow":
            yield _finding(one, "It is allowed: frames may show it frozen or wrong.", WARNING)
        elif settings.unbaked == "warm-up":
            reason = why_not(one, scene)
            if reason:
                yield _finding(one, f"It can't be warmed up: {reason}.")
            else:
                yield _finding(
                    one, "Every child goes through all frames from its start first.", WARNING
                )
        else:
            way = f"by hand ({one.by_hand})" if one.by_hand else "(main.py -- bake)"
            yield _finding(
                one, f"Bake it {way}, or render with --unbaked warm-up or --unbaked allow."
            )


def _finding(one: Simulation, ending: str, severity: str = "") -> Finding:
    message = f"{one.name[0].upper()}{one.name[1:]} is not baked. {ending}"
    more = {"severity": severity} if severity else {}
    return finding("simulation-unbaked", message, one.data_block, one.part, **more)
