"""Pure: a Blender of its own that rewrites the paths in .blends, each into a file beside them all.

It has neither the user's add-ons nor preferences, and runs no scripts, so that nothing but paths
becomes another; and it ends with this process, whatever ends that.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..chunking.errors import RenderFailed, SceneRefused
from ..machine.child_process import NEW_GROUP, end_group
from ..machine.environment import without_settings
from ..machine.main_command import main_command
from .layout import Layout
from .project import ProjectFile

COMMAND = "rewrite"
"""The sub-command that reads questions and answers them, a line of JSON each."""
BLENDER_S_OWN = ("--factory-startup", "--disable-autoexec")


class RewritingProcess:
    """Rewrites into files in `folder`, which are gone when that is."""

    def __init__(self, layout: Layout, folder: Path) -> None:
        self._layout = layout
        self._folder = folder
        self._blender: subprocess.Popen[str] | None = None
        self._is_ended = False

    def end(self) -> None:
        """Have `rewrite` end with RenderFailed, now or once it is called; from any thread."""
        self._is_ended = True
        if self._blender is not None:
            end_group(self._blender)

    def rewrite(self, files: Sequence[ProjectFile]) -> dict[str, Path]:
        """By the place of each .blend that had to be changed the file to send instead.

        Raises SceneRefused where a path can't be rewritten, RenderFailed where Blender fails.
        """
        if not files:
            return {}
        with _blender() as blender:
            self._blender = blender
            try:
                if self._is_ended:
                    end_group(blender)
                answers = [self._ask(blender, number, file) for number, file in enumerate(files)]
            finally:
                self._blender = None
        pairs = zip(files, answers, strict=True)
        return {file.place: path for file, path in pairs if path is not None}

    def _ask(self, blender: subprocess.Popen[str], number: int, file: ProjectFile) -> Path | None:
        new = self._folder / f"rewritten-{number}.blend"
        question = {
            "source": os.fspath(file.source),
            "place": file.place,
            "root": os.fspath(self._layout.root),
            "elsewhere": self._layout.elsewhere,
            "save_to": os.fspath(new),
        }
        answer = _answer(blender, json.dumps(question))
        if answer is None:
            raise RenderFailed(
                f"Blender ended on {str(file.source)!r}, whose paths it was to rewrite, with "
                f"{blender.wait()}: see what it says above."
            )
        if answer["refused"]:
            raise SceneRefused(f"{str(file.source)!r} can't be sent: {answer['refused']}")
        return new if answer["rewritten"] else None


@contextlib.contextmanager
def _blender() -> Any:
    blender = subprocess.Popen(
        [*main_command("", *BLENDER_S_OWN), COMMAND],
        env=without_settings(os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        creationflags=NEW_GROUP,
    )
    assert blender.stdin is not None
    assert blender.stdout is not None
    try:
        yield blender
        blender.stdin.close()
        blender.wait()
    finally:
        end_group(blender)
        with contextlib.suppress(OSError):  # it has ended without having read all
            blender.stdin.close()
        blender.stdout.close()
        blender.wait()


def _answer(blender: subprocess.Popen[str], question: str) -> Mapping[str, Any] | None:
    """What it answers; None: it has ended."""
    assert blender.stdin is not None
    assert blender.stdout is not None
    with contextlib.suppress(OSError):  # it has ended, which shows in the answer
        blender.stdin.write(question + "\n")
        blender.stdin.flush()
    for line in blender.stdout:
        if line.startswith('{"refused"'):
            return dict(json.loads(line))
    return None
