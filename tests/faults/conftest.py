"""The fault suite: real children, real faults, and a checker that knows nothing of the product.

FAULTS=full runs all of it and writes the table of docs/RELIABILITY.md; otherwise a seeded selection
runs. FAULT_SEED chooses other moments; every test's name holds what it needs to be repeated.

Each trial can run with everything switched on that makes a render faster (SPEED_WORDS). A full run
has every trial both ways, the selection has a seeded share of it so; FAULT_SPEED=on or =off has all
of them the one way.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from children import clean_environment

from .checker import Reference
from .ledger import Ledger
from .scale import FULL, SEED, chance
from .strikes import compile_shim
from .trial import SPEED_WORDS, Film, Trial

MAKE_FILM = Path(__file__).with_name("make_film.py")
SPEED = os.environ.get("FAULT_SPEED", "both" if FULL else "share")
SHARE = 0.4
"""How much of the selection runs with everything switched on."""
RESULTS = Path(__file__).resolve().parents[2] / ".build" / "reports" / "faults.json"


def pytest_report_header() -> str:
    return f"fault seed: {SEED}, speed: {SPEED}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    has_its_own = hasattr(metafunc.module, "speed")
    if "speed" in metafunc.fixturenames and not has_its_own:
        metafunc.parametrize("speed", [(), SPEED_WORDS], ids=["plain", "speed"])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if not is_chosen(item)]
    items[:] = [item for item in items if is_chosen(item)]
    config.hook.pytest_deselected(items=left_out)


def is_chosen(item: pytest.Item) -> bool:
    """Whether this way of a trial is run, with everything switched on or without."""
    call = getattr(item, "callspec", None)
    if SPEED == "both" or call is None or "speed" not in call.params:
        return True
    if SPEED == "share":
        others = sorted((name, str(value)) for name, value in call.params.items()
                        if name != "speed")  # fmt: skip
        wanted = chance("speed", getattr(item, "originalname", ""), others).random() < SHARE
    else:
        wanted = SPEED == "on"
    return bool(call.params["speed"]) == wanted


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_shim(tmp_path_factory.mktemp("shim"))


@pytest.fixture(scope="session")
def ledger() -> Ledger:
    results = Path(os.environ.get("FAULT_RESULTS", RESULTS))
    results.parent.mkdir(parents=True, exist_ok=True)
    return Ledger(results, SEED)


MakeFilm = Callable[..., Film]


@pytest.fixture(scope="session")
def make_film(bpy_python: Path, tmp_path_factory: pytest.TempPathFactory) -> MakeFilm:
    """`make_film(end=8)`: the same call gives the same film again; `blender` renders it."""
    home = tmp_path_factory.mktemp("films")

    def make(blender: Path | None = None, **settings: int) -> Film:
        blender = blender or bpy_python.with_name("blender")
        told = json.dumps(["film", settings])
        folder = home / hashlib.sha256(f"{blender}{told}".encode()).hexdigest()[:8]
        if not folder.exists():
            words = (str(folder / "film.blend"), told, str(folder / "reference"))
            options = ("-b", "--factory-startup", "--python-exit-code", "1", "-P", str(MAKE_FILM))
            folder.mkdir()
            subprocess.run(
                [str(blender), *options, "--", *words],
                check=True,
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        reference = Reference.read(folder / "reference")
        assert len(reference.pixels) == 3 * settings["end"], sorted(reference.pixels)
        return Film(folder / "film.blend", reference, settings["end"])

    return make


@pytest.fixture(scope="session")
def real_blender() -> Path:
    """A real Blender (FAULT_REAL_BLENDER), for the share of the strikes that it gets."""
    path = os.environ.get("FAULT_REAL_BLENDER")
    if not path:
        pytest.skip("FAULT_REAL_BLENDER names no real Blender")
    return Path(path)


NewTrial = Callable[..., Trial]


@pytest.fixture
def new_trial(
    shim: Path, bpy_python: Path, ledger: Ledger, tmp_path: Path, speed: tuple[str, ...]
) -> NewTrial:
    """`new_trial(film, "what happens", …)`: an output folder of its own."""

    def new(
        film: Film,
        fault: str,
        where: str = "",
        start: tuple[str, ...] = (str(bpy_python),),
        **named: str,
    ) -> Trial:
        return Trial(film, tmp_path, shim, start, ledger, fault, where, speed=speed, **named)

    return new
