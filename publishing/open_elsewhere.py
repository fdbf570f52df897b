"""Pure: naming and removing files that somebody else may have open.

POSIX does it at once. Windows refuses it, as long as a reader, a virus scanner or a file browser
has the file open, which is mostly over in a moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable

PAUSES_SECONDS = (0.01, 0.05, 0.2, 0.5, 1.0)
"""From one try to the next."""
_IS_OPEN = frozenset({5, 32})
"""What Windows answers: ERROR_ACCESS_DENIED, which also means what it says; or
ERROR_SHARING_VIOLATION."""


def once_closed(work: Callable[[], None]) -> None:
    """Do the work as soon as Windows lets it be done; raises its OSError where it never does."""
    for pause in PAUSES_SECONDS:
        try:
            return work()
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _IS_OPEN:
                raise
            time.sleep(pause)
    return work()
