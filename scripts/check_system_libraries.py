"""Name the system libraries that the bpy wheel lacks on this machine, with their packages.

    check_system_libraries.py ENVIRONMENT

The wheel brings most of what it needs along. Of X and OpenGL it expects the system's own, even
where no window is ever opened.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

# library: (package of Debian and Ubuntu, package of Fedora)
PACKAGES = {
    "libGL.so.1": ("libgl1", "libglvnd-glx"),
    "libICE.so.6": ("libice6", "libICE"),
    "libSM.so.6": ("libsm6", "libSM"),
    "libX11.so.6": ("libx11-6", "libX11"),
    "libXext.so.6": ("libxext6", "libXext"),
    "libXfixes.so.3": ("libxfixes3", "libXfixes"),
    "libXi.so.6": ("libxi6", "libXi"),
    "libXrender.so.1": ("libxrender1", "libXrender"),
    "libXxf86vm.so.1": ("libxxf86vm1", "libXxf86vm"),
    "libgomp.so.1": ("libgomp1", "libgomp"),
    "libstdc++.so.6": ("libstdc++6", "libstdc++"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon"),
}


def missing_libraries(ldd_output: str) -> list[str]:
    """Return the libraries that `ldd` did not find, each once, in order of name."""
    return sorted(set(re.findall(r"^\s*(\S+) => not found", ldd_output, re.MULTILINE)))


def advice(missing: list[str]) -> str:
    """Return one sentence that names what is missing, and the commands that install it."""
    known = [PACKAGES[library] for library in missing if library in PACKAGES]
    unknown = [library for library in missing if library not in PACKAGES]
    lines = [
        f"Blender needs {', '.join(missing)}, which this system lacks. Install what is missing:"
    ]
    if known:
        lines += [
            f"    Debian, Ubuntu:  sudo apt-get install {' '.join(debian for debian, _ in known)}",
            f"    Fedora:          sudo dnf install {' '.join(fedora for _, fedora in known)}",
        ]
    if unknown:
        lines.append(f"    and the packages of your system that hold {', '.join(unknown)}")
    return "\n".join(lines)


def check(environment: Path) -> str | None:
    """Return what has to be installed before this environment's bpy can be loaded, or None."""
    (library,) = environment.glob("lib/python3*/site-packages/bpy/__init__.so")
    ldd = subprocess.run(["ldd", library], capture_output=True, text=True, check=False)
    missing = missing_libraries(ldd.stdout)
    return advice(missing) if missing else None


if __name__ == "__main__":
    sys.exit(check(Path(sys.argv[1])))
