"""Inside Blender: the extension registered, as Blender does when a user enables it."""

from __future__ import annotations

from collections.abc import Iterator

import array_chunk_render
import pytest


@pytest.fixture(scope="session", autouse=True)
def registered() -> Iterator[None]:
    """Register the extension for all tests of this ring."""
    array_chunk_render.register()
    yield
    array_chunk_render.unregister()
