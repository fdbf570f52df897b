"""A project sent to a folder: what is sent, and what is left as it is."""

from __future__ import annotations

import json
import os
import tempfile
import uuid
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import BadSetting, OutputFailed, SceneRefused
from array_chunk_render.transport import project_folder
from array_chunk_render.transport.layout import MANIFESTS, PRIVATE
from array_chunk_render.transport.manifest import (
    MOST_BYTES,
    Manifest,
    Mark,
    SentFile,
    read_manifest,
)
from array_chunk_render.transport.progress import Progress
from array_chunk_render.transport.project_folder import UNFINISHED, ProjectFolder
from array_chunk_render.transport.sending import Outcome
from hypothesis import given
from hypothesis import strategies as st
from sendings import REWRITTEN, Show, states_below

FILES = {"shot.blend": b"blend", "tex/wood.png": b"wood", "../lib/a.blend": b"library"}


@pytest.fixture
def show(tmp_path: Path) -> Show:
    show = Show(tmp_path)
    show.write(FILES)
    return show


def elsewhere(show: Show, path: str) -> str:
    return f"elsewhere{os.path.normpath(show.root / path)}"


def test_everything_has_its_place(show: Show) -> None:
    outcome = show.send(show.project(*FILES))
    library = elsewhere(show, "../lib/a.blend")
    assert show.there() == {"shot.blend": b"blend", "tex/wood.png": b"wood", library: b"library"}
    assert outcome.sent == ("tex/wood.png", library, "shot.blend")
    assert (outcome.bytes, outcome.sent_bytes) == (16, 16)
    (manifest,) = show.manifests()
    assert (manifest["blend"], manifest["complete"]) == ("shot.blend", True)
    show.assert_manifests_hold()


def test_what_is_sent_keeps_its_time_and_caches_come_after_their_textures(show: Show) -> None:
    """Blender takes a cache of a texture that is older than the texture for an old one's."""
    files = {"tex/a.png.0-00.tx": b"cache", "tex/a.png": b"wood", **FILES}
    show.write(files)
    assert show.send(show.project(*FILES, *files)).sent[:3] == (
        "tex/a.png",
        "tex/wood.png",
        "tex/a.png.0-00.tx",
    )
    for place in ("tex/a.png", "tex/a.png.0-00.tx", "shot.blend"):
        there, here = (show.destination / place).stat(), (show.root / place).stat()
        assert there.st_mtime_ns == here.st_mtime_ns


def test_again_nothing_is_written(show: Show) -> None:
    show.send(show.project(*FILES, rules="some"))
    before = states_below(show.destination)
    outcome = show.send(show.project(*FILES, rules="some"))
    assert states_below(show.destination) == before
    assert (outcome.sent, outcome.rewritten, outcome.removed) == ((), (), ())


