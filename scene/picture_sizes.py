"""How large a picture of a scene is to be."""

from __future__ import annotations

import bpy

from .rendered_scenes import renders_sequencer


def picture_sizes(scene: bpy.types.Scene) -> frozenset[tuple[int, int]]:
    """The sizes, in pixels, that a picture of this scene may have.

    More than one where Blender's rounding of a cropped border can go either way.
    """
    render = scene.render
    width = render.resolution_x * render.resolution_percentage // 100
    height = render.resolution_y * render.resolution_percentage // 100
    sizes = {(width, height)}
    if is_cropped(scene):
        sizes = {
            (x, y)
            for x in _lengths(width, render.border_min_x, render.border_max_x)
            for y in _lengths(height, render.border_min_y, render.border_max_y)
        }
    return frozenset(
        (x * across, y * down) for x, y in sizes for across, down in _stereo_factors(render)
    )


def is_cropped(scene: bpy.types.Scene) -> bool:
    """Whether the picture is Render Region's alone: its sequencer's always is.

    Crop to Render Region has no say there (tried in 4.2 and 5.2, with strips of scenes, pictures
    and colours).
    """
    render = scene.render
    return render.use_border and (render.use_crop_to_border or renders_sequencer(scene))


def _lengths(pixels: int, low: float, high: float) -> set[int]:
    length = int(high * pixels) - int(low * pixels)
    return {max(1, length + slack) for slack in (-1, 0, 1)}


def _stereo_factors(render: bpy.types.RenderSettings) -> set[tuple[int, int]]:
    """How often the views may stand beside and above each other in one file.

    With a view switched off Blender 4 writes one plain picture.
    """
    image = render.image_settings
    if not render.use_multiview or image.views_format != "STEREO_3D":
        return {(1, 1)}
    stereo = image.stereo_3d_format
    both = (1, 1)
    if stereo.display_mode == "SIDEBYSIDE" and not stereo.use_squeezed_frame:
        both = (2, 1)
    if stereo.display_mode == "TOPBOTTOM" and not stereo.use_squeezed_frame:
        both = (1, 2)
    return {both} if all(view.use for view in render.views) else {both, (1, 1)}
