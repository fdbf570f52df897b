"""Names of files as POSIX and Windows read them, with drive letters and backslashes."""

from __future__ import annotations

import ntpath
from pathlib import PurePath, PurePosixPath, PureWindowsPath

import pytest
from array_chunk_render.chunking.errors import BadSetting
from array_chunk_render.chunking.file_names import is_one_name
from array_chunk_render.chunking.setting_values import TEXT_KINDS
from array_chunk_render.publishing.record import is_inside
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    "name", ["00001.png", "shot 7_00001.png", "é", ".array_chunk", "com", "a.b"]
)
@pytest.mark.parametrize("flavour", [PurePosixPath, PureWindowsPath])
def test_names_of_both_systems(flavour: type[PurePath], name: str) -> None:
    assert is_one_name(name, flavour)
    assert is_inside(f"compositor/{name}", flavour)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a/", "/a", "a\0b"], ids=ascii)
@pytest.mark.parametrize("flavour", [PurePosixPath, PureWindowsPath])
def test_names_of_neither(flavour: type[PurePath], name: str) -> None:
    assert not is_one_name(name, flavour)
    assert not is_inside(f"compositor//{name}" if name else name, flavour)


@pytest.mark.parametrize(
    "name",
    ["C:", "C:a", "a:b", "ab:c", "a:b:$DATA", "a\\b", "\\\\server\\share", "a?", "a*", "a<b", "a|b",
     'a"b', "NUL", "nul.png", "Com1.exr", "lpt¹", "CON .txt", "a.", "a ", "a\tb"],
    ids=ascii,
)  # fmt: skip
def test_names_of_posix_alone(name: str) -> None:
    assert is_one_name(name, PurePosixPath)
    assert not is_one_name(name, PureWindowsPath)
    assert is_inside(f"compositor/{name}", PurePosixPath)
    assert not is_inside(f"compositor/{name}", PureWindowsPath)


@given(st.text(max_size=8), st.sampled_from(["C:\\film\\out", "\\\\server\\share\\out"]))
def test_one_name_of_windows_stays_in_its_folder(name: str, folder: str) -> None:
    if is_one_name(name, PureWindowsPath):
        whole = ntpath.normpath(ntpath.join(folder, name))
        assert ntpath.split(whole) == (folder, name)


def test_a_prefix_that_windows_has_no_names_with(monkeypatch: pytest.MonkeyPatch) -> None:
    assert TEXT_KINDS["file name"]("a:b") == "a:b"
    monkeypatch.setattr(
        "array_chunk_render.chunking.setting_values.is_one_name",
        lambda text: is_one_name(text, PureWindowsPath),
    )
    assert TEXT_KINDS["file name"]("shot 7_") == "shot 7_"
    with pytest.raises(BadSetting, match="Windows takes none"):
        TEXT_KINDS["file name"]("a:b")
