"""A copy of the extension whose main.py takes POSIX away from its Blender before anything else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from windows_names import posix_modules, posix_names

FIRST = """
import sys
from pathlib import Path
sys.path.insert(0, str(Path(__file__).parent / "first"))
import without_posix
del sys.path[0]
without_posix.take_away()
exec(compile((Path(__file__).parent / "first/main.py").read_text(), __file__, "exec"))
"""


def copy_without_posix(repository: Path, copy: Path) -> Path:
    """Make the copy; return its main.py, by which all processes that it starts are without, too."""
    packages = {path.parent.name for path in repository.glob("*/__init__.py")}
    for name in packages:
        shutil.copytree(repository / name, copy / name)
    first = copy / "first"
    first.mkdir()
    for file in (*repository.glob("*.py"), repository / "blender_manifest.toml"):
        shutil.copy(file, first if file.name == "main.py" else copy)
    shutil.copy(Path(__file__).with_name("without_posix.py"), first)
    told = {"names": posix_names(), "modules": posix_modules()}
    (first / "posix.json").write_text(json.dumps(told))
    (copy / "main.py").write_text(FIRST)
    return copy / "main.py"
