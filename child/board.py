"""Pure: what a child sees of the frames in its output folder, and takes of them to render."""

from __future__ import annotations

from collections.abc import Container

from ..publishing.destination import Destination
from .claims import Claims


class FolderBoard:
    """The board that `child.helping` describes, made of records and claims.

    As long as the frames are nobody else's (`share` was not called) there are no claims, and
    nothing is looked at.
    """

    def __init__(self, destination: Destination, own: Container[int]) -> None:
        self._destination = destination
        self._own = own
        self._claims: Claims | None = None
        self._taken: set[int] = set()
        """Frames that this process took and did not fail on: done, in work, or on their way."""
        self._under_way: set[int] = set()

    @property
    def is_shared(self) -> bool:
        """Whether others may take frames of it."""
        return self._claims is not None

    def share(self, claims: Claims) -> None:
        """From here on others may take frames, too: claim those that are under way."""
        if self._claims is not None:
            return
        self._claims = claims
        for frame in tuple(self._under_way):
            claims.take(frame, is_own=True)

    def is_done(self, frame: int) -> bool:
        """Whether nothing is left to do for the frame here: it is recorded, or was taken."""
        if frame in self._taken:
            return True
        if self._claims is None:
            return False
        return self._destination.done_record(frame) is not None

    def take(self, frame: int) -> bool:
        if self._claims is not None:
            if not self._claims.take(frame, frame in self._own):
                return False
            # Since the last look, before the claim was ours?
            if frame in self._taken or self._destination.done_record(frame, anew=True):
                self._claims.release(frame)
                return False
        self._note_taken(frame)
        return True

    def _note_taken(self, frame: int) -> None:
        self._taken.add(frame)
        self._under_way.add(frame)

    def is_taken(self, frame: int) -> bool:
        return self._claims is not None and self._claims.is_taken(frame, frame in self._own)

    def is_in_lane(self, frame: int) -> bool:
        return self._claims is not None and self._claims.is_in_lane(frame)

    def seconds(self, frame: int) -> float | None:
        record = self._destination.done_record(frame)
        return record.seconds if record is not None else None

    def begin(self, frame: int) -> None:
        """The frame is in work, with a claim or without one."""
        self._note_taken(frame)
        if self._claims is not None:
            self._claims.begin(frame)

    def end(self, frame: int, is_delivered: bool) -> None:
        """The frame is delivered, or failed and is not to be begun by others at once."""
        self._under_way.discard(frame)
        if not is_delivered:
            self._taken.discard(frame)
        if self._claims is not None:
            (self._claims.release if is_delivered else self._claims.leave)(frame)

    def close(self) -> None:
        """Give back what is not delivered."""
        if self._claims is not None:
            self._claims.close()
