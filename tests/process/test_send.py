"""A project sent, then rendered where nothing of the original can be read: equal pictures."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from buckets import ADDRESS, Bucket, moto_bucket
from children import Ended, MakeBlend, RunChild, StartChild, frames_in, pixels
from color_configs import color_config
from moto_farm import moto_server, no_account
from sendings import states_below

FRAMES = ("00001.png", "00002.png")
KINDS = [
    *(
        pytest.param("read_elsewhere", {"kind": kind}, id=kind)
        for kind in ("textures", "scripts_of_light", "shapes", "library", "composited")
    ),
    pytest.param("relative_and_up", {}, id="relative paths"),
    pytest.param("movie", {}, id="movie"),
    pytest.param("libraries", {}, id="libraries of libraries"),
    pytest.param("caches", {}, id="caches"),
    pytest.param("imports", {}, id="imports of nodes"),
    pytest.param("edited", {}, id="sequencer"),
    pytest.param("usd", {}, id="USD"),
    pytest.param("named_by_files", {}, id="named by files"),
    pytest.param("two_scenes", {}, id="several scenes"),
]
EQUIPMENT = str(Path(__file__).parent.parent / "equipment")
LOOK = f"import sys; sys.path.insert(0, {EQUIPMENT!r}); import sent_scenes; sent_scenes.look()"
WITH_BLEND = {"relative_and_up", "caches"}
"""Those that have to know where they will be saved."""


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def states_of_files(sent: Path) -> dict[str, Any]:
    """Of what was sent: a second later its own notes tell more of files that are young."""
    states = states_below(sent)
    return {name: state for name, state in states.items() if not name.startswith(NOTES)}


def answer(ended: Ended) -> dict[str, Any]:
    assert ended.code == 0, ended.everything
    return dict(json.loads(ended.log.strip().splitlines()[-1]))


NOTES = ".array_chunk_project"


class Sender:
    """A project in `artist`, and where it is sent to, and rendered."""

    def __init__(self, home: Path, run_child: RunChild, make_blend: MakeBlend) -> None:
        self.home = home
        self.artist = home / "artist"
        self.blend = self.artist / "show" / "shot.blend"
        self.stock = self.artist / "stock"
        self.sent = home / "sent"
        self._run_child = run_child
        self._make_blend = make_blend

    def make(self, scene: str, **settings: Any) -> None:
        if scene in WITH_BLEND:
            settings["blend"] = str(self.blend)
        settings["stock"] = str(self.stock)
        self._make_blend(f"sent_scenes.{scene}", into=self.blend, **settings)

    def send(self, *words: str, to: str = "", **variables: str) -> Ended:
        to = to or str(self.sent)
        ended: Ended = self._run_child(
            self.blend, None, "send", "--to", to, "--json", *words, **variables
        )
        return ended

    def render(self, blend: Path, output: str, *words: str, **variables: str) -> list[bytes]:
        words = ("render", "--missing", "error", "--engine", "cycles", *words)
        ended = self._run_child(blend, self.home / output, *words, **variables)
        assert ended.code == 0, ended.everything
        assert {*FRAMES} <= {*frames_in(self.home / output)}
        return [pixels(self.home / output / name) for name in FRAMES]

    def take_away(self) -> None:
        self.artist.rename(self.home / "away")


@pytest.fixture
def sender(tmp_path: Path, run_child: RunChild, make_blend: MakeBlend) -> Sender:
    return Sender(tmp_path, run_child, make_blend)


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as address:
        yield address


@pytest.fixture
def bucket(moto: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    no_account(monkeypatch, tmp_path)
    return moto_bucket(moto, monkeypatch)


@pytest.mark.parametrize(("scene", "settings"), KINDS)
def test_it_renders_the_same_there(
    scene: str, settings: dict[str, Any], sender: Sender, bucket: Bucket, tmp_path: Path
) -> None:
    try:
        sender.make(scene, **settings)
    except subprocess.CalledProcessError:
        if scene == "imports":
            pytest.skip("4.2 has no such nodes")
        raise
    wanted = sender.render(sender.blend, "wanted")
    before = states_below(sender.artist), contents(sender.artist)
    outcome = answer(sender.send())
    assert outcome["rewritten"]
    there = states_of_files(sender.sent)
    again = answer(sender.send())
    assert (again["sent"], again["removed"]) == ([], [])
    assert states_of_files(sender.sent) == there
    assert answer(sender.send(to=ADDRESS))["blend"] == outcome["blend"]
    assert (states_below(sender.artist), contents(sender.artist)) == before
    sender.take_away()
    assert sender.render(sender.sent / outcome["blend"], "made") == wanted
    sender.sent.rename(tmp_path / "sent before")
    fetched = bucket.fetch(tmp_path / "fetched")
    assert sender.render(fetched / outcome["blend"], "made of the bucket's") == wanted


def test_the_colors_that_a_variable_names(sender: Sender) -> None:
    sender.make("relative_and_up")
    config = color_config(sender.stock / "colors", 0.5)
    plain = sender.render(sender.blend, "plain")
    wanted = sender.render(sender.blend, "wanted", OCIO=str(config))
    assert wanted != plain
    outcome = answer(sender.send(OCIO=str(config)))
    sender.take_away()
    there = str(sender.sent / outcome["variables"]["OCIO"])
    assert sender.render(sender.sent / "shot.blend", "made", OCIO=there) == wanted


def test_the_cache_of_a_texture(sender: Sender) -> None:
    try:
        sender.make("texture_cache")
    except subprocess.CalledProcessError:
        pytest.skip("5.2 brought texture caches")
    words = ("--texture-cache", "true")
    wanted = sender.render(sender.blend, "wanted", *words)
    assert sender.render(sender.blend, "plain") != wanted
    answer(sender.send())
    sender.take_away()
    assert sender.render(sender.sent / "shot.blend", "made", *words) == wanted


def test_a_project_of_blender_s(sender: Sender, make_blend: MakeBlend) -> None:
    """It keeps its file, and its variables hold; the .blend lies below it."""
    root = sender.artist / "show"
    color_config(root, 0.5)
    sender.blend = root / "shots" / "shot.blend"
    settings = {"root": str(root), "config": "{project_root}/colors.ocio", "end": 2}
    try:
        make_blend("in_project", into=sender.blend, width=32, height=18, **settings)
    except subprocess.CalledProcessError:
        pytest.skip("5.3 brought projects")
    wanted = sender.render(sender.blend, "wanted")
    outcome = answer(sender.send())
    assert (outcome["blend"], outcome["rewritten"]) == ("shots/shot.blend", [])
    assert (sender.sent / ".blender_project" / "project.toml").is_file()
    sender.take_away()
    assert sender.render(sender.sent / outcome["blend"], "made") == wanted


def test_a_changed_texture_is_sent_alone(sender: Sender) -> None:
    sender.make("read_elsewhere", kind="textures")
    answer(sender.send())
    before = contents(sender.sent)
    (sender.stock / "sky.png").write_bytes((sender.stock / "wood.png").read_bytes() + b"\0")
    outcome = answer(sender.send())
    place = f"elsewhere{sender.stock}/sky.png"
    assert (outcome["sent"], outcome["rewritten"]) == ([place], [])
    after = contents(sender.sent)
    changed = {name for name in after if after[name] != before.get(name)}
    assert {name for name in changed if not name.startswith(".array_chunk_project")} == {place}
    (sender.stock / "wood.png").unlink()
    refused = sender.send()
    assert refused.code == 65
    assert "wood.png, which is not there (--missing warn renders all the same)" in refused.errors
    outcome = answer(sender.send("--missing", "warn"))
    assert outcome["removed"] == [f"elsewhere{sender.stock}/wood.png"]


@pytest.mark.once
def test_killed_in_the_middle(sender: Sender, start_child: StartChild, tmp_path: Path) -> None:
    sender.make("read_elsewhere", kind="textures")
    wanted = sender.render(sender.blend, "wanted")
    large = sender.stock / "sky.png"
    large.write_bytes(large.read_bytes() + bytes(1 << 28))
    child = start_child(sender.blend, None, "send", "--to", str(sender.sent))
    assert child.stderr is not None
    for line in child.stderr:
        if line.startswith("50 %"):
            child.kill()
            break
    child.communicate()
    assert not (sender.sent / "shot.blend").exists()
    done = contents(sender.sent / f"elsewhere{sender.stock}")
    here = contents(sender.stock)
    assert done
    assert done.items() <= here.items()
    outcome = answer(sender.send())
    assert {Path(place).name for place in outcome["sent"]} == {*here, "shot.blend"} - {*done}
    sender.take_away()
    assert sender.render(sender.sent / "shot.blend", "made") == wanted
    for path in tmp_path.rglob("sky.png"):  # pytest would keep them for some runs
        path.unlink()


def test_nothing_in_the_file_is_lost(sender: Sender, blender_executable: Path) -> None:
    """Where paths are rewritten Blender saves the file, with properties of who isn't there."""
    sender.make("with_properties")
    assert answer(sender.send())["rewritten"] == ["shot.blend"]
    looks = [
        subprocess.run(
            [str(blender_executable), "-b", str(blend), "--python-expr", LOOK],
            check=True,
            capture_output=True,
            encoding="utf-8",
        ).stdout
        for blend in (sender.blend, sender.sent / "shot.blend")
    ]
    here, there = (re.findall("^looked: .*$", look, re.MULTILINE) for look in looks)
    assert here == there == ["looked: kept 7 [1, 2] A scene of its own"]


