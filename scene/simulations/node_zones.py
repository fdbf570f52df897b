"""Simulation zones of geometry nodes, and which of them are baked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from ...blender_versions.geometry_nodes import BAKES_CAN_BE_PACKED
from ...chunking.errors import OutputFailed
from ..project import expanded
from ..stored_path import resolved
from .packed_bakes import packed_bake_ids


def unbaked_zones(item: bpy.types.Object, modifier: Any) -> tuple[Any, ...]:
    """The bakes of this modifier that stand for a simulation zone in use that isn't baked."""
    used = set(_zones(modifier.node_group))
    zones = [bake for bake in modifier.bakes if bake.node is not None and bake.node in used]
    zones = [bake for bake in zones if not _is_on_disk(item, modifier, bake)]
    if zones and BAKES_CAN_BE_PACKED:
        packed = _packed(item)
        zones = [bake for bake in zones if bake.bake_id not in packed]
    return tuple(zones)


def _zones(tree: Any) -> Iterator[Any]:
    """The ends of all simulation zones of a tree, and of the groups in it, whose result is used."""
    seen, waiting = {None}, [tree]
    while waiting:
        tree = waiting.pop()
        if tree in seen:
            continue
        seen.add(tree)
        for node in tree.nodes:
            if node.mute or not any(socket.is_linked for socket in node.outputs):
                continue
            if node.bl_idname == "GeometryNodeSimulationOutput":
                yield node
            elif node.bl_idname == "GeometryNodeGroup":
                waiting.append(node.node_tree)


def _is_on_disk(item: bpy.types.Object, modifier: Any, bake: Any) -> bool:
    path = bake.directory if bake.use_custom_path else modifier.bake_directory
    if not path:
        return False
    folder = resolved(expanded(path), item.library)
    if not bake.use_custom_path:
        folder = folder / str(bake.bake_id)
    return any(folder.glob("meta/*.json"))


def _packed(item: bpy.types.Object) -> frozenset[int]:
    """The bakes that are inside the .blend: they show only in a file that the object is written to.

    Raises OutputFailed where that can't be written.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="array_chunk-bakes-") as folder:
            path = Path(folder) / "object.blend"
            bpy.data.libraries.write(os.fspath(path), {item}, compress=False)
            return packed_bake_ids(path)
    except (OSError, RuntimeError) as error:  # Blender makes the latter of the former
        raise OutputFailed(
            f"The bakes of {item.name_full!r} can't be looked at, for which it is written to "
            f"{tempfile.gettempdir()!r}: {error}. Name a folder with room by TMPDIR.",
            error.errno if isinstance(error, OSError) else None,
        ) from error
