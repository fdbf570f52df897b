"""docs/CODE.md and CONTRIBUTING.md lead to what is there: every file and folder that they name."""

from __future__ import annotations

import re

import pytest

from .product_modules import MODULES, REPOSITORY

PAGE = (REPOSITORY / "docs" / "CODE.md").read_text()
CONTRIBUTING = (REPOSITORY / "CONTRIBUTING.md").read_text()
NAME = re.compile(r"`([\w./]+(?:\.py|\.toml|/))`")


@pytest.mark.parametrize("name", sorted(set(NAME.findall(PAGE + CONTRIBUTING))))
def test_what_is_named_is_there(name: str) -> None:
    """A name without a folder is of the folder that was named before it."""
    places = [REPOSITORY / name, *REPOSITORY.glob(f"[a-z]*/**/{name}")]
    assert any(place.exists() for place in places), name


def test_every_package_has_its_line() -> None:
    packages = {init.parent.name for init in REPOSITORY.glob("[a-z]*/__init__.py")} - {"tests"}
    assert packages == {name for name in packages if f"`{name}`" in PAGE}


def test_every_ring_of_the_page_can_be_made() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    for target in set(re.findall(r"`make ([\w.-]+)", CONTRIBUTING)):
        ring = re.sub(r"-\d\.\d$", "", target)
        assert re.search(rf"^{ring}(-%)?[ :]", makefile, re.MULTILINE), target


def test_every_package_goes_into_the_zip() -> None:
    manifest = (REPOSITORY / "blender_manifest.toml").read_text()
    folders = {module.parent.as_posix() for module in MODULES} - {"."}
    assert {folder for folder in folders if f'"!/{folder}/*.py"' not in manifest} == set()
