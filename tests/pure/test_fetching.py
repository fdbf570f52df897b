"""Finished frames fetched from a folder: what comes, what is left, and what is refused."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from array_chunk_render.chunking.errors import BadSetting, OutputFailed, SceneRefused
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.publishing.pin import claim
from array_chunk_render.report.children import read_children
from array_chunk_render.transport import fetched_folder
from array_chunk_render.transport.fetching import MOST_TRIES
from array_chunk_render.transport.frame_folder import FrameFolder
from array_chunk_render.transport.frame_source import SourceAway
from array_chunk_render.transport.progress import Progress
from fetchings import FILES, FRAMES, Farm
from publishing_trials import FIRST, SECOND, pinned
from sendings import states_below

pytestmark = pytest.mark.usefixtures("nothing_waits_for_the_disk")


@pytest.fixture
def farm(tmp_path: Path) -> Farm:
    return Farm(tmp_path)


def test_what_is_finished_comes_and_is_done_here(farm: Farm) -> None:
    farm.render(1, seconds=3.5, child="child 0 of 2")
    farm.render(3)
    done = farm.fetch()
    assert (done.here, done.frames, done.damaged) == ({1, 3}, [1, 3], {})
    assert done.bytes == len(b"onedepth of onethree")
    assert farm.there() == {**FILES[1], **FILES[3]}
    survey = farm.survey()
    assert (list(survey.done), survey.missing, survey.extra_files) == ([1, 3], [2], [])
    assert (survey.done[1].seconds, survey.done[1].child) == (3.5, "child 0 of 2")
    assert pinned(OutputFolder(farm.target)) == (FIRST.digest, "array 1")
    ids = [each / ".array_chunk/folder_id" for each in (farm.source, farm.target)]
    assert ids[1].exists()
    assert not ids[0].exists() or ids[0].read_bytes() != ids[1].read_bytes()


def test_the_source_is_only_read(farm: Farm) -> None:
    farm.render_all()
    before = states_below(farm.source)
    farm.fetch()
    assert states_below(farm.source) == before


def test_again_nothing_is_read_or_written(farm: Farm) -> None:
    farm.render_all()
    farm.fetch()
    for path in (farm.source / ".array_chunk/frames").iterdir():
        path.chmod(0)
    for name in farm.at_source():
        (farm.source / name).unlink()
    before = states_below(farm.target)
    done = farm.fetch()
    assert (done.here, done.frames, done.damaged) == ({*FRAMES}, [], {})
    assert states_below(farm.target) == before


def test_without_its_own_notes_it_reads_records_and_no_picture(farm: Farm) -> None:
    farm.render_all()
    farm.fetch()
    (farm.target / ".array_chunk/fetched.json").write_bytes(b"{}")
    for name in farm.at_source():
        (farm.source / name).unlink()
    done = farm.fetch()
    assert (done.here, done.frames, done.damaged) == ({*FRAMES}, [], {})


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"version": 1, "marks": {"a": [1]}}', b"\xff"])
def test_odd_notes_of_its_own_count_as_none(farm: Farm, content: bytes) -> None:
    farm.render_all()
    farm.fetch()
    (farm.target / ".array_chunk/fetched.json").write_bytes(content)
    assert farm.fetch().here == {*FRAMES}


def test_what_is_missing_or_spoiled_here_comes_again(farm: Farm) -> None:
    farm.render_all()
    farm.fetch()
    (farm.target / "00001.png").write_bytes(b"scribbled on")
    (farm.target / "00002.png").unlink()
    (farm.target / ".array_chunk/frames/00003.json").unlink()
    assert farm.fetch().frames == [1, 2, 3]
    assert farm.there() == farm.at_source()
    assert farm.survey().is_complete


def test_a_frame_that_was_rendered_again_is_exchanged(farm: Farm) -> None:
    farm.render_all()
    fetching = farm.fetching()
    fetching.look()
    new = {"00001.exr": b"one as EXR"}
    farm.render(1, new)
    fetching.look()
    assert fetching.done.frames == [1, 2, 3], "what is settled is looked at in the end only"
    fetching.look(anew=True)
    assert fetching.done.frames == [1, 2, 3, 1]
    assert {name for name in farm.there() if "0001" in name} == {*new}
    assert farm.survey().is_complete
    farm.render(2, {"00002.png": b"TWO"})
    assert farm.fetch().frames == [2]
    assert farm.there()["00002.png"] == b"TWO"


def test_only_the_frames_that_are_wanted(farm: Farm) -> None:
    farm.render_all()
    farm.render(9, {"00009.png": b"nine"})
    fetching = farm.fetching()
    fetching.look()
    assert fetching.is_complete
    assert fetching.is_settled
    assert "00009.png" not in farm.there()
    assert farm.fetch(frames=None).frames == [9]


def test_frames_of_another_render_are_not_finished(farm: Farm) -> None:
    farm.render(1)
    farm.render(2, fingerprint="another render's")
    done = farm.fetch()
    assert (done.here, done.damaged) == ({1}, {})


def spoil(path: Path, how: str) -> None:
    content = path.read_bytes()
    path.unlink()
    if how == "other bytes":
        path.write_bytes(content[:-1] + b"X")
    elif how == "truncated":
        path.write_bytes(content[:-1])
    elif how == "too long":
        path.write_bytes(content + b"X")
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "a pipe":
        os.mkfifo(path)
    elif how == "a folder":
        path.mkdir()
    elif how == "a link":
        path.with_name("elsewhere").write_bytes(content)
        path.symlink_to("elsewhere")
    elif how == "a socket":
        with socket.socket(socket.AF_UNIX) as server:
            os.chdir(path.parent)
            server.bind(path.name)


SPOILED = (
    "other bytes", "truncated", "too long", "empty", "a pipe", "a folder", "a link", "a socket",
    "missing",
)  # fmt: skip


@pytest.mark.parametrize("name", ["00002.png", "compositor/passes/Z00002.exr"])
@pytest.mark.parametrize("how", SPOILED)
def test_a_damaged_file_costs_its_frame_alone(
    farm: Farm, how: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(farm.home)
    farm.render_all()
    spoil(farm.source / name, how)
    done = farm.fetch()
    assert (done.here, list(done.damaged)) == ({1, 3}, [2])
    assert name in done.damaged[2]
    assert farm.there() == {**FILES[1], **FILES[3]}
    assert list((farm.target / ".array_chunk/tmp").iterdir()) == []


def test_a_folder_that_is_a_link_is_not_followed(farm: Farm) -> None:
    farm.render_all()
    (farm.source / "compositor").rename(farm.source / "moved")
    (farm.source / "compositor").symlink_to("moved")
    done = farm.fetch()
    assert (done.here, list(done.damaged)) == ({3}, [1, 2])


RECORD = ".array_chunk/frames/00002.json"


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda path: path.write_bytes(b"{"), id="no JSON"),
        pytest.param(lambda path: path.write_bytes(b"[" * 100_000), id="nested"),
        pytest.param(lambda path: os.truncate(path, 17 << 20), id="oversized"),
        pytest.param(
            lambda path: path.write_bytes(path.with_name("00001.json").read_bytes()),
            id="another frame's",
        ),
        pytest.param(
            lambda path: path.write_text(path.read_text().replace("00002.png", "../../x")),
            id="leads out",
        ),
    ],
)
def test_a_record_that_is_none_costs_its_frame_alone(
    farm: Farm, write: Callable[[Path], object]
) -> None:
    farm.render_all()
    write(farm.source / RECORD)
    done = farm.fetch()
    assert (done.here, list(done.damaged)) == ({1, 3}, [2])
    assert {path.name for path in farm.home.iterdir()} >= {"farm", "desk"}
    assert farm.there() == {**FILES[1], **FILES[3]}


@pytest.mark.parametrize("name", ["00007.json", "x.json", "00001.json.bak", "00001"])
def test_what_lies_among_the_records_and_is_none(farm: Farm, name: str) -> None:
    farm.render_all()
    os.mkfifo(farm.source / ".array_chunk/frames" / name)
    done = farm.fetch(frames=None)
    assert (done.here, done.damaged) == ({1, 2, 3}, {})


def test_a_frame_that_is_damaged_is_tried_some_times_and_again_with_a_new_record(
    farm: Farm,
) -> None:
    farm.render_all()
    path = farm.source / "00002.png"
    path.write_bytes(b"tw")
    fetching = farm.fetching()
    for _ in range(MOST_TRIES):
        assert not fetching.is_settled
        fetching.look()
    assert fetching.is_settled
    assert not fetching.is_complete
    path.write_bytes(b"two")
    fetching.look()
    assert list(fetching.done.damaged) == [2], "it was not tried for ever"
    farm.render(2, {"00002.png": b"two, again"})
    fetching.look()
    assert (fetching.done.damaged, fetching.is_complete) == ({}, True)


def test_a_frame_that_is_rendered_again_while_it_is_fetched(farm: Farm) -> None:
    farm.render(1)

    class RendersAgain(Progress):
        def start(self, name: str) -> None:
            if name == "00001.png" and not farm.there():
                farm.render(1, {"00001.png": b"ONE"})

    assert farm.fetch(progress=RendersAgain()).frames == [1]
    assert farm.there() == {"00001.png": b"ONE"}


def test_a_frame_whose_record_goes_is_no_damaged_one(farm: Farm) -> None:
    farm.render_all()
    (farm.source / "00002.png").unlink()
    fetching = farm.fetching()
    fetching.look()
    (farm.source / RECORD).unlink()
    fetching.look()
    assert fetching.done.damaged == {}


IN_THE_WAY = [
    pytest.param(lambda path: path.write_bytes(b"holiday"), id="a picture"),
    pytest.param(lambda path: path.write_bytes(b"TWO"), id="one as long"),
    pytest.param(lambda path: path.symlink_to("/etc/hostname"), id="a link"),
    pytest.param(lambda path: path.mkdir(), id="a folder"),
    pytest.param(os.mkfifo, id="a pipe"),
]


@pytest.mark.parametrize("make", IN_THE_WAY)
def test_what_was_not_fetched_stays(farm: Farm, make: Callable[[Path], object]) -> None:
    farm.render_all()
    farm.target.mkdir(parents=True)
    place = farm.target / "00002.png"
    make(place)
    before = place.lstat()
    done = farm.fetch()
    assert (done.here, done.in_the_way) == ({1, 3}, {2})
    assert "00002.png' is in the way" in done.damaged[2]
    assert place.lstat() == before
    assert farm.survey().missing == [2]


def test_what_is_made_while_a_frame_is_copied_stays(farm: Farm) -> None:
    farm.render_all()
    place = farm.target / "00002.png"

    class Making(Progress):
        names: ClassVar[list[str]] = []

        def start(self, name: str) -> None:
            self.names.append(name)

        def advance(self, count: int) -> None:
            if "00002.png" in self.names:
                place.write_bytes(b"holiday")

    done = farm.fetch(progress=Making())
    assert (done.here, done.in_the_way) == ({1, 3}, {2})
    assert place.read_bytes() == b"holiday"
    place.unlink()
    assert farm.fetch().here == {1, 2, 3}


@pytest.mark.parametrize("pin", ["", "{", "gone"])
def test_no_frame_of_another_render_goes(farm: Farm, tmp_path: Path, pin: str) -> None:
    """Where nothing tells of which render the folder is, the records do."""
    other = Farm(tmp_path / "other", SECOND)
    other.render(1, {"00001.exr": b"another", "compositor/Z00001.exr": b"depth"})
    other.target = farm.target
    other.fetch(frames=None)
    path = farm.target / ".array_chunk" / "render.json"
    path.unlink() if pin == "gone" else path.write_text(pin)
    before = farm.there()
    farm.render_all()
    done = farm.fetch()
    assert (done.here, done.in_the_way) == ({2, 3}, {1})
    assert "is of another render" in done.damaged[1]
    assert before.items() <= farm.there().items()


def test_of_two_renders_one_comes(
    farm: Farm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked before either has made the folder its own."""
    farm.render_all()
    other = Farm(tmp_path / "other", SECOND)
    other.render_all()
    other.target = farm.target

    def look(folder: OutputFolder) -> None:
        monkeypatch.undo()
        other.fetch()

    monkeypatch.setattr(fetched_folder, "read_pin", look)
    with pytest.raises(SceneRefused, match="holds frames of another render"):
        farm.fetch()
    assert farm.there() == other.at_source()


