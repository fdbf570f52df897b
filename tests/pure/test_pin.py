"""The pin: one render owns a folder, whoever comes first, late, again or at the same moment."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import OutputFailed, SceneRefused
from array_chunk_render.publishing import pin
from array_chunk_render.publishing.fingerprint import Fingerprint
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.publishing.pin import check, claim, read_pin
from failing_system import system_calls
from publishing_trials import FIRST, SECOND, THIRD, made_folder, pinned


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    return made_folder(tmp_path / "out")


def test_the_first_child_pins(folder: OutputFolder) -> None:
    assert read_pin(folder) is None
    assert claim(folder, FIRST, "array 1") is None
    assert pinned(folder) == (FIRST.digest, "array 1")
    found = read_pin(folder)
    assert found is not None
    assert found.parts == FIRST.parts
    assert list(folder.temporaries.iterdir()) == []


def test_its_brothers_join(folder: OutputFolder) -> None:
    claim(folder, FIRST, "array 1")
    before = folder.pin.stat()
    assert claim(folder, FIRST, "array 1") is None
    assert folder.pin.stat().st_ino == before.st_ino
    check(folder, FIRST.digest)


def test_the_same_render_submitted_again_joins(folder: OutputFolder) -> None:
    claim(folder, FIRST, "array 1")
    assert claim(folder, FIRST, "array 2") is None
    assert pinned(folder) == (FIRST.digest, "array 2")
    check(folder, FIRST.digest)
    assert claim(folder, FIRST, "array 1") is None


def test_a_file_saved_in_the_middle(folder: OutputFolder) -> None:
    claim(folder, FIRST, "array 1")
    with pytest.raises(SceneRefused, match=r"'array 1' don't agree.*samples was 4, is 8"):
        claim(folder, SECOND, "array 1")
    assert pinned(folder) == (FIRST.digest, "array 1")


def test_another_render_takes_over_and_says_so(folder: OutputFolder) -> None:
    claim(folder, FIRST, "array 1")
    said = claim(folder, SECOND, "array 2")
    assert said is not None
    assert "'array 1'" in said
    assert "samples was 4, is 8" in said
    assert pinned(folder) == (SECOND.digest, "array 2")
    assert claim(folder, SECOND, "array 2") is None  # its brothers say nothing any more


def test_the_one_before_stops(folder: OutputFolder) -> None:
    claim(folder, FIRST, "array 1")
    claim(folder, SECOND, "array 2")
    with pytest.raises(SceneRefused, match="taken over by the render 'array 2'"):
        check(folder, FIRST.digest)
    with pytest.raises(SceneRefused, match="taken over by the render 'array 2'"):
        claim(folder, FIRST, "array 1")
    assert pinned(folder) == (SECOND.digest, "array 2")


def test_one_long_before_stops_too(folder: OutputFolder) -> None:
    for fingerprint, render_id in ((FIRST, "array 1"), (SECOND, "array 2"), (THIRD, "array 3")):
        claim(folder, fingerprint, render_id)
    for fingerprint, render_id in ((FIRST, "array 1"), (SECOND, "array 2")):
        with pytest.raises(SceneRefused, match="taken over by the render 'array 3'"):
            claim(folder, fingerprint, render_id)


def test_one_that_was_joined_by_the_same_render_stops_too(folder: OutputFolder) -> None:
    """The array was submitted twice; a third one takes over from both."""
    claim(folder, FIRST, "array 1")
    claim(folder, FIRST, "array 2")
    claim(folder, SECOND, "array 3")
    for render_id in ("array 1", "array 2"):
        with pytest.raises(SceneRefused, match="taken over by the render 'array 3'"):
            claim(folder, FIRST, render_id)
    assert pinned(folder) == (SECOND.digest, "array 3")


def test_the_old_file_submitted_anew_takes_over_again(folder: OutputFolder) -> None:
    claim(folder, FIRST, "array 1")
    claim(folder, SECOND, "array 2")
    assert claim(folder, FIRST, "array 3") is not None
    assert pinned(folder) == (FIRST.digest, "array 3")
    with pytest.raises(SceneRefused, match="taken over by the render 'array 3'"):
        claim(folder, SECOND, "array 2")


def test_the_list_of_those_before_does_not_grow_without_end(
    folder: OutputFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pin, "MOST_SUPERSEDED", 3)
    for number in range(8):
        claim(folder, (FIRST, SECOND)[number % 2], f"array {number}")
    for _ in range(4):
        claim(folder, SECOND, "array 6")
        claim(folder, SECOND, "array 7")
    found = read_pin(folder)
    assert found is not None
    assert sorted(found.superseded) == ["array 5", "array 6", "array 7"]


def test_many_differences_are_not_all_named(folder: OutputFolder) -> None:
    claim(folder, Fingerprint({f"setting {n:02}": "1" for n in range(20)}), "array 1")
    with pytest.raises(SceneRefused, match=r"setting 00 was 1, is 2; .*; and 12 more"):
        claim(folder, Fingerprint({f"setting {n:02}": "2" for n in range(20)}), "array 1")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"fingerprint": "', id="cut off"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b"{}", id="nothing in it"),
        *(
            pytest.param(
                json.dumps(
                    {
                        "fingerprint": FIRST.digest,
                        "render_id": "array 1",
                        "parts": {},
                        "superseded": [],
                        **wrong,
                    }
                ).encode(),
                id=str(wrong),
            )
            for wrong in (
                {"fingerprint": 7},
                {"render_id": None},
                {"render_id": ["array 1"]},
                {"parts": "samples"},
                {"parts": ["samples"]},
                {"parts": {"samples": 4}},
                {"parts": None},
                {"superseded": None},
                {"superseded": 4},
                {"superseded": [["array 1"]]},
                {"superseded": [4]},
                {"unknown": "key"},
            )
        ),
    ],
)
def test_a_broken_pin_is_replaced(folder: OutputFolder, content: bytes) -> None:
    folder.pin.write_bytes(content)
    assert read_pin(folder) is None
    check(folder, FIRST.digest)
    assert claim(folder, SECOND, "array 2") is None
    assert pinned(folder) == (SECOND.digest, "array 2")


@pytest.mark.parametrize("error", [errno.EIO, errno.EACCES])
def test_a_pin_that_cannot_be_read_is_not_replaced(folder: OutputFolder, error: int) -> None:
    claim(folder, FIRST, "array 1")

    def fail(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        if name == "open" and Path(arguments[0]) == folder.pin:
            raise OSError(error, os.strerror(error))
        return perform()

    with system_calls(fail), pytest.raises(OutputFailed, match=r"render\.json"):
        claim(folder, SECOND, "array 2")
    assert pinned(folder) == (FIRST.digest, "array 1")


@pytest.mark.parametrize("error", [errno.EPERM, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_without_hard_links(folder: OutputFolder, error: int) -> None:
    def fail(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        if name == "link":
            raise OSError(error, os.strerror(error))
        return perform()

    with system_calls(fail):
        assert claim(folder, FIRST, "array 1") is None
        assert claim(folder, FIRST, "array 1") is None
        assert claim(folder, SECOND, "array 2") is not None
    assert pinned(folder) == (SECOND.digest, "array 2")
    assert list(folder.temporaries.iterdir()) == []


def test_a_link_that_was_made_though_it_was_answered_by_an_error(folder: OutputFolder) -> None:
    """As on NFS, where the answer was lost and the question is asked again."""

    def fail(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        result = perform()
        if name == "link":
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        return result

    with system_calls(fail):
        assert claim(folder, FIRST, "array 1") is None
    assert pinned(folder) == (FIRST.digest, "array 1")


@pytest.mark.parametrize("error", [errno.EIO, errno.ESTALE, errno.ETIMEDOUT])
def test_a_link_that_failed_by_chance_replaces_nobodys_pin(
    folder: OutputFolder, error: int
) -> None:
    """Another child was faster, and the network had a bad moment, which says nothing of links."""

    def fail(name: str, arguments: tuple[Any, ...], perform: Callable[[], Any]) -> Any:
        if name == "link":
            folder.pin.write_bytes(pin.Pin(SECOND.digest, "array 2").to_json())
            raise OSError(error, os.strerror(error))
        return perform()

    with system_calls(fail), pytest.raises(OutputFailed):
        claim(folder, FIRST, "array 1")
    assert pinned(folder) == (SECOND.digest, "array 2")
    assert list(folder.temporaries.iterdir()) == []
