"""The proof that data may be kept: its file for the array, whatever is in it, and when it pays."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import OutputFailed
from array_chunk_render.publishing.output_folder import PROOF, OutputFolder
from array_chunk_render.publishing.proof import MOST_BYTES, Proof, read_proof, store_proof
from array_chunk_render.rendering.proof_plan import can_pay, plan_proof, still_pays
from exchanged import THINGS, exchange, make_outside, state_of
from failing_system import system_calls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from publishing_trials import made_folder

PROVEN = Proof("ours", True, "1,24,12")
WRONG = Proof("ours", False, "1,24,12", "frame 12 would come out wrong")


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    make_outside(tmp_path / "outside")
    return made_folder(tmp_path / "out")


@pytest.mark.parametrize("proof", [PROVEN, WRONG])
def test_it_is_read_back_for_its_fingerprint_alone(folder: OutputFolder, proof: Proof) -> None:
    assert read_proof(folder, "ours") is None
    assert store_proof(folder, proof) == proof
    assert read_proof(folder, "ours") == proof
    assert read_proof(folder, "theirs") is None
    assert list(folder.temporaries.iterdir()) == []


@pytest.mark.parametrize(
    ("known", "new", "stands"),
    [
        (PROVEN, WRONG, WRONG),
        (WRONG, PROVEN, WRONG),
        (PROVEN, Proof("ours", True, "3,4"), PROVEN),
        (WRONG, Proof("theirs", True, "3,4"), Proof("theirs", True, "3,4")),
    ],
)
def test_what_was_found_wrong_stays_wrong(
    folder: OutputFolder, known: Proof, new: Proof, stands: Proof
) -> None:
    store_proof(folder, known)
    assert store_proof(folder, new) == stands
    assert read_proof(folder, new.fingerprint) == stands


def test_a_child_that_knows_already_writes_nothing(folder: OutputFolder) -> None:
    store_proof(folder, PROVEN)
    before = os.stat(folder.root / PROOF)
    store_proof(folder, PROVEN)
    assert os.stat(folder.root / PROOF).st_ino == before.st_ino
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(before.st_mode) == 0o666 & ~umask


def changed(**fields: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda proof: {**proof, **fields}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda proof: [], id="a list"),
        pytest.param(lambda proof: {}, id="empty"),
        pytest.param(changed(is_proven=1), id="a number for yes"),
        pytest.param(changed(is_proven="true"), id="a text for yes"),
        pytest.param(changed(is_proven=None), id="neither"),
        pytest.param(changed(frames=[1, 2]), id="frames are a list"),
        pytest.param(changed(frames=""), id="no frames"),
        pytest.param(changed(frames="1,2\nchild 7 is complete"), id="frames are prose"),
        pytest.param(changed(frames="1," * 200 + "1"), id="frames without end"),
        pytest.param(changed(frames="١"), id="other digits"),
        pytest.param(changed(reason=7), id="the reason is a number"),
        pytest.param(changed(reason="x" * 401), id="the reason has no end"),
        pytest.param(changed(fingerprint=None), id="no fingerprint"),
        pytest.param(changed(later_version=True), id="unknown key"),
    ],
)
def test_anything_else_is_no_proof(
    folder: OutputFolder, change: Callable[[dict[str, Any]], Any]
) -> None:
    store_proof(folder, PROVEN)
    path = folder.root / PROOF
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    assert read_proof(folder, "ours") is None
    assert store_proof(folder, PROVEN) == read_proof(folder, "ours") == PROVEN


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["fingerprint", "is_proven", "frames", "reason", "x"]), inner),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_no_bytes_stop_a_child(folder: OutputFolder, content: bytes) -> None:
    (folder.root / PROOF).write_bytes(content)
    proof = read_proof(folder, "")
    assert proof is None or isinstance(proof.is_proven, bool)


def test_a_longer_file_is_no_proof(folder: OutputFolder) -> None:
    (folder.root / PROOF).write_bytes(PROVEN.to_json() + b" " * MOST_BYTES)
    assert read_proof(folder, "ours") is None


@pytest.mark.parametrize("thing", THINGS)
def test_anything_in_its_place(folder: OutputFolder, thing: str) -> None:
    """It is never waited for, and a link leads nowhere."""
    outside = folder.root.parent / "outside"
    store_proof(folder, PROVEN)
    exchange(folder.root / PROOF, thing, outside)
    before = state_of(outside)
    assert read_proof(folder, "ours") is None
    assert state_of(outside) == before


def test_a_disk_that_fails_is_said(folder: OutputFolder) -> None:
    def hook(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        if name == "replace":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return perform()

    with system_calls(hook), pytest.raises(OutputFailed, match=r"kept_data\.json"):
        store_proof(folder, PROVEN)
    assert list(folder.temporaries.iterdir()) == []


@given(st.sets(st.integers(-50, 50), min_size=1), st.booleans(), st.booleans(), st.data())
def test_what_is_planned(
    frames: set[int], proves_first: bool, keeps_first: bool, data: st.DataObject
) -> None:
    """Frames of its own, apart from each other, never at the price of all that are left."""
    todo = sorted(frames)
    first = data.draw(st.sampled_from(todo))
    plan = plan_proof(first, todo, proves_first, keeps_first)
    least = 7 if proves_first else 6 - keeps_first
    assert (plan is not None) == (len(todo) >= least)
    if plan is not None:
        last, middle = plan.others
        rest = [frame for frame in todo if frame != first]
        assert (plan.first, last) == (first, rest[-1])
        assert rest[0] < middle < last
        assert len(set(plan.frames)) == 3
        assert plan.preparations < len(rest)
        assert (first in plan.kept) == (proves_first or not keeps_first)
        assert {*plan.others} <= {*plan.doubted} <= {*plan.frames}
        assert (first in plan.doubted) == proves_first


def test_when_it_pays() -> None:
    assert can_pay(1.0, frames_left=11, preparations=3)
    assert not can_pay(0.1, frames_left=11, preparations=3), "not a second to be saved"
    assert not can_pay(60.0, frames_left=3, preparations=3)
    assert still_pays(2.5, frames_left=10, cost_seconds=9.0)
    assert not still_pays(0.1, frames_left=10, cost_seconds=9.0)
    assert not still_pays(-1.0, frames_left=10, cost_seconds=0.0)
