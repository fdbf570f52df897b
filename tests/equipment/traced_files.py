"""What files a child writes and reads, as the system sees it: its calls are looked at by strace.

This asks nothing of what we know of Blender: every call that makes, changes, removes or opens a
file counts, whoever makes it.
"""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from children import clean_environment

CHANGES = "creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat"
CHANGES += ",symlink,symlinkat,truncate,chmod,fchmodat,chown,fchownat,mknod,mknodat,utimensat"
STRACE = f"strace -f -y -qq -s 4096 --seccomp-bpf -e trace=open,openat,openat2,{CHANGES} -o".split()
PATH = re.compile(r'(?:(?P<at>\d+|AT_FDCWD)<(?P<folder>[^>]*)>, )?"(?P<path>[^"]*)"')
DEVICES = ("/dev/", "/proc/")
WRITING = re.compile(r"O_(WRONLY|RDWR|CREAT|TRUNC)")
NO_READING = re.compile(r"O_(WRONLY|DIRECTORY|PATH)")
DIGESTING = "O_NOCTTY"
"""Marks what `open_regular` opens: nothing else in Blender, Python or their libraries asks for it.
What a child reads of a scene's files by that is a digest of them, for the fingerprint."""

REASONS = Path(__file__).with_name("read_beside_the_fingerprint.toml")


@dataclass(frozen=True)
class TracedChild:
    """A child that has ended, and what it did to files outside its own folders.

    `elsewhere` it made, changed or removed; `digested` it read for its fingerprint; `unaccounted`
    it read though its fingerprint doesn't know them, and nothing says why that is well.
    """

    code: int
    log: str
    elsewhere: list[str]
    digested: list[str]
    unaccounted: list[str]


class Opened(NamedTuple):
    """A call that opened a file to read it."""

    path: str
    by_digest: bool


def traced_child(
    blend: Path, blender: Path, repository: Path, home: Path, *words: str
) -> TracedChild:
    """Render a .blend into `home`/out, with all that is temporary in `home`/temporary."""
    output, temporary, trace = home / "out", home / "temporary", home / "trace"
    temporary.mkdir(parents=True)
    command = [*STRACE, str(trace), str(blender), "-b", str(blend)]
    command += ["-P", str(repository / "main.py"), "--", "--lanes", "1", *words]
    environ = clean_environment(
        EFS_BLENDER_OUTPUT_FOLDER_PATH=str(output),
        TMPDIR=str(temporary),
        XDG_CACHE_HOME=str(temporary / "cache"),  # the graphics driver's, in the user's home
    )
    ended = subprocess.run(
        command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    own = (*DEVICES, f"{output}/", f"{temporary}/")
    compiled = re.compile(rf"{re.escape(str(repository))}/.*__pycache__(/|$)")  # Python's own
    elsewhere = {path for path in changed(trace) if not f"{path}/".startswith(own)}
    return TracedChild(
        ended.returncode,
        ended.stdout + ended.stderr,
        sorted(path for path in elsewhere if not compiled.match(path)),
        sorted({each.path for each in opened(trace) if each.by_digest}),
        sorted(unaccounted(trace, (*own, f"{repository}/", *installed(blender)))),
    )


def changed(trace: Path) -> Iterator[str]:
    """The paths that a traced process made, changed or removed."""
    for call, rest in _calls(trace):
        if not call.startswith("open") or WRITING.search(rest):
            yield from _paths(rest)


def opened(trace: Path) -> Iterator[Opened]:
    """The files that a traced process opened to read them."""
    for call, rest in _calls(trace):
        if call.startswith("open") and not NO_READING.search(rest):
            for path in _paths(rest):
                yield Opened(path, DIGESTING in rest)


def _calls(trace: Path) -> Iterator[tuple[str, str]]:
    """Each call that did what it was to do: its name, and its arguments with its result."""
    for line in trace.read_text(errors="replace").splitlines():
        call, _, rest = line.partition(" ")[2].lstrip().partition("(")
        if " = -1 " not in line:
            yield call, rest


def _paths(arguments: str) -> Iterator[str]:
    for match in PATH.finditer(arguments):
        folder = match["folder"] or os.fspath(Path.cwd())
        yield os.path.normpath(os.path.join(folder, match["path"]))


def unaccounted(trace: Path, allowed: tuple[str, ...]) -> set[str]:
    """What was read, but for what the fingerprint read too, and what there is a reason for."""
    every = list(opened(trace))
    digested = {os.path.realpath(each.path) for each in every if each.by_digest}
    reasons = [re.compile(each) for each in tomllib.loads(REASONS.read_text())["reasons"]]
    return {
        each.path
        for each in every
        if os.path.realpath(each.path) not in digested
        and not each.path.startswith(allowed)
        and not any(reason.search(each.path) for reason in reasons)
    }


def installed(blender: Path) -> Iterator[str]:
    """The folders of this Blender and of the Python that it was installed with."""
    environment = blender.parents[1]
    lines = (environment / "pyvenv.cfg").read_text().splitlines()
    settings = dict(re.split(" *= *", line, maxsplit=1) for line in lines)
    # Its home is where it was found; a link there may lead to where it lies.
    homes = (Path(settings["home"]), Path(settings["executable"]).resolve().parent)
    for folder in (environment, *(home.parent for home in homes)):
        yield f"{folder}/"
        yield f"{folder.resolve()}/"
