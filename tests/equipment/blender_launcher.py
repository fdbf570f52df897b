"""A `blender` command over the bpy wheel, for tests on machines without a Blender executable.

It understands the part of Blender's command line that the tests and this project's documentation
use, and answers as Blender 4.3 in the background was seen to answer:

* Arguments act one after the other, but whether a file's own scripts may run (`-y`, `-Y`) is
  settled before that.
* A missing or unreadable .blend ends it with 1; a `-P` after it never runs.
* A script's exception is printed and forgotten, unless `--python-exit-code` came earlier;
  `sys.exit(n)` ends Blender.
* After a frame that cannot be rendered it goes on, and ends with 1.
* `sys.argv` is the whole command line. PYTHONPATH counts with `--python-use-system-env` only.

Unlike Blender it never reads saved preferences: the wheel is at factory settings, always. An option
that it does not know is an error, so that no test rests on something that only seems to work. It
leaves by `os._exit`: the wheel's own way out hangs or crashes while Python handlers are registered.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import bpy

PROGRAM = Path(sys.prefix) / "bin" / "blender"


class Launcher:
    """One run: the arguments not yet used up, and what an argument leaves for later ones."""

    def __init__(self, arguments: list[str]) -> None:
        self.arguments = arguments
        self.python_exit_code = 0
        self.exit_code = 0
        self.scripts_may_run = False

    def run(self) -> None:
        """Do what the arguments say, in their order."""
        self.scripts_may_run = _scripts_may_run(self.arguments)
        while self.arguments:
            argument = self.arguments.pop(0)
            if argument == "--":
                return
            if argument in ALREADY_SO | ALLOW_SCRIPTS | FORBID_SCRIPTS:
                continue
            handle = HANDLERS.get(argument)
            if handle is not None:
                handle(self)
            elif argument.startswith("-"):
                sys.exit(f"blender launcher: {argument} is not among the options it knows")
            else:
                self.open_blend(argument)

    def value(self, what: str) -> str:
        """Return the next argument.

        Raises SystemExit: there is none.
        """
        if not self.arguments:
            sys.exit(f"blender launcher: {what} is missing at the end of the command line")
        return self.arguments.pop(0)

    def open_blend(self, name: str) -> None:
        path = os.path.abspath(name)
        if not os.path.exists(path):
            print(f'Error: Cannot read file "{path}": No such file or directory', file=sys.stderr)
            leave(1)
        try:
            bpy.ops.wm.open_mainfile(filepath=path, use_scripts=self.scripts_may_run)
        except RuntimeError:  # Blender has printed why
            leave(1)

    def run_file(self) -> None:
        name = self.value("the file of --python")
        path = Path(name).absolute()
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            print(
                f'OSError: Python file "{path}" could not be opened: {error.strerror}',
                file=sys.stderr,
            )
            self._script_failed(f"file: '{name}'")
        else:
            self._run_script(f"file: '{name}'", text, str(path))

    def run_expression(self) -> None:
        expression = self.value("the text of --python-expr")
        self._run_script(f"expr: '{expression}'", expression, "<blender string>")

    def _run_script(self, name: str, text: str, file: str) -> None:
        """Run a script in a fresh `__main__`, as Blender does, with `sys.argv` left alone."""
        before = sys.modules["__main__"]
        sys.modules["__main__"] = module = ModuleType("__main__")
        module.__file__ = file
        try:
            exec(compile(text, file, "exec"), module.__dict__)
        except Exception:  # noqa: BLE001 -- any script, any fault: Blender prints it and goes on
            traceback.print_exc()
            self._script_failed(name)
        finally:
            sys.modules["__main__"] = before

    def _script_failed(self, name: str) -> None:
        if self.python_exit_code:
            print(f"\nError: script failed, {name}, exiting.", file=sys.stderr)
            leave(self.python_exit_code)

    def set_python_exit_code(self) -> None:
        self.python_exit_code = int(self.value("the number of --python-exit-code"))

    def set_output(self) -> None:
        bpy.context.scene.render.filepath = self.value("the path of --render-output")

    def set_engine(self) -> None:
        engine = self.value("the name of --engine")
        try:
            bpy.context.scene.render.engine = engine
        except TypeError:
            print(f"\nError: engine not found '{engine}'", file=sys.stderr)
            leave(1)

    def set_frame_start(self) -> None:
        bpy.context.scene.frame_start = int(self.value("the number of --frame-start"))

    def set_frame_end(self) -> None:
        bpy.context.scene.frame_end = int(self.value("the number of --frame-end"))

    def set_frame_step(self) -> None:
        bpy.context.scene.frame_step = int(self.value("the number of --frame-jump"))

    def run_command(self) -> None:
        """Hand the rest to one of Blender's own commands, and leave with its exit code."""
        command = self.value("the name of --command")
        if command != "extension":
            sys.exit(f"blender launcher: --command {command}: it knows only `extension`")
        import bl_pkg

        leave(bl_pkg.cli_extension(self.arguments))

    def use_system_environment(self) -> None:
        sys.path[:0] = [
            folder for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder
        ]

    def render_frames(self) -> None:
        for frame in _frames(self.value("the frames of --render-frame")):
            self._render(frame, frame)

    def render_animation(self) -> None:
        scene = bpy.context.scene
        self._render(scene.frame_start, scene.frame_end)

    def _render(self, first: int, last: int) -> None:
        try:
            if bpy.app.version >= (5, 0, 0):
                bpy.ops.render.render(animation=True, frame_start=first, frame_end=last)
            else:
                _render_scene_range(first, last)
        except RuntimeError:  # Blender has printed why
            self.exit_code = 1


