"""The array that the panel shows: watched by a thread, carried over by a timer.

What was submitted is not remembered in the .blend: saving it would change the file under its own
children, which stop when they see that. It is in the user's folder for state, by the file's path.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import bpy

from ..engines.engine import ChildState, Engine
from ..engines.farms import FARM_SETTING, NEEDS_NETWORK
from ..engines.submissions import Submission
from ..engines.watching import Watched
from ..report.troubles import MEANINGS
from .frame_previews import show_film
from .slow_work import look_every, redraw_properties

LOOK_SECONDS = 0.5
OFFLINE = (
    "{farm} is reached over the network, and online access is off: switch on Preferences → System "
    "→ Network → Allow Online Access"
)

_watched: Watched | None = None
_shown_news = -1
"""The last of its news that is shown; -1: none is."""


class ArrayChunkFailed(bpy.types.PropertyGroup):
    """A child that failed, for the list in the panel."""

    __annotations__ = {
        "index": bpy.props.IntProperty(name="Child", description="Array index of the child"),
        "reason": bpy.props.StringProperty(name="Reason", description="What the farm says of it"),
    }


class ArrayChunkFailedList(bpy.types.PropertyGroup):
    """The children that failed; belongs to the window, not to the file."""

    __annotations__ = {
        "rows": bpy.props.CollectionProperty(type=ArrayChunkFailed),
        "active": bpy.props.IntProperty(
            name="Child", description="The failed child whose log is shown", min=0
        ),
    }


def watched() -> Watched | None:
    """The array that is shown."""
    return _watched


def watch(submission: Submission, engine: Engine) -> Watched:
    """Show this array from now on; in the window a thread asks how it is doing."""
    global _watched, _shown_news
    stop()
    _watched, _shown_news = Watched(submission, engine), -1
    if bpy.app.background:
        ask(_watched)
    else:
        _watched.start()
        look_every(LOOK_SECONDS, functools.partial(_carry_over, _watched))
    return _watched


def ask(array: Watched) -> None:
    """Have the farm asked now; without a window its answer is waited for."""
    if bpy.app.background:
        array.look_now()
        _list_failed(array)
        show_film(array.film)
    else:
        array.look()


def stop() -> None:
    """Watch no more; the array goes on."""
    global _watched
    if _watched is not None:
        _watched.stop()
        show_film(None)
    _watched = None


def refusal(farm: str) -> str:
    """Why this farm may not be reached; empty: it may."""
    if farm not in NEEDS_NETWORK or bpy.app.online_access:
        return ""
    return OFFLINE.format(farm=farm_label(farm))


def open_blend() -> str:
    """The path of the open file, as submissions keep it; empty: it was never saved."""
    return str(Path(bpy.data.filepath).resolve()) if bpy.data.filepath else ""


def farm_label(farm: str) -> str:
    """The farm's name as people know it."""
    return next((label for name, label, _ in FARM_SETTING.choices if name == farm), farm)


def _carry_over(array: Watched) -> bool:
    """Bring what the thread has found to where Blender draws it; say whether to look again."""
    global _shown_news
    if array is not _watched:
        return False
    if why_not := refusal(array.submission.farm):  # switched off meanwhile
        array.stop()
        array.error = why_not
        redraw_properties()
        return False
    if array.news != _shown_news:
        _shown_news = array.news
        _list_failed(array)
        show_film(array.film)
        redraw_properties()
    return True


def _list_failed(array: Watched) -> None:
    manager: Any = bpy.context.window_manager
    failed = array.state.failed if array.state is not None else ()
    reasons = [(child.index, _reason(child)) for child in failed]
    rows = manager.array_chunk_failed.rows
    if [(row.index, row.reason) for row in rows] != reasons:
        rows.clear()
        for index, reason in reasons:
            row = rows.add()
            row.index, row.reason = index, reason


def _reason(child: ChildState) -> str:
    """What the farm says of a child that failed, with what our own exit codes mean."""
    meaning = MEANINGS.get(child.exit_code, "") if child.exit_code is not None else ""
    if not meaning:
        return child.reason or "the farm gives no reason"
    return f"{meaning} ({child.reason})" if child.reason else meaning


_register, _unregister = bpy.utils.register_classes_factory(
    (ArrayChunkFailed, ArrayChunkFailedList)
)


def register() -> None:
    _register()
    bpy.types.WindowManager.array_chunk_failed = bpy.props.PointerProperty(
        type=ArrayChunkFailedList, options={"SKIP_SAVE"}
    )


def unregister() -> None:
    stop()
    del bpy.types.WindowManager.array_chunk_failed
    _unregister()
