"""Pure: the few ways in which a chunk can fail, each with the exit code that a farm acts on.

The numbers are those of BSD's sysexits.h, ordered so that a farm can decide by the first digit:
``6x`` never retry (trying again gives the same answer), ``7x`` retry.
"""

from __future__ import annotations

EXIT_COMPLETE = 0


class ChunkError(Exception):
    """Base of all that this extension raises on purpose; its text is one sentence for the user.

    The sentence names the variable or data-block, its value, and what to do.
    """

    exit_code = 70


class BadSetting(ChunkError):
    """Raised when a setting or an environment variable can't be understood (EX_USAGE)."""

    exit_code = 64


class SceneRefused(ChunkError):
    """Raised when the scene can't be rendered as it is, or not into this folder (EX_DATAERR)."""

    exit_code = 65


class BlendUnreadable(ChunkError):
    """Raised when the .blend file is missing or can't be read (EX_NOINPUT)."""

    exit_code = 66


class FramesGivenUp(ChunkError):
    """Raised when frames are given up by name after they crashed Blender (EX_UNAVAILABLE).

    `ServiceFailed` has the same code, since both say that something is not to be had until a person
    has looked. A child raises this one only, what asks a farm or a bucket the other only.
    """

    exit_code = 69


class ServiceFailed(ChunkError):
    """Raised when a service, or the program that is its client, refuses or can't be reached
    (EX_UNAVAILABLE).
    """

    exit_code = 69


class RenderFailed(ChunkError):
    """Raised when Blender fails on a frame, or hangs (EX_SOFTWARE)."""

    exit_code = 70


class OutputFailed(ChunkError):
    """Raised when the stage or the output folder can't be written (EX_IOERR)."""

    exit_code = 74

    def __init__(self, message: str, errno: int | None = None) -> None:
        super().__init__(message)
        self.errno = errno
        """The system's number for what went wrong, where the system said so."""


class Interrupted(ChunkError):
    """Raised when a signal or a time limit ends the child early (EX_TEMPFAIL)."""

    exit_code = 75
