"""What a scene is put together from, by a seed: a list of parts, each a kind and its parameters.

Nothing here needs Blender. The same seed gives the same list on every version. Each part stands by
itself: where another one that it names is taken away, it does nothing, or less.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import catalogue
from catalogue import Properties

Part = dict[str, Any]
"""`kind`, and what that kind wants to know; plain values, as JSON has them."""

FRAMES = 4
FIRST_LAYER = "ViewLayer"
EVERY = "*"
"""In place of a view layer's name: all of them."""
MOST_PARTS = 30


@dataclass
class Draft:
    """A scene in the making: what has a name so far, for later parts to refer to."""

    chance: random.Random
    parts: list[Part] = field(default_factory=list)
    objects: list[str] = field(default_factory=lambda: ["Cube", "Floor"])
    lights: list[str] = field(default_factory=lambda: ["Light"])
    materials: list[str] = field(default_factory=lambda: ["Material"])
    layers: list[str] = field(default_factory=lambda: [FIRST_LAYER])
    collections: list[str] = field(default_factory=lambda: ["Collection"])
    layers_are_alike: bool = False
    """Whether what one view layer has, all have: else no data are kept, and little is tried."""

    def add(self, kind: str, **parameters: Any) -> None:
        self.parts.append({"kind": kind, **parameters})

    def pick(self, choices: Sequence[Any]) -> Any:
        return self.chance.choice(choices)

    def likely(self, share: float) -> bool:
        return self.chance.random() < share

    def property(self, owner: str, properties: Properties, moving: float = 0.5) -> None:
        """Set one of these properties, or move it in time."""
        name = self.pick(list(properties))
        values = properties[name]
        if len(values) > 1 and self.likely(moving):
            first, second = self.chance.sample(values, 2)
            keys = motion(self.pick(catalogue.MOTIONS), first, second)
            self.add("animate", owner=owner, property=name, keys=keys)
        else:
            self.add("set", owner=owner, property=name, value=self.value(self.pick(values)))

    def value(self, value: Any) -> Any:
        """A material or world is named for what stands for one."""
        if value == "@material":
            return self.pick(self.materials)
        return "World" if value == "@world" else value


def motion(kind: str, first: Any, second: Any) -> list[list[Any]]:
    """Keys, each a frame and a value."""
    times: dict[str, list[list[Any]]] = {
        "ramp": [[1, first], [4, second]],
        "late": [[1, first], [2, first], [3, second]],
        "blink": [[1, first], [2, second], [3, first], [4, second]],
        "early": [[1, first], [2, second]],
        "only at 3": [[2, first], [3, second], [4, first]],
    }
    return times[kind]


def _objects(draft: Draft) -> None:
    name = f"Thing {len(draft.objects) - 1}"
    shape = draft.pick(catalogue.SHAPES)
    draft.objects.append(name)
    draft.add(
        "object",
        name=name,
        shape=shape,
        place=draft.chance.randrange(6),
        collection=draft.pick(draft.collections),
        material=draft.pick([*draft.materials, ""]),
    )


def _collections(draft: Draft) -> None:
    name = f"Group {len(draft.collections)}"
    draft.collections.append(name)
    held = draft.chance.sample(draft.objects, min(len(draft.objects), 2))
    draft.add("collection", name=name, objects=held)


def _modifiers(draft: Draft) -> None:
    item, kind = draft.pick(draft.objects), draft.pick(list(catalogue.MODIFIERS))
    name = f"{kind.title()} {len(draft.parts)}"
    if kind == "NODES":
        group = draft.pick(catalogue.NODE_GROUPS)
        material = draft.pick(draft.materials)
        other = draft.pick(draft.objects)
        draft.add("nodes", object=item, name=name, does=group, material=material, other=other)
    else:
        draft.add("modifier", object=item, type=kind, name=name)
    if draft.likely(0.7):
        draft.property(f"modifier {item}/{name}", catalogue.MODIFIERS[kind], 0.7)


def _materials(draft: Draft) -> None:
    name = f"Paint {len(draft.materials)}"
    surface = draft.pick(catalogue.SURFACES)
    draft.materials.append(name)
    draft.add(
        "material",
        name=name,
        object=draft.pick(draft.objects),
        surface=surface,
        texture=draft.pick([*catalogue.TEXTURES, ""]),
        bump=draft.pick([*[""] * 7, "noise", "noise", "random", "random", "position"]),
        other=draft.pick(draft.objects),
    )
    if draft.likely(0.3):
        draft.property(f"material {name}", catalogue.MATERIAL)
    if surface == "principled" and draft.likely(0.5):
        _socket(draft, name)


