"""Pure: whether this machine has an EGL, by which Blender draws where there is no display.

Without one Blender ends by itself, with 134 or 139 and no word, as soon as EEVEE renders, the
compositor works on a GPU or grease pencil is drawn (which it does itself, after Cycles). Blender
5.3 takes the CPU for the compositor. Tried with 4.2, 4.5, 5.0, 5.2 and 5.3.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path

VENDOR_FOLDERS = (
    "/etc/glvnd/egl_vendor.d",
    "/usr/share/glvnd/egl_vendor.d",
    "/run/opengl-driver/share/glvnd/egl_vendor.d",
)
"""Where libglvnd looks for the libraries of Mesa, NVIDIA and others, by its own
`src/EGL/icd_enumeration.md`; the last is NixOS's."""


def has_egl(environ: Mapping[str, str], folders: tuple[str, ...] = VENDOR_FOLDERS) -> bool:
    """Whether a maker's EGL is installed; True on systems that draw without it."""
    if platform.system() != "Linux":
        return True
    files = environ.get("__EGL_VENDOR_LIBRARY_FILENAMES", "")
    if files:
        return any(Path(name).is_file() for name in files.split(":"))
    named = environ.get("__EGL_VENDOR_LIBRARY_DIRS", "")
    return any(
        any(Path(folder).glob("*.json")) for folder in (named.split(":") if named else folders)
    )
