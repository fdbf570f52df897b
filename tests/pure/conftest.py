"""For the tests that need no Blender."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def nothing_waits_for_the_disk() -> Iterator[None]:
    """The disk's own work is not what these tests are about, and takes most of their time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield
