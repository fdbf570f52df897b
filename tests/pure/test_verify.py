"""Verifying: what is done, what is not and why, and what does not belong into the folder."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import OutputFailed
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.publishing.done_counter import count_done
from array_chunk_render.publishing.fingerprint import Fingerprint
from array_chunk_render.publishing.output_folder import OutputFolder, frame_name, temporary_name
from array_chunk_render.publishing.pin import claim
from array_chunk_render.publishing.publish import StagedFile, publish
from array_chunk_render.publishing.verify import Decoded, Survey, decode_all, survey_of
from failing_system import system_calls
from hypothesis import given
from hypothesis import strategies as st
from pictures import write_png
from publishing_trials import draft, made_folder

OURS, BEFORE = Fingerprint({"samples": "8"}), Fingerprint({"samples": "4"})
WANTED = FrameSet.parse("-3-5x2")  # -3, -1, 1, 3, 5


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    """The whole film, as an array has rendered it."""
    folder = made_folder(tmp_path / "out")
    claim(folder, OURS, "array 1")
    for frame in WANTED:
        put(folder, frame)
    return folder


def put(folder: OutputFolder, frame: int, fingerprint: Fingerprint = OURS) -> None:
    stage = folder.root.parent / "stage"
    stage.mkdir(exist_ok=True)
    pictures = {f"{frame_name(frame)}.png": 4, f"compositor/Z{frame_name(frame)}.png": 2}
    staged = [
        StagedFile(write_png(stage / str(width), width, 2, lambda x, y: (frame % 256, x, y)), name)
        for name, width in pictures.items()
    ]
    record = draft(frame, fingerprint.digest)
    publish(folder, staged, record, lambda record: False, lambda: None, set())


def found_in(folder: OutputFolder, wanted: FrameSet = WANTED, deep: bool = False) -> Survey:
    return survey_of(folder, wanted, deep)


def nothing_but_done(survey: Survey) -> bool:
    frames = [*survey.missing, *survey.broken, *survey.other_render, *survey.extra_frames]
    return not (frames or survey.extra_files or survey.left_overs)


@pytest.mark.parametrize("deep", [False, True])
def test_a_whole_film(folder: OutputFolder, deep: bool) -> None:
    survey = found_in(folder, deep=deep)
    assert survey.is_complete
    assert list(survey.done) == list(WANTED)
    assert survey.to_render == []
    assert nothing_but_done(survey)


def test_a_missing_frame(folder: OutputFolder) -> None:
    folder.record(1).unlink()
    survey = found_in(folder)
    assert not survey.is_complete
    assert survey.missing == [1]
    # Its files are whole perhaps, but nothing says so.
    assert survey.extra_files == ["00001.png", "compositor/Z00001.png"]


def test_a_record_that_cannot_be_read(folder: OutputFolder) -> None:
    folder.record(1).write_bytes(b"{")
    assert found_in(folder).missing == [1]


def test_a_broken_frame(folder: OutputFolder) -> None:
    (folder.root / "-0003.png").unlink()
    (folder.root / "compositor/Z-0003.png").write_bytes(b"cut off")
    survey = found_in(folder)
    assert list(survey.broken) == [-3]
    assert "-0003.png is not there" in survey.broken[-3]
    assert "compositor/Z-0003.png has 7 bytes" in survey.broken[-3]
    assert survey.extra_files == []
    assert survey.to_render == [-3]


def test_a_frame_of_the_render_before(folder: OutputFolder) -> None:
    put(folder, 3, BEFORE)
    survey = found_in(folder)
    assert survey.other_render == [3]
    assert survey.extra_files == []
    assert not survey.is_complete


def test_a_folder_that_lost_its_pin(folder: OutputFolder) -> None:
    """Which of the frames are of the render that is wanted can't be told any more."""
    folder.pin.unlink()
    assert found_in(folder).other_render == list(WANTED)


def test_frames_that_nobody_wants(folder: OutputFolder) -> None:
    put(folder, 2)
    put(folder, -2)
    folder.record(7).write_bytes(b"{")
    survey = found_in(folder)
    assert survey.is_complete
    assert survey.extra_frames == [-2, 2, 7]
    assert survey.extra_files == []


def test_files_that_nobody_recorded(folder: OutputFolder) -> None:
    for name in ("00001.jpg", "notes/read me.txt", ".hidden", "compositor/Z00002.png"):
        (folder.root / name).parent.mkdir(exist_ok=True)
        (folder.root / name).write_bytes(b"?")
    (folder.root / "notes/link").symlink_to("nowhere")
    survey = found_in(folder)
    assert survey.is_complete
    assert survey.extra_files == [
        ".hidden",
        "00001.jpg",
        "compositor/Z00002.png",
        "notes/link",
        "notes/read me.txt",
    ]


def test_left_overs(folder: OutputFolder) -> None:
    folder.held.make(temporary_name(3))
    survey = found_in(folder)
    assert survey.left_overs == [Path(temporary_name(3)).name]
    assert survey.is_complete


def test_a_folder_that_was_never_rendered_into(tmp_path: Path) -> None:
    survey = found_in(OutputFolder(tmp_path))
    assert survey.missing == list(WANTED)
    assert survey.extra_files == []


