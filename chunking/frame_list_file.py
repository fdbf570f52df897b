"""Pure: the text of a file that holds a frame list.

Who names a file may name any that this process can read, so nothing of its content gets into a
message, and what is no file to be read at once, or is too large for a list, is refused.
"""

from __future__ import annotations

from pathlib import Path

from .errors import BadSetting
from .regular_files import read_regular

MOST_BYTES = 16 << 20


def read_frame_list(path: Path, source: str) -> str:
    """The text of the file; `source` names it in messages. Raises BadSetting."""
    try:
        return read_regular(path, MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadSetting(f"{source} can't be read: it is no text in UTF-8.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its path can't be one"
        raise BadSetting(f"{source} can't be read: {reason}.") from None
