"""The sub-command `report`: the page of a small film, with and without Blender at hand."""

from __future__ import annotations

import base64
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from children import (
    MakeBlend,
    RunChild,
    StartChild,
    array_variables,
    clean_environment,
    frames_in,
    verdicts_of,
    wait_for,
)

pytestmark = pytest.mark.once

RENEWED = '<meta http-equiv="refresh"'


def test_report_lies_beside_the_folder_with_thumbnails(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film"), tmp_path / "out"
    assert run_child(blend, output, **array_variables(3, 0)).code == 0
    there = frames_in(output)
    ended = run_child(blend, output, "report")
    assert ended.code == 0, ended
    target = tmp_path / "out-report.html"
    assert f"report: {target}" in ended.log.splitlines()
    page = target.read_text(encoding="utf-8")
    assert "Incomplete: 2 of 4 frames are done" in page
    assert f"blender -b {blend} -P " in page
    assert f"--frames 3,4 --output {output}" in page
    assert re.findall(r'aria-label="(Frame \d+)"', page) == ["Frame 1", "Frame 2"]
    (jpeg,) = re.findall(r"data:image/jpeg;base64,([^)]*)", page)
    assert base64.b64decode(jpeg).startswith(b"\xff\xd8\xff")
    assert {path.name for path in tmp_path.iterdir()} == {"out", target.name}
    assert frames_in(output) == there


def test_frames_of_the_page_can_be_rendered_and_it_says_so(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film"), tmp_path / "out"
    assert run_child(blend, output, "--frames", "1-3").code == 0
    assert run_child(blend, output, "--frames", "4").code == 0
    (verdict, _) = verdicts_of(output)
    assert verdict["threads"] >= 1
    assert verdict["started"] > 0
    assert run_child(blend, output, "report").code == 0
    page = (tmp_path / "out-report.html").read_text(encoding="utf-8")
    assert "Complete: all 4 frames are done" in page
    assert "whose threads are not known" not in page


def test_a_page_of_another_is_never_replaced(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film"), tmp_path / "out"
    assert run_child(blend, output).code == 0
    target = tmp_path / "out-report.html"
    for _ in range(2):
        assert run_child(blend, output, "report").code == 0
    target.write_text("<!DOCTYPE html>minutes of Monday")
    ended = run_child(blend, output, "report")
    assert ended.code == 65, ended
    assert repr(str(target)) in ended.everything
    assert target.read_text() == "<!DOCTYPE html>minutes of Monday"


def test_report_without_blender(
    make_blend: MakeBlend, run_child: RunChild, repository: Path, tmp_path: Path
) -> None:
    blend, output = make_blend("film"), tmp_path / "out"
    assert run_child(blend, output).code == 0
    command = [sys.executable, str(repository / "main.py"), "report"]
    words = ["--frames", "1-5", "--output", str(output)]
    subprocess.run([*command, *words], check=True, env=clean_environment())
    page = (tmp_path / "out-report.html").read_text(encoding="utf-8")
    assert "Incomplete: 4 of 5 frames are done" in page
    assert "No thumbnails: the report was made without Blender." in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("--frames", "1"), "no Blender in it", id="no folder, and no file to ask"),
        pytest.param(("--frames", "1", "--output", "/no/such"), "'/no/such'", id="gone folder"),
    ],
)
def test_report_of_no_folder(repository: Path, words: tuple[str, ...], said: str) -> None:
    command = [sys.executable, str(repository / "main.py"), "report", *words]
    ended = subprocess.run(
        command, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 64
    assert said in ended.stdout


def test_a_live_page_follows_the_array_to_its_last_frame(
    make_blend: MakeBlend, run_child: RunChild, start_child: StartChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film"), tmp_path / "out"
    assert run_child(blend, output, "--frames", "1,2").code == 0
    live = start_child(blend, None, "report", "--live", str(output))
    wait_for(live, "report: ")
    target = tmp_path / "out-report.html"
    page = target.read_text(encoding="utf-8")
    assert RENEWED in page
    assert "Incomplete: 2 of 4 frames are done" in page
    assert run_child(blend, output, "--frames", "3,4").code == 0
    log, errors = live.communicate()
    assert live.returncode == 0, log + errors
    page = target.read_text(encoding="utf-8")
    assert RENEWED not in page
    assert "Complete: all 4 frames are done" in page
    pictures = re.findall(r"data:image/jpeg;base64,([^)]*)", page)
    assert len(pictures) == 8, "each of the newest, and each of the film"
    assert len(set(pictures)) == 4
    assert all(base64.b64decode(each).startswith(b"\xff\xd8\xff") for each in pictures)
    assert {path.name for path in tmp_path.iterdir()} == {"out", target.name}


def test_a_live_page_that_is_ended_by_a_signal_stays_whole(
    make_blend: MakeBlend, run_child: RunChild, start_child: StartChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film"), tmp_path / "out"
    assert run_child(blend, output, "--frames", "1").code == 0
    live = start_child(blend, None, "report", "--live", str(output))
    wait_for(live, "report: ")
    live.send_signal(signal.SIGTERM)
    log, _ = live.communicate()
    assert live.returncode == 75
    assert "SIGTERM: ended as asked" in log
    page = (tmp_path / "out-report.html").read_text(encoding="utf-8")
    assert "</html>\n" in page
    assert RENEWED not in page
    assert "Incomplete: 1 of 4 frames are done" in page


def test_a_live_page_ends_as_its_array_does(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film"), tmp_path / "out"
    (output / "00003.png").mkdir(parents=True)  # no file can be put there
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    words = ("--size", "2", "--with-film", "no")
    assert run_child(blend, output, "submit", *words, **state).code == 0
    ended = run_child(blend, None, "report", "--live", str(output), **state)
    assert ended.code == 74, ended.everything
    page = (tmp_path / "out-report.html").read_text(encoding="utf-8")
    assert RENEWED not in page
    assert "Incomplete: 3 of 4 frames are done" in page
    assert "Frames to render" in page
