"""The modules that are shipped, as text."""

from __future__ import annotations

import ast
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PACKAGES = [path.parent.name for path in REPOSITORY.glob("*/__init__.py")]

MODULES = sorted(
    path.relative_to(REPOSITORY)
    for path in (
        *REPOSITORY.glob("*.py"),
        *(path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py")),
    )
)


def parsed(module: Path) -> ast.Module:
    return ast.parse((REPOSITORY / module).read_text(encoding="utf-8"))


def says_pure(module: Path) -> bool:
    return (ast.get_docstring(parsed(module)) or "").startswith("Pure:")