def test_a_link_in_place_of_a_folder_here_is_not_followed(farm: Farm) -> None:
    farm.render_all()
    (farm.target / "mine").mkdir(parents=True)
    (farm.target / "compositor").symlink_to("mine")
    done = farm.fetch()
    assert (done.here, done.in_the_way) == ({3}, {1, 2})
    assert "Z00001.exr' is in the way" in done.damaged[1]
    assert list((farm.target / "mine").iterdir()) == []


def test_what_has_equal_bytes_is_recorded(farm: Farm) -> None:
    farm.render_all()
    farm.target.mkdir(parents=True)
    (farm.target / "00002.png").write_bytes(b"two")
    (farm.target / "notes.txt").write_bytes(b"mine")
    assert farm.fetch().here == {*FRAMES}
    assert farm.survey().extra_files == ["notes.txt"]


def test_a_record_of_one_frame_replaces_no_file_of_another(farm: Farm) -> None:
    farm.render_all()
    farm.fetch()
    farm.render(9, {"00009.png": b"nine"})
    path = farm.source / ".array_chunk/frames/00009.json"
    path.write_text(path.read_text().replace("00009.png", "00003.png"))
    (farm.source / "00009.png").rename(farm.source / "00003.png")
    done = farm.fetch(frames=None)
    assert done.in_the_way == {9}
    assert "00003.png' is in the way" in done.damaged[9]
    assert farm.there()["00003.png"] == b"three"


