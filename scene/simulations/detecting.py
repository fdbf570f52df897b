"""Finding the simulations that a render uses and that aren't baked.

What is baked and lacks its files is another finding: see `used_by_render`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from ..files.stored_path import owner_name
from ..render_reach import reach_of_render
from .simulation import Simulation
from .unbaked_parts import depends_on_past, is_fluid_baked, unbaked_zones

SIMULATING = frozenset({"CLOTH", "SOFT_BODY", "DYNAMIC_PAINT", "FLUID", "NODES", "PARTICLE_SYSTEM"})
"""Types of modifiers that may simulate."""

PAINT = "dynamic paint surface"
FLUID_BY_HAND = (
    "fluids can't be baked without a window: press Bake Data (and Bake Mesh, Noise and Particles, "
    "where they are used) in the domain's Cache panel"
)
HAIR_BY_HAND = (
    "hair dynamics can't be baked without a window: press Bake in the Cache panel of its Hair "
    "Dynamics"
)
LINKED_BY_HAND = "it is linked from a library: bake it in the library's own file"
IMAGES_BY_HAND = (
    "it writes pictures: press Bake Image Sequence in its Dynamic Paint Output panel, and use "
    "these in the material"
)


def unbaked_simulations(scene: bpy.types.Scene) -> list[Simulation]:
    """All that a render of `scene` uses, each once, sorted by name."""
    candidates = [
        item
        for item in bpy.data.objects
        if any(each.show_render and each.type in SIMULATING for each in item.modifiers)
    ]
    worlds = [
        each
        for each in bpy.data.scenes
        if each.rigidbody_world is not None and each.rigidbody_world.enabled
        if any(map(_is_simulated, _bodies(each)))
    ]
    if not (candidates or worlds):
        return []
    reach = reach_of_render(scene)
    used = reach.pictured | reach.moving
    home = _scenes_by_object(used, scene)
    simulations = [
        simulation
        for item in candidates
        if item in used
        for simulation in _of_object(item, home.get(item, scene))
    ]
    for world in worlds:
        if world in used and any(item in used for item in _bodies(world)):
            simulations.extend(_of_world(world))
    return sorted(simulations, key=lambda one: one.name)


def _scenes_by_object(used: Any, first: bpy.types.Scene) -> dict[bpy.types.Object, bpy.types.Scene]:
    """For each object the rendered scene that it is in: there its frames are counted."""
    scenes: dict[bpy.types.Object, bpy.types.Scene] = {}
    for scene in (first, *(one for one in used if one.id_type == "SCENE")):
        for item in scene.objects:
            scenes.setdefault(item, scene)
    return scenes


def _of_object(item: Any, scene: bpy.types.Scene) -> Iterator[Simulation]:
    for modifier in item.modifiers:
        if not modifier.show_render:
            continue
        match modifier.type:
            case "CLOTH" | "SOFT_BODY":
                cache = modifier.point_cache
                kind = "cloth" if modifier.type == "CLOTH" else "soft body"
                yield from _cached(item, kind, modifier.name, cache, cache.frame_start)
            case "DYNAMIC_PAINT" if modifier.canvas_settings is not None:
                yield from _surfaces(item, modifier)
            case "PARTICLE_SYSTEM":
                yield from _particles(item, modifier.particle_system)
            case "NODES":
                yield from _zones(item, modifier, scene)
            case "FLUID" if modifier.fluid_type == "DOMAIN":
                yield from _fluid(item, modifier)


def _cached(
    item: Any, kind: str, name: str, cache: Any, first_frame: int, by_hand: str = "", own: str = ""
) -> Iterator[Simulation]:
    """The simulation of a point cache; `own` is its own name, where that isn't the modifier's."""
    if cache.is_baked or cache.use_external:
        return
    by_hand = by_hand or _hand_of_linked(item)
    label = f'the {kind} "{own or name}" of {owner_name(item)}'
    cache_to_bake = None if by_hand else cache
    # Dynamic paint has no other cache than one on disk (Blender 4.2 to 5.0).
    keeps_files = cache.use_disk_cache or kind == PAINT
    yield Simulation(
        label, item, name, first_frame, cache_to_bake, by_hand=by_hand, keeps_files=keeps_files
    )


def _hand_of_linked(item: bpy.types.ID) -> str:
    return LINKED_BY_HAND if item.library is not None or item.override_library is not None else ""


def _surfaces(item: Any, modifier: Any) -> Iterator[Simulation]:
    for surface in modifier.canvas_settings.canvas_surfaces:
        if not surface.is_active:
            continue
        by_hand = IMAGES_BY_HAND if surface.surface_format == "IMAGE" else ""
        cache, start = surface.point_cache, surface.frame_start
        name = surface.name
        yield from _cached(item, PAINT, modifier.name, cache, start, by_hand, name)


def _particles(item: Any, system: Any) -> Iterator[Simulation]:
    # A cache on disk is written anew beside the .blend, by each child, where nothing is baked.
    is_on_disk = system.point_cache.use_disk_cache and system.settings.type != "HAIR"
    if not (depends_on_past(item, system) or is_on_disk):
        return
    is_hair = system.settings.type == "HAIR"
    kind = "hair dynamics" if is_hair else "particle system"
    by_hand = HAIR_BY_HAND if is_hair else ""
    cache = system.point_cache
    start = cache.frame_start if is_hair else int(system.settings.frame_start)
    yield from _cached(item, kind, system.name, cache, start, by_hand)


def _zones(item: Any, modifier: Any, scene: bpy.types.Scene) -> Iterator[Simulation]:
    zones = unbaked_zones(item, modifier)
    # They start with the scene, or where that says so by itself.
    has_own_range = scene.use_custom_simulation_range
    first_frame = scene.simulation_frame_start if has_own_range else scene.frame_start
    if zones:
        yield Simulation(
            f'the simulation zone in geometry nodes "{modifier.name}" of {owner_name(item)}',
            item,
            modifier.name,
            first_frame,
            bakes=zones,
            by_hand=_hand_of_linked(item),
        )


def _fluid(item: Any, modifier: Any) -> Iterator[Simulation]:
    domain = modifier.domain_settings
    if not is_fluid_baked(item, domain):
        yield Simulation(
            f'the fluid "{modifier.name}" of {owner_name(item)}',
            item,
            modifier.name,
            domain.cache_frame_start,
            by_hand=FLUID_BY_HAND,
            keeps_files=True,
        )


def _bodies(scene: bpy.types.Scene) -> list[Any]:
    members = scene.rigidbody_world.collection
    return [] if members is None else [one for one in members.objects if one.rigid_body is not None]


def _is_simulated(item: Any) -> bool:
    """Whether physics moves it, and not only its own animation; that may change by animation."""
    body, animation = item.rigid_body, item.animation_data
    is_moved = body.enabled and not body.kinematic
    return body.type == "ACTIVE" and (is_moved or animation is not None)


def _of_world(scene: bpy.types.Scene) -> Iterator[Simulation]:
    cache = scene.rigidbody_world.point_cache
    if not (cache.is_baked or cache.use_external):
        yield Simulation(
            f"the rigid body world of {owner_name(scene)}",
            scene,
            "",
            cache.frame_start,
            cache=cache,
            by_hand=_hand_of_linked(scene),
            keeps_files=cache.use_disk_cache,
        )