def test_of_what_is_settled_nothing_is_read(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("array_chunk_render.transport.project.SETTLED_SECONDS", -1.0)
    show.send(show.project(*FILES))
    for path in show.root.rglob("*.png"):
        path.chmod(0)
    monkeypatch.setattr(
        "array_chunk_render.transport.comparing.source_digest", lambda file: pytest.fail(file.place)
    )
    with pytest.raises(pytest.fail.Exception, match="tex/wood.png"):
        show.send(show.project(*FILES))  # its mode is another one: it is looked into
    for path in show.root.rglob("*.png"):
        path.chmod(0o644)
    monkeypatch.undo()
    monkeypatch.setattr("array_chunk_render.transport.project.SETTLED_SECONDS", -1.0)
    show.send(show.project(*FILES))
    monkeypatch.setattr(
        "array_chunk_render.transport.comparing.source_digest", lambda file: pytest.fail(file.place)
    )
    show.send(show.project(*FILES))


def test_what_may_have_changed_within_a_clock_s_tick_is_read_again(show: Show) -> None:
    show.send(show.project(*FILES))
    wood = show.root / "tex/wood.png"
    then = wood.stat()
    wood.write_bytes(b"WOOD")
    os.utime(wood, ns=(then.st_atime_ns, then.st_mtime_ns))
    assert show.send(show.project(*FILES)).sent == ("tex/wood.png",)
    assert show.there()["tex/wood.png"] == b"WOOD"


@pytest.mark.parametrize("new", [b"another", b"WOOD"])
def test_what_has_changed_is_sent_alone(show: Show, new: bytes) -> None:
    show.send(show.project(*FILES))
    before = states_below(show.destination)
    show.write({"tex/wood.png": new})
    assert show.send(show.project(*FILES)).sent == ("tex/wood.png",)
    after = states_below(show.destination)
    changed = {path for path in after if after[path] != before.get(path) and "." in Path(path).name}
    assert {path for path in changed if not path.startswith(PRIVATE)} == {"tex/wood.png"}
    assert show.there()["tex/wood.png"] == new
    show.assert_manifests_hold()


def test_what_was_only_touched_is_not_sent(show: Show) -> None:
    show.send(show.project(*FILES))
    os.utime(show.root / "tex/wood.png")
    assert show.send(show.project(*FILES)).sent == ()
    show.assert_manifests_hold()


def test_what_others_did_there_is_put_right(show: Show) -> None:
    show.send(show.project(*FILES))
    (show.destination / "tex/wood.png").write_bytes(b"WOOD")
    (show.destination / "shot.blend").unlink()
    assert show.send(show.project(*FILES)).sent == ("tex/wood.png", "shot.blend")
    assert show.there()["tex/wood.png"] == b"wood"


def test_what_lies_there_without_a_manifest_is_not_sent(show: Show) -> None:
    show.send(show.project(*FILES))
    for path in (show.destination / PRIVATE / "sent").iterdir():
        path.write_bytes(b"{}")
    assert show.send(show.project(*FILES)).sent == ()
    show.assert_manifests_hold()


def test_other_rules_send_the_blends_anew(show: Show) -> None:
    show.send(show.project(*FILES, rules="one"))
    assert show.there()["shot.blend"] == REWRITTEN + b"oneblend"
    outcome = show.send(show.project(*FILES, rules="two"))
    library = elsewhere(show, "../lib/a.blend")
    assert outcome.sent == outcome.rewritten == (library, "shot.blend")
    assert show.there()["shot.blend"] == REWRITTEN + b"twoblend"
    assert show.send(show.project(*FILES)).rewritten == ()
    assert show.there()["shot.blend"] == b"blend"


def test_what_is_wanted_no_more_is_removed(show: Show) -> None:
    show.send(show.project(*FILES))
    (show.destination / "notes.txt").write_bytes(b"of a person")
    outcome = show.send(show.project("shot.blend", "../lib/a.blend"))
    assert outcome.removed == ("tex/wood.png",)
    assert set(show.there()) == {"shot.blend", elsewhere(show, "../lib/a.blend"), "notes.txt"}
    show.assert_manifests_hold()


def test_what_others_changed_or_want_stays(show: Show) -> None:
    show.write({"other.blend": b"other", "tex/stone.png": b"stone"})
    show.send(show.project("shot.blend", "tex/wood.png", "tex/stone.png"))
    show.send(show.project("other.blend", "tex/wood.png"))
    (show.destination / "tex/stone.png").write_bytes(b"of a person")
    assert show.send(show.project("shot.blend")).removed == ()
    assert show.there()["tex/stone.png"] == b"of a person"
    assert show.there()["tex/wood.png"] == b"wood"


def test_two_blends_of_one_folder_share_what_they_want(show: Show) -> None:
    show.write({"other.blend": b"other"})
    show.send(show.project(*FILES))
    assert show.send(show.project("other.blend", "tex/wood.png")).sent == ("other.blend",)
    assert show.send(show.project(*FILES)).sent == ()


def test_another_project_s_files_are_not_replaced(show: Show, tmp_path: Path) -> None:
    show.send(show.project(*FILES))
    other = Show(tmp_path, "second show")
    other.write({"other.blend": b"other", "tex/wood.png": b"another wood"})
    with pytest.raises(SceneRefused, match=r"'tex/wood.png' .* another project"):
        other.send(other.project("other.blend", "tex/wood.png"))
    other.write({"tex/wood.png": b"wood"})
    assert other.send(other.project("other.blend", "tex/wood.png")).sent == ("other.blend",)
    assert show.there()["tex/wood.png"] == b"wood"


def test_what_is_saved_meanwhile_is_refused(show: Show) -> None:
    class Saves(Progress):
        def advance(self, count: int) -> None:
            (show.root / "tex/wood.png").write_bytes(b"other wood")

    with pytest.raises(SceneRefused, match=r"wood.png' was saved while it was sent"):
        show.send(show.project(*FILES), Saves())
    assert show.manifests() == []
    show.send(show.project(*FILES))
    assert show.there()["tex/wood.png"] == b"other wood"


def test_the_blend_that_was_opened_is_the_one_that_is_sent(show: Show) -> None:
    project = show.project(*FILES)
    with pytest.raises(SceneRefused, match=r"shot.blend' was saved while it was sent"):
        show.send(type(project)(project.layout, project.files, opened_state="1:2"))
    assert show.manifests() == []


@pytest.mark.parametrize("home", [".", "tex", "..", "/"])
def test_a_destination_that_holds_the_project_itself(show: Show, home: str) -> None:
    folder = ProjectFolder(Path(os.path.normpath(show.root / home)))
    with pytest.raises(BadSetting, match=r"--to is .* lies in"):
        folder.refuse_itself(show.project(*FILES))


def test_a_destination_below_the_project(show: Show) -> None:
    ProjectFolder(show.root / "for the farm").refuse_itself(show.project(*FILES))


def test_two_files_for_one_place(show: Show) -> None:
    (show.root / "up").symlink_to(show.root / "tex")
    (show.root / "wood.png").write_bytes(b"in the root")
    (show.home / "tex").mkdir()
    project = show.project(*FILES)
    again = [*project.files, type(project.blend)(show.root / "wood.png", "tex/wood.png", "image")]
    with pytest.raises(SceneRefused, match=r"would both be sent to 'tex/wood.png'"):
        type(project).of(project.layout, again)
    (show.root / "wood.png").unlink()
    (show.root / "wood.png").symlink_to(show.root / "tex/wood.png")
    assert len(type(project).of(project.layout, again).files) == len(project.files)


def test_links_at_the_destination_are_not_followed(show: Show) -> None:
    outside = show.home / "outside"
    outside.mkdir()
    show.destination.mkdir()
    (show.destination / "tex").symlink_to(outside)
    with pytest.raises(OutputFailed, match="links are not followed"):
        show.send(show.project(*FILES))
    assert list(outside.iterdir()) == []
    (show.destination / "tex").unlink()
    (outside / "shot.blend").write_bytes(b"theirs")
    (show.destination / "shot.blend").symlink_to(outside / "shot.blend")
    show.send(show.project(*FILES))
    assert (outside / "shot.blend").read_bytes() == b"theirs"
    assert show.there()["shot.blend"] == b"blend"


def test_a_file_that_can_t_be_read(show: Show) -> None:
    (show.root / "tex/wood.png").unlink()
    with pytest.raises(SceneRefused, match=r"wood.png' can't be sent: No such file"):
        show.send(show.project(*FILES))


def test_progress_hears_of_every_byte(show: Show) -> None:
    heard: list[int] = []

    class Hears(Progress):
        def begin(self, files: int, size: int) -> None:
            heard.extend((files, size))

        def advance(self, count: int) -> None:
            heard.append(count)

    show.send(show.project(*FILES), Hears())
    assert (heard[:2], sum(heard[2:])) == ([3, 16], 16)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
PLACES = st.lists(st.text("ab.é ", min_size=1, max_size=3), min_size=1, max_size=3).map("/".join)
PLACES = PLACES.filter(lambda place: not {".", ".."} & {*place.split("/")})
SENT = st.builds(
    SentFile,
    TEXTS,
    TEXTS,
    st.builds(Mark, st.integers(0, 1 << 50), TEXTS),
    TEXTS,
    TEXTS,
    TEXTS,
)


@given(st.builds(Manifest, PLACES, TEXTS, st.dictionaries(PLACES, SENT), st.booleans()))
def test_a_manifest_is_read_as_it_was_written(manifest: Manifest) -> None:
    assert read_manifest(manifest.to_json()) == manifest
    assert len(manifest.name.encode()) < 255


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"files": {"../up.png": {}}},
        {"files": {f"{PRIVATE}/sent/x.json": {}}},
        {"files": {"a": 1}},
        {"files": {"a": {"bytes": -1}}},
        {"files": {"a": {"bytes": "1"}}},
        {"files": {"a": {"digest": 1}}},
        {"files": []},
        {"complete": 1},
        {"blend": None},
    ],
)
def test_what_is_no_manifest(change: dict[str, object]) -> None:
    whole = {"version": 1, "blend": "a.blend", "root": "", "complete": True, "files": {}}
    assert read_manifest(json.dumps(whole).encode()).blend == "a.blend"
    with pytest.raises(ValueError, match="."):
        read_manifest(json.dumps({**whole, **change}).encode())


