"""Naming and removing what somebody has open, as Windows answers it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.publishing import held_folder
from array_chunk_render.publishing.held_folder import HeldFolder

ACCESS_DENIED, SHARING_VIOLATION, PRIVILEGE_NOT_HELD = 5, 32, 1314


def refusing(times: int, code: int | None, really: Callable[..., None]) -> Callable[..., None]:
    """A function that is refused so many times, with the error of Windows of this number."""
    left = [None] * times

    def act(*words: Any, **options: Any) -> None:
        if left:
            left.pop()
            error = PermissionError(errno.EACCES, "Permission denied")
            if code is not None:
                vars(error)["winerror"] = code
            raise error
        really(*words, **options)

    return act


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HeldFolder:
    monkeypatch.setattr(held_folder, "PAUSES_WHILE_OPEN_SECONDS", (0.0, 0.0))
    (tmp_path / "old").write_text("old")
    (tmp_path / "new").write_text("new")
    return HeldFolder(tmp_path)


@pytest.mark.parametrize("code", [ACCESS_DENIED, SHARING_VIOLATION])
def test_a_file_that_a_reader_closes(
    code: int, folder: HeldFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "replace", refusing(2, code, os.replace))
    monkeypatch.setattr(os, "unlink", refusing(2, code, os.unlink))
    folder.replace("new", "old")
    assert folder.read("old", 9) == b"new"
    folder.remove("old")
    assert folder.names("") == []


@pytest.mark.parametrize(
    ("times", "code"),
    [
        pytest.param(3, SHARING_VIOLATION, id="it stays open"),
        pytest.param(1, PRIVILEGE_NOT_HELD, id="another reason"),
        pytest.param(1, None, id="POSIX"),
    ],
)
def test_what_does_not_pass_is_told(
    times: int, code: int | None, folder: HeldFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "replace", refusing(times, code, os.replace))
    monkeypatch.setattr(os, "unlink", refusing(times, code, os.unlink))
    with pytest.raises(PermissionError):
        folder.replace("new", "old")
    with pytest.raises(PermissionError):
        folder.remove("old")
