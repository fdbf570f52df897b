"""Decoding pictures by Blender, in a process of its own.

Blender's readers can crash or hang on a broken file. So only files whose structure is whole come
here, and what ends the process all the same costs the one file that it was working at.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, TextIO

from ..engines.main_command import main_command
from .doors import blender
from .sources import Told

START_SECONDS = 120.0
SECONDS_A_FILE = 10.0
"""How long the process may take; a hang is a fault of the file that it hangs at."""


def decode_apart(paths: list[Path]) -> dict[Path, str]:
    """Decode these pictures; return what is wrong with those that can't be decoded."""
    wrong: dict[Path, str] = {}
    left = list(paths)
    while left:
        answers = _answers(left)
        wrong.update({path: fault for path, fault in zip(left, answers, strict=False) if fault})
        left = left[len(answers) :]
        if left:  # the process ended before it answered for this one
            wrong[left.pop(0)] = "Blender's own reader ended on it"
    return wrong


def _answers(paths: list[Path]) -> list[str]:
    """What a process of its own says of each picture (empty: whole), as far as it comes."""
    questions = "".join(json.dumps(str(path)) + "\n" for path in paths)
    command = [*main_command(""), "decode"]
    seconds = START_SECONDS + SECONDS_A_FILE * len(paths)
    try:
        output = subprocess.run(
            command, input=questions.encode(), stdout=subprocess.PIPE, timeout=seconds, check=False
        ).stdout
    except subprocess.TimeoutExpired as late:
        output = late.stdout or b""
    lines = [line for line in output.split(b"\n")[:-1] if line.startswith(b'{"fault"')]
    return [str(json.loads(line)["fault"]) for line in lines]


def decode(told: Told, out: TextIO, chatter_file: Path) -> int:
    """The other side: read paths from standard input, answer each as soon as it is decoded."""
    bpy = blender()
    with open(0, encoding="utf-8", closefd=False) as questions:
        for line in questions:
            out.write(json.dumps({"fault": _fault(bpy, json.loads(line))}) + "\n")
            out.flush()
    return 0


def _fault(bpy: Any, path: str) -> str:
    try:
        image = bpy.data.images.load(path)
    except RuntimeError as error:
        return str(error).strip()
    try:
        # Blender gives a multilayer image no size: its layers are decoded by the compositor only.
        if image.type != "MULTILAYER" and not (image.size[0] and len(image.pixels)):
            return "it has no pixels"
    finally:
        bpy.data.images.remove(image)
    return ""
