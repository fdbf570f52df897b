"""Publishing: every kill and fault at every point, and two publishers in every order."""

from __future__ import annotations

import errno
import os
import resource
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import OutputFailed, SceneRefused
from array_chunk_render.publishing import output_folder, pin
from array_chunk_render.publishing.fingerprint import Fingerprint
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.publishing.publish import Published, adopt, publish
from array_chunk_render.publishing.record import Record, is_done, read_record
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from publishing_trials import (
    RECORD,
    FailAt,
    KillAt,
    Killed,
    Renders,
    Turns,
    Watch,
    check_invariants,
    draft,
    made_folder,
    names_true_files,
    names_whole_files,
    published_files,
    raw_record,
    stage,
    system_calls,
)

Files = Mapping[str, bytes]

OURS = {"00001.png": b"our picture", "compositor/passes/Z00001.exr": b"our depth"}
OURS_AGAIN = {name: content + b", rendered again" for name, content in OURS.items()}
OLD = {"00001.png": b"old picture", "00001_R.png": b"old right eye"}


@pytest.fixture(scope="module", autouse=True)
def nothing_waits_for_the_disk() -> Iterator[None]:
    """The disk's own work is not what is tested, and takes most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


def never() -> None:
    """The pin of a folder that nobody else wants."""


def never_done(record: Record | None) -> bool:
    return False


def put(
    folder: OutputFolder,
    home: Path,
    files: Files,
    record: Record | None = None,
    check_pin: Callable[[], None] = never,
) -> Published:
    record = record or draft()
    done = partial(is_done, folder, fingerprint=record.fingerprint)
    return publish(folder, stage(home, files), record, done, check_pin)


# --- one publisher ------------------------------------------------------------------------------


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
        publish(folder, staged, draft(), never_done, never)
    return watch.done


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out")
    twins = [*stage(tmp_path / "a", OURS), *stage(tmp_path / "b", OURS)]
    with pytest.raises(SceneRefused, match=r"'00001\.png'.*different folders or file names"):
        publish(folder, twins, draft(), never_done, never)
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
    staged = [replace(stage(tmp_path / "stage", OURS)[0], name=name)]
    with pytest.raises(SceneRefused, match=r"would not be in the output folder"):
        publish(folder, staged, draft(), never_done, never)
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


# --- one publisher, killed or failing at every point --------------------------------------------


class Situation:
    """What is in the folder before; a new one for every trial."""

    def __init__(self, name: str, old: Files, fingerprint: str, spoil: str = "") -> None:
        self.name = name
        self.old = old
        self.fingerprint = fingerprint
        self.spoil = spoil

    def make(self, home: Path) -> OutputFolder:
        folder = made_folder(home / "out")
        if self.old:
            put(folder, home / "old", self.old, draft(fingerprint=self.fingerprint))
        if self.spoil:
            (folder.root / self.spoil).write_bytes(b"{ spoiled")
        return folder

    @property
    def renders(self) -> Renders:
        return {"ours": [OURS], **({self.fingerprint: [self.old]} if self.old else {})}

    @property
    def before(self) -> Files:
        return {self.spoil: b"{ spoiled"}


SITUATIONS = (
    Situation("nothing there", {}, ""),
    Situation("another render's frame", OLD, "old"),
    Situation("a broken frame of ours", OURS, "ours", spoil="00001.png"),
    Situation("a broken record", OLD, "old", spoil=RECORD),
)
situations = pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.name)


Injected = KillAt | FailAt


def trials(situation: Situation, hooks: Callable[[int], Sequence[Injected]]) -> Iterator[Trial]:
    """A publish for each system call that there is, and for each hook that there is for it."""
    number, was_reached = 0, True
    while was_reached:
        number += 1
        for hook in hooks(number):
            with tempfile.TemporaryDirectory() as home:
                yield Trial(situation, Path(home), hook)
            was_reached = hook.count >= number


class Trial:
    def __init__(self, situation: Situation, home: Path, hook: Injected) -> None:
        self.situation = situation
        self.home = home
        self.hook = hook
        self.folder = situation.make(home)

    def run(self) -> None:
        staged = stage(self.home / "stage", OURS)
        done = partial(is_done, self.folder, fingerprint="ours")
        with system_calls(self.hook):
            publish(self.folder, staged, draft(), done, never)

    def check(self) -> None:
        check_invariants(self.folder.root, self.situation.renders, self.situation.before)

    def run_again(self) -> None:
        """A second child comes to the same folder and finishes what there is to do."""
        put(self.folder, self.home / "again", OURS)
        record = raw_record(self.folder.root)
        assert record is not None
        assert names_whole_files(self.folder.root, record)
        published = published_files(self.folder.root)
        assert OURS.items() <= published.items()
        assert set(published) <= {*OURS, *self.situation.old}
        self.check()


@situations
def test_killed_at_every_point(situation: Situation) -> None:
    count = 0
    for trial in trials(situation, lambda number: [KillAt(number, each) for each in (False, True)]):
        try:
            trial.run()
        except Killed:
            count += 1
        trial.check()
        trial.run_again()
    assert count > 40


@situations
@pytest.mark.parametrize(
    ("error", "performed"),
    [
        pytest.param(errno.ENOSPC, False, id="full disk"),
        pytest.param(errno.EIO, True, id="done all the same"),
    ],
)
def test_faults_at_every_point(situation: Situation, error: int, performed: bool) -> None:
    failed = set()
    for trial in trials(situation, lambda number: [FailAt(number, error, performed)]):
        try:
            trial.run()
        except OutputFailed as failure:
            failed.add(trial.hook.failed)
            assert str(trial.home) in str(failure)
            assert os.strerror(error) in str(failure)
        else:
            assert trial.hook.failed not in {"open", "open file", "fsync"}
            assert published_files(trial.folder.root).items() >= OURS.items()
        trial.check()
        trial.run_again()
    assert failed >= {"open file", "fsync", "stat"}
    # What is answered by an error and has been done is as good as any other.
    assert {"replace", "mkdir"} & failed == (set() if performed else {"replace", "mkdir"})


@pytest.mark.parametrize(
    ("most_bytes", "written"),
    [
        pytest.param(100_000, {}, id="in a picture"),
        pytest.param(300, {"00001.png": b"small"}, id="in the record"),
    ],
)
def test_a_write_that_fails_half_way(tmp_path: Path, most_bytes: int, written: Files) -> None:
    folder = made_folder(tmp_path / "out")
    staged = stage(tmp_path / "stage", written or {"00001.png": bytes(200_000)})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, limits[1]))
    try:
        with pytest.raises(OutputFailed, match="File too large"):
            publish(folder, staged, draft(), never_done, never)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert published_files(folder.root) == written
    assert raw_record(folder.root) is None
    assert list(folder.temporaries.iterdir()) == []


@pytest.mark.parametrize("error", [errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP])
def test_folders_that_cannot_be_synced(tmp_path: Path, error: int) -> None:
    folder = made_folder(tmp_path / "out")
    descriptors = {}

    def cant(name: str, arguments: tuple[object, ...], perform: Callable[[], object]) -> object:
        if name == "fsync" and arguments[0] in descriptors:
            raise OSError(error, os.strerror(error))
        result = perform()
        if name == "open":
            descriptors[result] = True
        elif name == "close":
            del descriptors[arguments[0]]
        return result

    with system_calls(cant):
        put(folder, tmp_path / "stage", OURS)
    assert published_files(folder.root) == OURS


# --- two publishers in every order --------------------------------------------------------------

RUNS = st.lists(st.integers(1, 45), max_size=8)
ORDERS = RUNS.map(lambda runs: [n % 2 == 1 for n, run in enumerate(runs) for _ in range(run)])
"""Turns of one, then of the other, in runs: a process can be away for long."""

often = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@often
@given(order=ORDERS)
def test_two_copies_of_one_child(order: list[bool]) -> None:
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        name_threads(patch)
        folder = made_folder(Path(home, "out"))
        renders = {"ours": [OURS, OURS_AGAIN]}
        turns = Turns(lambda: check_invariants(folder.root, renders, {}))
        first, second = (
            partial(put, folder, Path(home, str(n)), renders["ours"][n]) for n in (0, 1)
        )
        assert turns.run(first, second, order) == (None, None)
        record = raw_record(folder.root)
        assert record is not None
        assert names_true_files(folder.root, record)
        assert is_done(folder, read_record(folder, 1), "ours")


def name_threads(patch: pytest.MonkeyPatch) -> None:
    """Give each thread the name that a process of its own would have."""
    patch.setattr(output_folder, "process_name", lambda: f"host-{threading.get_ident()}")


@often
@given(order=ORDERS)
def test_two_copies_with_one_process_name(order: list[bool]) -> None:
    """Containers can share host name and process id: then a copy may fail, and no more."""
    with tempfile.TemporaryDirectory() as home:
        folder = made_folder(Path(home, "out"))
        renders = {"ours": [OURS, OURS_AGAIN]}
        turns = Turns(lambda: check_invariants(folder.root, renders, {}))
        first, second = (
            partial(put, folder, Path(home, str(n)), renders["ours"][n]) for n in (0, 1)
        )
        errors = turns.run(first, second, order)
        assert all(error is None or isinstance(error, OutputFailed) for error in errors)
        assert errors != (None, None) or is_done(folder, read_record(folder, 1), "ours")


@often
@given(order=ORDERS)
@example(order=[False] * 15 + [True] * 27)  # its files replace ours before ours are looked at again
def test_a_child_of_the_render_before_comes_late(order: list[bool]) -> None:
    """It is about to publish when another render takes the folder over, and publishes too."""
    ours, theirs = Fingerprint({"scene": "ours"}), Fingerprint({"scene": "theirs"})
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        name_threads(patch)
        folder = made_folder(Path(home, "out"))
        pin.claim(folder, theirs, "array 0")
        renders = {theirs.digest: [OLD], ours.digest: [OURS]}
        turns = Turns(lambda: check_invariants(folder.root, renders, {}))

        def child(fingerprint: Fingerprint, render_id: str, files: Files) -> None:
            pin.claim(folder, fingerprint, render_id)
            check = partial(pin.check, folder, fingerprint.digest)
            record = draft(fingerprint=fingerprint.digest, render_id=render_id)
            put(folder, Path(home, render_id), files, record, check)

        late, error = turns.run(
            partial(child, theirs, "array 0", OLD), partial(child, ours, "array 1", OURS), order
        )
        assert error is None
        assert late is None or isinstance(late, SceneRefused)
        record = read_record(folder, 1)
        assert is_done(folder, record, ours.digest) or not is_done(folder, record, theirs.digest)