@pytest.mark.once
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "No destination is named"),
        (("--to", "gs://bucket/show"), "destination is 'gs://bucket/show'"),
        (("--to", "s3://b/show"), "write s3://BUCKET/PREFIX"),
        (("--to", "."), "lies in it"),
    ],
)
def test_what_can_be_no_destination(
    words: tuple[str, ...], sentence: str, make_blend: MakeBlend, run_child: RunChild
) -> None:
    blend = make_blend("film")
    words = tuple(str(blend.parent) if word == "." else word for word in words)
    ended = run_child(blend, None, "send", *words)
    assert (ended.code, sentence in ended.errors) == (64, True), ended.everything


@pytest.mark.once
def test_a_destination_that_can_t_be_written(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    ended = run_child(make_blend("film"), None, "send", "--to", str(tmp_path / "file" / "sent"))
    assert ended.code == 74
    assert "Could not" in ended.errors
    assert "Traceback" not in ended.everything


def test_a_path_that_can_t_be_rewritten(sender: Sender) -> None:
    try:
        sender.make("path_of_no_part")
    except subprocess.CalledProcessError:
        pytest.skip("4.2 has no such nodes")
    ended = sender.send()
    assert ended.code == 65
    assert "makes the path" in ended.errors
    assert not sender.sent.exists()
