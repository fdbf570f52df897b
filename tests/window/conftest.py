"""A real Blender in its window, on a virtual display, with the extension installed from its zip.

Nothing is skipped here: what is missing fails the tests, and `make real-blender` installs it.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from children import clean_environment

MAKE_FILM = Path(__file__).with_name("make_artist_film.py")
REMOTE = Path(__file__).with_name("remote.py")
MakeFilm = Callable[[Path, int], None]
SCREEN = "1400x900x24"
ANSWER_SECONDS = 600.0
"""How long an answer may take before the test gives up: longer than EEVEE needs for its first frame
where a busy processor stands in for a graphics card."""

SETTLE = """
def count_redraw():
    global redrawn
    redrawn += 1
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            area.tag_redraw()
    return 0.1 if redrawn < 3 else None
bpy.app.timers.register(count_redraw, first_interval=0.1)
"""
"""Counts turns of Blender's main loop: each handles what came in and draws."""


class Window:
    """The running Blender: asked through its remote, looked at and touched through its display."""

    def __init__(
        self, blender: subprocess.Popen[bytes], remote: socket.socket, display: str, log: Path
    ) -> None:
        self.blender = blender
        self.display = display
        self._log = log
        self._remote = remote.makefile("rw", encoding="utf-8")

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression, as JSON can carry it."""
        return self._ask(evaluate=expression)

    def execute(self, statements: str) -> None:
        """Execute statements; the names that they set stay for later ones."""
        self._ask(execute=statements)

    def wait_until(self, expression: str) -> None:
        """Wait until an expression is true, with the window alive meanwhile."""
        self._ask(wait_until=expression)

    def quit(self) -> None:
        """Have Blender quit as by its menu, without asking about unsaved changes."""
        print(json.dumps({"quit": ""}), file=self._remote, flush=True)

    def _ask(self, **request: str) -> Any:
        try:
            print(json.dumps(request), file=self._remote, flush=True)
            answer = json.loads(self._remote.readline())
        except (OSError, ValueError):
            pytest.fail(
                f"No answer from Blender; its log:\n{self._log.read_text(errors='replace')}"
            )
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def settle(self) -> None:
        """Wait until the window has handled what was done to it, and has drawn itself."""
        self.execute("redrawn = 0")
        self.execute(SETTLE)
        self.wait_until("redrawn >= 3")

    def screenshot(self, path: Path) -> Path:
        """Take a picture of the whole screen: Blender's own operator gives a black one here."""
        self._run("import", "-window", "root", str(path))
        return path

    def mouse_and_keys(self, *xdotool: str | int) -> None:
        """Move, click and type, in xdotool's words."""
        self._run("xdotool", *map(str, xdotool))

    def _run(self, *command: str) -> None:
        subprocess.run(command, env={**os.environ, "DISPLAY": self.display}, check=True)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process of ours, the hard way if it does not go."""
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """A virtual display of this run's own."""
    missing = [name for name in ("Xvfb", "xdotool", "import") if not shutil.which(name)]
    if missing:
        pytest.fail(f"{', '.join(missing)}: not on the PATH; `make real-blender` installs it")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as ready:
        number = ready.readline().strip()  # comes when the server takes connections
    assert number, "Xvfb did not start"
    yield f":{number}"
    end(server)


@pytest.fixture(scope="session")
def built_zip(
    blender_executable: Path, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The extension's zip, built by this Blender."""
    folder = tmp_path_factory.mktemp("zip")
    build = ["build", "--source-dir", str(repository), "--output-dir", str(folder)]
    command = [str(blender_executable), "--command", "extension", *build]
    subprocess.run(command, env=user_environment(tmp_path_factory.mktemp("none")), check=True)
    return next(folder.iterdir())


@pytest.fixture(scope="session")
def user_folder(
    blender_executable: Path, built_zip: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A Blender configuration with the extension installed and enabled."""
    folder = tmp_path_factory.mktemp("user")
    install = ["install-file", "--repo", "user_default", "--enable", str(built_zip)]
    command = [str(blender_executable), "--command", "extension", *install]
    subprocess.run(command, env=user_environment(folder), check=True)
    return folder


def user_environment(folder: Path) -> dict[str, str]:
    """The environment of a Blender that keeps its configuration in this folder."""
    return {**os.environ, "BLENDER_USER_RESOURCES": str(folder)}


@pytest.fixture
def make_film(blender_executable: Path) -> MakeFilm:
    """Saves an artist's small film under a path, to be rendered by so many samples."""

    def make(blend: Path, samples: int) -> None:
        words = ["-b", "--factory-startup", "-P", str(MAKE_FILM), "--", str(blend), str(samples)]
        subprocess.run([str(blender_executable), *words], check=True, env=clean_environment())

    return make


@pytest.fixture
def window(
    blender_executable: Path, display: str, user_folder: Path, tmp_path: Path
) -> Iterator[Window]:
    """A Blender with its window open and its main loop running."""
    with opened_window(blender_executable, display, user_folder, tmp_path) as opened:
        yield opened


@pytest.fixture
def bare_window(blender_executable: Path, display: str, tmp_path: Path) -> Iterator[Window]:
    """The same, of somebody who has just installed Blender and nothing else."""
    user = tmp_path / "new user"
    user.mkdir()
    with opened_window(blender_executable, display, user, tmp_path) as opened:
        yield opened


@contextmanager
def opened_window(blender: Path, display: str, user: Path, home: Path) -> Iterator[Window]:
    """A window whose Blender is ended afterwards; it must not have written a traceback."""
    ours, theirs = socket.socketpair()
    ours.settimeout(ANSWER_SECONDS)
    environment = {
        **user_environment(user),
        "DISPLAY": display,
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "REMOTE_SOCKET": str(theirs.fileno()),
    }
    log = home / "blender.log"
    with theirs, log.open("wb") as output:
        process = subprocess.Popen(
            [blender, "-P", REMOTE],
            env=environment,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    with ours:
        opened = Window(process, ours, display, log)
        try:
            opened.wait_until("bpy.context.window_manager.windows[0].screen is not None")
            yield opened
        finally:
            end(process)
    written = log.read_text(errors="replace")
    assert "Traceback" not in written, written
