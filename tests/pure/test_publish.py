"""Publishing a frame: files, record, order, and what is refused."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import OutputFailed, SceneRefused
from array_chunk_render.publishing.publish import adopt, publish
from array_chunk_render.publishing.record import is_done, read_record
from deliveries import LONG_SECONDS
from failing_system import Watch, is_creating, system_calls
from publishing_trials import (
    OLD,
    OURS,
    OURS_AGAIN,
    RECORD,
    Files,
    check_invariants,
    draft,
    made_folder,
    names_true_files,
    never,
    never_done,
    published_files,
    put,
    raw_record,
    stage,
)


def test_files_and_record_are_there(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out")
    published = put(folder, tmp_path / "stage", OURS)
    assert published_files(folder.root) == OURS
    record = raw_record(folder.root)
    assert record is not None
    assert record["fingerprint"] == "ours"
    assert [file["name"] for file in record["files"]] == list(OURS)
    assert names_true_files(folder.root, record)
    assert read_record(folder, 1) == published.record
    assert list(folder.temporaries.iterdir()) == []


def test_the_files_of_a_frame_and_its_record_s_are_opened_at_once(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out")
    all_of_them = threading.Barrier(len(OURS) + 1)

    def meet(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        if is_creating(name, arguments):
            all_of_them.wait(LONG_SECONDS)
        return perform()

    with system_calls(meet):
        put(folder, tmp_path / "stage", OURS)
    assert published_files(folder.root) == OURS
    assert all_of_them.n_waiting == 0
    assert not all_of_them.broken


def test_files_have_the_modes_that_blender_gives(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out")
    before = os.umask(0o027)
    try:
        put(folder, tmp_path / "stage", OURS)
    finally:
        os.umask(before)
    files = [folder.root / "00001.png", folder.record(1)]
    assert [oct(path.stat().st_mode & 0o777) for path in files] == ["0o640", "0o640"]


def test_what_is_done_is_not_touched(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out")
    first = put(folder, tmp_path / "stage", OURS)
    assert put(folder, tmp_path / "again", OURS_AGAIN).record == first.record
    assert published_files(folder.root) == OURS
    assert list(folder.temporaries.iterdir()) == []


def test_a_damaged_file_is_replaced(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out")
    put(folder, tmp_path / "stage", OURS)
    (folder.root / "00001.png").write_bytes(b"our pictur?")
    put(folder, tmp_path / "again", OURS_AGAIN)
    assert published_files(folder.root) == OURS_AGAIN


def test_files_of_the_former_record_are_removed_and_named(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out")
    put(folder, tmp_path / "old", OLD, draft(fingerprint="old"))
    published = put(folder, tmp_path / "stage", OURS)
    assert published_files(folder.root) == OURS
    assert published.removed == ("00001_R.png",)


def test_files_that_no_record_lists_stay(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out")
    (folder.root / "00001_R.png").write_bytes(b"somebody's")
    assert put(folder, tmp_path / "stage", OURS).removed == ()
    assert published_files(folder.root) == {**OURS, "00001_R.png": b"somebody's"}


def test_order_of_a_first_publish(tmp_path: Path) -> None:
    """On disk first, then under its name; the record after all of that."""
    assert [each for each in watched(tmp_path, OURS) if not each.startswith("mkdir")] == [
        "sync tmp",
        "sync tmp",
        "tmp -> 00001.png",
        "tmp -> compositor/passes/Z00001.exr",
        "sync .",
        "sync compositor/passes",
        "sync compositor",
        "sync tmp",
        f"tmp -> {RECORD}",
        "sync .array_chunk/frames",
    ]


def test_another_renders_record_goes_before_any_file_is_touched(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out")
    put(folder, tmp_path / "old", OLD, draft(fingerprint="old"))
    done = watched(tmp_path, OURS)
    gone = done.index(f"unlink {RECORD}")
    assert done[gone + 1] == "sync .array_chunk/frames"
    assert gone + 1 < done.index("tmp -> 00001.png")
    assert done.index(f"tmp -> {RECORD}") < done.index("unlink 00001_R.png")


def watched(tmp_path: Path, files: Files) -> list[str]:
    folder = made_folder(tmp_path / "out")
    staged = stage(tmp_path / "stage", files)
    watch = Watch(folder.root)
    with system_calls(watch):
        publish(folder, staged, draft(), never_done, never, set())
    return watch.done


@pytest.mark.parametrize("name", OURS)
def test_an_output_folder_that_is_moved_away_is_not_made_again(name: str, tmp_path: Path) -> None:
    """A publish that is on its way then would leave folders below a mount that is gone.

    It goes to where the folder is now; that it is not there any more is for others to see.
    """
    folder = made_folder(tmp_path / "out")
    staged = stage(tmp_path / "stage", {name: OURS[name]})

    def vanish() -> None:
        folder.root.rename(tmp_path / "away")

    publish(folder, staged, draft(), never_done, vanish_once(vanish), set())
    assert not folder.root.exists()
    assert published_files(tmp_path / "away") == {name: OURS[name]}


@pytest.mark.parametrize("name", OURS)
def test_an_output_folder_that_vanishes_is_not_made_again(name: str, tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out")
    staged = stage(tmp_path / "stage", {name: OURS[name]})
    with pytest.raises(OutputFailed, match="Could not write '.*/out/"):
        publish(folder, staged, draft(), never_done, partial(shutil.rmtree, folder.root), set())
    assert not folder.root.exists()


def vanish_once(vanish: Callable[[], None]) -> Callable[[], None]:
    steps = iter([vanish])
    return lambda: next(steps, never)()


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out")
    twins = [*stage(tmp_path / "a", OURS), *stage(tmp_path / "b", OURS)]
    with pytest.raises(SceneRefused, match=r"'00001\.png'.*different folders or file names"):
        publish(folder, twins, draft(), never_done, never, set())
    assert published_files(folder.root) == {}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("../00001.png", id="up"),
        pytest.param("compositor/../../00001.png", id="down and up"),
        pytest.param("/tmp/00001.png", id="absolute"),
        pytest.param(".array_chunk/render.json", id="private"),
        pytest.param(".", id="the folder itself"),
    ],
)
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    folder = made_folder(tmp_path / "out")
    staged = [stage(tmp_path / "stage", OURS)[0]._replace(name=name)]
    with pytest.raises(SceneRefused, match=r"would not be in the output folder"):
        publish(folder, staged, draft(), never_done, never, set())
    assert published_files(tmp_path / "out") == {}


def test_a_folder_that_was_taken_over_is_left_alone(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out")
    put(folder, tmp_path / "theirs", OLD, draft(fingerprint="theirs"))
    with pytest.raises(SceneRefused, match="taken over"):
        put(folder, tmp_path / "stage", OURS, check_pin=taken_over)
    assert published_files(folder.root) == OLD
    assert list(folder.temporaries.iterdir()) == []


def test_a_folder_that_is_taken_over_meanwhile_gets_no_record(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out")

    def check() -> None:
        if published_files(folder.root):
            taken_over()

    with pytest.raises(SceneRefused, match="taken over"):
        put(folder, tmp_path / "stage", OURS, check_pin=check)
    assert raw_record(folder.root) is None


def taken_over() -> None:
    raise SceneRefused("taken over")


def test_files_that_never_come_to_rest(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out")

    def meddle(name: str, arguments: tuple[object, ...], perform: Callable[[], object]) -> object:
        result = perform()
        if name == "replace" and Path(str(arguments[1])).suffix == ".json":
            (folder.root / "00001.png").write_bytes(os.urandom(8))
        return result

    with system_calls(meddle), pytest.raises(OutputFailed, match="keep changing"):
        put(folder, tmp_path / "stage", OURS)


def test_adopted_files_are_recorded_as_they_are(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out")
    (folder.root / "00001.png").write_bytes(b"made elsewhere")
    record = adopt(folder, ["00001.png"], draft())
    assert record.adopted
    assert read_record(folder, 1) == record
    assert is_done(folder, record, "ours")
    check_invariants(folder.root, {"ours": [{"00001.png": b"made elsewhere"}]}, {})


def test_a_file_that_is_gone_is_not_adopted(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out")
    with pytest.raises(OutputFailed, match=r"00001\.png"):
        adopt(folder, ["00001.png"], draft())
    assert raw_record(folder.root) is None
