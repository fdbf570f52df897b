"""Data kept between frames in a whole child: what it says of it, and that memory ends it."""

from __future__ import annotations

from pathlib import Path

import pytest
from children import MakeBlend, RunChild, frames_in, pixels


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "on: nothing in the scene is known to need each frame prepared anew"),
        (("--persistent", "on"), "on: --persistent"),
        (("--persistent", "off"), "off: --persistent"),
    ],
)
def test_a_child_says_what_it_keeps(
    words: tuple[str, ...], said: str, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    ended = run_child(make_blend("film", end=1), tmp_path / "out", *words)
    assert ended.code == 0
    assert ended.everything.count(f"persistent data: {said}") == 1


def test_little_memory(make_blend: MakeBlend, run_child: RunChild, tmp_path: Path) -> None:
    """It is dropped after the first frame, given up after the second, and the pictures stay."""
    blend = make_blend("film", end=4)
    little = run_child(blend, tmp_path / "little", "--memory", "16")
    enough = run_child(blend, tmp_path / "enough", "--persistent", "on")
    cold = run_child(blend, tmp_path / "cold", "--persistent", "off", "--memory", "16")
    assert (little.code, enough.code, cold.code) == (0, 0, 0)
    assert little.everything.count("persistent data: dropped at") == 1
    assert little.everything.count("persistent data: off from now on") == 1
    assert "of 16 (--memory 16 MiB)" in little.everything
    for other in (enough, cold):
        assert "dropped" not in other.everything
    names = frames_in(tmp_path / "cold")
    assert len(names) == 4
    for name in names:
        found = {pixels(tmp_path / each / name) for each in ("little", "enough", "cold")}
        assert len(found) == 1, name
