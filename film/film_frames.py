"""Pure: which picture each frame of a film shows, also where there are gaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..chunking.errors import SceneRefused
from ..chunking.frames import FrameSet
from ..publishing.output_folder import COMPOSITOR
from .choices import BLACK, CLOSE, HOLD


@dataclass(frozen=True)
class FilmFrame:
    """One frame of the film: its number in the animation, and its picture or None for black."""

    frame: int
    picture: Path | None


@dataclass(frozen=True)
class Stretch:
    """Frames of a film that follow each other in the animation too, so that sound fits them."""

    place: int
    """Where in the film the first of them is, from 0."""
    frame: int
    """The number of the first of them."""
    length: int


def film_frames(
    film: FrameSet, pictures: Mapping[int, Path], gaps: str, broken: str = ""
) -> list[FilmFrame]:
    """The film's frames in the order of the frame set, with gaps treated as `gaps` says.

    `broken` says of which frames the pictures are there and can't be used, and why.
    Raises SceneRefused, naming the frames, for gaps that are not allowed, and for no picture.
    """
    missing = missing_frames(film, pictures)
    why = f" ({broken}: remove what is broken)" if broken else ""
    if missing and gaps not in (HOLD, BLACK, CLOSE):
        raise SceneRefused(
            f"The film would have gaps: frames {missing} are not done{why}. Render them first "
            "(--frames), or choose by --gaps what the film does there."
        )
    if len(missing) == len(film):
        raise SceneRefused(
            f"None of the frames is done{why}, so there is no film: render some first."
        )
    if gaps == CLOSE:
        return [FilmFrame(frame, pictures[frame]) for frame in film if frame in pictures]
    if gaps != HOLD:
        return [FilmFrame(frame, pictures.get(frame)) for frame in film]
    frames = []
    shown = next(pictures[frame] for frame in film if frame in pictures)
    for frame in film:
        shown = pictures.get(frame, shown)
        frames.append(FilmFrame(frame, shown))
    return frames


def missing_frames(film: FrameSet, pictures: Mapping[int, Path]) -> FrameSet:
    """The frames without a picture, in their order."""
    return FrameSet.of(frame for frame in film if frame not in pictures)


def stretches(frames: Sequence[int]) -> Iterator[Stretch]:
    """The longest rows of frames, each one more than the one before it."""
    start = 0
    for place in range(1, len(frames) + 1):
        if place == len(frames) or frames[place] != frames[place - 1] + 1:
            yield Stretch(start, frames[start], place - start)
            start = place


def first_picture(names: Sequence[str], suffixes: Sequence[str]) -> str:
    """The file of one frame that a film shows: the render's own picture, of the first view.

    A File Output node's is shown only where there are no others.
    `suffixes` are those of the scene's views, in order. A frame of one picture has no view in
    its name, whatever the scene says.
    """

    def place(name: str) -> int:
        stem = name.rpartition(".")[0]
        own = [suffix for suffix in suffixes if stem.endswith(suffix)]
        # Every name ends in a suffix that is empty, so the longest is the view's.
        return suffixes.index(max(own, key=len)) if own else len(suffixes)

    own_pictures = [name for name in names if not name.startswith(f"{COMPOSITOR}/")]
    return min(own_pictures or names, key=place)
