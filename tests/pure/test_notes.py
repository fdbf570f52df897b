"""Notes of frames, and whatever else lies among them: it ends no child, and leads nowhere."""

from __future__ import annotations

import errno
import faulthandler
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.publishing.notes import PROOF_MARK, Note, read_notes, remove_notes
from array_chunk_render.publishing.output_folder import OutputFolder
from exchanged import THINGS, make_outside, state_of
from failing_system import system_calls
from publishing_trials import made_folder


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    make_outside(tmp_path / "outside")
    return made_folder(tmp_path / "out")


def refusing(call: str, path: Path, error: int) -> Callable[..., Any]:
    def hook(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        if name == call and arguments[0] == path:
            raise OSError(error, os.strerror(error))
        return perform()

    return hook


def test_evidence_is_read_back(folder: OutputFolder) -> None:
    note = Note.make(folder, 1, 1)
    assert read_notes(folder, {1})[1].evidence == ()
    note.add_evidence("Frame 1 was not done \ud800")
    assert read_notes(folder, {1})[1].evidence == ("Frame 1 was not done ?",)
    note.remove()
    assert read_notes(folder, {1}) == {}
    note.add_evidence("too late")
    assert read_notes(folder, {1}) == {}


@pytest.mark.parametrize("crash", ["", "Fatal Python error: Segmentation fault"])
def test_a_proof_is_no_evidence_against_its_frame(folder: OutputFolder, crash: str) -> None:
    note = Note.make(folder, 1, 1)
    note.add_evidence(PROOF_MARK)
    if crash:
        note.add_evidence(crash)
    found = read_notes(folder, {1})[1]
    assert (found.evidence, found.proofs) == ((), (crash,))


def test_a_crash_leaves_its_stack(folder: OutputFolder) -> None:
    note = Note.make(folder, 1, 1)
    with note.watch():
        assert faulthandler.is_enabled()
    note.remove()


@pytest.mark.parametrize("thing", THINGS)
def test_what_is_no_note_is_an_empty_one(folder: OutputFolder, tmp_path: Path, thing: str) -> None:
    path = folder.notes / "00001.1.elsewhere-7"
    THINGS[thing](path, tmp_path / "outside")
    before = state_of(tmp_path / "outside")
    noted = read_notes(folder, {1})[1]
    assert noted.evidence == (), "brackets are too many"
    remove_notes(folder, noted.notes)
    assert path.exists() == (thing == "a folder")
    assert state_of(tmp_path / "outside") == before


@pytest.mark.parametrize("error", [errno.EACCES, errno.ESTALE, errno.EIO])
@pytest.mark.parametrize("call", ["open", "unlink"])
def test_a_note_of_another_user_ends_nothing(folder: OutputFolder, call: str, error: int) -> None:
    path = folder.notes / "00001.1.elsewhere-7"
    path.write_text("evidence")
    with system_calls(refusing(call, path, error)):
        noted = read_notes(folder, {1})[1]
        remove_notes(folder, noted.notes)
    assert noted.evidence == (() if call == "open" else ("evidence",))


def test_a_link_in_the_place_of_a_note_to_come(folder: OutputFolder, tmp_path: Path) -> None:
    first = Note.make(folder, 1, 1)
    (folder.root / first.name).unlink()
    (folder.root / first.name).symlink_to(tmp_path / "outside" / "secret")
    before = state_of(tmp_path / "outside")
    second = Note.make(folder, 1, 1)
    second.add_evidence("it hung")
    assert (folder.root / second.name).read_text() == "it hung\n"
    assert state_of(tmp_path / "outside") == before


def test_a_note_that_is_exchanged_while_its_frame_is_in_work(
    folder: OutputFolder, tmp_path: Path
) -> None:
    note = Note.make(folder, 1, 1)
    (folder.root / note.name).unlink()
    (folder.root / note.name).symlink_to(tmp_path / "outside" / "secret")
    before = state_of(tmp_path / "outside")
    note.add_evidence("it hung")
    note.remove()
    assert state_of(tmp_path / "outside") == before
    assert list(folder.notes.iterdir()) == []


def test_odd_names_are_nobody_s_notes(folder: OutputFolder) -> None:
    for name in ("1.1.host", "9999999.1.host", "x", "²", "00001x", "-00001.1.host"):
        (folder.notes / name).touch()
    assert read_notes(folder, range(-10, 10_000_000)) == {}
