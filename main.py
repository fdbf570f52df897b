# SPDX-License-Identifier: GPL-3.0-or-later
"""The headless door: load the package beside this file, do what the words say, exit with its code.

    blender -b scene.blend -P main.py              render my chunk of the open file
    blender -b -P main.py                          ... of the file that EFS_BLENDER_FILE_PATH names
    python main.py                                 ... where Blender is installed as a Python module

Words after `--` (with `python main.py` also without it) are a sub-command and its options;
`-- --help` lists them.
"""

from __future__ import annotations

import gc
import importlib.util
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAME = "array_chunk_render"


def load_package() -> None:
    """Make the folder of this file importable as a package, without touching sys.path."""
    spec = importlib.util.spec_from_file_location(
        NAME, HERE / "__init__.py", submodule_search_locations=[str(HERE)]
    )
    assert spec is not None and spec.loader is not None
    sys.modules[NAME] = package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)


def words() -> list[str]:
    """The words that are for us: those after `--`, or all where this file itself was called."""
    if "--" in sys.argv:
        return sys.argv[sys.argv.index("--") + 1 :]
    called = Path(sys.argv[0]).name == Path(__file__).name
    return sys.argv[1:] if called else []


if __name__ == "__main__":
    # What loads from here on has Python look for garbage many times: not in all of Blender's too.
    gc.freeze()
    load_package()
    from array_chunk_render.command_line.run import main

    main(words())
