"""For every ring: the checkout loaded under its package name, and the Blender under test."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGE = "array_chunk_render"


def load_package() -> ModuleType:
    """Load the checkout as `array_chunk_render`, whatever its folder is called."""
    location = REPOSITORY / "__init__.py"
    folders = [str(REPOSITORY)]
    spec = importlib.util.spec_from_file_location(
        PACKAGE, location, submodule_search_locations=folders
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)
    return package


def forget_nohup() -> None:
    """Have the processes that tests start hear SIGHUP, though nohup may have started the tests."""
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda number, frame: None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    from parts import (
        Part,
    )  # here: some tests have processes that load this file to load the package

    part = Part.read(os.environ.get("TEST_PART", ""), os.environ.get("TEST_SEED", ""))
    left_out = [item for item in items if not part.has(item.nodeid)]
    items[:] = [item for item in items if part.has(item.nodeid)]
    config.hook.pytest_deselected(items=left_out)


load_package()
forget_nohup()


def program(variable: str) -> Path:
    """Return the program that an environment variable names.

    One that is not there fails the test: a ring without its Blender must not look passed.
    """
    path = os.environ.get(variable, "")
    if not os.access(path, os.X_OK):
        pytest.fail(
            f"{variable}={path} is no program that can be started; `make` sets it for each ring",
            pytrace=False,
        )
    return Path(path)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout, which is the extension's folder too."""
    return REPOSITORY


@pytest.fixture(scope="session")
def blender_executable() -> Path:
    """The Blender under test (BLENDER_EXECUTABLE): a real one, or the command over a wheel."""
    return program("BLENDER_EXECUTABLE")


@pytest.fixture(scope="session")
def bpy_python() -> Path:
    """A Python with Blender as its module bpy (BPY_PYTHON); mark its tests `wheel`."""
    return program("BPY_PYTHON")
