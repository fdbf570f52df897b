"""A verdict: what makes a child fail and what does not, and how frames stand in it."""

from __future__ import annotations

import json
import logging
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import (
    BadSetting,
    ChunkError,
    FramesGivenUp,
    Interrupted,
    OutputFailed,
    RenderFailed,
    SceneRefused,
)
from array_chunk_render.chunking.regular_files import Part
from array_chunk_render.publishing import verdict as module
from array_chunk_render.publishing.durable import BLOCK_BYTES
from array_chunk_render.publishing.verdict import Verdict, deliver_verdict, file_stem, write_verdict
from publishing_trials import made_folder

ERRORS = [BadSetting, SceneRefused, RenderFailed, FramesGivenUp, OutputFailed, Interrupted]


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_is_the_childs_end(kind: type[ChunkError]) -> None:
    verdict = Verdict()
    verdict.fail(kind("no"))
    assert (verdict.exit_code, verdict.message) == (kind.exit_code, "no")
    assert verdict.warnings == []


@pytest.mark.parametrize("kind", ERRORS)
def test_with_its_own_chunk_complete_it_is_a_warning(kind: type[ChunkError]) -> None:
    verdict = Verdict(is_complete=True)
    verdict.fail(kind("no"))
    assert (verdict.exit_code, verdict.message) == (0, "")
    assert verdict.warnings == ["Helping others has ended early. no"]


def test_a_warning_is_said_and_kept(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger(module.__name__)
    logger.addHandler(caplog.handler)
    verdict = Verdict()
    verdict.warn("50 % of it")
    logger.removeHandler(caplog.handler)
    assert verdict.warnings == ["50 % of it"]
    assert "50 % of it" in caplog.text


def test_frames_stand_in_the_order_of_the_chunk() -> None:
    """They are delivered in threads, which may overtake each other."""
    verdict = Verdict(wanted=[5, 3, 1, 2], rendered=[1, 5, 2], reused=[3], seconds=1.0)
    fields = verdict.as_fields()
    assert fields["wanted"] == "5-1x2,2"
    assert fields["rendered"] == "5,1,2"
    assert fields["reused"] == "3"
    assert fields["adopted"] == fields["helped"] == ""


def test_frames_of_others_stand_in_their_own_order() -> None:
    verdict = Verdict(wanted=[-2, -1], helped=[30, 7, 31, -9], seconds=1.0)
    assert verdict.as_fields()["helped"] == "-9,7,30,31"


def test_one_that_ends_in_the_middle_says_how_long_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.time, "time", lambda: 1250.0)
    assert Verdict(started=1000.0).as_fields()["seconds"] == 250.0
    assert Verdict(started=2000.0).as_fields()["seconds"] == 0.0
    assert Verdict(started=1000.0, seconds=3.0).as_fields()["seconds"] == 3.0


def test_it_is_delivered_with_its_log(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out")
    (tmp_path / "log").write_text("all that Blender said")
    fields = Verdict(size=3, index=1, failed={4: "no"}, seconds=1.0).as_fields()
    deliver_verdict(folder, fields, tmp_path / "log")
    stem = file_stem(fields)
    assert stem.startswith("1-of-3.1.")
    told = json.loads((folder.children / f"{stem}.json").read_bytes())
    assert told == json.loads(json.dumps(fields))
    assert (folder.children / f"{stem}.log").read_text() == "all that Blender said"


def delivered_log(home: Path) -> Path:
    folder = made_folder(home / "out")
    fields = Verdict(seconds=1.0).as_fields()
    deliver_verdict(folder, fields, home / "log")
    return folder.children / f"{file_stem(fields)}.log"


def test_a_log_of_any_size_takes_a_block_of_memory(tmp_path: Path) -> None:
    """Scripts print what they like, and the child may have little memory left."""
    size = 40 * BLOCK_BYTES + 7
    (tmp_path / "log").touch()
    os.truncate(tmp_path / "log", size)
    tracemalloc.start()
    try:
        there = delivered_log(tmp_path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert there.stat().st_size == size
    assert most < 5 * BLOCK_BYTES


def test_a_log_that_goes_on_growing_is_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as it was when its delivery began: copying would come to no end."""
    read = Part.readinto

    def growing(part: Part, buffer: Any) -> int:
        with open(tmp_path / "log", "ab") as log:
            assert log.tell() < 9 * BLOCK_BYTES, "what came later is copied too"
            log.write(bytes(BLOCK_BYTES))
        return read(part, buffer)

    monkeypatch.setattr(Part, "readinto", growing)
    (tmp_path / "log").write_bytes(b"said" * BLOCK_BYTES)
    assert delivered_log(tmp_path).read_bytes() == b"said" * BLOCK_BYTES


@pytest.mark.parametrize("kind", ["gone", "a folder", "a pipe"])
def test_a_verdict_comes_without_its_log(tmp_path: Path, kind: str) -> None:
    """The system's folder for temporary files may have been tidied up."""
    log = tmp_path / "log"
    if kind == "a folder":
        log.mkdir()
    elif kind == "a pipe":
        os.mkfifo(log)
    assert delivered_log(tmp_path).read_text().startswith(f"The rest of '{log}' can't be read: ")


def test_it_is_written_for_a_program_that_waits(tmp_path: Path) -> None:
    write_verdict(tmp_path / "verdict.json", Verdict(seconds=1.0).as_fields())
    assert json.loads((tmp_path / "verdict.json").read_text())["exit_code"] == 0
