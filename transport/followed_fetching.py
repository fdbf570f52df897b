"""Pure: fetching again and again, until nothing more can come."""

from __future__ import annotations

from collections.abc import Callable

from .fetching import Fetching
from .frame_source import SourceAway


class FollowedFetching:
    """Looks at a source as long as an array renders there."""

    def __init__(self, fetching: Fetching, is_over: Callable[[], bool]) -> None:
        """`is_over` says whether the array has ended, as far as that can be known."""
        self.fetching = fetching
        self.error = ""
        """Why the last look came to nothing: the source, which was there before, is away."""
        self._is_over = is_over
        self._last_looks = 0
        """How many were made since the array was over."""

    def look(self) -> bool:
        """Fetch what is finished; return whether nothing more can come.

        Then all is here or was tried often enough, or the array was over some looks ago. Raises as
        `Fetching.look`, and SourceAway where it was never there.
        """
        self._last_looks += self._is_over()  # before: what is published meanwhile comes, too
        self.error = ""
        try:
            self.fetching.look()
        except SourceAway as away:
            if self.fetching.pin is None:
                raise
            self.error = str(away)
        return self.fetching.is_settled or self._last_looks >= self.fetching.looks
