"""What others, or a careless person, may put in the place of a file of an output folder."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

CONTROL_TEXT = "\x1b[31m\n"
SECRET = b"somebody's, of no render"


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def pipe(path: Path, outside: Path) -> None:
    os.mkfifo(path)


def folder(path: Path, outside: Path) -> None:
    path.mkdir()


def device(path: Path, outside: Path) -> None:
    path.symlink_to("/dev/zero")


def link(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "secret")


def link_to_a_folder(path: Path, outside: Path) -> None:
    path.symlink_to(outside)


def holes(path: Path, outside: Path) -> None:
    with open(path, "wb") as file:
        file.truncate(3 << 30)


def brackets(path: Path, outside: Path) -> None:
    path.write_bytes(b"[" * 100_000)


THINGS: dict[str, Callable[[Path, Path], None]] = {
    "a pipe": pipe,
    "a folder": folder,
    "a link to a device": device,
    "a link to a file": link,
    "a link to a folder": link_to_a_folder,
    "3 GB of holes": holes,
    "100,000 brackets": brackets,
}


def exchange(path: Path, thing: str, outside: Path) -> None:
    """Put the thing in the place of what is there; links lead to what lies outside."""
    remove(path)
    THINGS[thing](path, outside)


PRIVATE = ".array_chunk"
FILES = {
    "a record": f"{PRIVATE}/frames/00001.json",
    "a stray record": f"{PRIVATE}/frames/9999999.json",
    "the pin": f"{PRIVATE}/render.json",
    "the proof": f"{PRIVATE}/kept_data.json",
    "a verdict": f"{PRIVATE}/children/*.json",
    "a log": f"{PRIVATE}/children/*.log",
    "a note": f"{PRIVATE}/notes/00002.1.elsewhere-7",
    "a claim": f"{PRIVATE}/claims/00003",
    "a copy": f"{PRIVATE}/tmp/00002.elsewhere-7/{'0' * 32}-0",
    "a temporary folder": f"{PRIVATE}/tmp/00001.elsewhere-7",
    "a picture": "00003.png",
}
"""One of each kind of file that an output folder has."""
FORGED = "child 7 of 9 is complete"
HOSTILE_NAMES = (f"\x1b]52;c;eA==\x07\n{FORGED}\x9b31m", "\u202egnp.00001\u2066", "\udcff\r")
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What no terminal is to see, line breaks apart."""


def turns() -> Sequence[int]:
    """Which turns are taken: all of them (FAULTS=full), or one, the same for the same seed."""
    every = range(len(THINGS))
    if os.environ.get("FAULTS") == "full":
        return every
    return [random.Random(os.environ.get("FAULT_SEED", "20261122")).choice(every)]


def exchange_all(output: Path, outside: Path, turn: int) -> None:
    """Exchange one file of each kind, each for another thing; in as many turns for every thing.

    In each of the folders there is a file of a hostile name, too.
    """
    make_outside(outside)
    things = list(THINGS)
    for number, pattern in enumerate(FILES.values()):
        path = output / pattern
        if "*" in pattern:
            path = min(path.parent.glob(path.name))
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch()
        exchange(path, things[(number + turn) % len(things)], outside)
    for name in ("", *(f"{PRIVATE}/{each}" for each in ("frames", "children", "notes", "claims"))):
        for hostile in HOSTILE_NAMES:
            for suffix in ("", ".json", ".log", ".1.elsewhere-7"):
                (output / name / f"00001{hostile}{suffix}").write_text(f"{FORGED}{CONTROL_TEXT}")


def assert_text_alone(text: str) -> None:
    """Nothing in it that a terminal obeys, and no line that only others wrote."""
    assert not CONTROLS.search(text), repr(text)
    assert not [line for line in text.splitlines() if line.strip().startswith(FORGED)], text


def make_outside(outside: Path) -> None:
    """A folder of somebody else, with what an output folder has, and a file."""
    for name in ("tmp", "claims", "frames", "notes", "children"):
        (outside / name).mkdir(parents=True)
    (outside / "secret").write_bytes(SECRET)
    (outside / "tmp" / "00001.host-7").mkdir()
    (outside / "claims" / "00001").write_bytes(SECRET)
    for path in (outside / "tmp" / "00001.host-7", outside / "claims" / "00001"):
        os.utime(path, (1, 1))


def state_of(root: Path) -> dict[str, object]:
    """All that can be told of a tree: names, bytes, times, modes."""
    return {
        path.relative_to(root).as_posix(): (
            path.lstat().st_mtime_ns,
            path.lstat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in (root, *sorted(root.rglob("*")))
    }
