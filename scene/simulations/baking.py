"""Baking the simulations that a render uses into a copy of the open .blend."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy

from ..blender_versions.geometry_nodes import bake_to_disk
from ..restoring import Restorer
from .baked_copy import save_file
from .detecting import unbaked_simulations
from .simulation import Simulation, last_moment

log = logging.getLogger(__name__)


@dataclass
class Baking:
    """What became of the simulations of a scene."""

    tried: list[str] = field(default_factory=list)
    """Names of those that Blender was told to bake."""
    left: dict[str, str] = field(default_factory=dict)
    """Those that aren't baked, and why, or what to do."""

    @property
    def baked(self) -> list[str]:
        return [name for name in self.tried if name not in self.left]


def bake(scene: bpy.types.Scene, last_frame: int) -> Baking:
    """Bake what Blender can bake here, up to that frame, and save the open file.

    Raises OutputFailed where it can't be saved.
    """
    baking = Baking()
    last = last_moment(scene, last_frame)
    todo = []
    for one in unbaked_simulations(scene):
        if one.by_hand:
            baking.left[one.name] = one.by_hand
        else:
            baking.tried.append(one.name)
            todo.append(one)
    with Restorer() as changes:
        _show(todo, changes)
        changes.seal()
        _bake_caches(scene, [one for one in todo if one.cache is not None], last, baking)
        for one in todo:
            if one.bakes:
                _bake_zones(scene, one, last, baking)
    save_file(Path(bpy.data.filepath))
    return baking


def check(scene: bpy.types.Scene, baking: Baking) -> None:
    """Note what isn't baked after all, in the copy as it was read from disk."""
    for one in unbaked_simulations(scene):
        baking.left.setdefault(
            one.name, "Blender has not baked it, and doesn't say why: bake it in the window"
        )


def _show(simulations: Iterable[Simulation], changes: Restorer) -> None:
    """Show in the viewport what renders: Blender bakes only what shows there."""
    for one in simulations:
        item = one.data_block
        if not isinstance(item, bpy.types.Object):
            continue
        if item.hide_viewport:
            changes.set(item, "hide_viewport", False)
        for modifier in item.modifiers:
            if modifier.show_render and not modifier.show_viewport:
                changes.set(modifier, "show_viewport", True)


def _bake_caches(
    scene: bpy.types.Scene, simulations: list[Simulation], last: int, baking: Baking
) -> None:
    """All point caches of a scene at once: one may be in another's way."""
    homes: dict[bpy.types.Scene, list[Simulation]] = {}
    for one in simulations:
        homes.setdefault(_home_of(one, scene), []).append(one)
        _lengthen(one, last)
    for home, members in homes.items():
        log.info("baking %s", " and ".join(one.name for one in members))
        with _context(home):
            _try(functools.partial(bpy.ops.ptcache.bake_all, bake=True), members, baking)


def _lengthen(one: Simulation, last: int) -> None:
    """Have a cache go on to the last moment that is rendered: after its end it stands still."""
    owners = [one.cache]
    if isinstance(one.data_block, bpy.types.Object):
        modifier: Any = one.data_block.modifiers.get(one.part)
        if modifier is not None and modifier.type == "DYNAMIC_PAINT":
            owners = list(modifier.canvas_settings.canvas_surfaces)
    for owner in owners:
        owner.frame_end = max(owner.frame_end, last)


def _bake_zones(scene: bpy.types.Scene, one: Simulation, last: int, baking: Baking) -> None:
    home = _home_of(one, scene)
    has_own_range = home.use_custom_simulation_range
    last_of_nodes = home.simulation_frame_end if has_own_range else home.frame_end
    log.info("baking %s", one.name)
    for each in one.bakes:
        bake_to_disk(each)
        if last > last_of_nodes:
            each.use_custom_simulation_frame_range = True
            each.frame_start, each.frame_end = one.first_frame, last
        operate = functools.partial(
            bpy.ops.object.geometry_node_bake_single,
            session_uid=one.data_block.session_uid,
            modifier_name=one.part,
            bake_id=each.bake_id,
        )
        with _context(home):
            _try(operate, [one], baking)


def _try(operate: Any, simulations: list[Simulation], baking: Baking) -> None:
    try:
        operate()
    except RuntimeError as error:
        reason = str(error).removeprefix("Error: ").strip()
        for one in simulations:
            baking.left[one.name] = f"Blender says: {reason}"


def _home_of(one: Simulation, rendered: bpy.types.Scene) -> bpy.types.Scene:
    """The scene whose frames move it."""
    item: Any = one.data_block
    if isinstance(item, bpy.types.Scene):
        return item
    return rendered if rendered in item.users_scene or not item.users_scene else item.users_scene[0]


def _context(scene: bpy.types.Scene) -> Any:
    return bpy.context.temp_override(scene=scene, view_layer=scene.view_layers[0])
