"""What a child writes, as the system sees it: its calls are looked at by strace.

This asks nothing of what we know of Blender: every call that makes, changes or removes a file
counts, whoever makes it.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from children import clean_environment

CHANGES = "creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat"
CHANGES += ",symlink,symlinkat,truncate,chmod,fchmodat,chown,fchownat,mknod,mknodat,utimensat"
STRACE = f"strace -f -y -qq -s 4096 --seccomp-bpf -e trace=open,openat,openat2,{CHANGES} -o".split()
PATH = re.compile(r'(?:(?P<at>\d+|AT_FDCWD)<(?P<folder>[^>]*)>, )?"(?P<path>[^"]*)"')
DEVICES = ("/dev/", "/proc/")


@dataclass(frozen=True)
class TracedChild:
    """A child that has ended, and what it made, changed or removed outside its own folders."""

    code: int
    log: str
    elsewhere: list[str]


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
    allowed = (*DEVICES, f"{output}/", f"{temporary}/")
    compiled = re.compile(rf"{re.escape(str(repository))}/.*__pycache__(/|$)")  # Python's own
    elsewhere = {path for path in changed(trace) if not f"{path}/".startswith(allowed)}
    return TracedChild(
        ended.returncode,
        ended.stdout + ended.stderr,
        sorted(path for path in elsewhere if not compiled.match(path)),
    )


def changed(trace: Path) -> Iterator[str]:
    """The paths that a traced process made, changed or removed."""
    for line in trace.read_text(errors="replace").splitlines():
        call, _, rest = line.partition(" ")[2].lstrip().partition("(")
        is_open = call.startswith("open")
        if " = -1 " in line or (is_open and not re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC)", rest)):
            continue
        for match in PATH.finditer(rest):
            folder = match["folder"] or os.fspath(Path.cwd())
            yield os.path.normpath(os.path.join(folder, match["path"]))
