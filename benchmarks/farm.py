"""What a farm does: .blend files made by scenes.py, and children started as a farm starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from pairs import Run, Side, run

from machine import ROOT

sys.path[:0] = [str(ROOT / "tests" / "equipment"), str(ROOT / "tests" / "faults")]

from children import array_variables, clean_environment  # noqa: E402

__all__ = ["array_variables", "clean_environment"]

SCENES = Path(__file__).with_name("scenes.py")
MAIN = ROOT / "main.py"
BLENDER = Path(os.environ.get("BLENDER_EXECUTABLE") or Path(sys.executable).with_name("blender"))
"""The caller's, or the command beside the Python that runs this: `make bench` runs a wheel's."""
OFF = ("--persistent", "off", "--lanes", "1", "--help-others", "off")
"""Everything off that was made for speed: what remains is the loop itself."""


def make_blend(
    folder: Path,
    scene: str,
    /,
    source: Path | None = None,
    blender: Path = BLENDER,
    **settings: int,
) -> Path:
    """Make a .blend by a function of scenes.py, in a new scene or on top of a file."""
    blend = folder / f"{scene}-{'-'.join(str(each) for each in settings.values())}.blend"
    opened = ["--factory-startup"] if source is None else [str(source)]
    words = ["-P", str(SCENES), "--", str(blend), json.dumps([scene, settings])]
    subprocess.run(
        [str(blender), "-b", "--python-exit-code", "1", *opened, *words],
        check=True,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    return blend


def child(blend: Path, *words: str, blender: Path = BLENDER) -> list[str]:
    """The command of a child; the array's and the output folder's variables say the rest."""
    return [str(blender), "-b", str(blend), "-P", str(MAIN), "--", *words]


def variables(output: Path, **more: str) -> dict[str, str]:
    """A child's environment."""
    return clean_environment(EFS_BLENDER_OUTPUT_FOLDER_PATH=str(output), **more)


def ours(blend: Path, frames: int, *words: str, blender: Path = BLENDER) -> Side:
    """A child that renders the whole range of the file."""

    def side(folder: Path) -> Run:
        taken = run(child(blend, *words, blender=blender), variables(folder / "out"))
        hold_count(folder / "out", frames)
        return taken

    return side


def blender_alone(blend: Path, frames: int, blender: Path = BLENDER) -> Side:
    """Blender's own `-a` over the range of the file."""

    def side(folder: Path) -> Run:
        command = [str(blender), "-b", str(blend), "-o", f"{folder}/out/#####", "-a"]
        taken = run(command, clean_environment())
        hold_count(folder / "out", frames)
        return taken

    return side


def hold_count(output: Path, frames: int) -> None:
    """A side that doesn't render would look fast."""
    found = len(list(output.glob("*.png")))
    if found != frames:
        raise SystemExit(f"{found} pictures were made instead of {frames}")