ALLOW_SCRIPTS = frozenset(("-y", "--enable-autoexec"))
FORBID_SCRIPTS = frozenset(("-Y", "--disable-autoexec"))
# The wheel is in the background and at factory settings anyway.
ALREADY_SO = frozenset(("-b", "--background", "--factory-startup", "-noaudio"))
HANDLERS: dict[str, Callable[[Launcher], None]] = {
    "-P": Launcher.run_file,
    "--python": Launcher.run_file,
    "--python-expr": Launcher.run_expression,
    "--python-exit-code": Launcher.set_python_exit_code,
    "--python-use-system-env": Launcher.use_system_environment,
    "-c": Launcher.run_command,
    "--command": Launcher.run_command,
    "-o": Launcher.set_output,
    "--render-output": Launcher.set_output,
    "-E": Launcher.set_engine,
    "--engine": Launcher.set_engine,
    "-s": Launcher.set_frame_start,
    "--frame-start": Launcher.set_frame_start,
    "-e": Launcher.set_frame_end,
    "--frame-end": Launcher.set_frame_end,
    "-j": Launcher.set_frame_step,
    "--frame-jump": Launcher.set_frame_step,
    "-f": Launcher.render_frames,
    "--render-frame": Launcher.render_frames,
    "-a": Launcher.render_animation,
    "--render-anim": Launcher.render_animation,
}


def _own(arguments: list[str]) -> list[str]:
    """Return the arguments that are Blender's: those before `--`."""
    return arguments[: arguments.index("--")] if "--" in arguments else arguments


def _scripts_may_run(arguments: list[str]) -> bool:
    """Return whether the last switch for a file's own scripts allows them; none means no."""
    switches = [word for word in _own(arguments) if word in ALLOW_SCRIPTS | FORBID_SCRIPTS]
    return bool(switches) and switches[-1] in ALLOW_SCRIPTS


def _frames(words: str) -> Iterator[int]:
    """Yield the frames of `-f`: numbers and ranges `3..7`, with commas between them."""
    for word in words.split(","):
        first, _, last = word.partition("..")
        yield from range(int(first), int(last or first) + 1)


def _render_scene_range(first: int, last: int) -> None:
    """Render a range by way of the scene's own, which takes no negative frame."""
    if first < 0:
        sys.exit(
            f"blender launcher: -f {first}: the wheel renders negative frames from 5.0 on only"
        )
    scene = bpy.context.scene
    before = scene.frame_start, scene.frame_end
    try:
        scene.frame_start, scene.frame_end = first, last
        bpy.ops.render.render(animation=True)
    finally:
        scene.frame_start, scene.frame_end = before


def leave(code: int) -> NoReturn:
    """End the process, with its output written out and Blender's session folder removed."""
    sys.stdout.flush()
    sys.stderr.flush()
    ctypes.CDLL(None).fflush(None)
    session = Path(bpy.app.tempdir)
    if session.name.startswith("blender_"):  # else Blender could make none, and this is the base
        shutil.rmtree(session, ignore_errors=True)
    os._exit(code)


def _exit_status(code: object) -> int:
    """Return the status that Python gives to what `sys.exit` was called with; print a message."""
    if code is None or isinstance(code, int):
        return code or 0
    print(code, file=sys.stderr)
    return 1


def main() -> NoReturn:
    """Act as Blender on the process's own command line."""
    arguments = sys.argv[1:]
    sys.argv[0] = bpy.app.binary_path = str(PROGRAM)
    print(f"Blender {bpy.app.version_string}", flush=True)
    if {"-v", "--version"} & set(_own(arguments)):
        leave(0)
    if not {"-b", "--background", "-c", "--command"} & set(_own(arguments)):
        print("blender launcher: the wheel has no window: add --background", file=sys.stderr)
        leave(1)
    try:
        launcher = Launcher(arguments)
        launcher.run()
    except SystemExit as stop:
        leave(_exit_status(stop.code))
    print("\nBlender quit")
    leave(launcher.exit_code)


if __name__ == "__main__":
    main()
