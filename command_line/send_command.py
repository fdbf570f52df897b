"""The sub-command `send`, and `rewrite`, which it has done in a Blender of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from ..chunking.errors import EXIT_COMPLETE, ChunkError, SceneRefused
from ..transport.destinations import destination_of
from ..transport.layout import Layout
from ..transport.sending import Outcome
from .doors import read_blend
from .opened_file import open_and_set_up, plan_of_open
from .options import TO
from .printing import Answer
from .project_sending import ProjectSending
from .sources import Invocation


def send(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Send the project to a destination; return 0 when all of it is there.

    Raises SceneRefused where files are missing or can't be sent, OutputFailed and ServiceFailed
    where they can't be written there, BadSetting and Interrupted.
    """
    destination = destination_of(str(invocation.options[TO.name]))
    state = open_and_set_up(invocation)
    settings, plan, scene = plan_of_open(invocation)
    sending = ProjectSending(destination, state, scene, settings, plan.frames)
    outcome, variables = sending.run(invocation, chatter_file), sending.variables
    if invocation.options["json"]:
        out.json(_fields(outcome, variables, str(destination)))
    else:
        out.lines(_lines(outcome, variables, str(destination)))
    return EXIT_COMPLETE


def _fields(outcome: Outcome, variables: Mapping[str, str], destination: str) -> dict[str, Any]:
    return {
        "destination": destination,
        "blend": outcome.manifest.blend,
        "files": len(outcome.manifest.files),
        "bytes": outcome.bytes,
        "sent": list(outcome.sent),
        "sent_bytes": outcome.sent_bytes,
        "rewritten": list(outcome.rewritten),
        "removed": list(outcome.removed),
        "variables": dict(variables),
    }


def _lines(outcome: Outcome, variables: Mapping[str, str], destination: str) -> list[str]:
    all_files = f"{len(outcome.manifest.files)} files, {outcome.bytes:,} bytes"
    sent = (
        f"sent {len(outcome.sent)}, {outcome.sent_bytes:,} bytes" if outcome.sent else "nothing new"
    )
    lines = [f"{destination}/{outcome.manifest.blend}: {all_files}; {sent}"]
    if outcome.rewritten:
        lines.append(f"with rewritten paths: {', '.join(outcome.rewritten)}")
    if outcome.removed:
        lines.append(f"removed, as nothing wants it any more: {', '.join(outcome.removed)}")
    for name, place in variables.items():
        lines.append(f"render it with {name}={destination}/{place}")
    return lines


def rewrite(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Answer questions from standard input: .blends in which paths are to be rewritten.

    A question names the file, its place and the layout, and where the new file goes.
    """
    with open(0, encoding="utf-8", closefd=False) as questions:
        for line in questions:
            question = json.loads(line)
            try:
                count = _rewrite(question)
                out.json({"refused": "", "rewritten": count})
            except ChunkError as error:
                out.json({"refused": str(error), "rewritten": 0})
            out.flush()
    return EXIT_COMPLETE


def _rewrite(question: dict[str, str]) -> int:
    read_blend(Path(question["source"]), use_scripts=False)
    from ..scene.files.rewriting import keep_all_data, rewrite_open_blend, save_rewritten

    layout = Layout(PurePath(question["root"]), question["elsewhere"])
    count = rewrite_open_blend(layout, question["place"])
    if count:
        keep_all_data()
        try:
            save_rewritten(question["save_to"])
        except RuntimeError as error:
            reason = str(error).removeprefix("Error: ").strip()
            raise SceneRefused(f"Blender can't save it with other paths: {reason}") from None
    return count
