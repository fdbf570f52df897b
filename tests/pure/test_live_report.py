"""The report's page kept up to date: only what is new is read, and the page is always whole."""

from __future__ import annotations

import logging
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import SceneRefused
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.film.live_report import MOST_A_LOOK, MOST_NEWEST, LiveReport
from array_chunk_render.publishing import done_counter
from array_chunk_render.publishing.sheet_layout import MOST_PICTURES, even_spread
from array_chunk_render.report import children
from array_chunk_render.report.live_facts import LiveFacts

from .test_report import Render

RENEWED = '<meta http-equiv="refresh"'


class Pictures:
    """Makes pictures that are none, and counts how often each was made."""

    def __init__(self, *refused: int) -> None:
        self.made: Counter[int] = Counter()
        self._refused = refused

    def __call__(self, frame: int, picture: Path) -> bytes:
        self.made[frame] += 1
        if frame in self._refused:
            raise SceneRefused(f"{picture.name} is no picture.")
        assert picture.name == f"{frame:05d}.png"
        return b"jpeg of %d" % frame


def live(render: Render, frames: str, pictures: Pictures | None) -> LiveReport:
    return LiveReport(render.folder, FrameSet.parse(frames), lambda facts: "blender", pictures)


def page_of(report: LiveReport) -> str:
    return report.target.read_text(encoding="utf-8")


@pytest.fixture
def render(tmp_path: Path) -> Render:
    return Render(tmp_path / "out")


def test_a_page_from_the_first_frame_to_the_last(render: Render) -> None:
    report = live(render, "1-3", Pictures())
    report.look()
    assert "Incomplete: 0 of 3 frames are done" in page_of(report)
    for frame in (2, 1, 3):
        assert not report.is_complete
        render.frame(frame)
        report.look()
        assert RENEWED in page_of(report)
        assert f"Frame {frame}" in page_of(report)
    assert report.is_complete
    facts = report.end(with_survey=True)
    assert facts is not None
    assert facts.survey.is_complete
    assert "Complete: all 3 frames are done" in page_of(report)
    assert RENEWED not in page_of(report)
    assert page_of(report).count('aria-label="Frame 2"') == 2  # among the newest, and of the film
    assert sorted(os.listdir(report.target.parent)) == ["out", report.target.name]


def test_each_picture_is_made_once_and_a_look_makes_a_few(render: Render) -> None:
    pictures, count = Pictures(40), 200
    report = live(render, f"1-{count}", pictures)
    for frame in range(1, 101):
        render.frame(frame)
    before = 0
    for frame in range(105, count + 1, 5):
        for new in range(frame - 4, frame + 1):
            render.frame(new)
        report.look()
        assert pictures.made.total() - before <= MOST_A_LOOK
        before = pictures.made.total()
        assert f'aria-label="Frame {frame}"' in page_of(report)
    for _ in range(3):
        report.look()
    assert set(pictures.made.values()) == {1}
    assert set(even_spread(range(1, count + 1))) <= set(pictures.made)
    shown = page_of(report).count("image/jpeg")
    assert shown == MOST_NEWEST + MOST_PICTURES - (40 in even_spread(range(1, count + 1)))


def test_a_picture_that_can_t_be_made_is_said_once(
    render: Render, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    report = live(render, "1-2", Pictures(1))
    render.frame(1)
    report.look()
    render.frame(2)
    report.look()
    assert [each.getMessage() for each in caplog.records] == [
        "The report has no picture of frame 1: 00001.png is no picture."
    ]
    assert 'aria-label="Frame 1"' not in page_of(report)


def test_nothing_new_writes_nothing_and_an_end_says_that_it_is_one(render: Render) -> None:
    report = live(render, "1-2", None)
    render.frame(1)
    report.look()
    there = report.target.stat()
    report.look()
    assert report.target.stat().st_mtime_ns == there.st_mtime_ns
    assert report.target.stat().st_ino == there.st_ino
    (render.folder.notes / "00002.1.host-1-0123abcd").touch()
    report.look()
    assert report.target.stat().st_ino != there.st_ino, "it is replaced, not written over"
    assert "Begun and not ended" in page_of(report)
    assert report.end(with_survey=False) is None
    assert RENEWED not in page_of(report)
    assert "Incomplete: 1 of 2 frames are done" in page_of(report)
    assert "the report was made without Blender" in page_of(report)


def test_records_and_verdicts_are_read_once(
    render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Any] = []
    for module, name in ((done_counter, "read_record"), (children, "read_published_verdict")):
        true_read = getattr(module, name)
        monkeypatch.setattr(
            module,
            name,
            lambda folder, which, of=true_read: (read.append(which), of(folder, which))[1],
        )
    facts = LiveFacts(render.folder, FrameSet.parse("1-9"))
    render.frame(1)
    render.frame(2, fingerprint="before")
    render.verdict(0)
    for _ in range(3):
        facts.look()
    render.frame(3)
    render.verdict(1)
    for _ in range(3):
        facts.look()
    assert sorted(each for each in read if isinstance(each, int)) == [1, 2, 3]
    assert len([each for each in read if isinstance(each, str)]) == 2


def test_a_frame_whose_file_is_another_is_not_done_until_it_is_right(render: Render) -> None:
    facts = LiveFacts(render.folder, FrameSet.parse("1-2"))
    render.frame(1)
    picture = render.folder.root / "00001.png"
    picture.write_bytes(b"pictur")
    first = facts.look()
    assert first is not None
    assert first.survey.broken == {1: "00001.png has 6 bytes, not 7"}
    assert facts.look() is None
    render.frame(1)
    second = facts.look()
    assert second is not None
    assert (second.survey.broken, list(second.survey.done)) == ({}, [1])
