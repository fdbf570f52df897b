"""Every scene that the tests have: their names, and a .blend of each.

As a program, inside Blender: blender -b -P every_scene.py -- PYTEST FOLDER NAME...
with the folder that pytest can be imported from.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EQUIPMENT = Path(__file__).resolve().parent
MODULES = (
    *(EQUIPMENT.parent / "process" / name for name in ("scenes.py", "escaping_scenes.py")),
    *sorted(EQUIPMENT.glob("*_scenes.py")),
    *(EQUIPMENT / name for name in ("moving_looks.py", "moving_settings.py")),
)
GIVEN = {"scene", "home", "patch", "folder", "blend", "stock"}
"""What a maker may ask for; anything else must have a default value."""

NO_SCENES = {"register_extension", "save_first", "reopen", "register", "register_kept", "look"}


def every_scene() -> list[str]:
    """All makers of scenes, as `module.function`."""
    return [f"{path.stem}.{name}" for path in MODULES for name in _makers(path)]


def makers_in(module: str) -> list[str]:
    """The makers of scenes in one of the modules."""
    (path,) = (path for path in MODULES if path.stem == module)
    return list(_makers(path))


def _makers(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            asked = node.args.args[: len(node.args.args) - len(node.args.defaults)]
            if {each.arg for each in asked} <= GIVEN and node.name not in NO_SCENES:
                yield node.name


def saved(scenes: list[str], blender: Path, folder: Path) -> list[Path]:
    """Have a Blender save scenes; the .blend of each that this version can make."""
    import pytest

    command = [str(blender), "-b", "--factory-startup", "--python-exit-code", "1", "-P", __file__]
    command += ["--", str(Path(pytest.__file__).parents[1]), str(folder), *scenes]
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    paths = [folder / scene / "shot.blend" for scene in scenes]
    return [path for path in paths if path.exists()]


def make(scene: str, path: Path) -> None:
    """Have Blender save one of them, its first frame small and quick."""
    import bpy
    import pytest

    module, _, name = scene.partition(".")
    maker: Any = getattr(importlib.import_module(module), name)
    path.parent.mkdir(parents=True)
    bpy.ops.wm.read_factory_settings()
    bpy.ops.wm.save_as_mainfile(filepath=str(path))  # what it puts beside itself is there
    with pytest.MonkeyPatch.context() as patch:
        given = {"scene": bpy.context.scene, "home": path.parent, "patch": patch}
        given["folder"] = path.parent
        given["blend"], given["stock"] = str(path), str(path.parent / "stock")
        asked = inspect.signature(maker).parameters
        wanted = {
            name for name in given.keys() & asked if asked[name].default is inspect.Parameter.empty
        }
        maker(**{name: given[name] for name in wanted})
    for made in bpy.data.scenes:
        made.render.resolution_x, made.render.resolution_y = 16, 9
        made.render.resolution_percentage = 100
        made.cycles.samples = 1
    bpy.ops.wm.save_as_mainfile(filepath=str(path))


def main(folder: Path, scenes: list[str]) -> None:
    """Save each scene as FOLDER/NAME/shot.blend; one that this Blender can't make is not there."""
    import pytest

    folders = [EQUIPMENT.parent, *{module.parent for module in MODULES}]
    sys.path[:0] = map(str, folders)  # the first is that of the conftest which loads the checkout
    importlib.import_module("conftest")
    for scene in scenes:
        try:
            make(scene, folder / scene / "shot.blend")
        except (AttributeError, KeyError, RuntimeError, TypeError, pytest.skip.Exception):
            traceback.print_exc()
            (folder / scene / "shot.blend").unlink(missing_ok=True)


if __name__ == "__main__":
    PYTEST, HOME, *NAMES = sys.argv[sys.argv.index("--") + 1 :]
    sys.path.append(PYTEST)
    main(Path(HOME), NAMES)
