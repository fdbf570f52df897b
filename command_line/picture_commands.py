"""The sub-commands that only we ourselves call, as Blender may end such a process, or hang.

`draw` makes a tiny picture by EEVEE, to see whether this Blender can draw here; `decode` decodes
pictures for `film.decoding`.
"""

from __future__ import annotations

import faulthandler
import functools
import importlib
import json
import math
import os
import tempfile
from array import array
from pathlib import Path
from typing import Any

from ..chunking.errors import RenderFailed, SceneRefused
from ..film.decoding import READY
from ..machine.headless_drawing import has_egl
from ..machine.memory import memory_limit
from ..publishing.verify import Decoded
from .doors import blender
from .printing import Answer
from .sources import Invocation

DITHERED_BLACK = 2.5 / 255
"""Blender's dither lifts black by a level of 8 bits, its AgX view by another."""

LOOKED_AT_FIRST = 1009
"""One pixel of so many decides it for nearly every picture. A prime: no width is a multiple."""
MOST_BYTES = 16 << 30
"""What decoding may take: three times the largest picture that comes here."""


def draw(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Draw one frame of what is open. Blender itself may end this process, with a signal.

    Raises SceneRefused where there is nothing to draw by, RenderFailed where no picture came.
    """
    bpy = blender()
    from ..scene.blender_versions.render import EEVEE_HERE

    if not has_egl(os.environ):
        raise SceneRefused("This machine has no EGL to draw by: install the driver's, or Mesa's.")
    scene: Any = bpy.context.scene
    scene.render.engine = EEVEE_HERE
    scene.eevee.taa_render_samples = 1
    scene.render.resolution_x = scene.render.resolution_y = 16
    scene.render.image_settings.file_format = "PNG"
    with tempfile.TemporaryDirectory() as folder:
        scene.render.filepath = str(Path(folder, "drawn"))
        try:
            bpy.ops.render.render(write_still=True)
        except RuntimeError as error:
            raise RenderFailed(f"Blender can't draw here: {error}") from None
        if not any(Path(folder).iterdir()):
            raise RenderFailed("Blender has drawn nothing, and doesn't say why.")
    return 0


def decode(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Read questions from standard input, answer each as soon as its picture is decoded.

    Blender's reader may hang, and then lets no Python run: a thread without Python ends this
    process after the question's seconds, should nobody else do it.
    """
    reader = _Reader(blender())
    _limit_memory()
    out.line(READY)
    out.flush()
    with (
        open(0, encoding="utf-8", closefd=False) as questions,
        open(os.devnull, "w", encoding="utf-8") as nowhere,
    ):
        for line in questions:
            question = json.loads(line)
            if question["seconds"]:
                # What it would say of the moment concerns nobody.
                faulthandler.dump_traceback_later(question["seconds"], exit=True, file=nowhere)
            decoded = reader.decoded(question["path"])
            out.json(decoded._asdict())
            out.flush()
            faulthandler.cancel_dump_traceback_later()
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
    most = min(MOST_BYTES, limit.bytes) if limit else MOST_BYTES
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


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
    if is_float:
        if isinstance(values, array):
            # The sum of many numbers is a number only if all of them are, and is made in one pass.
            are_numbers = math.isfinite(sum(values))
        else:
            are_numbers = bool(_numpy().isfinite(values).all())
        if not are_numbers:
            return "not all numbers: it has NaN or infinite values"
    if channels == 4 and not _any_above(values, 3, 4, 0.0):
        return "all transparent"
    if not any(_any_above(values, first, channels, black) for first in range(min(channels, 3))):
        return "all black"
    return ""


def _any_above(values: Any, first: int, step: int, limit: float) -> bool:
    """Whether a value of one channel is above the limit."""
    if max(values[first :: step * LOOKED_AT_FIRST]) > limit:
        return True
    channel = values[first::step]
    return bool((max(channel) if isinstance(values, array) else channel.max()) > limit)
