"""Pure: which slots of File Output nodes Blender wrote no file for.

Blender says FINISHED all the same: for a name that is too long, a folder that can't be made, a
{variable} that it doesn't know, a disk that failed. It is right to write nothing for an input
without pixels, such as a value alone or a view layer that is off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..chunking.errors import RenderFailed
from ..publishing.stage import (
    NodeFolder,
    Stage,
    four_digits,
    walk,
)

Slot = tuple[str, str]
"""The name of a File Output node, and of a slot of it."""

MOST_NAMED = 5
"""As many slots a warning names."""


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
    parts = (path.relative_to(folder).parts for path in walk(folder))
    paths = ("/".join(each[node_folder.levels :] or each[-1:]) for each in parts)
    return {_without_number(path, frame, node_folder.own_numbers) for path in paths}


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
        _refuse(node_folder, gone, len(written), len(certain), frame)
    doubtful = [name for key, name in possible.items() if key not in there | certain.keys()]
    if len(gone) + len(doubtful) > renamed:
        yield from ((node_folder.node, name) for name in doubtful)


def _refuse(node_folder: NodeFolder, gone: list[str], count: int, wanted: int, frame: int) -> None:
    slots = ", ".join(_shortened(name) for name in gone)
    raise RenderFailed(
        f"Blender said that frame {frame} is finished, but its File Output node "
        f"{node_folder.node!r} wrote {count} files where {wanted} or more are due; missing is "
        f"{slots}: see its log below. Give it a shorter name, without folders that can't be made "
        "and without {variables} that this Blender does not know."
    )


def _shortened(name: str) -> str:
    return repr(name if len(name) < 80 else f"{name[:77]}...")


def _without_number(path: str, frame: int, own_numbers: bool) -> str:
    """What the files of one slot's stereo views have in common, if Blender placed the number."""
    places = [] if own_numbers else list(re.finditer(four_digits(frame), path))
    return path[: places[-1].start()] if places else path


def _distinct(name: str) -> str:
    """The same for names that Blender or a disk could make one: cautious, as it is to be exact."""
    return re.sub(r"[\W_]+", "_", name.casefold())
