"""A film, a lossless one if asked for, and a contact sheet, of the frames of an output folder."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy

from ..chunking.frames import FrameSet
from ..publishing.maker_mark import refuse_another_maker
from ..publishing.output_folder import OutputFolder
from ..publishing.places import contact_sheet_path, film_path, lossless_path
from ..publishing.verify import survey_of
from .choices import BLACK, CLOSE, HOLD
from .contact_sheet import contact_sheet
from .encoder import KEEPING, VIEWING, Progress, encode
from .film_frames import film_frames, first_picture, missing_frames
from .sequencer import has_more_than_8_bits
from .sound import film_sound
from .whole_pictures import whole_pictures

log = logging.getLogger(__name__)

PROGRESS_PICTURES = 250
"""A line in the log after so many: some ten seconds of encoding."""


SHEET = "contact sheet"
GAPS_SAID = {
    HOLD: "holds the picture before for",
    BLACK: "is black for",
    CLOSE: "leaves out",
}


@dataclass(frozen=True)
class MadeFilm:
    """The files that were made, by what they are, and what a person should know of them."""

    files: dict[str, Path]
    notes: tuple[str, ...]


def log_progress(done: int, total: int) -> None:
    """Say now and then how far a long film is."""
    if done % PROGRESS_PICTURES == 0 and done < total:
        log.info("film: %s of %s frames", done, total, extra={"fields": {"film_frames": done}})


def make_film(
    folder: OutputFolder,
    film: FrameSet,
    scene: bpy.types.Scene,
    gaps: str,
    lossless: bool,
    on_progress: Progress = log_progress,
) -> MadeFilm:
    """Make the files beside the folder, of those of its frames that are done and whole.

    Frame rate, sound and, for OpenEXR, the view are those of `scene`. `gaps` is one of
    choices.GAPS. Raises SceneRefused for gaps that it does not allow, for pictures that Blender's
    sequencer can't read and for files of others that have one of the names, OutputFailed for what
    can't be written.
    """
    files = _files(folder.root, lossless)
    whole = whole_pictures(_pictures(folder, film, scene))
    pictures = whole.pictures
    frames = film_frames(film, pictures, gaps, whole.reasons)
    shown = [each.picture for each in frames]
    notes = list(_gap_notes(missing_frames(film, pictures), film, gaps))
    if whole.left_out:
        notes.append(f"Pictures that are not whole are left out of the film: {whole.reasons}.")
    with film_sound(scene, [each.frame for each in frames], notes) as sound:
        encode(shown, files[VIEWING.name], scene, VIEWING, sound, on_progress)
        if lossless:
            if has_more_than_8_bits(next(filter(None, shown))):
                notes.append(
                    "The lossless film holds 8 bits a channel, the frames hold more: keep them too."
                )
            encode(shown, files[KEEPING.name], scene, KEEPING, sound, on_progress)
    contact_sheet([(frame, pictures.get(frame)) for frame in film], files[SHEET], scene)
    return MadeFilm(files, tuple(notes))


def _files(root: Path, lossless: bool) -> dict[str, Path]:
    """Where each of the files goes, by what it is.

    All names are looked at before the first film is made, which can take hours. Raises
    SceneRefused where another's file has one of them.
    """
    files = {VIEWING.name: film_path(root)}
    if lossless:
        files[KEEPING.name] = lossless_path(root)
    files[SHEET] = contact_sheet_path(root)
    for path in files.values():
        refuse_another_maker(path)
    return files


def _pictures(folder: OutputFolder, film: FrameSet, scene: bpy.types.Scene) -> dict[int, Path]:
    """The picture of each frame that is done; of stereo frames the first view's."""
    views = scene.render.views if scene.render.use_multiview else ()
    suffixes = [view.file_suffix for view in views if view.use]
    return {
        frame: folder.root / first_picture([file.name for file in record.files], suffixes)
        for frame, record in survey_of(folder, film).done.items()
    }


def _gap_notes(missing: FrameSet, film: FrameSet, gaps: str) -> Iterator[str]:
    if missing:
        yield (
            f"The film {GAPS_SAID[gaps]} frames that are not done ({len(missing)} of "
            f"{len(film)}): {missing}."
        )
