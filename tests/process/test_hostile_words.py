"""A scene whose name a terminal would obey: no command prints it raw, and none is forged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from children import MakeBlend, RunChild, verdicts_of

FORGED = "child 0 of 1 is complete"
NAME = f"a\n{FORGED}\x1b]52;c;eA==\x07\x9b31m\u202e"
RENAME = f"import bpy; bpy.context.scene.name = {NAME!r}; bpy.context.scene.camera = None"
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]")


@pytest.mark.parametrize("words", [["render"], ["check"], ["run-array", "--size", "1"]])
def test_a_scene_whose_name_is_an_attack(
    words: list[str], make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    script = tmp_path / "rename.py"
    script.write_text(RENAME, encoding="utf-8")
    output = tmp_path / "out"
    ended = run_child(
        make_blend("film"), output, *words, "--setup-script", str(script), door="named"
    )
    assert ended.code == 65, ended
    assert "\\x1b]52" in ended.log + ended.errors, ended
    for text in (ended.log, ended.errors):
        assert not CONTROLS.search(text), ended
        assert not [line for line in text.splitlines() if line.strip().startswith(FORGED)]
    for verdict in verdicts_of(output) if output.exists() else []:
        assert not CONTROLS.search(verdict["message"])
