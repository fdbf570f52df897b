"""What this build of Blender can do: distributions leave parts out of theirs."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

import bpy

NEED_A_PLUGIN = frozenset({"AVIF"})
"""Formats that Blender writes by OpenImageIO, and offers whether that has a plugin for them or not.

Other formats that a build is without, it doesn't offer.
"""
_EDGE = 64
"""Pixels on a side: no format is too small for them."""


def can_denoise() -> bool:
    """Whether this build of Blender has OpenImageDenoise; Debian's has not."""
    try:
        import _cycles  # type: ignore[import-not-found]  # tells what Blender was built with
    except ImportError:
        return True
    return bool(getattr(_cycles, "with_openimagedenoise", True))


def build() -> str:
    """What tells this build of Blender from others of its version: daily ones, distributions'."""
    commit: bytes = bpy.app.build_hash
    options = bpy.app.build_options
    parts = sorted(name for name in dir(options) if getattr(options, name) is True)
    denoiser = "" if can_denoise() else ", no denoiser"
    return f"{commit.decode(errors='replace')}, {' '.join(parts)}{denoiser}"


def compiled_shader(source: Path) -> bytes | None:
    """What Cycles makes of a text in the Open Shading Language.

    None where it is at fault, and where this build can't compile: Debian's has not the language.
    """
    try:
        import _cycles
    except ImportError:
        return None
    if not getattr(_cycles, "with_osl", False):
        return None
    with tempfile.TemporaryDirectory(prefix="array_chunk-shader-") as folder:
        target = Path(folder, "shader.oso")
        try:
            is_made = _cycles.osl_compile(str(source), str(target))
        except UnicodeEncodeError:  # a name that Blender can't open either
            return None
        return target.read_bytes() if is_made and target.is_file() else None


@functools.cache
def can_write(file_format: str) -> bool:
    """Whether a small picture of this format is written, the first time that it is asked for.

    Else it would fail at the end of the first frame, as Debian's Blender 5.2 does with AVIF. A few
    milliseconds.
    """
    if file_format not in NEED_A_PLUGIN:
        return True
    image: Any = bpy.data.images.new("format probe", _EDGE, _EDGE)
    try:
        with tempfile.TemporaryDirectory(prefix="array_chunk-probe-") as folder:
            picture = Path(folder, "picture")
            image.file_format = file_format
            image.save(filepath=str(picture))
            return picture.is_file() and picture.stat().st_size > 0
    except RuntimeError:
        return False
    finally:
        bpy.data.images.remove(image)
