"""A chunk in the background: real processes, Python scripts in Blender's place."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from array_chunk_render.engines.background import BackgroundRun
from array_chunk_render.machine.environment import child_on_farm

WAIT_SECONDS = 60
FRAME = '{"frame": 7, "seconds": 0.1, "done": 2, "total": 3, "seconds_left": 1.5}'
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "open({!r}, 'w').close(); time.sleep(600)"
)


def run_of(code: str, folder: Path) -> BackgroundRun:
    run = BackgroundRun([sys.executable, "-c", code], os.environ, folder / "log")
    run.start()
    return run


def test_it_runs_to_its_end_with_progress(tmp_path: Path) -> None:
    run = run_of(f"print('Blender 4.3'); print('''{FRAME}''')", tmp_path)
    run.wait(WAIT_SECONDS)
    assert run.state == "DONE"
    assert run.progress == {"frame": 7, "done": 2, "total": 3, "seconds_left": 1.5}
    assert list(run.lines) == ["Blender 4.3", FRAME]
    assert run.log_file.read_text() == f"Blender 4.3\n{FRAME}\n"


def test_a_failure_is_told_from_an_end(tmp_path: Path) -> None:
    run = run_of("raise SystemExit(65)", tmp_path)
    run.wait(WAIT_SECONDS)
    assert (run.state, run.exit_code) == ("FAILED", 65)


def test_cancel_kills_one_that_does_not_listen(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    run = run_of(STUBBORN.format(str(ready)), tmp_path)
    ready.read_text()  # until it ignores SIGTERM
    run.grace_seconds = 0.0
    assert run.state == "RUNNING"
    run.cancel()
    run.wait(WAIT_SECONDS)
    assert (run.state, run.exit_code) == ("CANCELLED", -signal.SIGKILL)


def test_the_environment_is_a_container_s() -> None:
    environ = {"EFS_BLENDER_OUTPUT_FOLDER_PATH": "/x", "ARRAY_CHUNK_FRAMES": "1", "HOME": "/h"}
    farm = child_on_farm(environ, 3, 1)
    assert not [name for name in farm if name.startswith(("EFS_", "ARRAY_CHUNK_"))]
    assert (farm["HOME"], farm["AWS_BATCH_JOB_ARRAY_INDEX"]) == ("/h", "1")
