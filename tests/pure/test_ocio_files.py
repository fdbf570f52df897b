"""Which files an OpenColorIO configuration is made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from array_chunk_render.scene.ocio_files import config_digest, is_there, lookup_tables

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


def test_tables_that_came_with_blender_are_told_by_their_size(tmp_path: Path) -> None:
    config = write(tmp_path, BASE.format("luts", "a.cube"), "luts/a.cube")
    table = tmp_path / "luts" / "a.cube"

    def digest() -> str:
        return config_digest(str(config), came_with_blender=True)

    before = digest()
    table.write_text(table.read_text() + " ")
    longer = digest()
    assert longer != before
    table.write_text("#" * table.stat().st_size)
    assert digest() == longer
    config.write_text(config.read_text() + "# more")
    assert digest() != longer


def test_colors_that_are_no_file(tmp_path: Path) -> None:
    assert is_there("ocio://default")
    assert not is_there(str(tmp_path))
    assert config_digest("ocio://default") == "ocio://default"
    assert config_digest(str(tmp_path / "none.ocio")) == config_digest(str(tmp_path / "no.ocio"))
    with pytest.raises(OSError, match="directory"):
        config_digest(str(tmp_path))


CHOOSING = "ocio_profile_version: 2\nenvironment:{}\nlooks:\n  - !<Look>\n"
CHOOSING += "    transform: !<FileTransform> {{src: grades.ccc, cccid: $SHOT}}\n"


@pytest.mark.parametrize("shots", ["\n  SHOT: sh010", " {SHOT: sh010, OTHER: x}"])
def test_variables_that_choose(shots: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = str(write(tmp_path, CHOOSING.format(shots), "grades.ccc"))
    monkeypatch.delenv("SHOT", raising=False)
    digests = [config_digest(config)]
    for shot in ("sh020", "sh030"):
        monkeypatch.setenv("SHOT", shot)
        digests.append(config_digest(config))
    assert len(set(digests)) == 3


def test_a_variable_s_default_leads_to_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "environment: {SHOT: sh010}\n" + BASE.format("luts/$SHOT", "'${SHOT}.cube'")
    config = write(tmp_path, text, "luts/sh010/sh010.cube", "luts/sh020/sh020.cube")
    for shot in ("sh010", "sh020"):
        table = tmp_path / "luts" / shot / f"{shot}.cube"
        assert [each for _, each in lookup_tables(config)] == [table]
        monkeypatch.setenv("SHOT", "sh020")


def test_a_variable_that_only_leads_somewhere_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = BASE.format("$LUTS", "a.cube")
    config = write(tmp_path, text, "one/a.cube", "other/a.cube")
    digests = set()
    for folder in ("one", "other"):
        monkeypatch.setenv("LUTS", str(tmp_path / folder))
        digests.add(config_digest(str(config)))
    assert len(digests) == 1
