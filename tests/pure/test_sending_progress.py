"""How far a sending is: a bar on a terminal, lines in a log."""

from __future__ import annotations

import io
import logging

import pytest
from array_chunk_render.command_line.sending_progress import LINES, LoggedProgress, ProgressBar
from hypothesis import given
from hypothesis import strategies as st

WOOD = "tex/\x1b[31mwood.png"


@given(
    sizes=st.lists(st.integers(0, 1 << 40), min_size=1, max_size=30),
    columns=st.integers(1, 200),
)
def test_a_bar_that_goes_from_nothing_to_all(sizes: list[int], columns: int) -> None:
    bar = ProgressBar(io.StringIO())
    bar.begin(len(sizes), sum(sizes))
    full = []
    for size in sizes:
        bar.start(WOOD)
        bar.advance(size)
        line = bar.line(columns)
        assert len(line) < columns
        assert "\x1b" not in line
        full.append(bar.line(200).count("#"))
    assert full == sorted(full)
    assert full[-1] == 30
    assert f"100% {len(sizes)}/{len(sizes)} tex/" in bar.line(200)


def test_nothing_is_left_of_the_bar() -> None:
    stream = io.StringIO()
    bar = ProgressBar(stream)
    bar.begin(1, 5)
    bar.start(WOOD)
    bar.end()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_a_log_has_a_line_for_each_tenth(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger(LoggedProgress.__module__)
    logger.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.INFO, logger.name):
            progress = LoggedProgress()
            progress.begin(2, 10 << 20)
            for _ in range(1000):
                progress.advance((10 << 20) // 1000 + 1)
            progress.end()
    finally:
        logger.removeHandler(caplog.handler)
    lines = list(dict.fromkeys(record.getMessage() for record in caplog.records))
    assert lines[0] == "sending 2 files, 10,485,760 bytes"
    assert len(lines) == LINES + 1
    assert lines[-1].startswith("100 %")
