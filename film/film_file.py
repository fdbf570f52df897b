"""Pure: what the film formats have in common when a film's file is looked at."""

from __future__ import annotations


class BrokenFilm(Exception):
    """Raised when a film is not whole; its text says what is wrong."""
