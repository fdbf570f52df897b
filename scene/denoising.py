"""Whether this Blender can denoise, and whether a render's pictures are denoised."""

from __future__ import annotations

from collections.abc import Iterable

import bpy

from .rendered_scenes import picture_nodes

COMPOSITOR_NODE = "CompositorNodeDenoise"


def can_denoise() -> bool:
    """Whether this build of Blender has OpenImageDenoise; Debian's has not."""
    try:
        import _cycles  # type: ignore[import-not-found]  # tells what Blender was built with
    except ImportError:
        return True
    return bool(getattr(_cycles, "with_openimagedenoise", True))


def is_denoised(scene: bpy.types.Scene, cycles: Iterable[bpy.types.Scene]) -> bool:
    """Whether a picture of the scene goes through a denoiser that is there.

    `cycles` are the scenes that Cycles renders for it. A Denoise node that leads nowhere counts.
    """
    if not can_denoise():
        return False
    return any(each.cycles.use_denoising for each in cycles) or any(
        node.bl_idname == COMPOSITOR_NODE for node in picture_nodes(scene)
    )
