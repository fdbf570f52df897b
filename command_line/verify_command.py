"""The sub-command `verify`: is the film complete, and of one render?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..chunking.errors import EXIT_COMPLETE, BadSetting, SceneRefused
from ..chunking.frames import FrameSet
from ..publishing.output_folder import OutputFolder
from ..publishing.sweep import sweep
from ..publishing.verify import Survey, decode_all, survey
from .answer import Answer
from .opened_file import settings_and_plan
from .sources import Told

MOST_NAMED = 20
"""How many files a line of the report names; JSON has all."""


def verify(told: Told, out: Answer, chatter_file: Path) -> int:
    """Print what was found; return 0 if every wanted frame is done, else 65."""
    settings, plan = settings_and_plan(told)
    folder = named_folder(settings.output)
    swept = sweep(folder) if told.options["clean"] else []
    found = survey(folder, plan.frames, deep=told.options["deep"])
    if told.options["deep"]:
        from ..engines.decoding import decode_apart

        decode_all(folder, found, decode_apart)
    fields = _fields(found, swept)
    if told.options["json"]:
        out.json(fields)
    else:
        out.lines(_lines(found, fields))
    return EXIT_COMPLETE if found.is_complete else SceneRefused.exit_code


def named_folder(output: str) -> OutputFolder:
    """The output folder, which has to be named and to be there. Raises BadSetting."""
    if not output:
        raise BadSetting(
            "No output folder is named: set EFS_BLENDER_OUTPUT_FOLDER_PATH or --output."
        )
    if not Path(output).is_dir():
        raise BadSetting(f"The output folder {output!r} is not there: see that it is mounted.")
    return OutputFolder(Path(output))


def _fields(found: Survey, swept: list[str]) -> dict[str, Any]:
    return {
        "wanted": _text(list(found.wanted)),
        "done": len(found.done),
        "complete": found.is_complete,
        "render_again": _text(found.to_render),
        "missing": _text(found.missing),
        "broken": {str(frame): reason for frame, reason in found.broken.items()},
        "other_render": _text(found.other_render),
        "suspicious": {str(frame): reason for frame, reason in found.suspicious.items()},
        "extra_frames": _text(found.extra_frames),
        "extra_files": found.extra_files,
        "left_overs": found.left_overs,
        "removed": swept,
    }


def _text(frames: list[int]) -> str:
    return str(FrameSet.of(frames)) if frames else ""


def _lines(found: Survey, fields: dict[str, Any]) -> Iterator[str]:
    yield f"{len(found.done)} of {len(found.wanted)} frames are done"
    for name in ("missing", "other_render", "extra_frames"):
        if fields[name]:
            yield f"{name.replace('_', ' ')}: {fields[name]}"
    for frame, reason in found.broken.items():
        yield f"broken: frame {frame}: {reason}"
    for frame, reason in found.suspicious.items():
        yield f"suspicious: frame {frame}: {reason}"
    for name in ("extra_files", "left_overs", "removed"):
        if fields[name]:
            yield f"{name.replace('_', ' ')}: {_named(fields[name])}"
    if not found.is_complete:
        yield f"render again: --frames {fields['render_again']}"


def _named(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
