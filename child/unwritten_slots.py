"""Pure: which slots of File Output nodes Blender wrote no file for.

Blender says FINISHED all the same: for a name that is too long, a folder that can't be made, a
{variable} that it doesn't know, a disk that failed. It is right to write nothing for an input
without pixels, such as a value alone or a view layer that is off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..chunking.errors import RenderFailed
from ..publishing.stage import NodeFolder, Stage, four_digits, walk
from ..publishing.verdict import Verdict

Slot = tuple[str, str]
"""The name of a File Output node, and of a slot of it."""

MOST_NAMED = 5
"""As many slots a warning names."""


class SlotCheck:
    """Looks through the stage of each frame of a chunk, and warns of each slot once."""

    def __init__(self, verdict: Verdict) -> None:
        self._verdict = verdict
        self._old: set[Slot] = set()
        """Slots that a warning has named."""

    def look(self, stage: Stage, frame: int) -> None:
        """Warn of slots that may be due a file of this frame and have none.

        Raises RenderFailed where one has none that is sure to be due one.
        """
        new = [slot for slot in unwritten_slots(stage, frame) if slot not in self._old]
        if new:
            self._old.update(new)
            self._verdict.warn(unwritten_warning(frame, new))


def unwritten_slots(stage: Stage, frame: int) -> list[Slot]:
    """The slots that may be due a file of this frame and have none.

    Raises RenderFailed where one has none that is sure to be due one.
    """
    looks = [
        (node_folder, _written(stage, number, node_folder, frame))
        for number, node_folder in enumerate(stage.node_folders)
    ]
    reached = {"", *(node_folder.strip_scene for node_folder, written in looks if written)}
    missing: list[Slot] = []
    for node_folder, written in looks:
        if node_folder.strip_scene in reached:
            missing.extend(_missing(node_folder, written, frame))
        elif node_folder.is_expected:
            names = {*node_folder.certain, *node_folder.possible}
            missing.extend((node_folder.node, name) for name in sorted(names))
    return missing


def unwritten_warning(frame: int, slots: list[Slot]) -> str:
    """What to say of slots that may be due a file and have none."""
    names = ", ".join(f"{_shortened(slot)} of {node!r}" for node, slot in slots[:MOST_NAMED])
    more = f" and {len(slots) - MOST_NAMED} more slots" if len(slots) > MOST_NAMED else ""
    return (
        f"Blender wrote no file for frame {frame}: {names}{more} (File Output nodes, linked). If "
        "what leads there has no picture to give, that is right; else see its log, and look at "
        "the name: its length, its folders, its {variables}."
    )


def _written(stage: Stage, number: int, node_folder: NodeFolder, frame: int) -> set[str]:
    """What the files of a node are called, but for the number and what follows it."""
    if not (node_folder.certain or node_folder.possible):
        return set()
    folder = stage.node(number)
    names = set()
    for path in walk(folder):
        parts = path.relative_to(folder).parts
        name = "/".join(parts[node_folder.levels :] or parts[-1:])
        # Where Blender placed the number, the files of a slot's stereo views differ behind it.
        numbers = [] if node_folder.own_numbers else [*re.finditer(four_digits(frame), name)]
        names.add(name[: numbers[-1].start()] if numbers else name)
    return names


def _missing(node_folder: NodeFolder, written: set[str], frame: int) -> Iterator[Slot]:
    """The possible slots without a file; raises RenderFailed for certain ones.

    Blender may have changed a name, so each file of an unknown name counts for a slot.
    """
    certain = {_distinct(name): name for name in node_folder.certain}
    possible = {_distinct(name): name for name in node_folder.possible}
    there = {_distinct(path) for path in written}
    renamed = len(there - certain.keys() - possible.keys())
    gone = [name for key, name in certain.items() if key not in there]
    if len(gone) > renamed:
        raise RenderFailed(
            f"Blender said that frame {frame} is finished, but its File Output node "
            f"{node_folder.node!r} wrote {len(written)} files where {len(certain)} or more are "
            f"due; missing is {', '.join(map(_shortened, gone))}: see its log below. Give it a "
            "shorter name, without folders that can't be made and without {variables} that this "
            "Blender does not know."
        )
    doubtful = [name for key, name in possible.items() if key not in there | certain.keys()]
    if len(gone) + len(doubtful) > renamed:
        yield from ((node_folder.node, name) for name in doubtful)


def _shortened(name: str) -> str:
    return repr(name if len(name) < 80 else f"{name[:77]}...")


def _distinct(name: str) -> str:
    """The same for names that Blender or a disk could make one: cautious, as it is to be exact."""
    return re.sub(r"[\W_]+", "_", name.casefold())
