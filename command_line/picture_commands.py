"""The sub-commands that only we ourselves call, as Blender may end such a process, or hang.

`draw` makes a tiny picture by EEVEE, to see whether this Blender can draw here; `decode` decodes
pictures for `engines.decoding`.
"""

from __future__ import annotations

import dataclasses
import faulthandler
import importlib
import json
import math
import os
import tempfile
from array import array
from pathlib import Path
from typing import Any

from ..chunking.errors import RenderFailed, SceneRefused
from ..engines.decoding import READY
from ..machine.drawing import has_egl
from ..machine.memory import memory_limit
from ..publishing.verify import Decoded
from .doors import blender
from .printing import Answer
from .sources import Invocation

DITHERED_BLACK = 2.5 / 255
"""Blender's dither lifts black by a level of 8 bits, its AgX view by another."""

MOST_BYTES = 16 << 30
"""What decoding may take: three times the largest picture that comes here."""


def draw(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Draw one frame of what is open. Blender itself may end this process, with a signal.

    Raises SceneRefused where there is nothing to draw by, RenderFailed where no picture came.
    """
    bpy = blender()
    from ..blender_versions.render import EEVEE_HERE

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
    bpy = blender()
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
            decoded = _decoded(bpy, question["path"])
            out.json(dataclasses.asdict(decoded))
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
        pixels = array("f", bytes(4 * len(image.pixels)))
        image.pixels.foreach_get(pixels)
        black = 0.0 if image.is_float else DITHERED_BLACK
        kind = f"{image.size[0]}x{image.size[1]} pixels and {image.channels} channels"
        return Decoded(suspicion=suspicion_of(pixels, image.channels, black), kind=kind)
    except MemoryError:
        return Decoded(suspicion="too large to be decoded in the memory that is here")
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
