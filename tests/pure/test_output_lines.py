"""Lines of children: any bytes, any length, valid JSON that is none of ours."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from array_chunk_render.child.lane_processes import LaneProcesses
from array_chunk_render.command_line.printing import log_to
from array_chunk_render.command_line.run_array_command import _say_json
from array_chunk_render.engines.local.children import LocalArray
from array_chunk_render.machine import output_lines
from array_chunk_render.machine.output_lines import (
    MOST_CHARACTERS,
    MOST_TAIL_BYTES,
    json_fields,
    last_lines,
    lines_of,
)
from hypothesis import example, given
from hypothesis import strategies as st

STRANGE = [
    "5",
    "null",
    '"x"',
    "[1, 2]",
    '[["message", "x"]]',
    "NaN",
    '{"message": NaN}',
    '{"message": {"message": [1]}, "level": 7, "index": "x"}',
    '{"message": null, "fields": 1, "time": []}',
    '{"a": ' * 990,
    '{"a": ' * 400 + "1" + "}" * 400,
    '{"message": ' + "[" * 150 + "]" * 150 + "}",
    '{"message": 1' + "0" * 5000 + "}",
    '{"frame": 1e400, "seconds": -1}',
    '{"frame": true, "seconds": "x"}',
    '{"frame": 1, "seconds": 1' + "0" * 400 + "}",
    "\x00\x1b]52;c;eA==\x07\ud800",
]
lines = st.one_of(
    st.sampled_from(STRANGE),
    st.text(),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
        lambda inner: st.one_of(
            st.lists(inner),
            st.dictionaries(
                st.sampled_from("message level frame seconds helped index time".split()), inner
            ),
        ),
    ).map(json.dumps),
)


def strange(test: Any) -> Any:
    for line in STRANGE:
        test = example(line)(test)
    return given(lines)(test)


def test_short_lines_are_as_they_are() -> None:
    text = "one\n\ntwo\x00\nno end"
    assert list(lines_of(io.StringIO(text))) == ["one", "", "two\x00", "no end"]
    full = "x" * MOST_CHARACTERS
    assert list(lines_of(io.StringIO(f"{full}\n{full}"))) == [full, full]


def test_a_long_line_is_cut_off_and_says_so() -> None:
    long = "x" * (3 * MOST_CHARACTERS + 7)
    first, second = lines_of(io.StringIO(f"{long}\nnext"))
    assert first == f"{long[:MOST_CHARACTERS]}… ({2 * MOST_CHARACTERS + 7:,} characters more)"
    assert second == "next"


def test_a_child_that_writes_without_a_line_break() -> None:
    """300 MB on one line, which would be the parent's memory."""
    program = "import os\nfor _ in range(300): os.write(1, b'\\xff\\0x' * 333333)"
    kept: list[str] = []
    command = [sys.executable, "-I", "-S", "-c", program]
    LocalArray(command, {}, 1, 1, lambda index, line: kept.append(line)).run()
    assert len(kept) == 1
    assert len(kept[0]) < 2 * MOST_CHARACTERS


@strange
def test_run_array_relays_any_line_as_one_object(line: str) -> None:
    stream = io.StringIO()
    handler = log_to(stream, "json")
    errors = sys.stderr = io.StringIO()
    try:
        _say_json(3, line)
    finally:
        sys.stderr = sys.__stderr__
        handler.close()
    relayed = stream.getvalue()
    assert relayed.endswith("\n")
    assert len(relayed.splitlines()) == 1
    fields = json.loads(relayed, parse_constant=pytest.fail)
    assert fields["index"] == 3
    assert errors.getvalue() == ""


@strange
def test_a_lane_may_say_anything(line: str) -> None:
    frames: list[tuple[int, float, bool]] = []
    lanes = LaneProcesses([], Path("/"), 1)
    lanes._hear(2, lambda *told: frames.append(told), line)
    fields = json_fields(line) or {}
    assert len(frames) <= ({"frame", "seconds"} <= fields.keys())
    for frame, seconds, _ in frames:
        assert isinstance(frame, int)
        assert 0 <= abs(seconds) < float("inf")


def test_the_frame_of_a_lane() -> None:
    frames: list[tuple[int, float, bool]] = []
    lanes = LaneProcesses([], Path("/"), 1)
    for line in ('{"frame": -3, "seconds": 2}', '{"frame": 4, "seconds": 0.5, "helped": true}'):
        lanes._hear(2, lambda *told: frames.append(told), line)
    assert frames == [(-3, 2.0, False), (4, 0.5, True)]


def test_the_end_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"old\nattempt 2\none\n\xff\x00\nthree")
    assert last_lines(log, 2) == ["\ufffd\x00", "three"]
    assert last_lines(log, 9, begins="attempt") == ["attempt 2", "one", "\ufffd\x00", "three"]
    assert last_lines(log, 9, begins="nothing")[0] == "old"


@pytest.mark.parametrize("size", [1, 3 * 8192 + 5, MOST_TAIL_BYTES + 1])
def test_the_end_of_a_log_that_goes_on_growing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """A child that prints faster than its lines are read; what it says later does not count."""
    log = tmp_path / "log"
    log.write_bytes(b"." * (size - 1) + b"\n")
    taken: list[str] = []

    def growing(stream: IO[str]) -> Iterator[str]:
        for line in lines_of(stream):
            taken.append(line)
            assert len(taken) < 100, "what came later is read too"
            with log.open("ab") as writer:
                writer.write(b"later\n" * 2000)
            yield line

    monkeypatch.setattr(output_lines, "lines_of", growing)
    (line,) = last_lines(log, 3)
    assert "later" not in line


def test_the_end_of_what_has_none(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert last_lines(pipe, 3) == []
    assert last_lines(Path("/dev/zero"), 3) == []
    holes = tmp_path / "holes"
    holes.touch()
    os.truncate(holes, 3 << 30)
    (line,) = last_lines(holes, 3)
    assert line.endswith(f"({MOST_TAIL_BYTES - MOST_CHARACTERS:,} characters more)")
    with pytest.raises(OSError):
        last_lines(tmp_path, 3)