def test_another_render_goes_to_another_folder(farm: Farm, tmp_path: Path) -> None:
    farm.render_all()
    farm.fetch()
    other = Farm(tmp_path / "other", SECOND)
    other.render_all()
    other.target = farm.target
    before = states_below(farm.target)
    with pytest.raises(SceneRefused, match=r"another render, 'array 1': .*samples"):
        other.fetch()
    assert states_below(farm.target) == before


def test_a_source_that_another_render_takes_over(farm: Farm) -> None:
    farm.render(1)
    fetching = farm.fetching()
    fetching.look()
    claim(farm.folder, SECOND, "array 2")
    with pytest.raises(SceneRefused, match=r"taken over by the render 'array 2'"):
        fetching.look()
    assert farm.survey().done.keys() == {1}


def test_a_source_that_goes_and_comes_back(farm: Farm) -> None:
    farm.render(1)
    fetching = farm.fetching()
    fetching.look()
    farm.source.rename(farm.home / "unmounted")
    with pytest.raises(SourceAway, match="is gone"):
        fetching.look()
    (farm.home / "unmounted").rename(farm.source)
    farm.render(2)
    farm.render(3)
    fetching.look()
    assert fetching.is_complete


def test_before_the_first_child_there_is_nothing(tmp_path: Path) -> None:
    farm = Farm(tmp_path)
    (farm.source / ".array_chunk/render.json").rename(tmp_path / "pin")
    fetching = farm.fetching()
    fetching.look()
    assert (fetching.pin, farm.target.exists()) == (None, False)
    (tmp_path / "pin").rename(farm.source / ".array_chunk/render.json")
    farm.render_all()
    fetching.look()
    assert fetching.is_complete


