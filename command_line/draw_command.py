"""The sub-command `draw`: a tiny picture by EEVEE, to see whether this Blender can draw here."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from ..chunking.errors import RenderFailed, SceneRefused
from ..machine.drawing import has_egl
from .answer import Answer
from .doors import blender
from .sources import Told


def draw(told: Told, out: Answer, chatter_file: Path) -> int:
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
