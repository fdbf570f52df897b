"""What is written: formats, names and folders that chunks can't do with, and the picture's size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import bpy

from ...blender_versions.compositing import embedded_tree
from ...chunking.settings import Settings
from ..compositor import (
    FileOutput,
    all_file_outputs,
)
from ..pixels import picture_sizes
from ..project import (
    expanded,
    faults_in,
)
from ..rendered_scenes import written_outputs
from .finding import (
    Finding,
    found,
)
from .places import has_drive


def movie_format(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    if scene.render.is_movie_format:
        # Formats that Blender no longer has are movies still, without a name.
        file_format = scene.render.image_settings.file_format or "of a former Blender's format"
        yield found(
            "movie-format",
            f"The scene {scene.name!r} writes a movie ({file_format}), which can't be put "
            "together from chunks. Set an image format (such as --format png) and make the film "
            "afterwards.",
            scene,
        )


def picture_size(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    render = scene.render
    percentage = render.resolution_percentage
    if any(min(size) < 1 for size in picture_sizes(scene)):
        yield found(
            "picture-below-pixel",
            f"The scene {scene.name!r} has {render.resolution_x}x{render.resolution_y} pixels, and "
            f"{percentage} % of that is less than one: set a larger percentage.",
            scene,
            fix="" if settings.percentage else "percentage-full",
        )
    elif percentage < 100 and not settings.percentage:
        yield found(
            "resolution-reduced",
            f"The scene {scene.name!r} is rendered at {percentage} % of its resolution. Set 100 %, "
            "or say that it is meant (--percentage).",
            scene,
        )


def border(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    render = scene.render
    corners = (
        render.border_min_x,
        render.border_min_y,
        render.border_max_x,
        render.border_max_y,
    )
    if render.use_border and corners != (0.0, 0.0, 1.0, 1.0):
        rest = "cut off" if render.use_crop_to_border else "black or transparent"
        yield found(
            "border-render",
            f"The scene {scene.name!r} renders a region of the picture only; the rest is {rest}. "
            "Switch Render Region off in its Output properties, unless it is meant.",
            scene,
        )


def windows_output(scene: bpy.types.Scene, settings: Settings) -> Iterator[Finding]:
    path = scene.render.filepath
    if has_drive(path):
        yield found(
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
    return found(
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
            yield found(
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
                yield found(
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
    wanted = Counter(
        key
        for output in outputs
        for key in _file_keys(output)
        for _ in range(2 if output.is_repeated else 1)
    )
    for key, count in wanted.items():
        if count > 1:
            owners = [output for output in outputs if key in _file_keys(output)]
            named = " and ".join(repr(output.node.name) for output in owners)
            folder, name, _ = key
            yield found(
                "file-output-clash",
                f"The File Output nodes {named} write the same files ({folder}/{name}): one would "
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