@pytest.mark.parametrize("target", ["", ".", "below", "below/it", "../out"])
def test_no_folder_is_fetched_into_itself(farm: Farm, target: str) -> None:
    (farm.home / "link").symlink_to(farm.source)
    for root in (farm.source, farm.home / "link"):
        with pytest.raises(BadSetting, match="--to is"):
            FrameFolder(farm.source).refuse_target(root / target)
    FrameFolder(farm.source).refuse_target(farm.source.parent / "out2")


def test_an_end_in_the_middle_of_a_file(farm: Farm) -> None:
    class Ended(Exception):
        pass

    farm.render(1, {"00001.png": bytes(5 << 20)})
    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) > 4:
            raise Ended

    with pytest.raises(Ended):
        farm.fetch(check=check)
    assert farm.there() == {}
    assert list((farm.target / ".array_chunk/tmp").iterdir()) == []
    assert farm.fetch().here == {1}


def test_progress_hears_of_all_bytes(farm: Farm) -> None:
    farm.render_all()
    heard: list[int] = []

    class Hears(Progress):
        def begin(self, files: int, size: int) -> None:
            heard.extend((files, size))

        def advance(self, count: int) -> None:
            heard.append(count)

    done = farm.fetch(progress=Hears())
    assert (heard[0], heard[1], sum(heard[2:])) == (5, done.bytes, done.bytes)


