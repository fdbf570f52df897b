"""Pure: who hears how far a transfer is, in either direction."""

from __future__ import annotations


class Progress:
    """Hears how far it is. This one does nothing with it."""

    def begin(self, files: int, size: int) -> None:
        """So many files, of so many bytes together, are going to be copied."""

    def start(self, name: str) -> None:
        """One more file is in work, or was: where several come at a time, not all are heard of."""

    def advance(self, count: int) -> None:
        """So many bytes more have come there."""

    def end(self) -> None:
        """Nothing more is copied."""
