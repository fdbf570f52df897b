"""What calls itself pure needs no Blender, and nothing that is shipped needs more than Blender."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .product_modules import MODULES, REPOSITORY, parsed, says_pure

PURE_PACKAGES = ("child", "chunking", "engines", "machine", "publishing", "transport")
BLENDER = {
    "_cycles",
    "addon_utils",
    "bl_ui",
    "bpy",
    "bpy_extras",
    "gpu",
    "idprop",
    "imbuf",
    "mathutils",
}
WHERE_IT_IS = {"numpy"}
"""In every official Blender; Debian's does without, and so does all of ours."""


def imports(module: Path) -> Iterator[str]:
    """Yield what a module imports anywhere in it: `bpy.types`, or `..rendering` with its dots."""
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def absolute_imports(module: Path) -> set[str]:
    """Return the top-level names of a module's absolute imports."""
    return {name.partition(".")[0] for name in imports(module) if not name.startswith(".")}


PURE = [module for module in MODULES if module.parts[0] in PURE_PACKAGES or says_pure(module)]
MAIN = Path("main.py")  # it loads the package itself, under its name


def import_name(module: Path) -> str:
    return ".".join(("array_chunk_render", *module.with_suffix("").parts)).removesuffix(".__init__")


def test_each_module_of_a_pure_package_says_so() -> None:
    assert [module for module in PURE if not says_pure(module)] == []


def test_pure_modules_import_the_standard_library_only() -> None:
    foreign = {module: absolute_imports(module) - sys.stdlib_module_names for module in PURE}
    assert {module: names for module, names in foreign.items() if names} == {}


def test_shipped_modules_import_nothing_but_blender_besides() -> None:
    known = sys.stdlib_module_names | BLENDER | WHERE_IT_IS
    foreign = {module: absolute_imports(module) - known for module in MODULES}
    assert foreign.pop(MAIN) <= {"array_chunk_render"}
    assert {module: names for module, names in foreign.items() if names} == {}


def test_chunking_imports_nothing_outside_it() -> None:
    own = [module for module in PURE if module.parts[0] == "chunking"]
    assert [
        module for module in own if any(name.startswith("..") for name in imports(module))
    ] == []


def test_numpy_is_imported_where_its_absence_is_caught() -> None:
    for module in MODULES:
        tree = parsed(module)
        tries = [node for node in ast.walk(tree) if isinstance(node, ast.Try)]
        guarded = [
            statement
            for each in tries
            if any(ast.unparse(one.type or each) == "ImportError" for one in each.handlers)
            for statement in each.body
        ]
        for node in ast.walk(tree):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            assert "numpy" not in names or node in guarded, module


PACKAGES = {module.parts[0] for module in MODULES if len(module.parts) > 1}


def imported_packages(package: str) -> set[str]:
    """The other packages that the modules of a package import, at their top or in a function."""
    names = set()
    for module in (each for each in MODULES if each.parts[0] == package):
        for name in imports(module):
            dots = len(name) - len(name.lstrip("."))
            if dots == len(module.parts):
                names.add(name[dots:].partition(".")[0])
    return names & PACKAGES


def test_no_package_imports_one_that_imports_it() -> None:
    left = {package: imported_packages(package) for package in PACKAGES}
    while last := {package for package, others in left.items() if not others & left.keys()}:
        left = {package: others for package, others in left.items() if package not in last}
    assert left == {}, "these import one another in a circle"


def test_the_window_knows_neither_what_draws_it_nor_its_operators() -> None:
    assert not imported_packages("window") & {"operators", "ui"}
    assert "operators" not in imported_packages("ui")


def test_all_pure_modules_load_in_a_plain_python() -> None:
    """An import inside a function is seen above; one of a module that is not pure, only here."""
    program = f"""
import importlib, sys
sys.path.insert(0, {str(REPOSITORY / "tests")!r})
import conftest
for name in {[import_name(module) for module in PURE]!r}:
    importlib.import_module(name)
print(*sorted({BLENDER!r} & sys.modules.keys()))
"""
    plain = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (plain.stdout.strip(), plain.stderr) == ("", "")