@given(
    before=st.dictionaries(st.sampled_from("abcd"), st.sampled_from([b"1", b"2", b"33"])),
    after=st.dictionaries(st.sampled_from("abcd"), st.sampled_from([b"1", b"2", b"33"])),
    lost=st.sets(st.sampled_from("abcd")),
)
def test_what_is_there_at_the_end(
    before: dict[str, bytes], after: dict[str, bytes], lost: set[str]
) -> None:
    with tempfile.TemporaryDirectory() as home:
        show = Show(Path(home))
        show.write({"shot.blend": b"blend", **before})
        show.send(show.project("shot.blend", *before))
        for name in lost & before.keys():
            (show.destination / name).unlink()
        show.write({name: after[name] for name in after if after[name] != before.get(name)})
        outcome: Outcome = show.send(show.project("shot.blend", *after))
        assert show.there() == {"shot.blend": b"blend", **after}
        due = {name for name in after if after[name] != before.get(name) or name in lost}
        assert {*outcome.sent} == due
        show.assert_manifests_hold()


def test_what_a_killed_sender_left_goes_and_nothing_else(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    show.write({"shot.blend": b"blend"})
    show.send(show.project("shot.blend"))
    unfinished = show.destination / UNFINISHED
    (unfinished / "my notes.txt").write_bytes(b"mine")
    young = unfinished / uuid.uuid4().hex
    young.write_bytes(b"of a sender that is at work, with the time of its source")
    os.utime(young, (0, 0))
    show.write({"shot.blend": b"changed"})
    assert show.send(show.project("shot.blend")).sent == ("shot.blend",)
    assert {*unfinished.iterdir()} == {unfinished / "my notes.txt", young}
    monkeypatch.setattr(project_folder, "OLD_SECONDS", -1.0)  # as if that were an hour ago
    show.write({"shot.blend": b"changed again"})
    show.send(show.project("shot.blend"))
    assert {*unfinished.iterdir()} == {unfinished / "my notes.txt"}


def test_more_manifests_than_can_be_read(show: Show) -> None:
    show.write({"shot.blend": b"blend"})
    show.send(show.project("shot.blend"))
    for number in range(2):
        with (show.destination / MANIFESTS / f"{number}.json").open("wb") as file:
            file.truncate(MOST_BYTES // 2 + 1)  # holes, which take no room
    with pytest.raises(SceneRefused, match="more than 256 MiB"):
        show.send(show.project("shot.blend"))
