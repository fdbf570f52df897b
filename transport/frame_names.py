"""Pure: which names of files a frame is fetched by.

Who may write at the source writes the records there. What comes by them lies in a folder of a
person here, where some names are more than pictures: a shell, a program or a repository reads them.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from ..publishing.formats.still_formats import SUFFIXES


def is_of_picture(name: str) -> bool:
    """Whether it can be a rendered picture: below no hidden folder, and with a picture's suffix.

    File Output nodes may be set to write none; then it ends with the number of the frame.
    """
    path = PurePosixPath(name)
    if any(part.startswith(".") for part in path.parts):
        return False
    return path.suffix.lower() in SUFFIXES or name[-1] in "0123456789"
