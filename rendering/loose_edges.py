"""Shapes that Blender doesn't make the same twice: subdivided edges without faces.

Where a Subdivision Surface modifier smooths edges that have no face (the profile of a vase, which
a Screw modifier turns into its wall), the places of the new vertices depend in their last bits on
which of Blender's threads comes first. Seen on 4.2.23, 4.3.2, 4.5.15, 5.0.1, 5.2.3 and 5.3.0, with
two threads, and never with one. In the pottery scene of AWS's workshop all frames that were
prepared anew were equal all the same, bit by bit, and with kept data every second one was not: by
0.0003 or less, most of them. That is less than a step of 8 bits, but a denoiser makes more of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import bpy

from ..scene.files.stored_path import owner_name
from ..scene.rendered_scenes import is_denoised, written_outputs

COARSE = "8"
"""The color depth, in bits, whose steps are larger than what differs."""


def of_loose_edges(
    scene: bpy.types.Scene,
    cycles: Sequence[bpy.types.Scene],
    used: Callable[[], frozenset[bpy.types.ID]],
) -> Iterator[str]:
    """Why a picture with kept data could differ from one without, where it could be seen.

    `cycles` are the scenes that Cycles renders for pictures of `scene`, and `used()` gives the
    data-blocks in them.
    """
    smoothed = [each for each in bpy.data.objects if _smooths_loose_edges(each)]
    if not smoothed:
        return
    formats = [each for output in written_outputs(scene) for each in output.formats]
    if is_denoised(scene, cycles):
        seen = "a denoiser would show"
    elif any(str(each.color_depth) != COARSE for each in (scene.render.image_settings, *formats)):
        seen = "the file would show"
    else:
        return
    for each in smoothed:
        if each in used():
            yield (
                f"{owner_name(each)} subdivides edges that have no face, which Blender doesn't "
                f"make the same to the last bit twice, and {seen}"
            )


def _smooths_loose_edges(each: bpy.types.Object) -> bool:
    """Whether edges without faces are subdivided, and another modifier makes something of them.

    Cycles itself shows none.
    """
    shown = [modifier for modifier in each.modifiers if modifier.show_render]
    smooths = [modifier.type == "SUBSURF" for modifier in shown]
    if not any(smooths[:-1]):
        return False
    return not isinstance(each.data, bpy.types.Mesh) or _has_loose(each.data)


def _has_loose(mesh: bpy.types.Mesh) -> bool:
    is_loose = [False] * len(mesh.edges)
    mesh.edges.foreach_get("is_loose", is_loose)
    return any(is_loose)
