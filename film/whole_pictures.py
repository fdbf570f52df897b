"""Pure: which pictures may be given to Blender's readers, which crash or hang on broken ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..publishing.formats import BrokenPicture, Picture, inspect

MOST_PIXELS = 1 << 28
"""16384 x 16384, decoded some 4 GiB: no film is larger, and a file of 2 kB can claim more."""
MOST_NAMED = 3
"""How many pictures that are left out a sentence names."""


@dataclass(frozen=True)
class WholePictures:
    """Pictures that are whole and of one size, by frame, and those that are not."""

    pictures: Mapping[int, Path]
    size: tuple[int, int]
    """Width and height in pixels, which all of them have; 0 and 0 where there is none."""
    left_out: Mapping[int, str]
    """What is wrong with the picture of each other frame, with its name."""

    @property
    def reasons(self) -> str:
        """Some of what is wrong, for one sentence without its full stop; empty: nothing is."""
        reasons = [f"frame {frame}: {reason}" for frame, reason in self.left_out.items()]
        more = len(reasons) - MOST_NAMED
        return "; ".join(reasons[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")


def whole_pictures(pictures: Mapping[int, Path]) -> WholePictures:
    """Look at each picture's structure and size; the size is the one that most of them have.

    All frames of a render have one size, so a picture of another one is not the render's, and what
    it would take to decode it is known before anybody tries.
    """
    whole: dict[int, Picture] = {}
    left_out: dict[int, str] = {}
    for frame, path in pictures.items():
        try:
            picture = inspect(path)
        except (BrokenPicture, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            left_out[frame] = f"{path.name} can't be used: {reason}"
            continue
        if picture.width * picture.height <= MOST_PIXELS:
            whole[frame] = picture
        else:
            left_out[frame] = (
                f"{path.name} can't be used: it says that it has {picture.width}x{picture.height} "
                "pixels, too many for a film"
            )
    size = usual_size(whole)
    left_out.update(_odd_ones(pictures, whole, size))
    kept = {frame: path for frame, path in pictures.items() if frame not in left_out}
    return WholePictures(kept, size, dict(sorted(left_out.items())))


def usual_size(pictures: Mapping[int, Picture]) -> tuple[int, int]:
    """Width and height that most of the pictures have; 0 and 0 where there is none."""
    sizes = Counter((picture.width, picture.height) for picture in pictures.values())
    return sizes.most_common(1)[0][0] if sizes else (0, 0)


def _odd_ones(
    pictures: Mapping[int, Path], whole: Mapping[int, Picture], size: tuple[int, int]
) -> Iterator[tuple[int, str]]:
    for frame, picture in whole.items():
        if (picture.width, picture.height) != size:
            yield (
                frame,
                f"{pictures[frame].name} has {picture.width}x{picture.height} pixels, most have "
                f"{size[0]}x{size[1]}",
            )
