"""Pure: which frames, in which order, held as a few arithmetic runs instead of a million integers.

A frame list is written as fileseq writes it, without subframes and without `y` and `:`.

    list   = item {"," item}                      empty items are skipped; one frame has to be left
    item   = frame | frame "-" frame ["x" step]   the second frame belongs to the range
    frame  = ["-"] digits                         from -1048574 to 1048574
    step   = ["-"] digits                         not 0; no minus where the range ascends

`10-1` and `10-1x2` count down, and `10-1x-2` is the same as `10-1x2`. Order is kept; a frame that
comes again is dropped. White space may stand anywhere but inside a number: fileseq takes `1 5` for
frame 15, which nobody means, so it is refused here.

`@FILE` names a file of such items, separated by commas, white space or new lines, with comments
from `#` to the end of the line. No white space within an item there.

Reading takes time in proportion to the text and to the frames that it names, which is why there is
a limit to the items, and to frames that are named again and again.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain
from pathlib import Path
from typing import NamedTuple, overload

from .errors import BadSetting
from .regular_files import read_regular
from .runs import (
    FRAME_LIMIT,
    Run,
    first_occurrences,
    joined,
    refuse_beyond_limit,
    run_text,
    stretches,
)

MAX_FRAMES = 1_000_000
"""The most frames that one frame set may hold."""

MOST_RUNS = 50_000
"""The most items of a frame list."""
_MOST_FRAMES = 10 * MAX_FRAMES
"""The most frames that the items of a list may name, those that come again counted again."""
MOST_BYTES = 16 << 20
"""The largest file of a frame list."""
_MOST_SEARCHED = 64
"""The most runs that are gone through for one frame."""

_ITEM = re.compile(
    r"\s*(?:(?P<start>-?\s*[0-9]+)"
    r"(?:\s*-\s*(?P<end>-?\s*[0-9]+)(?:\s*x\s*(?P<step>-?\s*[0-9]+))?)?\s*)?"
)
_BETWEEN_COMMAS = re.compile(r"[^,]+")
_BETWEEN_SPACES = re.compile(r"[^,\s]+")
_PROBLEMS = {
    "y": "fileseq's y is not supported, name the frames themselves or use x, as in 1-10x2",
    ":": "fileseq's : is not supported, use x for a step, as in 1-10x2",
    ".": "frames are whole numbers",
    "-": "a range is two frames with one - between, as in 1-10 or -5--1",
    "x": "a step needs a range before it and a number after it, as in 1-10x2",
}
_EXCERPT_CHARACTERS = 30


@dataclass(frozen=True, repr=False)
class FrameSet(Sequence[int]):
    """Distinct frames in order; two are equal if they hold the same frames in the same order.

    Slices, with any step, are frame sets too and cost as much as the runs that they touch. `str`
    gives a frame list that parses back to the same frames, except that the empty set's is empty,
    which `parse` refuses, as it does more items than MOST_RUNS.

    Raises BadSetting for a frame beyond FRAME_LIMIT and for more than MAX_FRAMES frames.
    """

    runs: tuple[Run, ...]

    def __post_init__(self) -> None:
        runs = [run for run in self.runs if run]
        refuse_beyond_limit(runs)
        distinct = runs if len(runs) < 2 else first_occurrences(runs)
        object.__setattr__(self, "runs", tuple(joined(distinct)))
        if len(self) > MAX_FRAMES:
            raise BadSetting(
                f"{len(self):,} frames are more than the {MAX_FRAMES:,} that one job may render: "
                "give each job a part of the frame list."
            )

    @classmethod
    def parse(cls, text: str) -> FrameSet:
        """Read a frame list; raise BadSetting, with the place, where it can't be understood."""
        return _read([_Line(text, "Frame list", _BETWEEN_COMMAS)], "Frame list")

    @classmethod
    def range(cls, start: int, end: int, step: int) -> FrameSet:
        """Make the set of a scene's first frame, last frame (included) and frame step."""
        if step < 1:
            raise BadSetting(f"Frame step {step} is not possible: set it to 1 or more.")
        if end < start:
            raise BadSetting(
                f"Last frame {end} comes before first frame {start}: exchange them, or render "
                f"backwards by the frame list {start}-{end}."
            )
        return cls((range(start, end + 1, step),))

    @classmethod
    def of(cls, frames: Iterable[int]) -> FrameSet:
        """Make the set of these frames, in their order, with the runs that they form."""
        return cls(tuple(stretches(frames)))

    @cached_property
    def _offsets(self) -> tuple[int, ...]:
        """How many frames come before each run, and at last how many there are."""
        return tuple(accumulate(map(len, self.runs), initial=0))

    def __len__(self) -> int:
        return self._offsets[-1]

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(self.runs)

    def __contains__(self, frame: object) -> bool:
        if len(self.runs) > _MOST_SEARCHED:
            return isinstance(frame, int) and frame in self._all
        return isinstance(frame, int) and any(frame in run for run in self.runs)

    def among(self, frames: Collection[int]) -> Iterator[int]:
        """Those of a few frames that are in this set, of which a file may have made it very long.

        Each run costs as many steps as it is long, or as there are frames.
        """
        known = frozenset(frames)
        for run in self.runs:
            if len(run) <= len(known):
                yield from (frame for frame in run if frame in known)
            else:
                yield from (frame for frame in known if frame in run)

    @cached_property
    def _all(self) -> frozenset[int]:
        return frozenset(self)

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> FrameSet: ...
    def __getitem__(self, index: int | slice) -> int | FrameSet:
        positions = range(len(self))
        if isinstance(index, slice):
            return self._at(positions[index])
        position = positions[index]
        number = bisect_right(self._offsets, position) - 1
        return self.runs[number][position - self._offsets[number]]

    def _at(self, positions: Run) -> FrameSet:
        if positions.step < 0:
            forwards = self._at(positions[::-1])
            return FrameSet(tuple(run[::-1] for run in reversed(forwards.runs)))
        pieces = []
        while positions:
            number = bisect_right(self._offsets, positions[0]) - 1
            run, offset = self.runs[number], self._offsets[number]
            pieces.append(run[positions[0] - offset : positions[-1] + 1 - offset : positions.step])
            positions = positions[len(pieces[-1]) :]
        return FrameSet(tuple(pieces))

    def __str__(self) -> str:
        return ",".join(map(run_text, self.runs))

    def __repr__(self) -> str:
        return f"FrameSet({str(self)!r})"


