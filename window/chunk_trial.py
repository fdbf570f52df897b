"""The test of a chunk in a process of its own: how it goes, and whether it gives the same pixels.

The frames are compared with those that the window's own test has rendered. Only Blender's main
thread can load a picture's values; all else of it is done in a thread.
"""

from __future__ import annotations

import atexit
import filecmp
import functools
from array import array
from collections.abc import Iterator
from math import isnan, prod
from pathlib import Path
from typing import Any

import bpy

from ..child.in_work import duration
from ..engines.background import CANCELLED, DONE, RUNNING, BackgroundRun
from ..film.whole_pictures import MOST_PIXELS
from ..publishing.formats import BrokenPicture, inspect
from .slow_work import Work, in_thread

NOT_WHOLE, ANOTHER_SIZE = "not whole", "another size"
MOST_NAMED = 3
"""How many frames that differ are named."""


class ArrayChunkBackground(bpy.types.PropertyGroup):
    """How the test goes, for the panel; belongs to the window, not to the file."""

    __annotations__ = {
        "state": bpy.props.StringProperty(name="State"),
        "text": bpy.props.StringProperty(name="Text"),
        "factor": bpy.props.FloatProperty(name="Progress", min=0.0, max=1.0),
        "is_complete": bpy.props.BoolProperty(name="Complete"),
        "compared": bpy.props.StringProperty(name="Compared"),
        "folder": bpy.props.StringProperty(name="Folder"),
    }


class BackgroundTest:
    """A test that was begun, and the two folders whose pictures are compared after it."""

    def __init__(self, run: BackgroundRun, child: str, folder: Path, in_window: Path) -> None:
        """`child` names the child, `folder` has its frames, `in_window` those of the window."""
        self.run = run
        self._child = child
        self._folders = in_window, folder
        self._pairs: Iterator[tuple[Path, Path]] = iter(())
        self._alike = 0
        self._different: list[str] = []
        self._is_left = False

    def watch(self, context: bpy.types.Context) -> None:
        """Show how it goes from now on. Without a window nobody looks, and nobody waits."""
        shown = shown_test(context)
        shown.folder, shown.compared = str(self._folders[1]), ""
        shown.factor, shown.is_complete = 0.0, False
        shown.state, shown.text = RUNNING, f"{self._child}: Blender starts"
        if not bpy.app.background:
            in_thread(self.run.wait, self._show_end, self._show_progress)

    def leave(self) -> None:
        """Have it end, and compare no more: its window, or another test, needs it no longer."""
        self.run.kill()
        self._is_left = True

    def _show_progress(self) -> None:
        progress = self.run.progress
        if progress:
            shown = shown_test(bpy.context)
            shown.factor = progress["done"] / progress["total"]
            done = f"{progress['done']}/{progress['total']}"
            left = duration(progress["seconds_left"])
            shown.text = f"frame {progress['frame']} · {done} · ETA {left}"

    def _show_end(self, work: Work[None]) -> None:
        shown, state = shown_test(bpy.context), self.run.state
        shown.state, shown.is_complete = state, state == DONE
        if state == DONE:
            shown.text = f"{self._child} is complete"
        elif state == CANCELLED:
            shown.text = f"{self._child} was cancelled; what is finished is kept"
        else:
            shown.text = f"{self._child} failed with exit code {self.run.exit_code}: see its log"
        if self.run.log_error:
            shown.text = f"{shown.text}. {self.run.log_error}"
        if shown.is_complete and self._folders[0].is_dir():
            self._pairs = _pairs(*self._folders)
            in_thread(self._compare_files, self._compare_values, self._show_compared)

    def _compare_files(self) -> tuple[Path, Path] | None:
        """Compare on, up to two pictures whose values decide; None: all are compared."""
        for first, second in self._pairs:
            difference = file_difference(first, second)
            if difference is None:
                return first, second
            self._note(first.name, difference)
        return None

    def _compare_values(self, work: Work[tuple[Path, Path] | None]) -> None:
        """Load the values of two pictures, and compare on in a thread."""
        if self._is_left:
            return
        self._show_compared()
        if work.error:
            shown_test(bpy.context).compared = work.error
        elif work.result is not None:
            name = work.result[0].name
            first, second = map(loaded_values, work.result)
            compare = functools.partial(self._compare_on, name, first, second)
            in_thread(compare, self._compare_values, self._show_compared)

    def _compare_on(
        self, name: str, first: array[float] | None, second: array[float] | None
    ) -> tuple[Path, Path] | None:
        self._note(name, value_difference(first, second))
        return self._compare_files()

    def _note(self, name: str, difference: str) -> None:
        if difference:
            self._different.append(f"{name} ({difference})")
        else:
            self._alike += 1

    def _show_compared(self) -> None:
        if self._is_left or not self._alike + len(self._different):
            return
        text = f"{self._alike} frames are as in the window's test"
        if self._different:
            text += f"; different: {', '.join(self._different[:MOST_NAMED])}"
        more = len(self._different) - MOST_NAMED
        shown_test(bpy.context).compared = f"{text} and {more} more" if more > 0 else text


