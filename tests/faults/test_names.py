"""Names that shells, templates and careless code trip over, in every path."""

from __future__ import annotations

import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from .checker import Findings
from .conftest import MakeFilm, NewTrial
from .scale import FULL, chance
from .strikes import PUT, of_frame, once, sends

NAMES = {
    "spaces": " two  spaces ",
    "single quotes": "it's 'quoted'",
    "double quotes": 'the "film"',
    "newline": "line one\nline two",
    "tab": "a\tb",
    "umlauts": "Fähre über Größe",
    "decomposed": "Fa\u0308hre",
    "Chinese": "渲染输出",
    "beyond 16 bits": "film 🎬",
    "right to left": "فيلم",
    "percent": "100% %s %d",
    "braces": "{frame} {0}",
    "hashes": "shot##_####",
    "shell": "$(touch pwned) `id`; rm *",
    "dash": "-o",
    "double dash": "--",
    "backslash": "a\\b",
    "dots": "..film..",
    "glob": "[0-9]*?",
    "number": "00001.png",
    "tilde": "~",
    "long": "n" * 200,
}


def some_names() -> list[str]:
    return list(NAMES) if FULL else sorted(chance("names").sample(list(NAMES), 3))


def stage_name(name: str) -> str:
    """Blender takes a backslash for a slash, and since 5.0 what is in braces for a variable.

    So no stage can have one of them in its path.
    """
    return "stage" if {*"\\{}"} & {*name} else f"{name} of stages/{name}"


@pytest.mark.parametrize("name", some_names())
def test_name_in_every_path(
    name: str, make_film: MakeFilm, new_trial: NewTrial, tmp_path: Path
) -> None:
    film = make_film(end=3)
    home = tmp_path / f"{NAMES[name]}"
    home.mkdir()
    blend = shutil.copy(film.blend, home / f"{NAMES[name]}.blend")
    renamed = replace(film, blend=Path(blend))
    with new_trial(renamed, "hostile names", output_name=f"{NAMES[name]}/{NAMES[name]}",
                   stage_name=stage_name(NAMES[name])) as trial:  # fmt: skip
        before = trial.look().done
        killed = trial.begin(once("strike", of_frame(PUT, 2), sends(signal.SIGKILL), 2)).end()
        trial.hit("in blend, output and stage", killed)
        trial.hold_kill(before, killed)
        trial.complete()
        checked = trial.begin(words=("verify",)).end()
        assert checked.code == 0, checked


def test_stage_with_a_backslash_is_refused(make_film: MakeFilm, new_trial: NewTrial) -> None:
    with new_trial(make_film(end=3), "a stage with a backslash", stage_name="a\\b") as trial:
        ended = trial.run()
        assert ended.code == 64, ended
        assert trial.look() == Findings()
        assert not (trial.home / "a").exists(), "Blender wrote beside the stage"


def test_name_that_is_not_utf_8_is_refused(make_film: MakeFilm, new_trial: NewTrial) -> None:
    """Linux takes any bytes for a name; Blender reads them in one encoding alone."""
    name = "caf\udce9"
    with new_trial(make_film(end=3), "a name that is not UTF-8", output_name=name) as trial:
        ended = trial.run()
        assert ended.code == 64, ended
        assert not trial.output.exists()
