"""Publishing on NFS: each moment that a farm may come to, held still at one call of one host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from nfs_share import Share

from .film_trial import FilmTrial

RECORD = "*/.array_chunk/frames/00001.json"
PICTURE = "/out/00001.png"


@pytest.fixture
def trial(share: Share, tmp_path: Path) -> Iterator[FilmTrial]:
    with FilmTrial(share, tmp_path / "film", frames=2, size=1) as trial:
        yield trial


def test_an_array(trial: FilmTrial) -> None:
    trial.size = 2
    children = [trial.begin(host, index) for index, host in enumerate("ab")]
    assert [trial.end(child).code for child in children] == [0, 0]
    trial.hold_complete()


COPIED = "*/.array_chunk/tmp/00001.*/*-0"


def test_a_copy_that_looked_before_the_record_was_there(trial: FilmTrial) -> None:
    """It has looked for the record when it began, and believes that there is none for a minute.

    What it would put in place then is another host's finished frame; should it die there, that
    frame is lost, which a 0 has promised.
    """
    trial.share.rule("copying", "a", "CREATE", COPIED, "hold")
    trial.share.rule("dies", "a", "RENAME", RECORD, "die")
    late = trial.begin("a")
    trial.share.wait("copying")
    assert trial.run("b").code == 0
    trial.share.release("copying")
    assert trial.end(late).code == 0
    trial.hold_complete()


def test_a_copy_replaces_the_files_before_the_record_is_there(trial: FilmTrial) -> None:
    """What this host has put there itself it believes to be there; another's is, and no record."""
    trial.share.rule("recording", "a", "RENAME", RECORD, "hold")
    trial.share.rule("dies", "b", "RENAME", RECORD, "die")
    first = trial.begin("a")
    trial.share.wait("recording")
    assert trial.run("b").code == 74
    trial.share.release("recording")
    assert trial.end(first).code == 0
    trial.hold_complete()