def test_verdicts_failed_logs_and_notes_come_too(farm: Farm) -> None:
    children, notes = farm.source / ".array_chunk/children", farm.source / ".array_chunk/notes"
    fields = {"size": 2, "index": 0, "attempt": 1, "render_id": "array 1", "process": "p-1"}
    (children / "0.json").write_text(json.dumps({**fields, "exit_code": 0}))
    (children / "0.log").write_text("well")
    (children / "1.json").write_text(json.dumps({**fields, "index": 1, "exit_code": 70}))
    (children / "1.log").write_text("crashed")
    os.mkfifo(children / "2.json")
    (notes / "00002.1.p-1-00000000").write_text("evidence")
    (notes / "00003.1.p-1-00000000").write_bytes(bytes(1 << 17))
    (notes / "mine.txt").write_text("no note")
    farm.render(1)
    fetching = farm.fetching()
    fetching.look()
    here = farm.target / ".array_chunk"
    assert {path.name for path in (here / "children").iterdir()} == {"0.json", "1.json", "1.log"}
    assert [each.exit_code for each in read_children(OutputFolder(farm.target)).verdicts] == [0, 70]
    assert [path.name for path in (here / "notes").iterdir()] == ["00002.1.p-1-00000000"]
    (here / "notes/00009.1.ours-1-00000000").write_text("of a child on this machine")
    (notes / "00002.1.p-1-00000000").unlink()
    fetching.look()
    assert [path.name for path in (here / "notes").iterdir()] == ["00009.1.ours-1-00000000"]
    before = states_below(farm.target)
    farm.fetch()
    assert states_below(farm.target) == before


def test_a_target_that_is_no_folder_is_an_output_s_failure(farm: Farm) -> None:
    farm.render_all()
    farm.target.parent.mkdir()
    farm.target.write_bytes(b"no folder")
    with pytest.raises(OutputFailed, match="Not a directory"):
        farm.fetch()


@pytest.mark.parametrize(
    "name",
    [".bash_profile", ".git/hooks/x.png", "a/.array_chunk/frames/x.png", "site.py", "Makefile"],
)
def test_a_record_brings_pictures_alone(farm: Farm, name: str) -> None:
    """It lies among a person's files, where other programs read what has such names."""
    farm.render(1, {name: b"#!/bin/sh"})
    farm.render(2, {"00002.PNG": b"two", "passes/Depth0002": b"without a suffix"})
    done = farm.fetch()
    assert (done.here, list(done.damaged)) == ({2}, [1])
    assert "no name of a picture" in done.damaged[1]
    assert not (farm.target / name).exists()


def test_neither_folder_lies_in_the_other(farm: Farm) -> None:
    farm.render_all()
    for target in (farm.source, farm.source / "below", farm.source.parent, farm.home):
        with pytest.raises(BadSetting, match="name a folder of its own"):
            FrameFolder(farm.source).refuse_target(target)
