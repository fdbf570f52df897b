"""Children and commands on an output folder in which files were exchanged for other things."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from array_chunk_render.engines.local.local_job import LocalJob
from array_chunk_render.engines.submissions import Submission, remember
from children import MakeBlend, StartChild
from exchanged import (
    THINGS,
    assert_text_alone,
    exchange,
    exchange_all,
    make_outside,
    state_of,
    turns,
)
from no_files import finish

pytestmark = pytest.mark.once

LONGEST_SECONDS = 120
"""For a start of Blender and what it has to do, on a busy machine; a hang is longer."""
COMMANDS = {
    "verify": (0, 65),
    "verify --deep": (0, 65),
    "verify --clean": (0, 65, 74),
    "report": (0,),
    "film": (0, 65, 74),
    "plan": (0,),
}
PLACES = (
    (".array_chunk/frames/00001.json", "a pipe"),
    (".array_chunk/render.json", "a link to a device"),
    (".array_chunk/notes/00002.1.elsewhere-7", "a folder"),
    ("00003.png", "3 GB of holes"),
    (".array_chunk/frames/9999999.json", "100,000 brackets"),
)
FOLDERS = (".array_chunk/tmp", ".array_chunk/claims")


@pytest.fixture(scope="module")
def blend(make_blend: MakeBlend) -> Path:
    return make_blend("film")


@pytest.fixture(scope="module")
def complete(
    start_child: StartChild, blend: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    output = tmp_path_factory.mktemp("complete") / "out"
    child = start_child(blend, output)
    child.communicate(timeout=LONGEST_SECONDS)
    assert child.returncode == 0
    return output


def run(
    start_child: StartChild, blend: Path | str, output: Path, *words: str, door: str = "file"
) -> tuple[int, str]:
    child = start_child(blend, output, *words, door=door)
    ended = finish(child, LONGEST_SECONDS)
    assert "Traceback" not in ended.everything
    return ended.code, ended.everything


def spoiled(complete: Path, output: Path, outside: Path) -> None:
    make_outside(outside)
    shutil.copytree(complete, output)
    for name, thing in PLACES:
        if not (output / name).exists():
            (output / name).touch()
        exchange(output / name, thing, outside)


def test_commands_end_and_say_so(
    start_child: StartChild, blend: Path, complete: Path, tmp_path: Path
) -> None:
    output, outside = tmp_path / "out", tmp_path / "outside"
    spoiled(complete, output, outside)
    before = state_of(outside)
    for command, codes in COMMANDS.items():
        code, log = run(start_child, blend, output, *command.split())
        assert code in codes, (command, log)
    assert state_of(outside) == before


def test_a_child_makes_the_film_whole(
    start_child: StartChild, blend: Path, complete: Path, tmp_path: Path
) -> None:
    output, outside = tmp_path / "out", tmp_path / "outside"
    spoiled(complete, output, outside)
    before = state_of(outside)
    code, log = run(start_child, blend, output)
    assert code == 0, log
    code, log = run(start_child, blend, output, "verify", "--deep")
    assert code == 0, log
    assert "9999999.json" in log, "a left-over"
    assert state_of(outside) == before


def test_links_in_place_of_our_folders(
    start_child: StartChild, blend: Path, complete: Path, tmp_path: Path
) -> None:
    """What is behind them has the shape of what is swept, and is old enough."""
    output, outside = tmp_path / "out", tmp_path / "outside"
    make_outside(outside)
    before = state_of(outside)
    shutil.copytree(complete, output)
    for name in FOLDERS:
        shutil.rmtree(output / name)
        os.symlink(outside / Path(name).name, output / name)
    code, log = run(start_child, blend, output, "verify", "--clean")
    assert code == 0, log
    assert ".array_chunk/tmp" in log
    code, log = run(start_child, blend, output, "--existing", "overwrite")
    assert code == 74, log
    assert "links are not followed" in log
    assert state_of(outside) == before


@pytest.mark.parametrize("turn", turns())
def test_every_kind_of_file_at_once(
    turn: int, start_child: StartChild, blend: Path, complete: Path, tmp_path: Path
) -> None:
    """Each for another thing; the child comes last, and ends as the contract says."""
    output, outside = tmp_path / "out", tmp_path / "outside"
    shutil.copytree(complete, output)
    exchange_all(output, outside, turn)
    before = state_of(outside)
    for command, codes in {**COMMANDS, "": (0, 74)}.items():
        code, log = run(start_child, blend, output, *command.split())
        assert code in codes, (command, log)
        assert_text_alone(log)
    assert state_of(outside) == before


@pytest.mark.parametrize("turn", turns())
def test_the_status_of_an_array_in_such_a_folder(
    turn: int,
    start_child: StartChild,
    blend: Path,
    complete: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The files of its job are exchanged, too, one after the other."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    output, outside = tmp_path / "out", tmp_path / "outside"
    shutil.copytree(complete, output)
    exchange_all(output, outside, turn)
    job = LocalJob.make("local-1", 2, ["film"])
    remember(Submission("local", "local-1", output=str(output), frames="1-3"))
    job.log("0").write_text("a line\n")
    before = state_of(outside)
    asked = {
        "0.log": ["logs --index 0"],
        "pid": ["status", "cancel"],
        "lock": ["status", "cancel"],
        "state.json": ["status"],
    }
    for number, (name, commands) in enumerate(asked.items()):
        (job.root / name).touch()
        exchange(job.root / name, list(THINGS)[(number + turn) % len(THINGS)], outside)
        for command in commands:
            words = [*command.split(), "--job", "local-1"]
            code, log = run(start_child, "", output, *words, door="named")
            assert code in (0, 69), (name, command, log)
            assert_text_alone(log)
    assert state_of(outside) == before
