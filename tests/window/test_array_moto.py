"""From Blender's real window, by the real AWS command line, to a moto server.

moto marks all children done at once; what becomes of children is test_array.py's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from film_window import REPORTS, open_film
from moto_farm import Aws, asking_moto, make_queue, moto_server, no_account

if TYPE_CHECKING:
    from conftest import Window


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """The command line that the window, which is opened after this, has too."""
    no_account(monkeypatch, tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    REPORTS.mkdir(parents=True, exist_ok=True)
    with moto_server() as address:
        yield asking_moto(address, monkeypatch)


def test_submitted_watched_and_terminated(
    aws: Aws, window: Window, blender_executable: Path, tmp_path: Path
) -> None:
    queue = make_queue(aws)
    open_film(window, blender_executable, tmp_path, samples=1)
    window.execute("bpy.context.preferences.system.use_online_access = True")
    window.execute(
        f"called('submit', 'EXEC_DEFAULT', farm='AWS_BATCH', queue={queue!r}, cpus=2, "
        "job_memory=4096, image='worker:4.2', file_system='fs-0123456789abcdef0', "
        f"mount={str(tmp_path)!r})"
    )
    window.wait_until("watched() is not None and watched().is_over")
    window.settle()
    window.screenshot(REPORTS / "11-moto.png")
    assert window.evaluate("sum(state().counts.values())") == 4
    assert window.evaluate("[state().state.value, state().film.state.value]") == ["succeeded"] * 2
    window.execute("watched().state = None")  # the thread rests: as if it had not looked yet
    window.execute("called('cancel')")
    window.wait_until("watched().is_over")
    assert window.evaluate("watched().error") == ""
    job = window.evaluate("watched().submission.job")
    (array,) = json.loads(aws("batch", "describe-jobs", "--jobs", job))["jobs"]
    assert (array["jobName"], array["arrayProperties"]["size"]) == ("film", 4)
    exact = ("--job-definitions", array["jobDefinition"])
    (built,) = json.loads(aws("batch", "describe-job-definitions", *exact))["jobDefinitions"]
    container = built["containerProperties"]
    told = {each["type"]: each["value"] for each in container["resourceRequirements"]}
    assert told == {"VCPU": "2", "MEMORY": "4096"}
