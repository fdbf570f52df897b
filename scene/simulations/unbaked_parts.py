"""Which particle systems, fluids and simulation zones need frames before that are not stored."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

from ...chunking.errors import OutputFailed
from ..blender_versions.geometry_nodes import BAKES_CAN_BE_PACKED
from ..files.stored_path import resolved
from ..project import expanded
from .packed_bakes import packed_bake_ids

BENDING = ("brownian_factor", "drag_factor", "damping")
"""Properties of particles that make their path other than a parabola."""
DEPENDENT = frozenset({"BOIDS", "FLUID"})


def depends_on_past(item: bpy.types.Object, system: Any) -> bool:
    """Whether a frame of this particle system looks other where those before were left out.

    Found by rendering frame 15 after the frames before it, and at once, in Blender 4.2, 4.3, 4.5
    and 5.0: Newtonian particles that only fall, keyed ones, those without physics and hair without
    dynamics were the same both ways; boids, fluid, and whatever drags, turns aside or moves were
    not (damping, a point force, Euler and rotation were tried in 4.2 alone).
    """
    settings = system.settings
    if settings.type == "HAIR":
        return bool(system.use_hair_dynamics)
    if settings.physics_type in DEPENDENT:
        return True
    return settings.physics_type == "NEWTON" and not _only_falls(item, system)


def _only_falls(item: bpy.types.Object, system: Any) -> bool:
    settings = system.settings
    if settings.integrator != "MIDPOINT" or settings.animation_data is not None:
        return False
    if any(getattr(settings, name) for name in BENDING):
        return False
    beside = {one for scene in item.users_scene for one in scene.objects}
    forces = [one.field for one in beside if one.field is not None and one.field.type != "NONE"]
    obstacles = [one for one in beside if one.collision is not None and one.collision.use]
    return not (_moves(item) or forces or obstacles)


def _moves(item: Any) -> bool:
    """Whether the emitter may move, or change its shape."""
    while item is not None:
        shape = getattr(item.data, "shape_keys", None)
        if any(one and one.animation_data for one in (item, item.data, shape)):
            return True
        if item.constraints or item.rigid_body is not None:
            return True
        if any(each.type != "PARTICLE_SYSTEM" for each in item.modifiers):
            return True
        item = item.parent
    return False


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


def is_fluid_baked(item: Any, domain: Any) -> bool:
    if domain.cache_type == "REPLAY":
        # It is played once in the window, and its files are there then.
        names = range(domain.cache_frame_start, domain.cache_frame_end + 1)
        folder = resolved(domain.cache_directory, item.library) / "data"
        there = {path.stem.rpartition("_")[2] for path in folder.glob("fluid_data_*")}
        return all(f"{number:04d}" in there for number in names)
    is_gas = domain.domain_type == "GAS"
    particles = ("use_spray_particles", "use_foam_particles", "use_bubble_particles")
    results = {
        "has_cache_baked_data": True,
        "has_cache_baked_noise": is_gas and domain.use_noise,
        "has_cache_baked_mesh": not is_gas and domain.use_mesh,
        "has_cache_baked_particles": not is_gas
        and any(getattr(domain, name) for name in particles),
    }
    return all(getattr(domain, name) for name, is_used in results.items() if is_used)
