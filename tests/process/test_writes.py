"""Where a chunk writes, as the system sees it: in the output folder and its own temporary one.

This asks nothing of what we know of Blender: every call that makes, changes or removes a file
counts, whoever makes it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from children import MakeBlend, clean_environment, frames_in

CHANGES = "creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat"
CHANGES += ",symlink,symlinkat,truncate,chmod,fchmodat,chown,fchownat,mknod,mknodat,utimensat"
STRACE = f"strace -f -y -qq -s 4096 --seccomp-bpf -e trace=open,openat,openat2,{CHANGES} -o".split()
TINY = {"width": 16, "height": 9, "end": 1}
PATH = re.compile(r'(?:(?P<at>\d+|AT_FDCWD)<(?P<folder>[^>]*)>, )?"(?P<path>[^"]*)"')
DEVICES = ("/dev/", "/proc/")

SCENES: list[Any] = [
    pytest.param("file_outputs", {}, id="file output"),
    pytest.param("grouped_output", {}, id="in a group"),
    pytest.param("scene_strip", {}, id="scene strip"),
    pytest.param("strip_in_strip", {}, id="strip in a strip"),
    pytest.param("effect_stack", {}, id="stack of effects"),
    pytest.param("strip_modifier", {}, id="strip modifier"),
    pytest.param("result_kept", {}, id="cache result"),
    pytest.param("other_layers", {}, id="layers of another scene"),
]


pytestmark = [
    # A real Blender's wrapper gives it another root, and strace sees its folders by other names.
    pytest.mark.wheel,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]


@pytest.mark.parametrize(("scene", "settings"), SCENES)
def test_writes_nowhere_else(
    scene: str,
    settings: dict[str, Any],
    make_blend: MakeBlend,
    blender_executable: Path,
    repository: Path,
    tmp_path: Path,
) -> None:
    blend = make_blend(scene, into=tmp_path / "shot" / f"{scene}.blend", **settings, **TINY)
    assert writes_elsewhere(blend, blender_executable, repository, tmp_path) == []


def test_makes_no_texture_cache(
    make_blend: MakeBlend, blender_executable: Path, repository: Path, tmp_path: Path
) -> None:
    shot = tmp_path / "shot"
    shot.mkdir()
    texture = shutil.copy(make_picture(make_blend, blender_executable, repository, tmp_path), shot)
    blend = make_blend("texture_cached", into=shot / "cached.blend", texture=str(texture), **TINY)
    assert writes_elsewhere(blend, blender_executable, repository, tmp_path) == []


def make_picture(
    make_blend: MakeBlend, blender_executable: Path, repository: Path, tmp_path: Path
) -> Path:
    blend = make_blend("film", into=tmp_path / "plain" / "film.blend", **TINY)
    assert writes_elsewhere(blend, blender_executable, repository, tmp_path / "plain") == []
    return tmp_path / "plain" / "out" / "00001.png"


def writes_elsewhere(
    blend: Path, blender_executable: Path, repository: Path, home: Path
) -> list[str]:
    """What a chunk made, changed or removed outside the folders that it is given."""
    output, temporary, trace = home / "out", home / "temporary", home / "trace"
    temporary.mkdir()
    command = [*STRACE, str(trace), str(blender_executable), "-b", str(blend)]
    command += ["-P", str(repository / "main.py"), "--", "--lanes", "1"]
    environ = clean_environment(
        EFS_BLENDER_OUTPUT_FOLDER_PATH=str(output),
        TMPDIR=str(temporary),
        XDG_CACHE_HOME=str(temporary / "cache"),  # the graphics driver's, in the user's home
    )
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "00001.png" in frames_in(output)
    allowed = (*DEVICES, f"{output}/", f"{temporary}/")
    compiled = re.compile(rf"{re.escape(str(repository))}/.*__pycache__(/|$)")  # Python's own
    elsewhere = {path for path in changed(trace) if not f"{path}/".startswith(allowed)}
    return sorted(path for path in elsewhere if not compiled.match(path))


def changed(trace: Path) -> Iterator[str]:
    """The paths that a traced process made, changed or removed."""
    for line in trace.read_text(errors="replace").splitlines():
        call, _, rest = line.partition(" ")[2].lstrip().partition("(")
        is_open = call.startswith("open")
        if " = -1 " in line or (is_open and not re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC)", rest)):
            continue
        for match in PATH.finditer(rest):
            folder = match["folder"] or os.fspath(Path.cwd())
            yield os.path.normpath(os.path.join(folder, match["path"]))
