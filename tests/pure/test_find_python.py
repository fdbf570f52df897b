"""Which Python, and with it which Blender, `make demo` and `make test` work with.

The Pythons of a machine are stand-ins that answer what the real ones do; one real one is asked too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
NEEDED = ("Makefile", "scripts")
PROGRAMS = ("bash", "dirname", "env", "expand", "make", "sed")


class Machine:
    """A clone of this repository without .build, and the only folder on the PATH."""

    def __init__(self, home: Path) -> None:
        self.clone, self.programs = home / "a clone", home / "bin"
        self.programs.mkdir()
        for name in PROGRAMS:
            program = shutil.which(name)
            assert program is not None
            (self.programs / name).symlink_to(program)
        for name in NEEDED:
            source, target = REPOSITORY / name, self.clone / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)

    def install(self, name: str, version: str, folder: Path | None = None) -> Path:
        """Put a Python of this version there; "": one that makes no environment."""
        program = (folder or self.programs) / name
        program.parent.mkdir(parents=True, exist_ok=True)
        answer = f'echo "{version} $0"' if version else "exit 1"
        program.write_text(f"#!/bin/sh\n{answer}\n")
        program.chmod(0o755)
        return program

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.clone,
            env={"PATH": str(self.programs), **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def make(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run("make", *words, **variables)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize(
    ("pythons", "blender", "tools"),
    [
        pytest.param({"python3.11": "3.11"}, "4.2", "tools", id="3.11 alone"),
        pytest.param({"python3": "3.11"}, "4.2", "tools", id="3.11 as python3, as on Debian 12"),
        pytest.param({"python3.13": "3.13"}, "5.2", "tools-3.13", id="3.13 alone"),
        pytest.param(
            {"python3": "3.13"}, "5.2", "tools-3.13", id="3.13 as python3, as on Debian 13"
        ),
        pytest.param({"python3.11": "3.11", "python3": "3.13"}, "4.2", "tools", id="both"),
        pytest.param(
            {"python3.11": "", "python3": "3.13"}, "5.2", "tools-3.13", id="3.11 without venv"
        ),
        pytest.param(
            {"python3.13": "3.13", "python3": "3.14"}, "5.2", "tools-3.13", id="3.13 beside 3.14"
        ),
    ],
)
def test_the_blender_is_that_of_the_python_that_is_there(
    machine: Machine, pythons: dict[str, str], blender: str, tools: str
) -> None:
    for name, version in pythons.items():
        machine.install(name, version)
    assert f"\n.build/blender-{blender}/bin/python demo/run.py" in machine.make("-n", "demo").stdout
    test = machine.make("-n", "test").stdout
    assert (
        f"\n.build/{tools}/bin/python scripts/summarize_reports.py .build/reports/pure.xml" in test
    )
    assert f"--- ring blender-{blender}" in test
    assert f"--- ring process-{blender}" in test
    assert f".build/blender-{blender}/lib/python{'3.11' if blender == '4.2' else '3.13'}/" in (
        machine.make("-n", "zip").stdout
    )


def test_the_python_that_the_caller_names_goes_before_others(machine: Machine) -> None:
    machine.install("python3.11", "3.11")
    named = machine.install("python3", "3.13", machine.clone.parent / "of mine")
    for asked in (
        machine.make("-n", "demo", f"PYTHON={named}"),
        machine.make("-n", "demo", PYTHON=str(named)),
    ):
        assert ".build/blender-5.2/bin/python demo/run.py" in asked.stdout
    assert machine.run("scripts/find_python.sh", "3.13", PYTHON=str(named)).stdout == (
        f"3.13 {named}\n"
    )


def test_a_python_that_made_an_environment_is_remembered(machine: Machine) -> None:
    machine.install("python", "3.13", machine.clone / ".build" / "tools-3.13" / "bin")
    assert ".build/blender-5.2/bin/python demo/run.py" in machine.make("-n", "demo").stdout


def test_pyenv_need_not_have_switched_it_on(machine: Machine) -> None:
    root = machine.clone.parent / "pyenv"
    kept = machine.install("python3", "3.13", root / "versions" / "3.13.0" / "bin")
    machine.install("python3.13", "")
    pyenv = machine.programs / "pyenv"
    pyenv.write_text(f'#!/bin/sh\necho "{root}"\n')
    pyenv.chmod(0o755)
    assert machine.run("scripts/find_python.sh", "3.11", "3.13").stdout == f"3.13 {kept}\n"


@pytest.mark.parametrize("goal", ["demo", "test", "lint", "zip"])
@pytest.mark.parametrize("other", [None, "3.14", ""])
def test_without_either_one_sentence_says_how_to_get_one(
    machine: Machine, goal: str, other: str | None
) -> None:
    if other is not None:
        machine.install("python3", other)
    ended = machine.make(goal)
    assert ended.returncode == 2
    sentence, *rest = ended.stderr.splitlines()
    assert sentence.startswith("Python 3.11 or 3.13 with venv is needed and was not found: ")
    assert "python3.13-venv" in sentence
    assert all(line.startswith("make: ***") for line in rest)


def test_a_version_that_needs_the_other_python_says_so(machine: Machine) -> None:
    machine.install("python3", "3.13")
    ended = machine.make("test-blender-4.5")
    assert ended.returncode == 2
    assert ended.stderr.startswith("Python 3.11 with venv is needed and was not found: ")


def test_help_needs_no_python(machine: Machine) -> None:
    assert "  make demo  " in machine.make("help").stdout


def test_of_a_virtual_environment_its_base_is_named(machine: Machine) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    asked = machine.run("scripts/find_python.sh", version, PYTHON=sys.executable)
    found = Path(asked.stdout.removeprefix(f"{version} ").rstrip("\n"))
    assert found.samefile(sys.executable)
    assert not (found.parent.parent / "pyvenv.cfg").exists()
