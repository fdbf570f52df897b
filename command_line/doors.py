"""The three doors: is there a Blender, is a file open in it, and our own copy registered."""

from __future__ import annotations

import contextlib
import importlib
import logging
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from ..chunking.errors import BadSetting, BlendUnreadable, SceneRefused
from ..publishing.fingerprint import state_of
from .blend_file import check_blend, refuse_newer, saved_by
from .blocked_reads import interrupted_reads

log = logging.getLogger(__name__)

PACKAGE = __package__.rpartition(".")[0]
ROOT = Path(__file__).resolve().parent.parent
SWITCHES_ON = ("-y", "--enable-autoexec")
SWITCHES_OFF = ("-Y", "--disable-autoexec")


def blender() -> Any:
    """The bpy module. Raises BadSetting where this Python has none."""
    try:
        return importlib.import_module("bpy")
    except ImportError as error:
        raise BadSetting(
            "This Python has no Blender in it: run `blender -b FILE.blend -P main.py`, or install "
            f"the bpy module ({error})."
        ) from None


def open_blend(blend: str, enable_autoexec: bool) -> str:
    """Have the right .blend open. One that Blender was started with wins over `blend`.

    Returns the state that the file was in before (see `state_of`); where Blender itself opened it,
    as early as this script can tell. Raises BadSetting where there is none, BlendUnreadable where
    it can't be read or is a newer Blender's, SceneRefused where it names a pipe or a device.
    """
    bpy = blender()
    opened = str(bpy.data.filepath)
    if not (opened or blend):
        raise BadSetting(
            "No .blend is named: start Blender with one, or set EFS_BLENDER_FILE_PATH or --blend."
        )
    path = Path(opened or blend)
    state = state_of(path)
    if opened and blend and not _is_same(path, blend):
        log.info("Blender was started with %s; the other .blend, %s, is left alone", opened, blend)
    _refuse_newer(path, bool(opened))
    if opened and not enable_autoexec:
        # Blender opened the file before this script ran, with the user's own switches.
        if scripts_may_run(bpy) and any(text.use_module for text in bpy.data.texts):
            log.info("The file's own scripts ran when Blender opened it")
    else:
        check_blend(path)
        read_blend(path, enable_autoexec)
        _refuse_newer(path, is_open=True)
    return state


def _refuse_newer(path: Path, is_open: bool) -> None:
    """Raise BlendUnreadable for a file of a newer Blender, told by its header or, open, by Blender.

    Whether a file can't be read at all is for others to say.
    """
    from ..scene.blender_versions import release  # it needs Blender

    with contextlib.suppress(OSError):
        refuse_newer(path, saved_by(path), release.MINOR, release.NAME)
    if is_open:
        refuse_newer(path, release.saved_by(), release.MINOR, release.NAME)


def _is_same(path: Path, other: str) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # one of them is not there
        return False


def read_blend(path: Path, use_scripts: bool) -> None:
    """Open a file, whatever is open.

    Raises BlendUnreadable, and SceneRefused where Blender would wait for a pipe or a device that
    the file names.
    """
    bpy = blender()
    with interrupted_reads() as interrupted:
        try:
            bpy.ops.wm.open_mainfile(
                filepath=str(path.resolve()), load_ui=False, use_scripts=use_scripts
            )
        except RuntimeError as error:
            reason = str(error).removeprefix("Error: ").strip()
            raise BlendUnreadable(f"Blender can't read {str(path)!r}: {reason}") from None
    if interrupted:
        # Only now: what is open says whose files they are, and a child's start has no need of it.
        from ..scene.external_files import wanted_by

        wants = wanted_by(interrupted)
        sentences = [
            f"{wants[path]}, which is {kind} and not a file (put the file there)"
            for path, kind in interrupted.items()
        ]
        raise SceneRefused(f"{'; '.join(sentences)}: Blender would wait for it for ever.")


def scripts_may_run(bpy: Any) -> bool:
    """Whether Blender was started so that a file's own scripts run."""
    words = sys.argv[: sys.argv.index("--")] if "--" in sys.argv else sys.argv
    switches = [word for word in words if word in SWITCHES_ON + SWITCHES_OFF]
    if switches:
        return switches[-1] in SWITCHES_ON
    return bool(bpy.context.preferences.filepaths.use_scripts_auto_execute)


def register() -> ModuleType:
    """Register what a child needs of this very copy, and no other one in this process.

    Installed copies are disabled for this process: two of one name would unregister each other.
    """
    import addon_utils  # part of Blender, not to be had outside of it

    for name in list(blender().context.preferences.addons.keys()):
        if name.rpartition(".")[2] == "array_chunk_render":
            module = sys.modules.get(name)
            home = getattr(module, "__file__", None)
            installed = _version(Path(home).parent) if home else "an unknown version"
            addon_utils.disable(name, default_set=False)
            log.info(
                "Array Chunk Render %s is installed in this Blender; this child uses its own "
                "copy, %s, in %s",
                installed,
                _version(ROOT),
                ROOT,
            )
    package = sys.modules[PACKAGE]
    package.register_for_child()
    return package


def _version(root: Path) -> str:
    import tomllib  # only where another copy is installed: not at each child's start

    with open(root / "blender_manifest.toml", "rb") as file:
        return str(tomllib.load(file)["version"])
