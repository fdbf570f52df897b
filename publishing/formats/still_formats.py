"""Pure: the formats of still pictures that are checked here: Blender's names for them, suffixes.

What Blender can be set to and is not in here (a format, a codec or a depth of a newer Blender) is
to be refused before it is rendered: its files could not be told from broken ones afterwards.
So is what Blender can be set to, and then says that it can't save.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

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

DEPTHS = frozenset({"8", "10", "12", "16", "32"})
"""Bits a channel; no format has all of them."""
_EXR_CODECS = frozenset(
    {"NONE", "PXR24", "ZIP", "PIZ", "RLE", "ZIPS", "B44", "B44A", "DWAA", "DWAB", "HTJ2K"}
)
_TIFF_CODECS = frozenset({"NONE", "DEFLATE", "LZW", "PACKBITS"})
_JPEG2000_CODECS = frozenset({"JP2", "J2K"})
_MOST_PIXELS = 65_535
"""A side of a picture: what Blender's resolution can be set to."""


class StillFormat(NamedTuple):
    """One of Blender's formats of still pictures."""

    kind: str
    """The format of its files, as a `Picture` names it."""
    codec_property: str = ""
    """Where Blender keeps the codec; empty: there is no choice."""
    codecs: frozenset[str] = frozenset()
    never_saved: frozenset[str] = frozenset()
    """The colour modes that Blender offers for it, and can't save."""
    fewest_pixels: int = 1
    """How short a side of the picture may be."""
    most_pixels: int = _MOST_PIXELS


STILL_FORMATS: Mapping[str, StillFormat] = {
    "AVIF": StillFormat("AVIF"),
    "BMP": StillFormat("BMP"),
    "CINEON": StillFormat("CINEON", never_saved=frozenset({"BW"})),
    "DPX": StillFormat("DPX"),
    "HDR": StillFormat("HDR"),
    "IRIS": StillFormat("IRIS"),
    "JPEG": StillFormat("JPEG"),
    "JPEG2000": StillFormat("JPEG2000", "jpeg2k_codec", _JPEG2000_CODECS, fewest_pixels=32),
    "OPEN_EXR": StillFormat("OPEN_EXR", "exr_codec", _EXR_CODECS),
    "OPEN_EXR_MULTILAYER": StillFormat("OPEN_EXR", "exr_codec", _EXR_CODECS),
    "PNG": StillFormat("PNG"),
    "TARGA": StillFormat("TARGA"),
    "TARGA_RAW": StillFormat("TARGA"),
    "TIFF": StillFormat("TIFF", "tiff_codec", _TIFF_CODECS),
    "WEBP": StillFormat("WEBP", never_saved=frozenset({"BW"}), most_pixels=16_383),
}
"""By the name that Blender's `ImageFormatSettings.file_format` has for it."""


def unknown_part(image: Any) -> str:
    """What of Blender's image settings is not known here, for a sentence; empty: nothing.

    A value of a newer Blender, or a far older one, has no name here: it is the empty string.
    """
    known = STILL_FORMATS.get(image.file_format)
    if known is None:
        return _part("format", image.file_format)
    if known.codec_property:
        codec = getattr(image, known.codec_property)
        if codec not in known.codecs:
            return _part("codec", codec, f" of {image.file_format}")
    if image.color_depth not in DEPTHS:
        return _part("depth", image.color_depth, f" of {image.file_format}")
    return ""


def unsaved_part(image: Any, sizes: Collection[tuple[int, int]]) -> str:
    """What of image settings that are known Blender can't save, for a sentence; empty: nothing.

    `sizes` are the width and height, in pixels, that the picture may have.
    """
    known = STILL_FORMATS[image.file_format]
    if image.color_mode in known.never_saved:
        return f"{image.file_format} with the colour mode {image.color_mode}"
    for width, height in sorted(sizes):
        if min(width, height) < known.fewest_pixels:
            limit = f"fewer than {known.fewest_pixels}"
        elif max(width, height) > known.most_pixels:
            limit = f"more than {known.most_pixels}"
        else:
            continue
        return f"{image.file_format} of {width}x{height} pixels, {limit} on a side"
    return ""


def _part(what: str, name: str, of: str = "") -> str:
    return f"the {what} {name!r}{of}" if name else f"a {what}{of} that this Blender has no name for"
