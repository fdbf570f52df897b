"""Which folder is the session's own; tried below a base of the test's own."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from array_chunk_render.machine import session_folder
from array_chunk_render.machine.session_folder import SessionFolder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def made(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "quit.blend").write_text("")
    return path


def test_what_this_process_made_is_removed(base: Path) -> None:
    folder = made(base / "blender_aB3xY9")
    SessionFolder(Path(f"{folder}/")).remove()
    assert not folder.exists()


def test_below_the_preferred_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)
    folder = made(tmp_path / "preferred" / "blender_aB3xY9")
    assert not SessionFolder(folder).is_ours()
    assert SessionFolder(folder, str(tmp_path / "preferred")).is_ours()


@pytest.mark.parametrize(
    "name",
    [".", "x", "blender_", "blender_abc", "blender_abcdefg", "a/blender_aB3xY9"]
    + ["blender_ab-def", "Blender_abcdef", "blender_aB3xY\n"],
)
def test_another_name_or_place_is_left(name: str, base: Path) -> None:
    folder = base / name
    folder.mkdir(parents=True, exist_ok=True)
    SessionFolder(folder).remove()
    assert folder.is_dir()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), max_size=20))
def test_any_path_that_is_not_there_is_no_error(base: Path, name: str) -> None:
    SessionFolder(base / "nowhere" / name).remove()
    assert base.is_dir()


@pytest.mark.parametrize("as_what", ["TMPDIR", "preference", "link to it"])
def test_a_base_is_left_whatever_its_name(
    as_what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = made(tmp_path / "blender_aB3xY9")
    (tmp_path / "link").symlink_to(base)
    monkeypatch.setenv("TEMP", str(tmp_path))
    named = {"TMPDIR": base, "link to it": tmp_path / "link"}.get(as_what)
    if named is not None:
        monkeypatch.setenv("TMPDIR", str(named))
    SessionFolder(base, str(base) if as_what == "preference" else "").remove()
    assert base.is_dir()


def test_a_link_is_left(base: Path) -> None:
    target = made(base / "target")
    (base / "blender_aB3xY9").symlink_to(target)
    SessionFolder(base / "blender_aB3xY9").remove()
    assert (target / "quit.blend").exists()


def test_another_users_is_left(base: Path) -> None:
    assert os.getuid() == 0, "chown needs root"
    folder = made(base / "blender_aB3xY9")
    os.chown(folder, 12345, 12345)
    SessionFolder(folder).remove()
    assert folder.exists()


@pytest.mark.parametrize("began", [None, time.time() + 3600], ids=["not known", "later"])
def test_what_is_not_surely_of_this_process_is_left(
    began: float | None, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(base / "blender_aB3xY9")
    monkeypatch.setattr(session_folder, "_began", lambda: began)
    SessionFolder(folder).remove()
    assert folder.exists()
