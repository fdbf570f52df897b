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
LOOKED_AT_FIRST = 1009
"""One pixel of so many decides it for nearly every picture. A prime: no width is a multiple."""
MOST_BYTES = 16 << 30
"""What decoding may take: three times the largest picture that comes here."""


def decode(told: Told, out: Answer, chatter_file: Path) -> int:
    """Read questions from standard input, answer each as soon as its picture is decoded."""
    reader = _Reader(blender())
    _limit_memory()
    out.line(READY)
    out.flush()
    with open(0, encoding="utf-8", closefd=False) as questions:
        for line in questions:
            question = json.loads(line)
            _end_after(question["seconds"])
            decoded = reader.decoded(question["path"])
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


class _Reader:
    """Has Blender decode pictures, and looks at their values."""

    def __init__(self, bpy: Any) -> None:
        self._bpy = bpy
        self._values: Any = _room_for(0)
        """Room for a picture's values, kept for the next picture of that size."""

    def decoded(self, path: str) -> Decoded:
        """What is found in a picture."""
        try:
            image = self._bpy.data.images.load(path)
        except RuntimeError as error:
            return Decoded(fault=str(error).strip())
        try:
            return self._look_at(image)
        except MemoryError:
            return Decoded(suspicion="too large to be decoded in the memory that is here")
        finally:
            self._bpy.data.images.remove(image)

    def _look_at(self, image: Any) -> Decoded:
        # Blender gives a multilayer image no size: its layers are decoded by the compositor only.
        if image.type == "MULTILAYER":
            return Decoded()
        count = len(image.pixels) if image.size[0] else 0
        if not count:
            return Decoded(fault="it has no pixels")
        width, height = image.size
        if len(self._values) != count:
            self._values = _room_for(0)  # what was there is given back first
            self._values = _room_for(count)
        image.pixels.foreach_get(self._values)
        kind = f"{width}x{height} pixels and {image.channels} channels"
        black = 0.0 if image.is_float else DITHERED_BLACK
        suspicion = suspicion_of(self._values, image.channels, black, image.is_float)
        return Decoded(suspicion=suspicion, kind=kind)


@functools.cache
def _numpy() -> Any:
    """The numpy that most Blenders come with; None: 4.2's wheel and Debian's 4.3 have none."""
    try:
        return importlib.import_module("numpy")
    except ImportError:
        return None


def _room_for(count: int) -> Any:
    """Room for so many values, as numpy's array or, where there is no numpy, Python's own."""
    numpy = _numpy()
    return array("f", bytes(4)) * count if numpy is None else numpy.zeros(count, numpy.float32)


def suspicion_of(values: Any, channels: int, black: float = 0.0, is_float: bool = True) -> str:
    """What is unlikely to be meant of a picture, by its values; empty: nothing.

    The values are an array of Python's or numpy's. `black` is the largest one that still counts as
    black. Those of a picture of whole numbers are numbers for sure.
    """
    if is_float and not _are_numbers(values):
        return "not all numbers: it has NaN or infinite values"
    if channels == 4 and not _any_above(values, 3, 4, 0.0):
        return "all transparent"
    if not any(_any_above(values, first, channels, black) for first in range(min(channels, 3))):
        return "all black"
    return ""


def _are_numbers(values: Any) -> bool:
    if isinstance(values, array):
        # The sum of many numbers is a number only if all of them are, and is made in one pass.
        return math.isfinite(sum(values))
    return bool(_numpy().isfinite(values).all())


def _any_above(values: Any, first: int, step: int, limit: float) -> bool:
    """Whether a value of one channel is above the limit."""
    if max(values[first :: step * LOOKED_AT_FIRST]) > limit:
        return True
    channel = values[first::step]
    return bool((max(channel) if isinstance(values, array) else channel.max()) > limit)
