"""Inside Blender: films while whose frames are rendered Blender has something to say."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import bpy
from scenes import film, textured


def broken_picture(folder: str, **settings: Any) -> None:
    """A texture whose file was cut off, as by a copy that did not come to its end."""
    path = Path(folder) / "cut.png"
    image = bpy.data.images.new("whole", 64, 64)
    image.generated_type = "COLOR_GRID"
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)
    textured(str(path), **settings)
    path.write_bytes(path.read_bytes()[:60])


def short_mesh_cache(folder: str, **settings: Any) -> None:
    """A cache of two frames that says it has four: the third frame's shape is not there."""
    film(**settings)
    path = Path(folder) / "short.pc2"
    points = struct.pack("<48f", *([0.5] * 48))
    path.write_bytes(b"POINTCACHE2\0" + struct.pack("<iiffi", 1, 8, 1.0, 1.0, 4) + points)
    modifier = bpy.data.objects["Cube"].modifiers.new("Cache", "MESH_CACHE")
    modifier.cache_format, modifier.filepath = "PC2", str(path)


def handler(statement: str, **settings: Any) -> None:
    """A text of the file that does something before each frame that is rendered."""
    film(**settings)
    text = bpy.data.texts.new("handler.py")
    text.use_module = True
    text.write(
        "import bpy, os\n"
        "def before(scene, *_):\n"
        f"    {statement}\n"
        "bpy.app.handlers.render_pre.append(before)\n"
    )
