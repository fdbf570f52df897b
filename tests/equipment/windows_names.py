"""What of Python's standard library is there on Windows, by typeshed's description of it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mypy

STDLIB = Path(mypy.__file__).parent / "typeshed" / "stdlib"
VERSION = (3, 11)
CHANGED = ("os", "select", "signal", "time")
"""Modules that Windows has with fewer names."""


def names_of(module: str, platform: str) -> set[str]:
    """The names that a module has on this platform, as `sys.platform` calls it."""
    stub = STDLIB / f"{module}.pyi"
    text = (stub if stub.exists() else STDLIB / module / "__init__.pyi").read_text()
    system = SimpleNamespace(platform=platform, version_info=VERSION)
    return {*_names(ast.parse(text).body, {"sys": system})}


def _names(body: list[ast.stmt], scope: dict[str, Any]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.If):
            test = compile(ast.Expression(node.test), "typeshed", "eval")
            yield from _names(node.body if eval(test, scope) else node.orelse, scope)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.Assign):
            yield from (each.id for each in node.targets if isinstance(each, ast.Name))


@functools.cache
def posix_names() -> dict[str, list[str]]:
    """For each of CHANGED what Windows has not got of it."""
    return {name: sorted(names_of(name, "linux") - names_of(name, "win32")) for name in CHANGED}


@functools.cache
def posix_modules() -> list[str]:
    """The modules that Windows has not got: nothing but names for types is in them there."""
    stubs = sorted(path.stem for path in STDLIB.glob("*.pyi"))
    return [name for name in stubs if _has_names(name, "linux") and not _has_names(name, "win32")]


def _has_names(module: str, platform: str) -> bool:
    return any(not name.startswith("_") for name in names_of(module, platform))
