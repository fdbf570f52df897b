"""How far a chunk is, and how long the rest will take."""

from __future__ import annotations

import logging
import threading

import pytest
from array_chunk_render.child import in_work as module
from array_chunk_render.child.in_work import Pace, Progress, duration


def test_each_frame_brings_it_on() -> None:
    pace = Pace(total=10, done=4)
    assert pace.delivered(5, 2.0) == Progress(5, 2.0, done=5, total=10, seconds_left=10.0)
    assert pace.delivered(6, 4.0) == Progress(6, 4.0, done=6, total=10, seconds_left=12.0)


def test_lanes_share_what_is_left() -> None:
    pace = Pace(total=10, done=0)
    pace.lanes = 3
    assert pace.delivered(1, 2.0).seconds_left == 6.0


def test_the_last_frame_leaves_nothing() -> None:
    assert Pace(total=1, done=0).delivered(1, 5.0).seconds_left == 0.0


def test_more_frames_than_there_are() -> None:
    """A frame that a helper had was rendered again."""
    pace = Pace(total=2, done=1)
    pace.delivered(1, 1.0)
    again = pace.delivered(1, 1.0)
    assert (again.done, again.seconds_left) == (2, 0.0)


def test_frames_of_many_threads_are_all_counted() -> None:
    pace, together = Pace(total=800, done=0), threading.Barrier(8)
    seen: list[Progress] = []

    def deliver() -> None:
        together.wait()
        seen.extend(pace.delivered(1, 1.0) for _ in range(100))

    threads = [threading.Thread(target=deliver) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {each.done for each in seen} == set(range(1, 801))


def test_it_is_said(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger(module.__name__)
    logger.addHandler(caplog.handler)
    logger.setLevel(logging.INFO)
    Pace(total=8, done=2).delivered(17, 62.04)
    logger.removeHandler(caplog.handler)
    record = caplog.records[0]
    assert record.getMessage() == "frame 17 · 62.0 s · 3/8 · 37 % · ETA 5 m 10 s"
    assert record.__dict__["fields"]["seconds_left"] == pytest.approx(310.2)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 m 0 s"),
        (3599.0, "59 m 59 s"),
        (3600.0, "1 h 0 m"),
        (90061.0, "25 h 1 m"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
