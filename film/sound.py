"""The sound of a scene, mixed down by Blender and cut to the frames that a film shows."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..chunking.errors import OutputFailed, SceneRefused
from ..chunking.regular_files import special_kind
from ..scene.blender_versions.sequencer import all_strips, strips_of
from ..scene.files.stored_path import resolved
from ..scene.restoring import Restorer
from .film_frames import Stretch, stretches

SAMPLES_A_SECOND = 48_000
BYTES_A_SAMPLE = 3
"""Of one channel."""
CHANNELS = {"MONO": 1, "STEREO": 2, "SURROUND4": 4, "SURROUND51": 6, "SURROUND71": 8}
FIRST_FRAME = 0
"""Blender's scenes begin here or later, so nothing before it can be mixed down."""


@dataclass(frozen=True)
class FilmSound:
    """The sound of a film: a file that begins at one frame of the animation, and its pieces."""

    file: Path
    begins: int
    pieces: tuple[Stretch, ...]
    channels: str
    """Blender's name of their number: STEREO and the like."""
    volume: float


@contextlib.contextmanager
def film_sound(
    scene: bpy.types.Scene, frames: Sequence[int], notes: list[str]
) -> Iterator[FilmSound | None]:
    """The scene's sound for these frames, as Blender mixes it for a movie, or None.

    Each picture keeps the sound of its own moment, so where the film leaves frames out the sound
    is cut too. What is not as a person would expect is added to `notes`. Raises OutputFailed,
    and SceneRefused where a sound is no file.
    """
    sounds = sounds_of(scene)
    pieces = tuple(_audible(stretches(frames)))
    problem = _problem(pieces) if sounds else ""
    if problem:
        notes.append(problem)
    if problem or not sounds:
        yield None
        return
    notes.extend(_missing_files(sounds))
    _refuse_special_files(sounds)
    last = max(piece.frame + piece.length - 1 for piece in pieces)
    begins = min(piece.frame for piece in pieces)
    codec = scene.render.ffmpeg
    with tempfile.TemporaryDirectory(prefix="array_chunk-sound-") as folder:
        file = Path(folder, "sound.flac")
        _need_room(scene, begins, last, Path(folder))
        _mix_down(scene, begins, last, file)
        if not file.is_file():  # Blender calls it finished all the same: Debian's 5.2 does
            notes.append(
                "The film is silent: this build of Blender writes no sound files, and the scene "
                "has sound."
            )
            yield None
            return
        yield FilmSound(file, begins, pieces, codec.audio_channels, codec.audio_volume)


def sounds_of(scene: bpy.types.Scene) -> list[bpy.types.Sound]:
    """The sounds that are heard in a scene: of its sequencer's strips and of its speakers."""
    return list(_sounds(scene, set()))


def _sounds(scene: bpy.types.Scene, seen: set[bpy.types.Scene]) -> Iterator[bpy.types.Sound]:
    seen.add(scene)
    for strip in all_strips(scene):
        if strip.mute:
            continue
        if strip.type == "SOUND" and strip.sound:
            yield strip.sound
        elif strip.type == "SCENE" and strip.scene and strip.scene not in seen:
            yield from _sounds(strip.scene, seen)
    for each in scene.objects:
        speaker: Any = each.data
        if each.type == "SPEAKER" and speaker.sound and not speaker.muted:
            yield speaker.sound


def _audible(pieces: Iterator[Stretch]) -> Iterator[Stretch]:
    for piece in pieces:
        left_out = max(0, FIRST_FRAME - piece.frame)
        if left_out < piece.length:
            yield Stretch(piece.place + left_out, piece.frame + left_out, piece.length - left_out)


def _problem(pieces: Sequence[Stretch]) -> str:
    if not bpy.app.build_options.audaspace:
        return "The film is silent: this build of Blender has no sound, the scene has."
    if not any(piece.length > 1 for piece in pieces):
        return "The film is silent: no two of its frames follow each other, so no sound fits them."
    return ""


def _missing_files(sounds: Sequence[bpy.types.Sound]) -> Iterator[str]:
    for sound in sorted(set(sounds), key=lambda sound: sound.name):
        path = bpy.path.abspath(sound.filepath, library=sound.library)
        if sound.packed_file is None and not os.path.exists(path):
            yield f"The sound file {path!r} is missing, so the film is silent where it would play."


def _refuse_special_files(sounds: Sequence[bpy.types.Sound]) -> None:
    for sound in sounds:
        kind = special_kind(resolved(sound.filepath, sound.library))
        if sound.packed_file is None and kind:
            raise SceneRefused(
                f"The sound {sound.filepath!r} of {sound.name!r} is {kind}, not a file, and "
                "Blender would wait for it: put the file there."
            )


def _mix_down(scene: bpy.types.Scene, first: int, last: int, file: Path) -> None:
    with Restorer() as restorer:
        restorer.set(scene, "frame_start", first)
        restorer.set(scene, "frame_end", last)
        restorer.seal()
        try:
            with bpy.context.temp_override(scene=scene):
                mix_down: Any = bpy.ops.sound.mixdown  # wheels without sound know few arguments
                mix_down(
                    filepath=str(file),
                    check_existing=False,
                    container="FLAC",
                    codec="FLAC",
                    format="S24",
                    mixrate=SAMPLES_A_SECOND,
                    channels=scene.render.ffmpeg.audio_channels,
                )
        except RuntimeError as error:
            raise OutputFailed(f"Blender could not mix the scene's sound: {error}") from error


def _need_room(scene: bpy.types.Scene, first: int, last: int, folder: Path) -> None:
    """Raise OutputFailed where the sound may not fit: on a full disk Blender keeps half of it.

    FLAC is chosen for the same reason. At a WAV that can't be written Blender 4.5 and 5.0 abort.
    """
    seconds = (last - first + 1) * scene.render.fps_base / scene.render.fps
    channels = CHANNELS[scene.render.ffmpeg.audio_channels]
    most_bytes = int(seconds * SAMPLES_A_SECOND) * channels * BYTES_A_SAMPLE
    if shutil.disk_usage(folder).free < most_bytes:
        raise OutputFailed(
            f"The disk of {str(folder)!r} has no room for the scene's sound, which takes up to "
            f"{most_bytes >> 20} MiB there: make room, or set TMPDIR to another folder."
        )


def add_sound(scene: bpy.types.Scene, sound: FilmSound, channel: int) -> None:
    """Put the pieces of the sound beside the film's pictures, which begin at frame 1."""
    codec: Any = scene.render.ffmpeg
    codec.audio_mixrate = SAMPLES_A_SECOND
    codec.audio_channels = sound.channels
    codec.audio_volume = sound.volume
    for piece in sound.pieces:
        start = 1 + piece.place
        strip = strips_of(scene.sequence_editor).new_sound(
            name="sound",
            filepath=str(sound.file),
            channel=channel,
            frame_start=start - (piece.frame - sound.begins),
        )
        strip.frame_final_start = start
        strip.frame_final_end = start + piece.length
