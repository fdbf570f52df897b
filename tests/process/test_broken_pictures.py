"""Pictures that Blender's own readers hang or crash at never get to them.

Their records say that they are as they should be: whoever can write into the folder can do that.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from children import Ended, MakeBlend, StartChild, record_of

FRAMES = 3
SECONDS = 120
"""No command takes a tenth of it here; a hang takes for ever."""


@pytest.fixture
def finish(start_child: StartChild) -> Callable[..., Ended]:
    """Run a command to its end, which it has to come to."""

    def run(*arguments: object) -> Ended:
        child = start_child(*arguments)
        try:
            log, errors = child.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            raise
        return Ended(child.returncode, log, errors)

    return run


@pytest.fixture
def rendered(
    make_blend: MakeBlend, finish: Callable[..., Ended], tmp_path: Path
) -> tuple[Path, Path]:
    """A .blend and its frames as OpenEXR."""
    blend, output = make_blend("film", end=FRAMES), tmp_path / "out"
    assert finish(blend, output, "--format", "exr").code == 0
    return blend, output


def record_what_is_there(output: Path, frame: int) -> None:
    """Have a frame's record say that its picture is as it was published."""
    record = record_of(output, frame)
    for file in record["files"]:
        there = os.stat(output / file["name"])
        file.update(size=there.st_size, mtime_ns=there.st_mtime_ns)
    path = output / ".array_chunk" / "frames" / f"{frame:05d}.json"
    path.write_text(json.dumps(record))


@pytest.mark.parametrize("left_bytes", [100, 0.5])
def test_film_and_report_leave_out_cut_pictures(
    rendered: tuple[Path, Path], finish: Callable[..., Ended], left_bytes: float
) -> None:
    """The first cut hangs Blender 4.2's reader, the second one ends 5.0's."""
    blend, output = rendered
    picture = output / "00002.exr"
    size = picture.stat().st_size
    os.truncate(picture, int(left_bytes if left_bytes > 1 else size * left_bytes))
    record_what_is_there(output, 2)
    refused = finish(blend, output, "film")
    assert refused.code == 65, refused
    assert "frames 2 are not done (frame 2: 00002.exr can't be used: " in refused.everything
    assert not (output.parent / "out.mp4").exists()
    held = finish(blend, output, "film", "--gaps", "hold")
    assert held.code == 0, held
    assert "Pictures that are not whole are left out of the film: frame 2" in held.everything
    report = finish(blend, output, "report")
    assert report.code == 0, report
    assert "Pictures that the report can't show: frame 2" in report.everything
    page = (output.parent / "out-report.html").read_text(encoding="utf-8")
    assert 'aria-label="Frame 1"' in page
    assert 'aria-label="Frame 2"' not in page
