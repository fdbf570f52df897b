"""Files that a scene's render needs and that are not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import bpy

from ...chunking.regular_files import special_kind
from ..compositor import compositing_trees, nodes_of
from ..render_reach import RenderReach, reach_of_render
from ..rendered_scenes import strip_trees
from .data_block_paths import stored_paths
from .numbered_names import Beyond, NumberedName, Playback
from .stored_path import FolderListings, Spread, StoredPath, files_of, frames_lacking, resolved

_VOLUME_BEYOND = {
    "CLIP": Beyond.NOTHING,
    "EXTEND": Beyond.NEAREST,
    "REPEAT": Beyond.REPEAT,
    "PING_PONG": Beyond.PING_PONG,
}

_ENDS_WITH_ITS_FILES = frozenset({"MOVIECLIP", "CACHEFILE"})
"""What has no length of its own: where its files end, it shows nothing, as is often meant."""


@dataclass(frozen=True, order=True)
class MissingFile:
    """A file that is not there: who asks for it, its path as stored, where that leads here."""

    owner: str
    path: str
    resolved: Path
    stored: StoredPath = field(compare=False)
    kind: str = ""
    """What is in the file's place, such as a named pipe; empty: nothing, or a folder."""

    @property
    def message(self) -> str:
        """One sentence, without its full stop."""
        wants = "wants" if self.stored.is_sure else "may want"
        if self.kind:
            return f"{self.owner} {wants} {self.path}, which is {self.kind} and not a file"
        return f"{self.owner} {wants} {self.path}, which is not there"


def missing_files(scene: bpy.types.Scene, frames: Sequence[int] | None = None) -> list[MissingFile]:
    """The missing files that show in a render of `scene`, each once, sorted by owner and path.

    `frames` are those that will be rendered (by default the scene's range): they decide which
    files of an image sequence or a volume's are wanted, and which strips of the sequencer. Sounds,
    texts and whatever only hidden or unused data-blocks ask for are not reported; packed files
    are never missing.
    """
    if frames is None:
        frames = range(scene.frame_start, scene.frame_end + 1, scene.frame_step)
    listings = FolderListings()
    suspects = []
    for stored in stored_paths():
        has_frames = stored.spread is Spread.SEQUENCE or bool(stored.frame_files)
        depends_on_frames = has_frames or stored.at_frame is not None
        if stored.decides_pixels and (
            depends_on_frames or not all(exists for _, exists in files_of(stored, listings))
        ):
            suspects.append(stored)
    if not suspects:
        return []
    reach = reach_of_render(scene)
    search = _Search(scene, frames, reach, listings)
    missing = set()
    for stored in suspects:
        for path in _lacking(stored, search) if is_used(stored, reach, frames) else ():
            place = resolved(path, stored.library)
            missing.add(MissingFile(stored.owner, path, place, stored, special_kind(place)))
    return sorted(missing)


class _Search(NamedTuple):
    """What the files are looked for by."""

    scene: bpy.types.Scene
    frames: Sequence[int]
    reach: RenderReach
    listings: FolderListings


def is_used(stored: StoredPath, reach: RenderReach, frames: Sequence[int]) -> bool:
    """Whether what the path is for shows in a render of these frames."""
    if stored.data_block is None:  # the project's
        return True
    if isinstance(stored.data_block, bpy.types.Library):
        return stored.data_block in reach.libraries()
    if stored.strip_frames is not None:
        is_shown = any(frame in stored.strip_frames for frame in frames)
        return is_shown and stored.data_block in reach.edited
    return (stored.user or stored.data_block) in reach.pictured


def _lacking(stored: StoredPath, search: _Search) -> list[str]:
    """The paths of which there is no file."""
    if stored.at_frame is not None:
        paths = {path for frame in search.frames for path in stored.at_frame(search.scene, frame)}
        if paths:
            return [path for path in paths if not resolved(path, stored.library).is_file()]
    lacking = [path for path, exists in files_of(stored, search.listings) if not exists]
    if not lacking and stored.frame_files:
        return frames_lacking(stored, search.frames, search.listings)
    if not lacking and stored.spread is Spread.SEQUENCE:
        return _gaps(stored, search)
    return lacking


def _gaps(stored: StoredPath, search: _Search) -> list[str]:
    """The files of a sequence, some of which are there, that are shown and not there."""
    pattern = NumberedName.read(stored.name)
    if pattern is None:
        return []
    present = search.listings.names(resolved(stored.path, stored.library).parent)
    numbers = _numbers(stored.data_block, pattern, search.reach, search.frames)
    if stored.data_block is not None and stored.data_block.id_type in _ENDS_WITH_ITS_FILES:
        there = pattern.numbers(present)
        numbers.intersection_update(range(there[0], there[-1] + 1) if there else ())
    names = [pattern.numbered(number) for number in sorted(numbers) if number >= 0]
    return stored.beside(name for name in names if name not in present)


def _numbers(
    data_block: Any, pattern: NumberedName, reach: RenderReach, frames: Sequence[int]
) -> set[int]:
    match data_block.id_type:
        case "MOVIECLIP":
            offset = data_block.frame_offset - data_block.frame_start
            return {frame + pattern.number + offset for frame in frames}
        case "CACHEFILE":
            held = [int(data_block.frame)] if data_block.override_frame else frames
            return set(held)
    playbacks = _playbacks(data_block, reach)
    return {number for playback in playbacks for number in playback.numbers(frames)}


def _playbacks(data_block: Any, reach: RenderReach) -> Iterator[Playback]:
    """How the sequence of an image or a volume is played, by each of its users that counts."""
    if data_block.id_type == "VOLUME":
        beyond = _VOLUME_BEYOND[data_block.sequence_mode]
        yield Playback(
            data_block.frame_start, data_block.frame_duration, data_block.frame_offset, beyond
        )
    elif data_block.id_type == "IMAGE":
        players = [one for each in reach.pictured | reach.edited for one in _players(each)]
        for player in players:
            user = getattr(player, "image_user", player)
            if getattr(player, "image", None) == data_block and hasattr(user, "frame_duration"):
                beyond = Beyond.REPEAT if user.use_cyclic else Beyond.LAST_AFTER
                yield Playback(user.frame_start, user.frame_duration, user.frame_offset, beyond)


def _players(data_block: Any) -> Iterable[Any]:
    """The shader nodes, textures and compositor nodes that may play an image sequence."""
    match data_block.id_type:
        case "SCENE":
            return nodes_of([*compositing_trees(data_block), *strip_trees(data_block)])
        case "TEXTURE":
            return [data_block]
        case "NODETREE":
            return list(data_block.nodes)
    tree = getattr(data_block, "node_tree", None)
    return tree.nodes if tree is not None else ()
