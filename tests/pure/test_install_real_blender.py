"""Debian's Blender installed: a day on which the suite can't be is told from a fault of ours.

apt and debootstrap are stand-ins that say what the real ones were heard to say.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "install_real_blender.sh"
NOT_TODAY = 75

STAND_INS = {
    "id": "echo 0",
    "dpkg-query": "echo installed",
    "apt-config": "",
    "apt-get": "echo 'http://archive.example/debian|Debian'",
    # Whatever is done to or in a root folder is started by this one.
    "unshare": """case "$*" in
    *debootstrap*) step=bootstrap ;;
    *' apt-get update '*) step=update ;;
    *' apt-get install '*) step=install ;;
    *--pid*' blender --background'*) step=start ;;
    '--mount sh '*) step=wrapper ;;
    *) step=other ;;
esac
if [ "$step" = bootstrap ]; then
    root=${*: -2:1}
    mkdir -p "$root/etc/apt/apt.conf.d" "$root/etc/dpkg/dpkg.cfg.d" "$root/debootstrap"
    touch "$root/etc/apt/sources.list" "$root/debootstrap/debootstrap.log"
fi
[ "$step" = "$FAILING_STEP" ] || exit 0
echo "$WORDS"
exit 100""",
}

UNREACHABLE = """Err:1 http://archive.example/debian sid InRelease
  Could not connect to archive.example:80 (192.0.2.1). - connect (111: Connection refused)
E: Failed to fetch http://archive.example/debian/dists/sid/InRelease  Could not connect
E: Some index files failed to download. They have been ignored, or old ones used instead."""
UNSATISFIABLE = """The following packages have unmet dependencies:
 blender : Depends: blender-data (= 5.2.2+dfsg-1) but it is not going to be installed
E: Unable to satisfy dependencies. Reached two conflicting assignments:
   1. blender:amd64 is selected for install"""
FULL = """dpkg: error processing archive /var/cache/apt/archives/blender-data.deb (--unpack):
 cannot copy extracted data for './usr/share/x' to '/usr/share/x.dpkg-new': failed to write
 (No space left on device)"""


def install(tmp_path: Path, failing_step: str, words: str) -> subprocess.CompletedProcess[str]:
    """Run the script in a repository of its own, with one step that fails and says these words."""
    programs, scripts = tmp_path / "bin", tmp_path / "repository" / "scripts"
    programs.mkdir()
    scripts.mkdir(parents=True)
    for name, does in STAND_INS.items():
        program = programs / name
        program.write_text(f"#!/bin/bash\n{does}\n")
        program.chmod(0o755)
    script = shutil.copy(SCRIPT, scripts)
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "FAILING_STEP": failing_step,
        "WORDS": words,
    }
    return subprocess.run(
        [script, "sid"], env=environment, capture_output=True, text=True, check=False
    )


def wrapper_of(tmp_path: Path) -> Path:
    return tmp_path / "repository" / ".build" / "blender-sid" / "blender"


@pytest.mark.parametrize(
    ("failing_step", "words", "fault"),
    [
        pytest.param(
            "bootstrap",
            "E: Failed getting release file http://archive.example/debian/dists/sid/Release",
            "Failed getting release file",
            id="no archive to bootstrap from",
        ),
        pytest.param("update", UNREACHABLE, "E: Failed to fetch", id="no archive for apt"),
        pytest.param(
            "install", UNSATISFIABLE, "blender : Depends: blender-data", id="unmet dependencies"
        ),
        pytest.param(
            "install",
            "E: Package 'blender' has no installation candidate",
            "no installation candidate",
            id="Blender itself is gone",
        ),
        pytest.param(
            "install",
            "dpkg: error processing package libpython3.14-minimal:amd64 (--configure):",
            "dpkg: error processing",
            id="a broken package",
        ),
        pytest.param(
            "start",
            "blender: error while loading shared libraries: libOpenEXR.so.31: cannot open",
            "error while loading shared libraries",
            id="a library that another package took away",
        ),
    ],
)
def test_a_day_on_which_the_suite_cannot_be_installed_is_said_in_one_line(
    tmp_path: Path, failing_step: str, words: str, fault: str
) -> None:
    ended = install(tmp_path, failing_step, words)
    assert ended.returncode == NOT_TODAY, ended.stderr
    assert ended.stderr == ""
    line = ended.stdout.splitlines()[-1]
    assert line.startswith("install_real_blender: sid can't be installed today: ")
    assert fault in line
    assert not wrapper_of(tmp_path).exists()


@pytest.mark.parametrize(
    ("failing_step", "words"),
    [
        pytest.param(
            "install", "E: Unable to locate package python3-cattr", id="a name apt does not know"
        ),
        pytest.param("install", FULL, id="a full disk"),
        pytest.param("install", "", id="no word at all"),
        pytest.param(
            "bootstrap", "E: debootstrap can only run as root", id="debootstrap itself refuses"
        ),
        pytest.param("start", "Segmentation fault", id="Blender that crashes"),
        pytest.param("wrapper", UNREACHABLE, id="our wrapper"),
    ],
)
def test_what_may_be_a_fault_of_ours_is_no_such_day(
    tmp_path: Path, failing_step: str, words: str
) -> None:
    ended = install(tmp_path, failing_step, words)
    assert ended.returncode == 1
    assert "can't be installed today" not in ended.stdout
    assert "install_real_blender: " in ended.stderr


def test_installed_it_has_a_wrapper_and_is_not_installed_again(tmp_path: Path) -> None:
    ended = install(tmp_path, "none", "")
    assert ended.returncode == 0, ended.stderr
    assert os.access(wrapper_of(tmp_path), os.X_OK)
    (tmp_path / "bin" / "apt-get").unlink()  # it would be asked
    script = tmp_path / "repository" / "scripts" / SCRIPT.name
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    again = subprocess.run(
        [script, "sid"],
        env={**os.environ, "PATH": path, "FAILING_STEP": "install", "WORDS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (again.returncode, again.stdout) == (0, "")


def test_an_unknown_suite_is_refused(tmp_path: Path) -> None:
    ended = subprocess.run([SCRIPT, "forky"], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "trixie|sid" in ended.stderr
