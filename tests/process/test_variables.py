"""Which environment variables Blender and its libraries ask for while a chunk is rendered."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import every_scene
import pytest
from array_chunk_render.scene.pixel_variables import ALL
from children import RunChild

EQUIPMENT = Path(every_scene.__file__).parent
REASONS = EQUIPMENT / "variables_beside_the_fingerprint.toml"

pytestmark = [
    pytest.mark.wheel,
    pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no C compiler"),
]


@pytest.fixture
def listener(tmp_path: Path) -> Path:
    """A library that writes down what is asked for."""
    library = tmp_path / "listener.so"
    source = EQUIPMENT / "getenv_listener.c"
    command = ["gcc", "-O2", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True)
    return library


def test_each_counts_or_has_a_reason_not_to(
    blender_executable: Path, run_child: RunChild, listener: Path, tmp_path: Path
) -> None:
    """With a script of OSL and a denoiser, as their libraries are asked late."""
    scene = "reading_scenes.scripts_of_light"
    (blend,) = every_scene.saved([scene], blender_executable, tmp_path / "shots")
    log = tmp_path / "asked"
    variables = {"LD_PRELOAD": str(listener), "GETENV_LOG": str(log)}
    words = ("--denoise", "on", "--frames", "1", "--lanes", "1")
    ended = run_child(blend, tmp_path / "out", *words, **variables)
    assert ended.code == 0, ended
    asked = set(log.read_text(errors="replace").splitlines())
    assert {"OCIO", "OCIO_ACTIVE_VIEWS", "OPENIMAGEIO_OPTIONS"} <= asked
    reasons = [re.compile(each) for each in tomllib.loads(REASONS.read_text())["reasons"]]
    others = {name for name in asked - ALL if not any(each.search(name) for each in reasons)}
    assert others == set()
