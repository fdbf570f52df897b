"""Decoding in a process of its own: a picture that hangs the decoder costs its own time only."""

from __future__ import annotations

import os
import resource
import struct
import zlib
from pathlib import Path

import pytest
from array_chunk_render.command_line.picture_commands import MOST_BYTES
from array_chunk_render.engines import decoding
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
    started: list[int] = []
    start = decoding._Decoder.__enter__

    def counted(decoder: decoding._Decoder) -> decoding._Decoder:
        start(decoder)
        started.append(decoder._process.pid)
        return decoder

    monkeypatch.setattr(decoding._Decoder, "__enter__", counted)
    found = decoding.decode_apart(frames)
    assert list(found) == frames
    assert found[frames[1]].fault == "Blender's own reader was not done with it after 4 s"
    assert all(is_sound(found[path]) for path in frames if path != frames[1])
    assert len(started) == 2
    for group in started:
        with pytest.raises(ProcessLookupError):
            os.killpg(group, 0)


@pytest.mark.once
def test_the_decoder_ends_itself_where_nobody_is_left_to_do_it(
    tmp_path: Path, frames: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "LAST_SECONDS", -57.0)
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    with decoding._Decoder() as decoder:
        assert decoder.decode(pipe, 60).fault == "Blender's own reader ended on it"
        assert decoder._process.wait(60) != 0


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
    start = decoding._Decoder.__enter__

    def looked_at(decoder: decoding._Decoder) -> decoding._Decoder:
        start(decoder)
        limits.append(resource.prlimit(decoder._process.pid, resource.RLIMIT_DATA)[0])
        return decoder

    monkeypatch.setattr(decoding._Decoder, "__enter__", looked_at)
    found = decoding.decode_apart(frames)
    assert found[frames[1]].fault or found[frames[1]].suspicion
    assert all(is_sound(found[path]) for path in frames if path != frames[1])
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
