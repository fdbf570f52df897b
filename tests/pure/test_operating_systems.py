"""What only POSIX has is used where it is asked for first, and nowhere else.

mypy looks for the same, but not where bpy's description is too poor for it to look at attributes.
"""

from __future__ import annotations

import ast
from pathlib import Path

from windows_names import posix_modules, posix_names

ASKED_FOR = {
    "machine/processes.py": {"os.sysconf"},
    "machine/child_process.py": {"os.killpg"},
}
"""By `hasattr`, or where their absence is caught."""


def posix_uses(text: str) -> set[str]:
    """The names of POSIX alone that a module's text uses, and the modules that it imports."""
    nodes = [*ast.walk(ast.parse(text))]
    names = {f"{module}.{name}" for module, each in posix_names().items() for name in each}
    used = {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)} & names
    imports = (node for node in nodes if isinstance(node, ast.Import))
    imported = {alias.name for node in imports for alias in node.names}
    return used | imported & {*posix_modules()}


def test_where_the_package_uses_posix(repository: Path) -> None:
    folders = [path.parent for path in repository.glob("*/__init__.py")]
    files = [*repository.glob("*.py"), *(file for each in folders for file in each.rglob("*.py"))]
    uses = {
        file.relative_to(repository).as_posix(): posix_uses(file.read_text(encoding="utf-8"))
        for file in files
    }
    assert {name: used for name, used in uses.items() if used} == ASKED_FOR


def test_uses_are_seen() -> None:
    text = "import fcntl, os, signal\nos.kill(1, signal.SIGHUP)\nos.getuid()\nos.environ['A']\n"
    assert posix_uses(text) == {"fcntl", "signal.SIGHUP", "os.getuid"}
