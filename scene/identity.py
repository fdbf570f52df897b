"""The fingerprint of the render that the open file and its settings make."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import bpy

from ..chunking.errors import SceneRefused
from ..publishing.fingerprint import (
    Fingerprint,
    combined,
    digest_or_fault,
    sample_digest,
    state_of,
    whole_digest,
)
from .blender_versions import release
from .blender_versions.builds import build
from .color_config import color_config
from .external_files import ExternalFile, external_files
from .frame_drivers import range_is_read
from .other_scripts import other_scripts
from .pixel_preferences import pixels_beside_the_file
from .read_back import settings_of


def is_saved_file() -> bool:
    """Whether what is rendered is the saved file's: so in the background, where it was just read.

    In Blender's window the data in memory may differ from the file in ways that nothing tells
    (Blender's own mark of unsaved changes misses edits by scripts).
    """
    return bpy.app.background and bool(bpy.data.filepath)


def refuse_saved_meanwhile(opened_state: str) -> None:
    """Raise SceneRefused where the .blend is not the file any more that was opened.

    Its bytes are in the fingerprint, and they must be those that are rendered.
    """
    if opened_state and opened_state != state_of(Path(bpy.data.filepath)):
        raise SceneRefused(
            f"The .blend {bpy.data.filepath!r} was saved while this child read it: run the child "
            "again, to render what was saved."
        )


def fingerprint_of(
    scene: bpy.types.Scene,
    device: str,
    prefix: str,
    set_up: Mapping[str, str] | None = None,
    unbaked: str = "",
) -> Fingerprint:
    """What decides the pixels of this scene on this device, with the scene as it is set now.

    The prefix of the file names counts too: frames under other names are not the wanted ones.
    `set_up` is what a set-up script has to say of itself, by names that a person reads. `unbaked`
    says how unbaked simulations are treated, where there are any. What is in memory alone
    gets a fingerprint that no other render ever has.
    """
    parts = {
        "file prefix": prefix,
        "Blender": release.NUMBERS,
        "build of Blender": build(),
        "device": device,
        "scene": scene.name,
        "color configuration (OpenColorIO)": color_config().digest(),
        **settings_of(scene),
        **dict(_read_of_the_film(scene)),
        **dict(other_scripts()),
        **dict(pixels_beside_the_file(scene, device)),
        **(set_up or {}),
    }
    if unbaked:
        parts["unbaked simulations"] = unbaked
    if is_saved_file():
        parts["the .blend file"] = whole_digest(Path(bpy.data.filepath))
        parts.update(_external_parts())
    else:
        parts["the data in memory"] = uuid.uuid4().hex
    return Fingerprint(parts)


def _read_of_the_film(scene: bpy.types.Scene) -> Iterator[tuple[str, str]]:
    """What of the film as a whole the pictures of single frames show."""
    render = scene.render
    is_stamped = render.use_stamp
    if is_stamped and render.use_stamp_filename:
        yield "path of the .blend, which is burnt in", bpy.data.filepath
    if range_is_read() or (is_stamped and render.use_stamp_frame_range):
        yield "frame range", f"{scene.frame_start}-{scene.frame_end}x{scene.frame_step}"


def _external_parts() -> dict[str, str]:
    owners: dict[str, list[ExternalFile]] = {}
    for file in external_files():
        owners.setdefault(file.owner, []).append(file)
    return {owner: _digest(files) for owner, files in owners.items()}


def _digest(files: list[ExternalFile]) -> str:
    return combined((file.key, _file_digest(file)) for file in files)


def _file_digest(file: ExternalFile) -> str:
    return digest_or_fault(file.path, whole_digest if file.kind == "library" else sample_digest)
