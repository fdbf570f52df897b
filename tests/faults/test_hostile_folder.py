"""An output folder in which somebody exchanged what is there: for links, pipes, devices, folders,
files without end. Whoever may write into the folder may do that; a careless hand does it, too.

Every command that reads the folder ends, says no traceback, and touches nothing outside.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import MakeFilm, NewTrial
from .scale import FULL, chance
from .trial import Trial

FRAMES = 3
HOLES_BYTES = 3 << 30
BRACKETS = 100_000
PRIVATE = ".array_chunk"

Exchange = Callable[[Path, Path], None]
"""Puts something else in place of a file or folder; `outside` is a folder of somebody else."""


def pipe(path: Path, outside: Path) -> None:
    os.mkfifo(path)


def folder(path: Path, outside: Path) -> None:
    path.mkdir()
    (path / "within").write_text("kept")


def endless(path: Path, outside: Path) -> None:
    path.symlink_to("/dev/zero")


def link_to_a_file(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "theirs.txt")


def holes(path: Path, outside: Path) -> None:
    with path.open("wb") as file:
        file.truncate(HOLES_BYTES)


def brackets(path: Path, outside: Path) -> None:
    path.write_bytes(b"[" * BRACKETS)


def link_to_a_folder(path: Path, outside: Path) -> None:
    path.symlink_to(outside)


def dead_link(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "nowhere")


EXCHANGES: dict[str, Exchange] = {
    "a pipe": pipe,
    "a folder": folder,
    "a link to /dev/zero": endless,
    "a link to a file outside": link_to_a_file,
    "a dead link": dead_link,
    "3 GB of holes": holes,
    "100,000 brackets": brackets,
}
FILES = {
    "a picture": "00002.png",
    "a node's picture": "compositor/first/Image00002.png",
    "a record": f"{PRIVATE}/frames/00002.json",
    "the pin": f"{PRIVATE}/render.json",
    "the proof": f"{PRIVATE}/kept_data.json",
    "the folder's id": f"{PRIVATE}/folder_id",
    "a note": f"{PRIVATE}/notes/00002.1.host-7-0123456789ab",
    "a claim": f"{PRIVATE}/claims/00002",
    "a temporary": f"{PRIVATE}/tmp/00002.host-7-0123456789ab",
    "a verdict": f"{PRIVATE}/children/*.json",
    "a log": f"{PRIVATE}/children/*.log",
}
FOLDERS = ("compositor", "compositor/first", *(f"{PRIVATE}/{name}" for name in
           ("frames", "tmp", "notes", "claims", "children")), PRIVATE)  # fmt: skip
COMMANDS = (("verify",), ("verify", "--deep", "--clean"), ("report",), ("film",), ("plan",), ())
"""Everything that reads the folder, the child itself last."""


def some(cases: list[tuple[str, str]], wanted: int) -> list[tuple[str, str]]:
    return cases if FULL else sorted(chance("hostile", *cases[0]).sample(cases, wanted))


def fingerprints(outside: Path) -> Iterator[tuple[str, str, int]]:
    for path in sorted(outside.rglob("*")):
        if path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            yield str(path), digest, path.stat().st_mtime_ns


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Another shot's frames, old enough to be swept if anybody took them for ours."""
    theirs = tmp_path / "outside"
    theirs.mkdir()
    names = ("theirs.txt", "00002.png", "Image00002.png", "00002.json", "00002", "00001.host-7-ab")
    for name in names:
        (theirs / name).write_bytes(name.encode())
        os.utime(theirs / name, (10**9, 10**9))
    return theirs


def exchange(path: Path, kind: str, outside: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    EXCHANGES[kind](path, outside)
    os.utime(path, (10**9, 10**9), follow_symlinks=False)


def run_all(trial: Trial, outside: Path) -> int:
    """Run every command on the folder; return the exit code of the child, which comes last."""
    before, code = list(fingerprints(outside)), 0
    for words in COMMANDS:
        ended = trial.begin(words=words).end()
        assert ended.signal is None, ended
        assert "Traceback" not in ended.log, ended.log
        assert list(fingerprints(outside)) == before, words
        code = ended.code
    return code


@pytest.mark.parametrize(
    ("place", "kind"), some([(place, kind) for place in FILES for kind in EXCHANGES], 5)
)
def test_a_file_exchanged(
    place: str, kind: str, make_film: MakeFilm, new_trial: NewTrial, outside: Path
) -> None:
    with new_trial(make_film(end=FRAMES), f"{place} exchanged", f"for {kind}") as trial:
        trial.complete()
        with trial.reader.looking_away():
            parent, name = (trial.output / FILES[place]).parent, Path(FILES[place]).name
            path = next(iter(sorted(parent.glob(name))), parent / name)
            exchange(path, kind, outside)
            code = run_all(trial, outside)
            # A folder with something in it is a person's to take away; all else is mended.
            assert code == 0 or (kind == "a folder" and code == 74), code
            if path.is_dir():
                shutil.rmtree(path)
            elif path.is_symlink() or path.is_fifo():  # in a place that a child has no use for
                path.unlink()
        trial.complete()


@pytest.mark.parametrize(
    ("name", "kind"),
    some([(name, kind) for name in FOLDERS for kind in ("link", "file", "pipe")], 3),
)
def test_a_folder_exchanged(
    name: str, kind: str, make_film: MakeFilm, new_trial: NewTrial, outside: Path
) -> None:
    """A link is refused with 74, and nothing behind it is touched; taken away, all is made good."""
    puts: dict[str, Exchange] = {
        "link": link_to_a_folder,
        "file": lambda path, outside: path.write_text("x") and None,
        "pipe": pipe,
    }
    with new_trial(make_film(end=FRAMES), f"the folder {name} exchanged", f"for a {kind}") as trial:
        trial.complete()
        with trial.reader.looking_away():
            path = trial.output / name
            shutil.rmtree(path)
            puts[kind](path, outside)
            code = run_all(trial, outside)
            assert code in (0, 74), code
            path.unlink()
        trial.complete()