class FrameList(str):
    """A frame list as it is written, and the frames that it names; empty: those of the scene.

    A text, as variables and Blender's properties hold texts. What it names is read when it is made
    and then never again: the file of an `@FILE` may be another one by then. Raises BadSetting, as
    `frames_from` does.
    """

    __slots__ = ("frames",)
    frames: FrameSet

    def __new__(cls, text: str = "") -> FrameList:
        if isinstance(text, FrameList):
            return text
        frame_list = super().__new__(cls, text.strip())
        frame_list.frames = frames_from(text) if frame_list else FrameSet(())
        return frame_list

    @property
    def without_file(self) -> str:
        """A text of the same frames in place of an `@FILE`, so that its file isn't read again.

        Where frames come twice in the file it may need more runs than can be read back; then it is
        the text as it was written.
        """
        text = str(self.frames)
        return text if self.startswith("@") and text.count(",") < MOST_RUNS else str(self)


def frames_from(text: str) -> FrameSet:
    """Read a frame list, or with `@FILE` the frame list in that file.

    Raises BadSetting, with the place, where the list can't be understood or the file not be read.
    """
    if not text.strip().startswith("@"):
        return FrameSet.parse(text)
    path = text.strip()[1:]
    source = f"Frame list file {path}"
    lines = enumerate(_content(Path(path), source).splitlines(), start=1)
    return _read(
        (
            _Line(line.partition("#")[0], f"{source}, line {at}", _BETWEEN_SPACES, is_secret=True)
            for at, line in lines
        ),
        source,
    )


def _content(path: Path, source: str) -> str:
    """The text of a file; `source` names it in messages. Raises BadSetting.

    Who names a file may name any that this process can read, so nothing of its content gets into a
    message, and what is no file to be read at once, or is too large for a list, is refused.
    """
    try:
        return read_regular(path, MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadSetting(f"{source} can't be read: it is no text in UTF-8.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its path can't be one"
        raise BadSetting(f"{source} can't be read: {reason}.") from None


def _read(lines: Iterable[_Line], source: str) -> FrameSet:
    """Raise BadSetting as soon as there is more than a list may have, before all is read."""
    runs: list[Run] = []
    count = 0
    for run in chain.from_iterable(line.runs() for line in lines):
        runs.append(run)
        count += len(run)
        if len(runs) > MOST_RUNS:
            raise BadSetting(
                f"{source} has more than {MOST_RUNS:,} items: write ranges, or give each job a "
                "part of the list."
            )
        if count > _MOST_FRAMES:
            raise BadSetting(
                f"{source} names more than {_MOST_FRAMES:,} frames, those that come again counted "
                "too: name each once."
            )
    if not (frames := FrameSet(tuple(runs))):
        raise BadSetting(f"{source} is empty: name frames, such as 1-10 or 1-100x2,150.")
    return frames


class _Line(NamedTuple):
    """A frame list being read, which can say where it can't be understood."""

    text: str
    source: str
    items: re.Pattern[str]
    is_secret: bool = False
    """Whether messages may hold nothing of it, only the place."""

    def runs(self) -> Iterator[Run]:
        for item in self.items.finditer(self.text):
            match = _ITEM.match(self.text, item.start(), item.end())
            assert match is not None  # every part of the pattern is optional
            if match.end() < item.end():
                raise self._refusal(match.end(), self._problem(match.end()))
            if match["start"]:
                yield self._run(match)

    def _run(self, match: re.Match[str]) -> Run:
        start = self._number(match, "start")
        end = self._number(match, "end") if match["end"] else start
        step = self._number(match, "step") if match["step"] else 1
        if step == 0 or (step < 0 and start < end):
            raise self._refusal(match.start("step"), "this step leads nowhere, use 1 or more")
        return range(start, end + 1, step) if start < end else range(start, end - 1, -abs(step))

    def _number(self, match: re.Match[str], group: str) -> int:
        digits = "".join(match[group].split())
        # Python refuses to read more than 4300 digits.
        if len(digits) > 20 or abs(int(digits)) > FRAME_LIMIT:
            problem = f"numbers go from -{FRAME_LIMIT} to {FRAME_LIMIT}, as frames do in Blender"
            raise self._refusal(match.start(group), problem)
        return int(digits)

    def _problem(self, place: int) -> str:
        character = self.text[place]
        if self.is_secret:
            return "this has no meaning here, write frames such as 1-10x2,150"
        if character in "0123456789":
            return "a comma is missing before this number"
        return _PROBLEMS.get(
            character, f"{character!r} has no meaning here, write frames such as 1-10x2,150"
        )

    def _refusal(self, place: int, problem: str) -> BadSetting:
        if self.is_secret:
            return BadSetting(f"{self.source}, character {place + 1}: {problem}.")
        begin = max(0, place - _EXCERPT_CHARACTERS)
        end = place + _EXCERPT_CHARACTERS
        excerpt = "…" * (begin > 0) + self.text[begin:end] + "…" * (end < len(self.text))
        return BadSetting(f"{self.source}, character {place + 1} of {excerpt!r}: {problem}.")
