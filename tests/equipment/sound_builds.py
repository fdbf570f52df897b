"""What this build of Blender can do with sound: distributions leave parts of it out."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import bpy

HAS_SOUND = bool(bpy.app.build_options.audaspace)


def mixes_sound() -> bool:
    """Whether it writes a scene's sound into a file; Debian's 5.2 says so and writes none."""
    if not HAS_SOUND:
        return False
    mix_down: Any = bpy.ops.sound.mixdown
    with tempfile.TemporaryDirectory() as folder:
        mix = Path(folder, "mix.flac")
        mix_down(filepath=str(mix), check_existing=False, container="FLAC", codec="FLAC")
        return mix.is_file()
