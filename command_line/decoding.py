"""The sub-command `decode`: the process that decodes pictures for `engines.decoding`."""

from __future__ import annotations

import dataclasses
import json
import math
from array import array
from pathlib import Path
from typing import Any

from ..publishing.verify import Decoded
from .answer import Answer
from .doors import blender
from .sources import Told

DITHERED_BLACK = 2.5 / 255
"""Blender's dither lifts black by a level of 8 bits, its AgX view by another."""


def decode(told: Told, out: Answer, chatter_file: Path) -> int:
    """Read paths from standard input, answer each as soon as it is decoded."""
    bpy = blender()
    with open(0, encoding="utf-8", closefd=False) as questions:
        for line in questions:
            out.json(dataclasses.asdict(_decoded(bpy, json.loads(line))))
            out.flush()
    return 0


def _decoded(bpy: Any, path: str) -> Decoded:
    try:
        image = bpy.data.images.load(path)
    except RuntimeError as error:
        return Decoded(fault=str(error).strip())
    try:
        # Blender gives a multilayer image no size: its layers are decoded by the compositor only.
        if image.type == "MULTILAYER":
            return Decoded()
        if not (image.size[0] and len(image.pixels)):
            return Decoded(fault="it has no pixels")
        width, height = image.size
        pixels = array("f", bytes(4 * len(image.pixels)))
        image.pixels.foreach_get(pixels)
        black = 0.0 if image.is_float else DITHERED_BLACK
        kind = f"{width}x{height} pixels and {image.channels} channels"
        return Decoded(suspicion=suspicion_of(pixels, image.channels, black), kind=kind)
    finally:
        bpy.data.images.remove(image)


def suspicion_of(pixels: array[float], channels: int, black: float = 0.0) -> str:
    """What is unlikely to be meant of a picture, by its values; empty: nothing.

    `black` is the largest value that still counts as black.
    The sum of many numbers is a number only if all of them are, and is made in one pass.
    """
    if not math.isfinite(sum(pixels)):
        return "not all numbers: it has NaN or infinite values"
    if channels == 4 and max(pixels[3::4]) <= 0.0:
        return "all transparent"
    if max(max(pixels[channel::channels]) for channel in range(min(channels, 3))) <= black:
        return "all black"
    return ""
