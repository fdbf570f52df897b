"""Make one of the environments below .build, where it is not there yet as its requirements say.

    make_environment.py NAME        (blender-4.2 to blender-5.3, tools, tools-3.13)

Each holds exactly what scripts/requirements/NAME.txt names. Blender 4.2 is the bpy wheel and no
more, without numpy, like Debian's Blender; each Blender gets a `blender` command. Each is made with
the Python that runs this: the one that its wheel is built for, which the Makefile finds. Safe to
interrupt, and to start twice at once; says nothing where all is there.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import check_system_libraries

REPOSITORY = Path(__file__).resolve().parent.parent
BUILD = REPOSITORY / ".build"
REQUIREMENTS = {"tools-3.13": "tools"}
"""Environments whose file has another name: these tools, for tests inside a newer Blender."""
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PIP_INSTALL = "-m pip install --quiet --disable-pip-version-check --no-deps".split()
LOG_LINES_SHOWN = 20

LAUNCHER = """\
#!/bin/sh
# Written by scripts/make_environment.py: the bpy wheel as a `blender` command, for tests.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P) || exit
exec "$here/python" -I "$here/../../../tests/equipment/blender_launcher.py" "$@"
"""


def make(name: str) -> None:
    """Make the environment of this name.

    Raises SystemExit with what to do: the packages can't be installed, Blender can't be loaded.
    """
    BUILD.mkdir(exist_ok=True)
    with (BUILD / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.set_inheritable(lock.fileno(), True)
        _make_locked(name)


def _make_locked(name: str) -> None:
    environment = BUILD / name
    listed = REQUIREMENTS.get(name, name)
    requirements = REPOSITORY / "scripts" / "requirements" / f"{listed}.txt"
    installed, complete = environment / "installed", environment / "complete"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not installed.exists() or installed.read_text() != wanted:
        _install(environment, requirements)
        installed.write_text(wanted)
    if name.startswith("blender-"):
        _write_launcher(environment)
        _check_blender(environment)
    complete.write_text(wanted)


def _install(environment: Path, requirements: Path) -> None:
    print(f"making {environment.relative_to(REPOSITORY)} with Python {PYTHON} …", flush=True)
    if environment.exists():
        shutil.rmtree(environment)
    log = BUILD / f"{environment.name}.log"
    log.unlink(missing_ok=True)
    venv = [sys.executable, "-m", "venv", str(environment)]
    _run(venv, log, f"Python's venv failed (Debian: apt-get install python{PYTHON}-venv)")
    pip = [str(environment / "bin" / "python"), *PIP_INSTALL, "--requirement", str(requirements)]
    _run(pip, log, f"pip could not install what {requirements.name} names")


def _run(command: list[str], log: Path, fault: str) -> None:
    with log.open("a") as output:
        run = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            close_fds=False,  # it holds the lock, too, should this process be killed
            check=False,
        )
    if run.returncode:
        sys.exit(f"{_last_lines(log)}\n{fault}; the whole log is {log}")


def _last_lines(log: Path) -> str:
    lines = [
        line
        for line in log.read_text(errors="replace").splitlines()
        if not line.startswith("WARNING")
    ]
    return "\n".join(lines[-LOG_LINES_SHOWN:])


def _write_launcher(environment: Path) -> None:
    launcher = environment / "bin" / "blender"
    if not launcher.exists() or launcher.read_text() != LAUNCHER:
        launcher.write_text(LAUNCHER)
        launcher.chmod(0o755)


def _check_blender(environment: Path) -> None:
    """Load the wheel once.

    Raises SystemExit: a system library is missing, named with its package; or what loading it said.
    """
    missing = check_system_libraries.check(environment)
    if missing:
        sys.exit(missing)
    command = [environment / "bin" / "python", "-I", "-c", "import bpy, os; os._exit(0)"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(
            f"{run.stdout}{run.stderr}bpy in {environment} cannot be loaded (exit {run.returncode})"
        )


if __name__ == "__main__":
    make(sys.argv[1])
