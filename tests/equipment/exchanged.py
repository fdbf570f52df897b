"""What others, or a careless person, may put in the place of a file of an output folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

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
