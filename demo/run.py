"""`make demo`: a small animation as an array of four children on this machine, then its film.

Everything is done by the same commands that a farm runs; only the scene is made here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MAIN = HERE.parent / "main.py"
MAKE_SCENE = HERE / "make_scene.py"
HOME = HERE.parent / ".build" / "demo"
CHILDREN = 4
AT_A_TIME = 2


def main() -> int:
    blend, output = HOME / "demo.blend", HOME / "frames"
    make_scene(blend)
    environ = {
        **os.environ,
        "EFS_BLENDER_FILE_PATH": str(blend),
        "EFS_BLENDER_OUTPUT_FOLDER_PATH": str(output),
    }
    # Which Blender makes the demo is not the caller's to choose: it is the wheel that runs this.
    environ.pop("BLENDER_EXECUTABLE", None)
    for words in (
        ("run-array", "--size", str(CHILDREN), "--jobs", str(AT_A_TIME)),
        ("verify", "--deep"),
        ("film",),
    ):
        print(f"\n--- python main.py {' '.join(words)}", flush=True)
        command = [sys.executable, "-I", str(MAIN), *words]
        code = subprocess.run(command, env=environ, check=False).returncode
        if code:
            print(f"main.py {words[0]} ended with {code}", file=sys.stderr)
            return code
    return 0


def make_scene(blend: Path) -> None:
    """Make the scene, unless it was made before: a new file would be a new render."""
    if blend.exists() and blend.stat().st_mtime > MAKE_SCENE.stat().st_mtime:
        return
    blend.parent.mkdir(parents=True, exist_ok=True)
    print(f"--- making {blend}", flush=True)
    subprocess.run(
        [sys.executable, "-I", str(MAKE_SCENE), str(blend)], check=True, stdout=subprocess.DEVNULL
    )


if __name__ == "__main__":
    sys.exit(main())
