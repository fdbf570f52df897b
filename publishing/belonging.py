"""Pure: whether a published file is surely one frame's, by its name.

A record may be damaged, or written by anybody, so a name in it proves nothing. What is removed by
its word has to have the frame's number in its name, and no other number that could be another
frame's. Or it is called as one of the frame's new files up to that number: then it is the same
picture in another format, or another view of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .output_folder import COMPOSITOR, frame_name, frame_of

_MOST_DIGITS = 7
_DIGITS = re.compile("[0-9]+")
_STARTS = re.compile("[-0-9]")
"""What a frame's name can begin with."""


def is_surely_of(frame: int, name: str, new_names: Iterable[str]) -> bool:
    """Whether the file of this name below the output folder can be no other frame's.

    `new_names` are those of the files that the frame has just got, which leave no doubt.
    """
    for stem in (stem for new in new_names for stem in _stems(new, frame)):
        rest = name.removeprefix(stem)
        # After the stem there is no more than a view and a format: no other number.
        if rest != name and "/" not in rest and not _DIGITS.search(rest.rpartition(".")[0]):
            return True
    is_node_file = name.startswith(f"{COMPOSITOR}/")
    numbers = _numbers_in_node_file(name) if is_node_file else _frames_in(name)
    first = next(numbers, None)
    return first == frame and all(number == frame for number in numbers)


def _stems(new: str, frame: int) -> Iterator[str]:
    """The new name up to where the frame's number ends, the last place where it stands."""
    own = frame_name(frame)
    end = new.rfind(own)
    if end >= 0:
        yield new[: end + len(own)]
        return
    # A File Output node's file in whose name the artist placed the number.
    for match in reversed(list(_DIGITS.finditer(new))):
        if _signed(new, match) == frame:
            yield new[: match.end()]
            return


def _numbers_in_node_file(name: str) -> Iterator[int]:
    """Every number in it: any may be the one that an artist placed, in a folder's name too.

    One that is not filled with zeros may have the artist's own digit before it: z1## is z104.
    """
    for match in _DIGITS.finditer(name):
        yield _signed(name, match)
        if len(match[0]) > 1 and match[0][0] != "0":
            yield int(match[0][1:])


def _signed(name: str, digits: re.Match[str]) -> int:
    is_negative = name[: digits.start()].endswith("-")
    return -int(digits[0]) if is_negative else int(digits[0])


def _frames_in(name: str) -> Iterator[int]:
    """Every frame that this may be a picture of, behind whatever prefix, before whatever view."""
    if "/" in name:  # pictures lie in the output folder itself
        return
    for start in (match.start() for match in _STARTS.finditer(name)):
        for length in range(len(frame_name(0)), _MOST_DIGITS + 2):
            frame = frame_of(name[start : start + length])
            if frame is not None:
                yield frame
