"""The sub-commands about an output folder: `plan`, `verify` and `film`; `report` stands apart."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..chunking.errors import EXIT_COMPLETE, BadSetting, SceneRefused
from ..chunking.frames import FrameSet
from ..chunking.plan import Plan
from ..publishing.done_counter import count_done
from ..publishing.output_folder import OutputFolder
from ..publishing.pin import read_pin
from ..publishing.sweep import sweep
from ..publishing.verify import Survey, decode_all, survey_of
from .opened_file import open_and_plan, settings_and_plan
from .printing import Answer
from .sources import Invocation

log = logging.getLogger(__name__)

MOST_TEXT = 60
"""Characters of a chunk's frame list in the table; JSON has all of it."""
MOST_FILES = 20
"""How many files a line of the answer names; JSON has all."""


def plan(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Print which child renders what, and how much of it is done; return the exit code."""
    settings, plan, _ = open_and_plan(invocation)
    folder = OutputFolder(Path(settings.output)) if settings.output else None
    pin = read_pin(folder) if folder else None
    rows = [
        {
            "index": index,
            "frames": str(chunk) if chunk else "",
            "count": len(chunk),
            "done": count_done(folder, chunk, pin.fingerprint) if folder and pin else 0,
        }
        for index, chunk in enumerate(plan.chunks())
    ]
    if invocation.options["json"]:
        out.json({"frames": str(plan.frames), "partition": plan.partition, "chunks": rows})
    else:
        out.lines(_table(plan, rows))
    return EXIT_COMPLETE


def _table(plan: Plan, rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    done = sum(row["done"] for row in rows)
    yield f"{len(plan.frames)} frames in {plan.size} chunks, {plan.partition}; {done} are done"
    yield f"{'child':>6} {'count':>7} {'done':>7}  frames"
    for row in rows:
        text = row["frames"] or "none"
        short = text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"
        yield f"{row['index']:>6} {row['count']:>7} {row['done']:>7}  {short}"


def verify(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Print whether the film is complete, and of one render; return 0 if so, else 65."""
    settings, plan = settings_and_plan(invocation)
    folder = existing_folder(settings.output)
    removed = sweep(folder) if invocation.options["clean"] else []
    survey = survey_of(folder, plan.frames, deep=invocation.options["deep"])
    if invocation.options["deep"]:
        from ..film.decoding import decode_apart

        decode_all(folder, survey, decode_apart)
    fields = _fields(survey, removed)
    if invocation.options["json"]:
        out.json(fields)
    else:
        out.lines(_lines(survey, fields))
    return EXIT_COMPLETE if survey.is_complete else SceneRefused.exit_code


def existing_folder(output: str) -> OutputFolder:
    """The output folder, which has to be named and to be there. Raises BadSetting."""
    if not output:
        raise BadSetting(
            "No output folder is named: set EFS_BLENDER_OUTPUT_FOLDER_PATH or --output."
        )
    if not Path(output).is_dir():
        raise BadSetting(f"The output folder {output!r} is not there: see that it is mounted.")
    return OutputFolder(Path(output))


def _fields(survey: Survey, removed: list[str]) -> dict[str, Any]:
    return {
        "wanted": _text(list(survey.frames)),
        "done": len(survey.done),
        "complete": survey.is_complete,
        "render_again": _text(survey.to_render),
        "missing": _text(survey.missing),
        "broken": {str(frame): reason for frame, reason in survey.broken.items()},
        "other_render": _text(survey.other_render),
        "suspicious": {str(frame): reason for frame, reason in survey.suspicious.items()},
        "extra_frames": _text(survey.extra_frames),
        "extra_files": survey.extra_files,
        "left_overs": survey.left_overs,
        "removed": removed,
    }


def _text(frames: list[int]) -> str:
    return str(FrameSet.of(frames)) if frames else ""


def _lines(survey: Survey, fields: dict[str, Any]) -> Iterator[str]:
    yield f"{len(survey.done)} of {len(survey.frames)} frames are done"
    for name in ("missing", "other_render", "extra_frames"):
        if fields[name]:
            yield f"{name.replace('_', ' ')}: {fields[name]}"
    for frame, reason in survey.broken.items():
        yield f"broken: frame {frame}: {reason}"
    for frame, reason in survey.suspicious.items():
        yield f"suspicious: frame {frame}: {reason}"
    for name in ("extra_files", "left_overs", "removed"):
        if files := fields[name]:
            more = len(files) - MOST_FILES
            text = ", ".join(files[:MOST_FILES]) + (f" and {more} more" if more > 0 else "")
            yield f"{name.replace('_', ' ')}: {text}"
    if not survey.is_complete:
        yield f"render again: --frames {fields['render_again']}"


def film(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Make a film and a contact sheet of verified frames, print their paths, return 0."""
    settings, plan, scene = open_and_plan(invocation)
    folder = existing_folder(settings.output)
    from ..film.making import make_film

    options = invocation.options
    outcome = make_film(folder, plan.frames, scene, options["gaps"], options["lossless"])
    for note in outcome.notes:
        log.warning("%s", note)
    out.lines(f"{name}: {path}" for name, path in outcome.files.items())
    return EXIT_COMPLETE