def _socket(draft: Draft, material: str) -> None:
    draft.property(f"socket {material}", catalogue.SOCKETS, 0.7)


def _moving_material(draft: Draft) -> None:
    if draft.likely(0.6):
        _socket(draft, draft.pick(draft.materials))
    else:
        draft.property(f"material {draft.pick(draft.materials)}", catalogue.MATERIAL, 0.6)


def _lights(draft: Draft) -> None:
    name = f"Lamp {len(draft.lights)}"
    draft.lights.append(name)
    draft.add(
        "light",
        name=name,
        type=draft.pick(["POINT", "SUN", "SPOT", "AREA"]),
        place=draft.chance.randrange(6),
        lightgroup=draft.pick(["", "Key", "Fill"]),
        linked=draft.pick(["", "", *draft.collections]),
        nodes=draft.pick(["", "", "emission", "frame driver"]),
    )


def _moving_light(draft: Draft) -> None:
    name = draft.pick(draft.lights)
    if draft.likely(0.7):
        draft.property(f"light {name}", catalogue.LIGHT, 0.7)
    else:
        draft.property(f"object {name}", catalogue.OBJECT, 0.7)


def _world(draft: Draft) -> None:
    if draft.likely(0.5):
        draft.add("world", does=draft.pick(catalogue.WORLDS), moves=draft.likely(0.5))
    else:
        draft.property("world", catalogue.WORLD)


def _layers(draft: Draft) -> None:
    if len(draft.layers) < 3:
        name = f"Layer {len(draft.layers) + 1}"
        draft.layers.append(name)
        draft.add("layer", name=name)
    for _ in range(draft.chance.randrange(1, 4)):
        _layer_difference(draft)


def _layer_difference(draft: Draft) -> None:
    layer = EVERY if draft.layers_are_alike else draft.pick(draft.layers)
    match draft.pick(["pass", "pass", "pass", "aov", "lightgroup", "property", "collection"]):
        case "pass" if draft.likely(0.75):
            name = f"use_pass_{draft.pick(catalogue.PASSES)}"
            draft.add(
                "set", owner=f"layer {layer}", property=name, value=name != "use_pass_combined"
            )
        case "pass":
            name = draft.pick(catalogue.CYCLES_PASSES)
            draft.add("set", owner=f"layer.cycles {layer}", property=name, value=True)
        case "aov":
            draft.add(
                "aov",
                layer=layer,
                name=draft.pick(["Spots", "Dust"]),
                type=draft.pick(["COLOR", "VALUE"]),
                materials=draft.pick([["Material"], draft.materials[-1:], []]),
            )
        case "lightgroup":
            draft.add("lightgroup", layer=layer, name=draft.pick(["Key", "Fill"]))
        case "property":
            _layer_property(draft, layer)
        case "collection":
            layer = draft.pick(draft.layers)
            owner = f"layer_collection {layer}/{draft.pick(draft.collections)}"
            draft.property(owner, catalogue.LAYER_COLLECTION, 0.0)


def _layer_property(draft: Draft, layer: str) -> None:
    """One layer stays in use: without any, Blender's own `-a` crashes in every version."""
    if draft.likely(0.9):
        stays = layer in {EVERY, FIRST_LAYER}
        properties = {
            name: values
            for name, values in catalogue.LAYER.items()
            if not (stays and name == "use")
        }
        draft.property(f"layer {layer}", properties, 0.2)
    else:
        draft.property(f"layer.cycles {layer}", catalogue.LAYER_CYCLES, 0.2)


def _moving_object(draft: Draft) -> None:
    name = draft.pick([*draft.objects, "Camera"])
    if draft.likely(0.8):
        draft.property(f"object {name}", catalogue.OBJECT, 0.85)
    else:
        draft.property(f"object.cycles {name}", catalogue.OBJECT_CYCLES)


def _moving_collection(draft: Draft) -> None:
    draft.property(f"collection {draft.pick(draft.collections)}", catalogue.COLLECTION, 0.8)


def _camera(draft: Draft) -> None:
    if draft.likely(0.15):
        draft.add("camera cut", frame=draft.pick([2, 3, 4]), orthographic=draft.likely(0.5))
    else:
        draft.property("camera", catalogue.CAMERA, 0.6)


def _settings(draft: Draft) -> None:
    if draft.likely(0.4):
        draft.property("render", catalogue.RENDER, 0.35)
    else:
        draft.property("cycles", catalogue.CYCLES, 0.35)


