"""docs/CODE.md leads to what is there: every file and folder that it names."""

from __future__ import annotations

import re

import pytest

from .product_modules import REPOSITORY

PAGE = (REPOSITORY / "docs" / "CODE.md").read_text()
NAME = re.compile(r"`([\w./]+(?:\.py|\.toml|/))`")


@pytest.mark.parametrize("name", sorted(set(NAME.findall(PAGE))))
def test_what_is_named_is_there(name: str) -> None:
    """A name without a folder is of the folder that was named before it."""
    places = [REPOSITORY / name, *REPOSITORY.glob(f"[a-z]*/**/{name}")]
    assert any(place.exists() for place in places), name


def test_every_package_has_its_line() -> None:
    packages = {init.parent.name for init in REPOSITORY.glob("[a-z]*/__init__.py")} - {"tests"}
    assert packages == {name for name in packages if f"`{name}`" in PAGE}
