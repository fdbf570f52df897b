"""Cycles in what the places of objects and bones depend on: parents, constraints and drivers.

Blender's dependency graph breaks such a cycle somewhere and says so in its log, but tells no script
of it. So the same is looked for here, bone by bone and driver by driver: a rig in which an object
follows a bone, and another bone that object, is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import bpy

BONE_PATH = re.compile(r'pose\.bones\["((?:[^"\\]|\\.)*)"\]\.?(.*)')
MOVING = re.compile(r"(delta_)?(location|rotation\w*|scale)|constraints\[")
"""What the path of a property begins with by which an object or a bone is placed."""

CHAINS = frozenset({"IK", "SPLINE_IK"})

PLACED = "matrix"
"""What the path of a property begins with that tells where an object came to be."""


class Place(NamedTuple):
    """What has a place of its own, or decides one."""

    item: bpy.types.Object
    part: str
    """A bone's name, or a point and a driven property's path; empty: the object itself."""


def cycles_among(items: Iterable[bpy.types.Object]) -> Iterator[list[Place]]:
    """Cycles of places, each of which depends on the next one; not all where they overlap."""
    graph: dict[Place, list[Place]] = {}
    for item in items:
        for place, other in dependencies(item):
            graph.setdefault(place, []).append(other)
    done: set[Place] = set()
    for start in graph:
        path: dict[Place, Iterator[Place]] = {}
        at: Place | None = None if start in done else start
        while at is not None:
            if at not in path:
                path[at] = iter(graph.get(at, ()))
            following = next((each for each in path[at] if each not in done), None)
            if following is None:
                done.add(at)
                del path[at]
                at = next(reversed(path), None)
            elif following in path:
                places = list(path)
                yield places[places.index(following) :]
            else:
                at = following


def dependencies(item: bpy.types.Object) -> Iterator[tuple[Place, Place]]:
    """Pairs of a place of this object, and of one that it depends on."""
    own = Place(item, "")
    if item.parent is not None:
        yield own, _place_in(item.parent, item.parent_bone if item.parent_type == "BONE" else "")
    yield from ((own, other) for _, other in _constrained_by(item))
    for bone in item.pose.bones if item.pose is not None else ():
        place = Place(item, bone.name)
        yield place, own
        if bone.parent is not None:
            yield place, Place(item, bone.parent.name)
        for constraint, other in _constrained_by(bone):
            for moved in _moved_by(constraint, bone):
                yield Place(item, moved.name), other
    yield from _driven(item)


def _constrained_by(holder: Any) -> Iterator[tuple[Any, Place]]:
    """The constraints of an object or a bone, each with a place that it looks at."""
    for constraint in holder.constraints:
        if constraint.mute:
            continue
        for looks in (constraint, *getattr(constraint, "targets", ())):
            for target, bone in (("target", "subtarget"), ("pole_target", "pole_subtarget")):
                if (item := getattr(looks, target, None)) is not None:
                    yield constraint, _place_in(item, getattr(looks, bone, ""))


def _place_in(item: bpy.types.Object, bone: str) -> Place:
    """A bone where there is one of this name, and the object where there is none."""
    return Place(item, bone if item.pose is not None and bone in item.pose.bones else "")


def _moved_by(constraint: Any, bone: Any) -> Iterator[Any]:
    """The bones that a bone's constraint moves: inverse kinematics moves those before it, too."""
    yield bone
    if constraint.type in CHAINS:
        parents = bone.parent_recursive
        yield from parents[: constraint.chain_count - 1] if constraint.chain_count else parents


def _driven(item: bpy.types.Object) -> Iterator[tuple[Place, Place]]:
    """Driven properties with what their drivers read, and places with what of them is driven."""
    curves = item.animation_data.drivers if item.animation_data is not None else ()
    for curve in curves:
        value = Place(item, f".{curve.data_path}[{curve.array_index}]")
        bone = BONE_PATH.fullmatch(curve.data_path)
        if MOVING.match(bone[2] if bone else curve.data_path):
            yield _place_in(item, bone[1] if bone else ""), value
        for variable in curve.driver.variables:
            for target in variable.targets:
                if isinstance(target.id, bpy.types.Object):
                    yield value, _read_by(variable, target)


def _read_by(variable: Any, target: Any) -> Place:
    if variable.type != "SINGLE_PROP":
        return _place_in(target.id, target.bone_target)
    bone = BONE_PATH.fullmatch(target.data_path)
    path = bone[2] if bone else target.data_path
    if path.startswith(PLACED):
        return _place_in(target.id, bone[1] if bone else "")
    index = "" if re.search(r"\[\d+\]$", path) else "[0]"
    return Place(target.id, f".{target.data_path}{index}")
