"""Runs a command in a /tmp of its own, full of other people's files, and says which are left.

    unshare --mount python private_tmp.py SPECIFICATION

What may go wrong here empties the folder for temporary files, so nobody else's may be the one.
SPECIFICATION is JSON, the fields of `Trial`; the answer, `Outcome`, is the last line printed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

TMP = Path("/tmp")
OURS = (Path(__file__).resolve().parents[2], Path.home())
"""The checkout, with the Blenders in it, and the user's home stay as they are, if below /tmp."""
ROOM = 14
"""Inodes of a base that is full: its own, and the foreign files'."""


@dataclass(frozen=True)
class Trial:
    """A command, and the folder for temporary files that it gets."""

    command: list[str]
    home: str
    """A folder that stays as it is, wherever it lies."""
    base: str
    """Below /tmp: the command's TMPDIR, with foreign files in it."""
    is_full: bool
    environ: dict[str, str] = field(default_factory=dict)
    sigterm_at: str = ""
    """The command gets SIGTERM when it has said this; empty: never."""
    environ_tmpdir: str = ""
    """TMPDIR where that is not to be the base."""


@dataclass(frozen=True)
class Outcome:
    """How the command ended, and what then was missing and what was too much below /tmp."""

    code: int
    said: str
    missing: list[str]
    left: list[str]


def run(trial: Trial) -> Outcome:
    """Run the trial in a mount namespace of its own (needs root)."""
    assert os.getuid() == 0, "unshare --mount needs root"
    ended = subprocess.run(
        ["unshare", "--mount", sys.executable, __file__, json.dumps(asdict(trial))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    return Outcome(**json.loads(ended.stdout.splitlines()[-1]))


def _mount(*words: str | Path, passed: int | None = None) -> None:
    subprocess.run(["mount", *words], check=True, pass_fds=() if passed is None else (passed,))


def _hide_tmp(kept: Collection[Path]) -> None:
    """Put a fresh /tmp over everybody's, with these folders of it in it where they were."""
    assert os.readlink("/proc/self/ns/mnt") != os.readlink(f"/proc/{os.getppid()}/ns/mnt")
    held = {folder: os.open(folder, os.O_PATH) for folder in kept}
    _mount("-t", "tmpfs", "tmpfs", TMP)
    for folder, descriptor in held.items():
        folder.mkdir(parents=True, exist_ok=True)
        _mount(
            *("--no-canonicalize", "--bind", f"/proc/self/fd/{descriptor}", folder),
            passed=descriptor,
        )
        os.close(descriptor)


def _below_tmp(kept: Collection[Path]) -> Iterator[Path]:
    """All that is below /tmp, but for what is in the folders that were kept."""
    for name, folders, files in os.walk(TMP):
        here = Path(name)
        yield from (here / each for each in (*folders, *files))
        folders[:] = [each for each in folders if here / each not in kept]


def _plant(base: Path, is_full: bool) -> list[Path]:
    """Other people's files, in /tmp and in the base."""
    base.mkdir(parents=True, exist_ok=True)
    if is_full:
        _mount("-t", "tmpfs", "-o", f"nr_inodes={ROOM}", "tmpfs", base)
    planted = [TMP / "colleague" / "notes.txt", TMP / "blender_notes.txt", base / "a" / "b" / "c"]
    planted += [TMP / "blender_AbC123" / "quit.blend", base / "blender_xYz789" / "other"]
    for path in planted:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("other people's")
    while is_full:
        path = base / f"shot.{len(planted):04d}.exr"
        try:
            path.touch()
        except OSError:
            break
        planted.append(path)
    return planted


def _run(trial: Trial, base: Path) -> tuple[int, str]:
    child = subprocess.Popen(
        trial.command,
        env={**os.environ, **trial.environ, "TMPDIR": trial.environ_tmpdir or str(base)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    said = ""
    assert child.stdout is not None
    for line in child.stdout:
        said += line
        if trial.sigterm_at and trial.sigterm_at in line:
            child.send_signal(signal.SIGTERM)
    return child.wait(), said


def _main() -> None:
    trial = Trial(**json.loads(sys.argv[1]))
    folders = (Path(trial.home), *OURS)
    kept = [each for each in folders if TMP in each.parents and each.is_dir()]
    _hide_tmp(kept)
    base = TMP / trial.base
    planted = _plant(base, trial.is_full)
    before = {*_below_tmp(kept)}
    code, said = _run(trial, base)
    left = {*_below_tmp(kept)} - before
    missing = [str(path) for path in planted if not path.exists()]
    print(json.dumps(asdict(Outcome(code, said, missing, sorted(map(str, left))))))


if __name__ == "__main__":
    _main()
