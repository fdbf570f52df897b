"""Paths: those that files are written to, and those of files that another machine may not have."""

from __future__ import annotations

import ntpath
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import bpy

from ...chunking.frames import FrameSet
from ...chunking.settings import Settings
from ..blender_versions.compositing import embedded_tree
from ..compositor import FileOutput, all_file_outputs
from ..files.data_block_paths import stored_paths
from ..files.stored_path import FolderListings, StoredPath, files_of, resolved
from ..files.used_by_render import is_used
from ..project import expanded, faults_in
from ..render_reach import reach_of_render
from ..rendered_scenes import written_outputs
from .finding import Finding, finding

_SENTENCES = {
    "path-windows": "which has a drive letter, and leads nowhere on farms that run Linux. Store a "
    "relative path.",
    "path-outside": "outside the folder of the .blend. See that the farm has it under that path, "
    "or move it into the folder.",
    "path-absolute": "an absolute path, which breaks where the folder lies elsewhere on the farm. "
    "Make it relative.",
}
"""What is the matter with a path, by the kind of finding, and what to do."""


def windows_output(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    path = scene.render.filepath
    if _has_drive(path):
        yield finding(
            "output-windows-path",
            f"The scene {scene.name!r} writes to {path!r}, a folder of one Windows machine. The "
            "farm writes to the output folder that it is told (--output) instead.",
            scene,
        )


def output_variables(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """Children write elsewhere, but a file without its project is not what it was made to be."""
    faults = faults_in(scene, scene.render.filepath)
    if faults:
        yield _unknown(f"The scene {scene.name!r}", scene.render.filepath, faults, scene)


def node_variables(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """Of a node that writes, by name and folder: the latter are exchanged, but for variables."""
    for output in written_outputs(scene):
        for name in (*output.names, output.raw_folder):
            faults = faults_in(scene, name)
            if faults:
                who = f"The File Output node {output.node.name!r}"
                yield _unknown(who, name, faults, owner(output), output.node.name)
                break


def _unknown(who: str, path: str, faults: str, data_block: bpy.types.ID, part: str = "") -> Finding:
    return finding(
        "path-variable-unknown",
        f"{who} writes to {path!r}, which Blender can't make out ({faults}). Put the .blend back "
        "into the folder of its project, with .blender_project, or write the path without that.",
        data_block,
        part,
    )


def node_folders(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    written = {output.node for output in written_outputs(scene)}
    for output in all_file_outputs():
        # Of those that should write nothing, the folder is exchanged, and the names stay.
        paths = [output.raw_folder] if output.node in written else []
        paths.extend(map(expanded, output.names))
        if any(map(_has_parent, paths)):
            yield finding(
                "file-output-parent-folder",
                f"The File Output node {output.node.name!r} has '..' in its path "
                f"({output.raw_folder!r}): its files would leave the folder they are gathered "
                "in. Write the path without '..'.",
                owner(output),
                part=output.node.name,
            )


def view_suffixes(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    """Of every scene: whose views a File Output node's files have, depends on what is reached."""
    for owner in bpy.data.scenes:
        for view in owner.render.views:
            if _has_parent(view.file_suffix):
                yield finding(
                    "view-suffix-parent-folder",
                    f"The view {view.name!r} of the scene {owner.name!r} has '..' in its suffix "
                    f"({view.file_suffix!r}): its files would leave the folder they are gathered "
                    "in. Write the suffix without '..'.",
                    owner,
                    part=view.name,
                )


def _has_parent(path: str) -> bool:
    return ".." in path.replace("\\", "/").split("/")


def node_names(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    outputs = written_outputs(scene)
    counts = Counter(
        key
        for output in outputs
        for key in _file_keys(output)
        for _ in range(2 if output.is_repeated else 1)
    )
    for key, count in counts.items():
        if count > 1:
            owners = [output for output in outputs if key in _file_keys(output)]
            nodes = " and ".join(repr(output.node.name) for output in owners)
            folder, name, _ = key
            yield finding(
                "file-output-clash",
                f"The File Output nodes {nodes} write the same files ({folder}/{name}): one would "
                "replace the other. Give them different folders or file names.",
                owner(owners[0]),
                part=owners[0].node.name,
            )


def _file_keys(output: FileOutput) -> set[tuple[str, str, str]]:
    """What decides the names of a node's files; two equal ones are one file."""
    kind = output.node.format.file_format
    folder = output.named_by_blender or output.published.name
    return {(folder, name, kind) for name in output.names}


def owner(output: FileOutput) -> bpy.types.ID:
    """The node group that the node is in, or the scene whose own tree it is in."""
    tree = output.node.id_data
    if tree.is_embedded_data:
        return next(each for each in bpy.data.scenes if embedded_tree(each) == tree)
    return tree


def paths(scene: bpy.types.Scene, settings: Settings, frames: FrameSet) -> Iterator[Finding]:
    """One finding a path, the worst: a drive letter, outside the folder, merely absolute.

    What is missing is told as that already.
    """
    suspects = [stored for stored in stored_paths() if _kind(stored)]
    if not suspects:
        return
    reach, listings = reach_of_render(scene), FolderListings()
    for stored in suspects:
        counts = stored.decides_pixels and is_used(stored, reach, frames)
        if counts and all(exists for _, exists in files_of(stored, listings)):
            kind = _kind(stored)
            own = "" if stored.library else getattr(stored.data_block, "filepath", "")
            yield finding(
                kind,
                f"{stored.owner} uses {stored.path}, {_SENTENCES[kind]}",
                stored.data_block,
                fix="path-relative" if own == stored.path and kind == "path-absolute" else "",
            )


def _kind(stored: StoredPath) -> str:
    if _has_drive(stored.path):
        return "path-windows"
    if not bpy.data.filepath:
        return ""
    home = Path(os.path.abspath(bpy.data.filepath)).parent
    # What a library asks for lies where the library lies: that is told of the library.
    if stored.library is None and not resolved(stored.path, None).is_relative_to(home):
        return "path-outside"
    return "" if stored.path.startswith("//") else "path-absolute"


def _has_drive(path: str) -> bool:
    """Whether a path is Windows' own: with a drive letter, or of a server (two backslashes).

    Two slashes are Blender's sign for the folder of the .blend.
    """
    return not path.startswith("//") and bool(ntpath.splitdrive(path)[0])
