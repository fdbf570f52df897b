"""The sub-command `decode`: the process that decodes pictures for `engines.decoding`."""

from __future__ import annotations

import dataclasses
import faulthandler
import functools
import importlib
import json
import math
import os
from array import array
from pathlib import Path
from typing import Any, TextIO

from ..engines.decoding import READY
from ..machine.memory import memory_limit
from ..publishing.verify import Decoded
from .answer import Answer
from .doors import blender
from .sources import Told

DITHERED_BLACK = 2.5 / 255
"""Blender's dither lifts black by a level of 8 bits, its AgX view by another."""


MOST_BYTES = 16 << 30
"""What decoding may take: three times the largest picture that comes here."""


def decode(told: Told, out: Answer, chatter_file: Path) -> int:
    """Read questions from standard input, answer each as soon as its picture is decoded."""
    bpy = blender()
    _limit_memory()
    out.line(READY)
    out.flush()
    with open(0, encoding="utf-8", closefd=False) as questions:
        for line in questions:
            question = json.loads(line)
            _end_after(question["seconds"])
            decoded = _decoded(bpy, question["path"])
            out.json(dataclasses.asdict(decoded))
            out.flush()
            _end_after(0)
    return 0


def _limit_memory() -> None:
    """Have a picture that needs more than is sane end this process, and not others'.

    Of the data, not of the address space: Blender reserves much more of that than it uses.
    """
    try:
        resource: Any = importlib.import_module("resource")
    except ImportError:  # Windows
        return
    limit = memory_limit()
    wanted = min(MOST_BYTES, limit.bytes) if limit else MOST_BYTES
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or wanted < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))


def _end_after(seconds: float) -> None:
    """End this process then, whatever Blender's reader is at, should nobody else do it; 0: don't.

    A thread without Python ends it, since a reader that hangs lets no Python run.
    """
    if seconds:
        # What it would say of the moment concerns nobody.
        faulthandler.dump_traceback_later(seconds, exit=True, file=_nowhere())
    else:
        faulthandler.cancel_dump_traceback_later()


@functools.cache
def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")


def _decoded(bpy: Any, path: str) -> Decoded:
    try:
        image = bpy.data.images.load(path)
    except RuntimeError as error:
        return Decoded(fault=str(error).strip())
    try:
        return _look_at(image)
    except MemoryError:
        return Decoded(suspicion="too large to be decoded in the memory that is here")
    finally:
        bpy.data.images.remove(image)


def _look_at(image: Any) -> Decoded:
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
