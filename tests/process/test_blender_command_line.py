"""How Blender takes its command line: what main.py relies on, and the proof of our own launcher.

The same table holds for a real Blender and for the `blender` command over a wheel, so that what the
tests find out with the one is true of the other.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]

SAVE = """
import bpy
text = bpy.data.texts.new("registered.py")
text.write("print('own script ran')")
text.use_module = True
scene = bpy.context.scene
scene.render.engine, scene.cycles.samples = "CYCLES", 1
scene.cycles.use_denoising = False
scene.render.resolution_x = scene.render.resolution_y = 16
bpy.ops.wm.save_as_mainfile(filepath="scene.blend")
"""
OPENED = "import bpy; print('opened:', bpy.data.filepath[-11:])"
ARGUMENTS = "import sys; print('arguments:', sys.argv[1:])"
FAIL = "1 / 0"
AFTER = "print('went on')"
NO_CAMERA = "import bpy; bpy.context.scene.camera = None"


@pytest.fixture(scope="module")
def run(blender_executable: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run Blender in the background, in a folder that holds scene.blend."""
    folder = tmp_path_factory.mktemp("scene")
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(folder / "user")}

    def blender(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [blender_executable, "-b", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    blender("--python-exit-code", "1", "--python-expr", SAVE).check_returncode()
    (folder / "cut.blend").write_bytes((folder / "scene.blend").read_bytes()[:5000])
    (folder / "script.py").write_text(ARGUMENTS, encoding="utf-8")
    return blender


def expression(code: str) -> tuple[str, str]:
    return "--python-expr", code


@pytest.mark.parametrize(
    ("arguments", "code", "printed", "not_printed"),
    [
        pytest.param(
            (*expression(OPENED), "scene.blend", *expression(OPENED)),
            0,
            ["opened: \n", "opened: scene.blend"],
            [],
            id="arguments act in their order",
        ),
        pytest.param(
            ("-P", "script.py", "scene.blend", "--", "-b", "one"),
            0,
            ["arguments: ['-b', '-P', 'script.py', 'scene.blend', '--', '-b', 'one']"],
            [],
            id="a script sees the whole command line",
        ),
        pytest.param(
            ("none.blend", *expression(AFTER)),
            1,
            ["none.blend"],
            ["went on"],
            id="missing .blend",
        ),
        pytest.param(
            ("cut.blend", *expression(AFTER)),
            1,
            ["cut.blend"],
            ["went on"],
            id="cut-off .blend",
        ),
        pytest.param(
            (*expression(FAIL), "--python-exit-code", "5", *expression(AFTER)),
            0,
            ["ZeroDivisionError", "went on"],
            [],
            id="exception, --python-exit-code too late",
        ),
        pytest.param(
            ("--python-exit-code", "5", *expression(FAIL), *expression(AFTER)),
            5,
            ["ZeroDivisionError"],
            ["went on"],
            id="exception after --python-exit-code",
        ),
        pytest.param(
            ("--python-exit-code", "5", "-P", "none.py"),
            5,
            ["none.py"],
            [],
            id="missing script",
        ),
        pytest.param(
            (*expression("raise SystemExit(3)"), *expression(AFTER)),
            3,
            [],
            ["went on"],
            id="sys.exit with a number",
        ),
        pytest.param(
            (*expression("raise SystemExit('why')"),),
            1,
            ["why"],
            [],
            id="sys.exit with a message",
        ),
        pytest.param(
            ("scene.blend",),
            0,
            ["skipping 'registered.py'"],
            ["own script ran"],
            id="a file's own scripts are off",
        ),
        pytest.param(
            ("scene.blend", "-y"),
            0,
            ["own script ran"],
            [],
            id="-y switches them on, wherever it stands",
        ),
        pytest.param(
            ("scene.blend", *expression(NO_CAMERA), "-f", "1", *expression(AFTER)),
            1,
            ["no camera", "went on"],
            [],
            id="a frame that cannot be rendered",
        ),
    ],
)
def test_an_answer(
    run: Run, arguments: tuple[str, ...], code: int, printed: list[str], not_printed: list[str]
) -> None:
    ended = run(*arguments)
    assert ended.returncode == code, ended.stdout
    assert [text for text in printed if text not in ended.stdout] == []
    assert [text for text in not_printed if text in ended.stdout] == []


def test_frames_are_rendered_by_number(run: Run, tmp_path: Path) -> None:
    ended = run("scene.blend", "-o", str(tmp_path / "f_##"), "-f", "3,5..6")
    assert ended.returncode == 0, ended.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f_03.png", "f_05.png", "f_06.png"]


def test_a_signal_reaches_blender_itself(blender_executable: Path) -> None:
    waiting = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(600)"
    blender = subprocess.Popen(
        [blender_executable, "-b", *expression(waiting)], stdout=subprocess.PIPE, text=True
    )
    with blender:
        assert blender.stdout is not None
        said = next(line for line in blender.stdout if line.startswith("pid"))
        blender.terminate()
    assert int(said.split()[1]) == blender.pid
    assert blender.returncode == -signal.SIGTERM
