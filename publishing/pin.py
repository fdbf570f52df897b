"""Pure: the file that says of which render the frames of an output folder are.

The first child of an array pins its fingerprint and render id. A child that comes later with
the same fingerprint shares the folder. One of the same array with another fingerprint stops:
the .blend was saved, or a setting changed, in the middle. One of another array with another
fingerprint takes the folder over, and the array before it is noted as superseded.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..chunking.errors import SceneRefused
from .durable import output_errors, write_first, write_whole
from .fingerprint import Fingerprint, differences
from .folder_handles import Odd
from .json_object import json_object, text_in
from .output_folder import PIN, PRIVATE, TEMPORARIES, OutputFolder

MOST_BYTES = 16 << 20
"""No pin is longer: it has a line for each thing that decides the pixels."""

MOST_SUPERSEDED = 1000
"""How many earlier arrays are remembered; the oldest of more has surely ended."""
MOST_NAMED = 8
"""How many differences a message names."""


@dataclass(frozen=True)
class Pin:
    """The render that a folder belongs to."""

    fingerprint: str
    render_id: str
    parts: Mapping[str, str] = field(default_factory=dict)
    superseded: tuple[str, ...] = ()
    """Render ids of the arrays before this one: with another fingerprint none may come back."""

    def to_json(self) -> bytes:
        return json.dumps(dataclasses.asdict(self), indent=1).encode()


_FIELDS = {field.name for field in dataclasses.fields(Pin)}


def read_pin(folder: OutputFolder) -> Pin | None:
    """The folder's pin, or None where there is none that can be read."""
    with output_errors(folder.pin, "read"):
        try:
            return pin_from_json(folder.held.read(PIN, MOST_BYTES))
        except (FileNotFoundError, Odd, ValueError):
            return None


def pin_from_json(content: bytes) -> Pin:
    """The pin that these bytes hold. Raises ValueError where they hold none."""
    fields = json_object(content)
    parts, superseded = fields.get("parts"), fields.get("superseded")
    if fields.keys() != _FIELDS or not isinstance(parts, dict) or not isinstance(superseded, list):
        raise ValueError("not a pin")
    if not all(isinstance(text, str) for text in (*parts.values(), *superseded)):
        raise ValueError("not a pin")
    return Pin(
        text_in(fields, "fingerprint"), text_in(fields, "render_id"), parts, tuple(superseded)
    )


def claim(
    folder: OutputFolder, fingerprint: Fingerprint, render_id: str, takes_over: bool = True
) -> str | None:
    """Pin the folder for this render, or join the render that it is pinned for.

    Returns a sentence to say where the folder was taken over from another render, else None.
    Raises SceneRefused where it can't be both, naming what changed, and where it would be taken
    over and is not to be (`takes_over`).
    """
    taken_over = _claim(folder, fingerprint, render_id, takes_over)
    with output_errors(folder.pin, "write"):  # whoever made it: its name is to be on disk
        folder.held.sync(PRIVATE)
    return taken_over


def _claim(
    folder: OutputFolder, fingerprint: Fingerprint, render_id: str, takes_over: bool
) -> str | None:
    ours = Pin(fingerprint.digest, render_id, fingerprint.parts)
    if read_pin(folder) is None:
        with output_errors(folder.pin, "write"):
            # Without hard links one of two may lose its pin, and notices at its first publish.
            if write_first(folder.held, PIN, ours.to_json(), TEMPORARIES):
                return None
    pinned = read_pin(folder)
    if pinned is None:  # there, and broken: it names no render that could be mixed with ours
        _replace_pin(folder, ours)
        return None
    if pinned.fingerprint == ours.fingerprint:
        if pinned.render_id != render_id:
            joined = dataclasses.replace(pinned, render_id=render_id, superseded=_before(pinned))
            _replace_pin(folder, joined)
        return None
    if not takes_over:
        raise SceneRefused(
            f"{str(folder.root)!r} holds frames of another render, {pinned.render_id!r}: "
            f"{changes_between(ours, pinned)}. Name another folder."
        )
    return _take_over(folder, pinned, ours)


def check(folder: OutputFolder, fingerprint: str) -> None:
    """Raise SceneRefused where the folder is pinned for another render by now."""
    pinned = read_pin(folder)
    if pinned is not None and pinned.fingerprint != fingerprint:
        raise SceneRefused(
            f"The output folder {str(folder.root)!r} was taken over by the render "
            f"{pinned.render_id!r} in the meantime: this child stops, so that its frames don't "
            "mix with that render's."
        )


def _take_over(folder: OutputFolder, pinned: Pin, ours: Pin) -> str:
    changed = changes_between(ours, pinned)
    if pinned.render_id == ours.render_id:
        raise SceneRefused(
            f"The children of the array {ours.render_id!r} don't agree on what they render in "
            f"{str(folder.root)!r}: {changed}. Submit a new array, or undo the change."
        )
    if ours.render_id in pinned.superseded:
        raise SceneRefused(
            f"The output folder {str(folder.root)!r} was taken over by the render "
            f"{pinned.render_id!r}, with other pictures ({changed}). Render into another folder."
        )
    _replace_pin(folder, dataclasses.replace(ours, superseded=_before(pinned)))
    return (
        f"The output folder holds frames of another render ({pinned.render_id!r}): {changed}. "
        "This render takes the folder over and renders its frames again."
    )


def changes_between(ours: Pin, pinned: Pin) -> str:
    """What is another in our render than in the one that is pinned, for a message."""
    changes = differences(ours.parts, pinned.parts)
    changed = "; ".join(changes[:MOST_NAMED]) or "it can't be told what"
    if len(changes) > MOST_NAMED:
        changed += f"; and {len(changes) - MOST_NAMED} more"
    return changed


def _before(pinned: Pin) -> tuple[str, ...]:
    """The arrays that came before the one that is about to be pinned, each once."""
    return tuple(dict.fromkeys((*pinned.superseded, pinned.render_id)))[-MOST_SUPERSEDED:]


def _replace_pin(folder: OutputFolder, pin: Pin) -> None:
    with output_errors(folder.pin, "write"):
        write_whole(folder.held, PIN, pin.to_json(), TEMPORARIES)
