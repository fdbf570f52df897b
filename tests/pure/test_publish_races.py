"""Publishing by two processes, in every order of their system calls."""

from __future__ import annotations

import os
import tempfile
import threading
from functools import partial
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import OutputFailed, SceneRefused
from array_chunk_render.publishing import output_folder, pin
from array_chunk_render.publishing.fingerprint import Fingerprint
from array_chunk_render.publishing.publish import adopt
from array_chunk_render.publishing.record import digest_of_published, is_done, read_record
from failing_system import ORDERS, Turns
from hypothesis import example, given, settings
from publishing_trials import (
    OLD,
    OURS,
    OURS_AGAIN,
    Files,
    check_invariants,
    draft,
    made_folder,
    names_true_files,
    put,
    raw_record,
)

pytestmark = pytest.mark.usefixtures("nothing_waits_for_the_disk")


often = settings(max_examples=50)


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


@pytest.mark.parametrize("is_recorded", [False, True], ids=["file alone", "file and record"])
def test_a_copy_that_publishes_in_the_same_tick_of_the_clock(
    tmp_path: Path, is_recorded: bool
) -> None:
    """Its file has our file's size and time, and other bytes; our record may follow its own."""
    folder = made_folder(tmp_path / "out")
    name, content = next(iter(OURS.items()))
    other = bytes(reversed(content))
    assert other != content
    looks: list[int] = []

    def replaced_before_our_record() -> None:
        looks.append(len(looks))
        if len(looks) != 2:  # after our files have their names
            return
        there = (folder.root / name).stat()
        copy = tmp_path / "copy"
        copy.write_bytes(other)
        os.utime(copy, ns=(there.st_mtime_ns, there.st_mtime_ns))
        os.replace(copy, folder.root / name)
        if is_recorded:
            adopt(folder, [*OURS], draft())

    put(folder, tmp_path / "stage", OURS, check_pin=replaced_before_our_record)
    record = read_record(folder, 1)
    assert record is not None
    assert {file.name for file in record.files} == {*OURS}
    for file in record.files:
        assert digest_of_published(folder, file.name) == file.digest