# --- deep ---------------------------------------------------------------------------------------


def keep_time(path: Path, content: bytes) -> None:
    there = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(there.st_mtime_ns, there.st_mtime_ns))


def test_other_bytes_of_the_same_size_and_time(folder: OutputFolder) -> None:
    path = folder.root / "compositor/Z00001.png"
    keep_time(path, path.read_bytes()[:-1] + b"?")
    assert found_in(folder).is_complete
    survey = found_in(folder, deep=True)
    assert list(survey.broken) == [1]
    assert "Z00001.png holds other bytes" in survey.broken[1]
    assert "Z00001.png is broken" in survey.broken[1]


def test_a_picture_that_was_published_broken(folder: OutputFolder) -> None:
    """By a version of ours, perhaps, that knew less of its format."""
    path = folder.record(1)
    fields = json.loads(path.read_bytes())
    file = fields["files"][0]
    content = b"\x89PNG\r\n\x1a\n cut off"
    (folder.root / file["name"]).write_bytes(content)
    there = (folder.root / file["name"]).stat()
    digest = hashlib.sha256(content).hexdigest()
    file.update(size=there.st_size, mtime_ns=there.st_mtime_ns, digest=digest)
    path.write_text(json.dumps(fields))
    assert found_in(folder).is_complete
    assert "00001.png is broken" in found_in(folder, deep=True).broken[1]


def test_a_file_that_cannot_be_read(folder: OutputFolder) -> None:
    def fail(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        if name == "open" and Path(arguments[0]) == folder.root / "00001.png":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return perform()

    with system_calls(fail):
        survey = found_in(folder, deep=True)
    assert survey.broken == {1: "00001.png can't be read: Input/output error"}


def test_decoding(folder: OutputFolder) -> None:
    survey = found_in(folder, deep=True)
    asked: list[Path] = []

    def decode(paths: list[Path]) -> dict[Path, Decoded]:
        asked.extend(paths)
        return {folder.root / "compositor/Z00001.png": Decoded("it has no pixels")}

    decode_all(folder, survey, decode)
    assert len(asked) == len(set(asked)) == 2 * len(WANTED)
    assert survey.broken == {1: "Z00001.png can't be decoded: it has no pixels"}
    assert survey.to_render == [1]
    assert not survey.is_complete


def test_what_is_broken_already_is_not_decoded(folder: OutputFolder) -> None:
    (folder.root / "00003.png").write_bytes(b"cut off")
    survey = found_in(folder)
    decode_all(
        folder, survey, lambda paths: {path: Decoded("?") for path in paths if "00003" in path.name}
    )
    assert list(survey.broken) == [3]
    assert "has 7 bytes" in survey.broken[3]


# --- what is to be rendered ---------------------------------------------------------------------


@given(st.permutations(range(-4, 5)), st.sets(st.integers(-4, 4)))
def test_what_is_to_be_rendered_comes_in_the_order_of_the_frame_set(
    frames: list[int], done: set[int]
) -> None:
    wanted = FrameSet.of(frames)
    survey = Survey(wanted, done={frame: draft(frame) for frame in done})
    assert survey.to_render == [frame for frame in frames if frame not in done]
    if survey.to_render:
        assert list(FrameSet.parse(str(FrameSet.of(survey.to_render)))) == survey.to_render


def test_done_frames_are_counted_by_their_records(folder: OutputFolder) -> None:
    put(folder, 3, BEFORE)
    folder.record(5).unlink()
    (folder.root / "00001.png").unlink()
    assert count_done(folder, WANTED, OURS.digest) == 3
    assert count_done(folder, FrameSet.parse("1-5"), OURS.digest) == 1


# --- a file system that fails -------------------------------------------------------------------


@pytest.mark.parametrize(
    "unreadable",
    [
        pytest.param(".", id="the folder"),
        pytest.param("compositor", id="a folder in it"),
        pytest.param(".array_chunk/frames", id="the records"),
        pytest.param(".array_chunk/tmp", id="the temporaries"),
    ],
)
def test_a_folder_that_cannot_be_listed(
    folder: OutputFolder, unreadable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty list of it would say that there is nothing."""

    def failing(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(descriptor: int) -> Any:
            path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
            if path == folder.root / unreadable:
                raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return original(descriptor)

        return call

    monkeypatch.setattr(os, "listdir", failing(os.listdir))
    monkeypatch.setattr(os, "scandir", failing(os.scandir))
    with pytest.raises(OutputFailed, match="read.*Permission denied"):
        found_in(folder)


def test_unlikely_pictures_are_suspicious_and_still_done(folder: OutputFolder) -> None:
    survey = found_in(folder)
    black, small = folder.root / "00001.png", folder.root / "00003.png"
    odd = {black: Decoded(suspicion="all black"), small: Decoded(kind="8x8 pixels")}
    usual = Decoded(kind="16x9 pixels")
    decode_all(folder, survey, lambda paths: {path: odd.get(path, usual) for path in paths})
    assert survey.suspicious == {
        1: "00001.png is all black",
        3: "it has 8x8 pixels, most have 16x9 pixels",
    }
    assert survey.is_complete
