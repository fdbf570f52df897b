"""Pure: whether a Blender without a window can draw on this machine: by what is installed for it,
and by a trial in a process of its own.

Blender draws by EGL where there is no display. Without one it ends by itself, with 134 or 139 and
no word, as soon as EEVEE renders, the compositor works on a GPU or grease pencil is drawn (which it
does itself, after Cycles). Blender 5.3 takes the CPU for the compositor. Tried with 4.2, 4.5, 5.0,
5.2 and 5.3. So nobody can ask it in the process that would end.
"""

from __future__ import annotations

import platform
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from .child_process import NEW_GROUP, end_group

VENDOR_FOLDERS = (
    "/etc/glvnd/egl_vendor.d",
    "/usr/share/glvnd/egl_vendor.d",
    "/run/opengl-driver/share/glvnd/egl_vendor.d",
)
"""Where libglvnd looks for the libraries of Mesa, NVIDIA and others, by its own
`src/EGL/icd_enumeration.md`; the last is NixOS's."""
MOST_SECONDS = 600.0
"""How long the trial may take: by Mesa on the CPU shaders take some ten seconds, on a busy one
minutes."""


def has_egl(environ: Mapping[str, str], folders: tuple[str, ...] = VENDOR_FOLDERS) -> bool:
    """Whether a maker's EGL is installed; True on systems that draw without it."""
    if platform.system() != "Linux":
        return True
    files = environ.get("__EGL_VENDOR_LIBRARY_FILENAMES", "")
    if files:
        return any(Path(name).is_file() for name in files.split(":"))
    dirs = environ.get("__EGL_VENDOR_LIBRARY_DIRS", "")
    return any(
        any(Path(folder).glob("*.json")) for folder in (dirs.split(":") if dirs else folders)
    )


class DrawingTrial:
    """A command that draws a picture; a thread waits for its end, and everybody may ask."""

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], seconds: float = MOST_SECONDS
    ) -> None:
        self.fault = ""
        """Why Blender can't draw; empty: it can, as soon as the trial is over."""
        self._command, self._environ, self._seconds = list(command), dict(environ), seconds
        self._begun = threading.Lock()
        self._over = threading.Event()

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    def begin(self) -> None:
        """Begin, if that is not done yet; takes no time."""
        if self._begun.acquire(blocking=False):
            threading.Thread(target=self._try, daemon=True).start()

    def wait(self) -> None:
        """Until it is over, which it begins for if need be."""
        self.begin()
        self._over.wait()

    def _try(self) -> None:
        silent = subprocess.DEVNULL
        try:
            child = subprocess.Popen(
                self._command,
                env=self._environ,
                stdin=silent,
                stdout=silent,
                stderr=silent,
                start_new_session=True,
                creationflags=NEW_GROUP,
            )
            try:
                code = child.wait(self._seconds)
                self.fault = f"it ended with {code}" if code else ""
            except subprocess.TimeoutExpired:
                end_group(child)
                child.wait()
                self.fault = f"it was not done after {self._seconds:g} s"
        except OSError as error:
            self.fault = f"it could not be started: {error.strerror}"
        finally:
            self._over.set()
