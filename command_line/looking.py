"""Pure: looking every few seconds until something is over, or a signal ends the waiting."""

from __future__ import annotations

from collections.abc import Callable

from ..chunking.errors import Interrupted
from ..machine.end_requests import EndRequests

LOOK_SECONDS = 3.0


class Looking:
    """Hears signals from its making on; to be made once, by the main thread."""

    def __init__(self) -> None:
        self._requests = EndRequests()

    def until_over(self, look: Callable[[], int | None]) -> int:
        """Look again and again until that gives an exit code. Raises Interrupted at a signal."""
        while (code := look()) is None:
            if name := self._requests.wait(LOOK_SECONDS):
                raise Interrupted(f"{name}: nothing is looked at any more. The array goes on.")
        return code
