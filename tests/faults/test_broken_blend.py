"""A .blend that is none: 66 through the doors where main.py runs before Blender opens it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from .conftest import MakeFilm, NewTrial
from .scale import FULL, chance


def cut(content: bytes, share: float) -> bytes:
    return content[: int(len(content) * share)]


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "of 0 bytes": lambda whole: b"",
    "of 1 byte": lambda whole: whole[:1],
    "cut off in its header": lambda whole: whole[:11],
    "cut off behind its header": lambda whole: whole[:12],
    "cut off in its middle": lambda whole: cut(whole, 0.5),
    "cut off near its end": lambda whole: cut(whole, 0.95),
    "of random bytes": lambda whole: chance("bytes").randbytes(100_000),
    "of random bytes behind a header": lambda whole: whole[:12] + chance("b").randbytes(100_000),
    "of zeros": lambda whole: bytes(100_000),
}


def some() -> list[tuple[str, str]]:
    every = list(itertools.product(("python", "named"), BROKEN))
    return every if FULL else sorted(chance("broken").sample(every, 4))


@pytest.mark.parametrize(("door", "name"), some())
def test_broken_blend(
    door: str,
    name: str,
    make_film: MakeFilm,
    new_trial: NewTrial,
    bpy_python: Path,
    tmp_path: Path,
) -> None:
    film = make_film(end=4)
    broken = tmp_path / "broken.blend"
    broken.write_bytes(BROKEN[name](film.blend.read_bytes()))
    blender = (str(bpy_python.with_name("blender")), "-b", "-P")
    start = (str(bpy_python),) if door == "python" else blender
    with new_trial(replace(film, blend=broken), "a broken .blend", name, start) as trial:
        ended = trial.run()
        assert ended.code == 66, ended
        assert "broken.blend" in ended.log
        assert trial.look().done == set()
        assert not trial.output.exists() or not list(trial.output.glob("*.png"))
