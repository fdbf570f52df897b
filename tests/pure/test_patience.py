"""Trying again: after what may pass, on the same folder only, and not without end."""

from __future__ import annotations

import errno
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import OutputFailed, SceneRefused
from array_chunk_render.publishing import patience
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.publishing.patience import PAUSES_SECONDS, Patience
from publishing_trials import made_folder


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    return made_folder(tmp_path / "out")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, none of them really."""
    made: list[float] = []
    monkeypatch.setattr(patience.time, "sleep", made.append)
    return made


def failing(count: int, number: int | None, also: Callable[[], object] = bool) -> Callable[[], str]:
    """Work that fails so often before it is done, and does something more each time."""
    left = [OutputFailed(f"no {each}", number) for each in range(count, 0, -1)]

    def work() -> str:
        if left:
            also()
            raise left.pop(0)
        return "done"

    return work


def test_what_is_done_at_once_takes_no_time(folder: OutputFolder, pauses: list[float]) -> None:
    assert Patience(folder).repeat(lambda: "done") == "done"
    assert pauses == []


@pytest.mark.parametrize("error", [errno.EIO, errno.ESTALE, errno.ENOENT, errno.ETIMEDOUT])
@pytest.mark.parametrize("count", range(1, len(PAUSES_SECONDS) + 1))
def test_a_bad_moment_passes(
    folder: OutputFolder, pauses: list[float], count: int, error: int
) -> None:
    assert Patience(folder).repeat(failing(count, error)) == "done"
    assert pauses == list(PAUSES_SECONDS[:count])


def test_it_has_an_end(folder: OutputFolder, pauses: list[float]) -> None:
    with pytest.raises(OutputFailed, match="no 1"):
        Patience(folder).repeat(failing(len(PAUSES_SECONDS) + 1, errno.EIO))
    assert pauses == list(PAUSES_SECONDS)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT, None])
def test_what_does_not_pass_is_not_waited_for(
    folder: OutputFolder, pauses: list[float], error: int | None
) -> None:
    with pytest.raises(OutputFailed, match="no 1"):
        Patience(folder).repeat(failing(1, error))
    assert pauses == []


def test_other_errors_pass_through(folder: OutputFolder, pauses: list[float]) -> None:
    def refuse() -> None:
        raise SceneRefused("taken over")

    with pytest.raises(SceneRefused):
        Patience(folder).repeat(refuse)
    assert pauses == []


def test_it_is_said_once(
    folder: OutputFolder, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    patient = Patience(folder)
    logger = logging.getLogger(patience.__name__)
    logger.addHandler(caplog.handler)
    try:
        for _ in range(2):
            patient.repeat(failing(2, errno.EIO))
    finally:
        logger.removeHandler(caplog.handler)
    said = {record.getMessage() for record in caplog.records}
    assert said == {"no 2 Trying again."}


def test_private_folders_that_somebody_removed(folder: OutputFolder, pauses: list[float]) -> None:
    work = failing(1, errno.ENOENT, lambda: shutil.rmtree(folder.private))
    assert Patience(folder).repeat(work) == "done"
    assert folder.temporaries.is_dir()


def test_a_folder_that_is_gone_is_not_made_again(folder: OutputFolder, pauses: list[float]) -> None:
    work = failing(1, errno.ENOENT, lambda: shutil.rmtree(folder.root))
    with pytest.raises(OutputFailed, match="is gone, or another folder is in its place"):
        Patience(folder).repeat(work)
    assert not folder.root.exists()


def test_another_folder_in_its_place(folder: OutputFolder, pauses: list[float]) -> None:
    """It was unmounted: what is there now is a folder of this machine."""
    patient = Patience(folder)
    folder.root.rename(folder.root.with_name("elsewhere"))
    folder.root.mkdir()
    with pytest.raises(OutputFailed, match="see that it is mounted"):
        patient.repeat(lambda: "done")
    assert list(folder.root.iterdir()) == []


def test_it_may_come_back(
    folder: OutputFolder, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = Patience(folder)
    away = folder.root.with_name("away")
    folder.root.rename(away)
    monkeypatch.setattr(patience.time, "sleep", lambda seconds: away.rename(folder.root))
    assert patient.repeat(lambda: "done") == "done"


def test_a_bad_moment_while_mending(
    folder: OutputFolder, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is not back yet when the private folders are looked for."""
    make = OutputFolder.make
    errors = [OutputFailed("not yet", errno.EIO)]

    def not_yet(self: OutputFolder) -> None:
        if errors:
            raise errors.pop()
        make(self)

    monkeypatch.setattr(OutputFolder, "make", not_yet)
    assert Patience(folder).repeat(failing(1, errno.EIO)) == "done"
    assert pauses == list(PAUSES_SECONDS[:2])
