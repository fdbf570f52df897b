"""Decoding in a process of its own: a picture that hangs the decoder costs its own time only."""

from __future__ import annotations

import os
import resource
import struct
import zlib
from pathlib import Path

import pytest
from array_chunk_render.command_line.picture_commands import MOST_BYTES
from array_chunk_render.film import decoding
from array_chunk_render.machine.cores import Cores
from array_chunk_render.publishing.formats import Picture, inspect
from array_chunk_render.publishing.verify import Decoded
from pictures import plain_frames

COLOURS = [(200, 40, 30), (30, 180, 60), (70, 90, 120), (210, 190, 150)]


@pytest.fixture
def frames(tmp_path: Path, blender_executable: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.setenv("BLENDER_EXECUTABLE", str(blender_executable))
    return plain_frames(tmp_path, *COLOURS)


def is_sound(found: Decoded) -> bool:
    return found.kind.startswith("64x36 pixels") and not (found.fault or found.suspicion)


@pytest.mark.once
def test_a_picture_that_hangs_is_named_and_the_others_are_decoded(
    frames: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exchanged for a pipe right after it was looked at: Blender's reader waits for ever."""

    def exchanging(path: Path) -> Picture:
        picture = inspect(path)
        if path == frames[1]:
            path.unlink()
            os.mkfifo(path)
        return picture

    monkeypatch.setattr(decoding, "inspect", exchanging)
    monkeypatch.setattr(decoding, "SECONDS_A_PICTURE", 4.0)
    started = noted_processes(monkeypatch)
    found = decoding.decode_apart(frames)
    assert list(found) == frames
    assert found[frames[1]].fault == "Blender's own reader was not done with it after 4 s"
    assert all(is_sound(found[path]) for path in frames if path != frames[1])
    assert len(started) == 2
    for group in started:
        with pytest.raises(ProcessLookupError):
            os.killpg(group, 0)


def noted_processes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The process ids of the Blenders that are started from here on."""
    started: list[int] = []
    start = decoding._Decoder.__init__

    def noted(decoder: decoding._Decoder) -> None:
        start(decoder)
        started.append(decoder.process.pid)

    monkeypatch.setattr(decoding._Decoder, "__init__", noted)
    return started


@pytest.mark.once
def test_several_are_decoded_at_the_same_time(
    frames: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as there are cores."""
    monkeypatch.setattr(decoding, "PICTURES_A_READER", 1)
    monkeypatch.setattr(decoding, "usable_cores", lambda: Cores(2, 2, "for a test"))
    started = noted_processes(monkeypatch)
    found = decoding.decode_apart(frames)
    assert list(found) == frames
    assert all(map(is_sound, found.values()))
    assert len(started) == 2
    for group in started:
        with pytest.raises(ProcessLookupError):
            os.killpg(group, 0)


@pytest.mark.once
def test_a_large_one_is_decoded_alone(frames: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Several at a time would take several times the memory."""
    monkeypatch.setattr(decoding, "PICTURES_A_READER", 1)
    monkeypatch.setattr(decoding, "MOST_PIXELS_TOGETHER", 1)
    monkeypatch.setattr(decoding, "usable_cores", lambda: Cores(2, 2, "for a test"))
    started = noted_processes(monkeypatch)
    assert all(map(is_sound, decoding.decode_apart(frames).values()))
    assert len(started) == 1


@pytest.mark.once
def test_the_decoder_ends_itself_where_nobody_is_left_to_do_it(
    tmp_path: Path, frames: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "LAST_SECONDS", -57.0)
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    decoder = decoding._Decoder()
    try:
        decoder.ask(pipe, 60)
        assert decoder.answer().fault == "Blender's own reader ended on it"
        assert decoder.process.wait(60) != 0
    finally:
        decoder.end()


def claim_size(path: Path, width: int, height: int) -> None:
    """Have a PNG say that it is of another size; its file stays as small as it was."""
    content = bytearray(path.read_bytes())
    content[16:24] = struct.pack(">II", width, height)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    path.write_bytes(content)


def test_a_picture_that_decodes_to_more_than_the_memory(
    frames: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """130 GB, had nobody looked at its size first: Blender's reader is refused so much memory."""
    claim_size(frames[1], 180_000, 180_000)
    monkeypatch.setattr(decoding, "MOST_PIXELS", 1 << 40)
    limits: list[int] = []
    answer = decoding._Decoder.answer

    def looked_at(decoder: decoding._Decoder) -> Decoded:
        answered = answer(decoder)
        if not decoder.is_lost:
            limits.append(resource.prlimit(decoder.process.pid, resource.RLIMIT_DATA)[0])
        return answered

    monkeypatch.setattr(decoding._Decoder, "answer", looked_at)
    found = decoding.decode_apart(frames)
    assert found[frames[1]].fault or found[frames[1]].suspicion
    assert all(is_sound(found[path]) for path in frames if path != frames[1])
    assert limits
    assert all(0 < limit <= MOST_BYTES for limit in limits), limits


def test_what_is_broken_or_too_large_never_gets_there(
    frames: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is a Blender started for it."""
    monkeypatch.setenv("BLENDER_EXECUTABLE", "/no/such/blender")
    frames[0].unlink()
    os.mkfifo(frames[0])
    os.truncate(frames[1], 100)
    frames[2].unlink()
    claim_size(frames[3], 65535, 65535)
    found = decoding.decode_apart(frames)
    assert [bool(found[path].fault) for path in frames] == [True, True, True, False]
    assert found[frames[3]].suspicion == "of 65535x65535 pixels, too many to be decoded"


@pytest.mark.parametrize(
    ("width", "height", "seconds"),
    [
        pytest.param(1, 1, 20, id="smallest"),
        pytest.param(1000, 1000, 25, id="a megapixel"),
        pytest.param(16384, 16384, 600, id="largest"),
    ],
)
def test_time_goes_by_the_size(width: int, height: int, seconds: int) -> None:
    assert round(decoding.seconds_for(Picture("PNG", width, height))) == seconds
