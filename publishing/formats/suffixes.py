"""Pure: the file name suffixes by which pictures and videos are told from other files."""

from __future__ import annotations

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".exr", ".bmp", ".tga", ".hdr", ".dpx"}
    | {".avif", ".cin", ".jp2", ".j2c", ".rgb"}
)
"""Of the still pictures that Blender writes, and the other spellings of `.jpg` and `.tif`.

In lower case, with the dot, as in Blender's `bpy.path.extensions_image`, a part of which they are:
the rest of that set, such as `.psd`, Blender only reads.
"""

VIDEO_SUFFIXES = frozenset(
    {".avi", ".divx", ".dv", ".flv", ".gif", ".m2t", ".m2ts", ".m2v", ".m4v", ".mkv", ".mov"}
    | {".mp4", ".mpeg", ".mpg", ".mpg2", ".mts", ".mv", ".mxf", ".ogg", ".ogv", ".r3d", ".ts"}
    | {".vob", ".webm", ".wmv", ".xvid", ".avs", ".flc", ".movie"}
)
"""Of the videos that Blender reads or writes: its `bpy.path.extensions_movie`."""
