"""The sound that a scene has, and how it is mixed without a trace in the scene."""

from __future__ import annotations

import struct
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.film.film_frames import Stretch
from array_chunk_render.film.sound import film_sound, sounds_of
from array_chunk_render.scene.blender_versions.sequencer import strips_of
from sound_builds import HAS_SOUND, mixes_sound

needs_sound = pytest.mark.skipif(not mixes_sound(), reason="this build of Blender writes no sound")


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """Two seconds at half of what is the loudest possible."""
    path = tmp_path / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes((b"\x00\x40" * 50 + b"\x00\xc0" * 50) * 960)
    return path


@pytest.fixture
def scene() -> Iterator[bpy.types.Scene]:
    bpy.ops.wm.read_factory_settings()
    scene = bpy.context.scene
    scene.sequence_editor_create()
    scene.frame_start, scene.frame_end = 100, 200
    yield scene
    bpy.ops.wm.read_factory_settings()


def add_speaker(scene: bpy.types.Scene, tone: Path) -> bpy.types.Speaker:
    """As Add > Speaker does: it sounds from the current frame on, here close to the camera."""
    scene.frame_set(1)
    bpy.ops.object.speaker_add(location=scene.camera.location)
    speaker: Any = bpy.context.object.data
    speaker.sound = bpy.data.sounds.load(str(tone))
    return speaker


def add_sound_strip(scene: bpy.types.Scene, tone: Path) -> Any:
    return strips_of(scene.sequence_editor).new_sound("tone", str(tone), 1, 1)


def loudest(mix: Path, tmp_path: Path) -> float:
    """How loud a sound file is at the most, 1 being the loudest possible."""
    wav = tmp_path / "mix.wav"
    other = bpy.data.scenes.new("decode")
    other.sequence_editor_create()
    strips_of(other.sequence_editor).new_sound("mix", str(mix), 1, 1)
    other.frame_start, other.frame_end = 1, 9
    with bpy.context.temp_override(scene=other):
        bpy.ops.sound.mixdown(
            filepath=str(wav), check_existing=False, container="WAV", codec="PCM", format="S16"
        )
    with wave.open(str(wav), "rb") as file:
        content = file.readframes(file.getnframes())
    return max(abs(value) for (value,) in struct.iter_unpack("<h", content)) / 2**15


def test_a_scene_without_sound_gives_none_and_says_nothing(scene: bpy.types.Scene) -> None:
    notes: list[str] = []
    with film_sound(scene, range(1, 10), notes) as sound:
        assert sound is None
    assert notes == []


def test_a_speaker_that_is_muted_is_no_sound(scene: bpy.types.Scene, tone: Path) -> None:
    speaker = add_speaker(scene, tone)
    assert len(sounds_of(scene)) == 1
    speaker.muted = True
    assert sounds_of(scene) == []


@pytest.mark.skipif(mixes_sound(), reason="this build of Blender writes sound")
def test_a_build_without_sound_says_so(scene: bpy.types.Scene, tone: Path) -> None:
    add_speaker(scene, tone)
    notes: list[str] = []
    with film_sound(scene, range(1, 10), notes) as sound:
        assert sound is None
    what = "writes no sound files, and the scene has sound" if HAS_SOUND else (
        "has no sound, the scene has"
    )  # fmt: skip
    assert notes == [f"The film is silent: this build of Blender {what}."]


@needs_sound
@pytest.mark.parametrize("add", [add_speaker, add_sound_strip])
def test_sound_is_mixed_and_the_scene_left_as_it_was(
    scene: bpy.types.Scene, tone: Path, tmp_path: Path, add: Any
) -> None:
    add(scene, tone)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "sound.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "sound.blend"))  # or a speaker is not heard
    scene = bpy.context.scene
    notes: list[str] = []
    with film_sound(scene, [3, 4, 5, 9, 1, 2], notes) as sound:
        assert sound is not None
        assert sound.pieces == (Stretch(0, 3, 3), Stretch(3, 9, 1), Stretch(4, 1, 2))
        assert loudest(sound.file, tmp_path) > 0.3
        mix = sound.file
    assert notes == []
    assert not mix.exists()
    assert (scene.frame_start, scene.frame_end) == (100, 200)


@needs_sound
def test_sound_before_the_first_frame_that_blender_has_is_silence(
    scene: bpy.types.Scene, tone: Path
) -> None:
    add_sound_strip(scene, tone)
    with film_sound(scene, range(-3, 4), []) as sound:
        assert sound is not None
        assert (sound.begins, sound.pieces) == (0, (Stretch(3, 0, 4),))


@needs_sound
def test_sounds_are_found_in_metas_and_scene_strips_but_not_where_muted(
    scene: bpy.types.Scene, tone: Path
) -> None:
    strip = add_sound_strip(scene, tone)
    outer = bpy.data.scenes.new("outer")
    outer.sequence_editor_create()
    strips_of(outer.sequence_editor).new_scene("inner", scene, 1, 1)
    strips_of(scene.sequence_editor).new_scene("round in a circle", outer, 2, 1)
    meta = strips_of(outer.sequence_editor).new_meta("meta", 3, 1)
    inner_strips = strips_of(meta)
    inner_strips.new_sound("inside", str(tone), 1, 1)
    assert len(sounds_of(outer)) == 2
    strip.mute = True
    assert len(sounds_of(outer)) == 1


@needs_sound
def test_a_sound_file_that_is_missing_is_named(scene: bpy.types.Scene, tone: Path) -> None:
    add_sound_strip(scene, tone)
    tone.unlink()
    notes: list[str] = []
    with film_sound(scene, range(1, 10), notes):
        pass
    assert len(notes) == 1 and f"'{tone}' is missing" in notes[0]