_test: BackgroundTest | None = None


def show_test(test: BackgroundTest, context: bpy.types.Context) -> None:
    """Show a test whose process was started, in place of the one before."""
    global _test
    leave_test()
    _test = test
    test.watch(context)


def last_run() -> BackgroundRun | None:
    """The process of the test that runs, or ran last: one at a time."""
    return None if _test is None else _test.run


def shown_test(context: bpy.types.Context) -> Any:
    """What the panel shows of it; belongs to the window, not to the file."""
    manager: Any = context.window_manager
    return manager.array_chunk_background


def _pairs(first: Path, second: Path) -> Iterator[tuple[Path, Path]]:
    """The files that both folders hold under one name."""
    for path in sorted(first.iterdir()):
        other = second / path.name
        if path.is_file() and other.is_file():
            yield path, other


def file_difference(first: Path, second: Path) -> str | None:
    """How two pictures differ, as far as their files tell; empty: not at all.

    None: their values decide.
    """
    try:
        sizes = [(each.width, each.height) for each in (inspect(first), inspect(second))]
        if filecmp.cmp(first, second, shallow=False):
            return ""
    except (BrokenPicture, OSError):
        return NOT_WHOLE
    if sizes[0] != sizes[1]:
        return ANOTHER_SIZE
    return NOT_WHOLE if prod(sizes[0]) > MOST_PIXELS else None


def loaded_values(path: Path) -> array[float] | None:
    """A picture's values as Blender loads them, 0 to 1 for most formats; None: it does not."""
    image: Any = None
    try:
        image = bpy.data.images.load(str(path))
        values = array("f", bytes(4 * len(image.pixels)))
        image.pixels.foreach_get(values)
        return values
    except RuntimeError:
        return None
    finally:
        if image is not None:
            bpy.data.images.remove(image)


def value_difference(first: array[float] | None, second: array[float] | None) -> str:
    """How two pictures' values differ; empty: not at all."""
    if first is None or second is None:
        return NOT_WHOLE
    if len(first) != len(second):
        return ANOTHER_SIZE
    largest = largest_difference(first, second)
    return "" if largest == 0.0 else f"by up to {largest:.3g}"


def largest_difference(first: array[float], second: array[float]) -> float:
    """The largest difference of two values; NaN where only one of them is no number."""
    try:
        import numpy
    except ImportError:  # Blender works without it, but takes seconds for each picture
        both = zip(first, second, strict=True)
        each = [abs(a - b) for a, b in both if a != b and not (isnan(a) and isnan(b))]
        return max(each, key=lambda difference: (isnan(difference), difference), default=0.0)
    ours, theirs = numpy.frombuffer(first, "f"), numpy.frombuffer(second, "f")
    differ = (ours != theirs) & ~(numpy.isnan(ours) & numpy.isnan(theirs))
    return float(numpy.abs(ours[differ] - theirs[differ]).max(initial=0.0))


def leave_test() -> None:
    """No test outlives the window that shows it."""
    if _test is not None:
        _test.leave()


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def _leave_before_load(*arguments: object) -> None:
    leave_test()


def register() -> None:
    bpy.utils.register_class(ArrayChunkBackground)
    bpy.types.WindowManager.array_chunk_background = bpy.props.PointerProperty(
        type=ArrayChunkBackground, options={"SKIP_SAVE"}
    )
    if not bpy.app.background:
        bpy.app.handlers.load_pre.append(_leave_before_load)
        atexit.register(leave_test)


def unregister() -> None:
    leave_test()
    if not bpy.app.background:
        bpy.app.handlers.load_pre.remove(_leave_before_load)
        atexit.unregister(leave_test)
    del bpy.types.WindowManager.array_chunk_background
    bpy.utils.unregister_class(ArrayChunkBackground)
