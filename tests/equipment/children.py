"""Starting main.py as a child through each of its doors, and reading what it left behind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RunChild = Callable[..., "Ended"]
"""`run_child(blend, output, *words, door=…, main=…, **variables)`, see the fixture."""

StartChild = Callable[..., subprocess.Popen[str]]
"""The same, not waited for."""

MakeBlend = Callable[..., Path]
"""`make_blend(scene, into=None, **settings)`, see the fixture."""

OURS = re.compile(r"AWS_BATCH_|SLURM_|ARRAY_CHUNK_|EFS_|USE_GPU|USE_EEVEE|JOB_|BUCKET_")


def clean_environment(**variables: str) -> dict[str, str]:
    """This process' environment without what would tell a child of an array, plus `variables`."""
    kept = {name: value for name, value in os.environ.items() if not OURS.match(name)}
    return {**kept, **variables}


def array_variables(size: int, index: int, job: str = "job", attempt: int = 1) -> dict[str, str]:
    """What AWS Batch sets for one child."""
    return {
        "AWS_BATCH_JOB_ARRAY_SIZE": str(size),
        "AWS_BATCH_JOB_ARRAY_INDEX": str(index),
        "AWS_BATCH_JOB_ID": f"{job}:{index}",
        "AWS_BATCH_JOB_ATTEMPT": str(attempt),
    }


@dataclass(frozen=True)
class Ended:
    """A child that has ended."""

    code: int
    log: str
    errors: str

    @property
    def everything(self) -> str:
        return self.log + self.errors


@dataclass(frozen=True)
class Door:
    """One of the ways to start main.py."""

    name: str
    before: tuple[str, ...]
    takes_file: bool = False

    def start(
        self, main: Path, blend: Path | str, words: tuple[str, ...], environ: Mapping[str, str]
    ) -> subprocess.Popen[str]:
        variables = {**environ}
        command = list(self.before)
        if self.takes_file:
            command += [str(blend), "-P", str(main)]
        else:
            variables.setdefault("EFS_BLENDER_FILE_PATH", str(blend))
            command += ["-P", str(main)] if "-b" in self.before else [str(main)]
        return subprocess.Popen(
            [*command, "--", *words] if words else command,
            env=clean_environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )


def frames_in(output: Path) -> list[str]:
    """Names of all published files, without what lies in `.array_chunk`."""
    return sorted(
        path.relative_to(output).as_posix()
        for path in output.rglob("*")
        if path.is_file() and ".array_chunk" not in path.parts
    )


def record_of(output: Path, frame: int) -> dict[str, Any]:
    path = output / ".array_chunk" / "frames" / f"{frame:05d}.json"
    return dict(json.loads(path.read_text()))


def verdicts_of(output: Path) -> list[dict[str, Any]]:
    paths = sorted((output / ".array_chunk" / "children").glob("*.json"))
    return [json.loads(path.read_text()) for path in paths]


def pixels(png: Path) -> bytes:
    """The decompressed image data of a PNG: equal for equal pixels written by one Blender.

    Blender puts date and render time beside the pixels, so the files themselves always differ.
    """
    data, at, found = png.read_bytes(), 8, b""
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"IDAT":
            found += data[at + 8 : at + 8 + length]
        at += length + 12
    return zlib.decompress(found)


def wait_for(child: subprocess.Popen[str], text: str) -> str:
    """Read the child's log up to a line with this text; return what was read."""
    assert child.stdout is not None
    read = ""
    for line in child.stdout:
        read += line
        if text in line:
            return read
    raise AssertionError(read)
