"""Which files an OpenColorIO configuration is made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from array_chunk_render.rendering.ocio_files import config_digest, is_there, lookup_tables

BASE = "search_path: {}\nlooks:\n  - !<Look>\n    transform: !<FileTransform> {{src: {}}}\n"


def write(folder: Path, text: str, *tables: str) -> Path:
    for table in tables:
        (folder / table).parent.mkdir(parents=True, exist_ok=True)
        (folder / table).write_text("a table")
    folder.mkdir(exist_ok=True)
    (folder / "config.ocio").write_text(text)
    return folder / "config.ocio"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        pytest.param("luts", "a.cube", id="plain"),
        pytest.param('"other:luts"', '"a.cube"', id="quoted"),
        pytest.param("[other, luts]", "'a.cube', interpolation: linear", id="list in a line"),
        pytest.param("\n  - other\n  - luts", "a.cube", id="list"),
        pytest.param("\n- luts", "a.cube", id="list at the left"),
        pytest.param("${OCIO_TEST_LUTS}", "$OCIO_TEST_NAME.cube", id="variables"),
        pytest.param("''", "luts/a.cube", id="beside the configuration"),
    ],
)
def test_tables(path: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCIO_TEST_LUTS", "luts")
    monkeypatch.setenv("OCIO_TEST_NAME", "a")
    config = write(tmp_path, BASE.format(path, name), "luts/a.cube", "luts/not_named.cube")
    assert [table for _, table in lookup_tables(config)] == [tmp_path / "luts" / "a.cube"]


def test_the_same_colors_elsewhere(tmp_path: Path) -> None:
    text = BASE.format("luts", "a.cube")
    one = config_digest(str(write(tmp_path / "one", text, "luts/a.cube")))
    other = write(tmp_path / "other", text, "luts/a.cube", "luts/not_named.cube")
    assert config_digest(str(other)) == one
    (tmp_path / "other" / "luts" / "a.cube").write_text("other")
    assert config_digest(str(other)) != one
    (tmp_path / "one" / "config.ocio").write_text(text + "# more")
    assert config_digest(str(tmp_path / "one" / "config.ocio")) != one


def test_colors_that_are_no_file(tmp_path: Path) -> None:
    assert is_there("ocio://default")
    assert not is_there(str(tmp_path))
    assert config_digest("ocio://default") == "ocio://default"
    assert config_digest(str(tmp_path / "none.ocio")) == config_digest(str(tmp_path / "no.ocio"))
    with pytest.raises(OSError, match="directory"):
        config_digest(str(tmp_path))