def _compositor(draft: Draft) -> None:
    draft.add(
        "compositor",
        does=draft.pick(catalogue.COMPOSITORS),
        layer=draft.pick(draft.layers),
        socket=draft.pick(["Image", "Alpha", "Depth", "Normal", "Spots", "Mist", "Diffuse Color"]),
    )


def _sequencer(draft: Draft) -> None:
    draft.add("strip", does=draft.pick(catalogue.STRIPS), layer=draft.pick(draft.layers))


def _scripts(draft: Draft) -> None:
    draft.add("script", does=draft.pick(catalogue.SCRIPTS), object=draft.pick(draft.objects))


def _drivers(draft: Draft) -> None:
    owner, properties = draft.pick(
        [
            (f"object {draft.pick(draft.objects)}", catalogue.OBJECT),
            (f"light {draft.pick(draft.lights)}", catalogue.LIGHT),
            ("camera", catalogue.CAMERA),
            ("render", catalogue.RENDER),
            ("cycles", catalogue.CYCLES),
        ]
    )
    numbers = [name for name, values in properties.items() if not isinstance(values[0], str)]
    expression = draft.pick(["frame / 4", "frame % 2", "sin(frame)", "frame > 2", "#camera"])
    draft.add("drive", owner=owner, property=draft.pick(numbers), expression=expression)


def _simulations(draft: Draft) -> None:
    draft.add("simulation", does=draft.pick(catalogue.SIMULATIONS))


def _libraries(draft: Draft) -> None:
    draft.add("library", does=draft.pick(catalogue.LIBRARIES), moves=draft.likely(0.5))


def _constraints(draft: Draft) -> None:
    """A camera isn't put where another object is: whether a ray meets the surface that it begins in
    is rounding."""
    holder, target = draft.pick([*draft.objects, "Camera"]), draft.pick(draft.objects)
    kind = draft.pick(["COPY_LOCATION", "TRACK_TO", "CHILD_OF", "LIMIT_LOCATION"])
    if holder == "Camera" and kind == "COPY_LOCATION":
        kind = "TRACK_TO"
    draft.add("constraint", object=holder, target=target, type=kind)


def _shape_keys(draft: Draft) -> None:
    draft.add("shape key", object=draft.pick(draft.objects), keys=[[1, 0.0], [4, 1.0]])


def _slots(draft: Draft) -> None:
    draft.add("nla", object=draft.pick(draft.objects))


def _formats(draft: Draft) -> None:
    draft.add("format", format=draft.pick(catalogue.FORMATS))


Family = Callable[[Draft], None]

FAMILIES: dict[str, tuple[Family, float]] = {
    "objects": (_objects, 1.2),
    "collections": (_collections, 0.7),
    "modifiers": (_modifiers, 1.0),
    "materials": (_materials, 1.2),
    "moving materials": (_moving_material, 0.7),
    "lights": (_lights, 0.7),
    "moving lights": (_moving_light, 0.5),
    "world": (_world, 0.6),
    "layers": (_layers, 1.2),
    "moving objects": (_moving_object, 1.0),
    "moving collections": (_moving_collection, 0.3),
    "camera": (_camera, 0.5),
    "settings": (_settings, 1.0),
    "compositor": (_compositor, 0.5),
    "sequencer": (_sequencer, 0.1),
    "scripts": (_scripts, 0.1),
    "drivers": (_drivers, 0.4),
    "simulations": (_simulations, 0.12),
    "libraries": (_libraries, 0.2),
    "constraints": (_constraints, 0.3),
    "shape keys": (_shape_keys, 0.2),
    "nla": (_slots, 0.15),
    "formats": (_formats, 0.15),
}
"""Kinds of parts in the order they are made in, each with how many there are on the average."""

FOCUS = 4.0
"""So much more of one or two families there is in each scene."""


def describe(seed: int, family: str = "") -> list[Part]:
    """The parts of the scene with this seed; many of one family, where one is given."""
    chance = random.Random(f"{seed} {family}")
    draft = Draft(chance, layers_are_alike=chance.random() < 0.6)
    focus = {family} if family else set(chance.sample(list(FAMILIES), chance.choice([1, 2])))
    for name, (family, average) in FAMILIES.items():
        expected = average * (FOCUS if name in focus else 0.7)
        for _ in range(_number(chance, expected)):
            family(draft)
    if len(draft.parts) > MOST_PARTS:
        keep = sorted(chance.sample(range(len(draft.parts)), MOST_PARTS))
        return [draft.parts[number] for number in keep]
    return draft.parts


def _number(chance: random.Random, expected: float) -> int:
    """A whole number with that average: none is the most frequent one of a small average."""
    return sum(chance.random() < expected / 6 for _ in range(6))
