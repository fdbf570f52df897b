"""Fetching what children render, and waiting for an array: whole processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.film.film_file import count_mp4_pictures
from children import Ended, MakeBlend, StartChild
from fetchings import FILES, Farm
from publishing_trials import SECOND, published_files
from sendings import states_below
from submitted import wait_for_end

pytestmark = pytest.mark.once

LARGE_BYTES = 96 << 20
Ask = Callable[..., Ended]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def state_home(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def start(start_child: StartChild, state_home: Path) -> Start:
    """Start a sub-command: `start("fetch", …, blend=…, output=…)`."""

    def run(*words: str, blend: Path | str = "", output: Path | None = None) -> Any:
        return start_child(blend, output, *words, door="named", XDG_STATE_HOME=str(state_home))

    return run


@pytest.fixture
def ask(start: Start) -> Ask:
    """The same, to its end."""

    def run(*words: str, **named: Any) -> Ended:
        child = start(*words, **named)
        log, errors = child.communicate()
        return Ended(child.returncode, log, errors)

    return run


def fields_of(ended: Ended) -> dict[str, Any]:
    return dict(json.loads(ended.log.splitlines()[-1]))


def words(farm: Farm, *more: str) -> tuple[str, ...]:
    return ("fetch", "--from", str(farm.source), "--to", str(farm.target), "--json", *more)


def tell(path: Path) -> str:
    """A command that writes what it is told of the outcome."""
    return f"env | grep ^ARRAY_CHUNK_DONE_ | sort > '{path}'"


def test_an_array_is_fetched_while_it_renders(
    make_blend: MakeBlend, ask: Ask, start: Start, tmp_path: Path, state_home: Path
) -> None:
    blend, output, desk = make_blend("film", end=8), tmp_path / "out", tmp_path / "desk"
    output.mkdir()
    size = ("--size", "3", "--with-film", "no")
    job = fields_of(ask("submit", "--json", *size, blend=blend, output=output))["job"]
    where = ("--from", str(output), "--to", str(desk))
    follower = start("fetch", *where, "--follow", "--json", "--when-done", tell(tmp_path / "told"))
    waiter = start("status", "--follow", "--json", "--when-done", "exit 3")
    log, errors = follower.communicate()
    assert follower.returncode == 0, log + errors
    fields = json.loads(log.splitlines()[-1])
    assert (fields["done"], fields["wanted"], fields["complete"]) == (8, 8, True)
    assert (tmp_path / "told").read_text().splitlines() == [
        "ARRAY_CHUNK_DONE_CODE=0",
        f"ARRAY_CHUNK_DONE_FOLDER={desk}",
        "ARRAY_CHUNK_DONE_FRAMES=8",
        "ARRAY_CHUNK_DONE_OF=8",
    ]
    log, errors = waiter.communicate()
    assert waiter.returncode == 69, log + errors
    assert "'exit 3', ended with 3" in errors
    assert json.loads(log.splitlines()[-1])["state"] == "succeeded"
    wait_for_end(state_home, job)
    assert published_files(desk) == published_files(output)
    assert len(published_files(desk)) == 8
    verified = ask("verify", "--deep", "--json", "--frames", "1-8", output=desk)
    assert (verified.code, fields_of(verified)["extra_files"]) == (0, [])
    assert ask("film", blend=blend, output=desk).code == 0
    assert count_mp4_pictures(tmp_path / "desk.mp4") == 8
    assert ask("report", "--frames", "1-8", blend=blend, output=desk).code == 0
    before = states_below(desk)
    again = fields_of(ask("fetch", *where, "--json"))
    assert (again["done"], again["wanted"], again["fetched"]) == (8, 8, "")
    assert states_below(desk) == before


def test_an_array_that_fails_ends_what_follows_it_with_its_code(
    make_blend: MakeBlend, ask: Ask, tmp_path: Path
) -> None:
    output, desk = tmp_path / "out", tmp_path / "desk"
    (output / "00003.png").mkdir(parents=True)  # no file can be put there
    ask("submit", "--size", "2", blend=make_blend("film"), output=output)
    followed = ask("status", "--follow", "--when-done", tell(tmp_path / "told"))
    assert followed.code == 74, followed.everything
    assert "child 1 failed: exit code 74" in followed.log
    told = (tmp_path / "told").read_text()
    assert "ARRAY_CHUNK_DONE_CODE=74\n" in told
    assert "ARRAY_CHUNK_DONE_STATE=failed\n" in told
    fetched = ask("fetch", "--from", str(output), "--to", str(desk), "--follow", "--json")
    assert fetched.code == 74, fetched.everything
    fields = fields_of(fetched)
    assert (fields["done"], fields["missing"], fields["damaged"]) == (3, "3", {})


def wait_until_it_copies(child: subprocess.Popen[str]) -> None:
    assert child.stderr is not None
    for line in child.stderr:
        if "fetching" in line:
            return
    raise AssertionError(child.communicate())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_an_end_in_the_middle_costs_the_frame_in_work(
    number: signal.Signals, tmp_path: Path, ask: Ask, start: Start
) -> None:
    farm = Farm(tmp_path)
    farm.render(1)
    for frame in (2, 3):
        farm.render(frame, {f"0000{frame}.exr": os.urandom(LARGE_BYTES)})
    child = start(*words(farm))
    wait_until_it_copies(child)
    child.send_signal(number)
    _, errors = child.communicate()
    assert child.returncode == (-number if number == signal.SIGKILL else 75), errors
    farm.assert_records_hold()
    there = farm.there()
    assert there.items() <= farm.at_source().items()
    if number != signal.SIGKILL:
        assert f"{number.name}: ended as asked" in errors
        assert list(farm.target.glob(".array_chunk/tmp/*")) == []
    again = ask(*words(farm, "--frames", "1-3", "--follow"))
    assert again.code == 0, again.everything
    assert farm.there() == farm.at_source()
    assert farm.survey().is_complete


def test_what_waits_ends_with_a_signal(tmp_path: Path, start: Start) -> None:
    farm = Farm(tmp_path)
    farm.render(1)
    child = start(*words(farm, "--follow", "--frames", "1-2", "--when-done", "false"))
    wait_until_it_copies(child)
    child.terminate()
    _, errors = child.communicate()
    assert child.returncode == 75, errors


def test_a_damaged_frame_is_said_and_all_others_come(tmp_path: Path, ask: Ask) -> None:
    farm = Farm(tmp_path)
    farm.render_all()
    (farm.source / "00002.png").write_bytes(b"tw")
    for more in ((), ("--follow", "--frames", "1-3")):
        fetched = ask(*words(farm, *more))
        assert fetched.code == 69, fetched.everything
        assert "frame 2 was not fetched: 00002.png holds other bytes" in fetched.errors
        assert list(fields_of(fetched)["damaged"]) == ["2"]
        assert farm.there() == {**FILES[1], **FILES[3]}


def test_what_can_t_be(tmp_path: Path, ask: Ask) -> None:
    farm = Farm(tmp_path)
    farm.render_all()
    other = Farm(tmp_path / "other", SECOND)
    other.render_all()
    other.fetch()
    source, target = str(farm.source), str(farm.target)
    (tmp_path / "empty").mkdir()
    refused: list[tuple[int, str, tuple[str, ...]]] = [
        (64, "write --from FOLDER", ("--to", target)),
        (64, "write --to FOLDER", ("--from", source)),
        (64, "'ftp://host/out': frames are fetched from a folder", ("--from", "ftp://host/out")),
        (64, "'s3://a/out' is no place in a bucket", ("--from", "s3://a/out", "--to", target)),
        (64, "no such folder is there", ("--from", str(tmp_path / "gone"), "--to", target)),
        (64, "into which no array", ("--from", str(tmp_path / "empty"), "--to", target)),
        (64, "is in the other", ("--from", source, "--to", f"{source}/below")),
        (64, "name them by --frames", ("--from", source, "--to", target, "--follow")),
        (64, "give both", ("--from", source, "--to", target, "--when-done", "true")),
        (65, "frames of another render", ("--from", source, "--to", str(other.target))),
    ]
    before = states_below(tmp_path)
    for code, sentence, given in refused:
        ended = ask("fetch", *given)
        assert (ended.code, sentence in ended.errors) == (code, True), ended.everything
    assert states_below(tmp_path) == before
