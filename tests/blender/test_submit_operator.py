"""Submit Array… without a window: real children on this machine, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.engines.engine import State
from array_chunk_render.engines.request import Request
from array_chunk_render.engines.submissions import Submission, remember
from array_chunk_render.operators.submit import DEFAULTS
from array_chunk_render.scene.blender_versions.render import EEVEE_HERE
from array_chunk_render.window.array_watch import open_blend, stop, watched
from array_chunk_render.window.drawing_trial import drawing_trial
from submitted import wait_for_end

needs_executable = pytest.mark.skipif(
    not bpy.app.binary_path, reason="the Python module has no Blender to start"
)


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def scene(tmp_path: Path, output: Path) -> Iterator[Any]:
    """A saved file of 4 frames."""
    bpy.ops.wm.read_factory_settings()
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.render.resolution_x, scene.render.resolution_y = 32, 18
    scene.frame_end = 4
    scene.array_chunk.output = str(output)
    scene.array_chunk.size = 2
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    yield scene
    stop()
    bpy.ops.wm.read_factory_settings()


def submit(**told: Any) -> None:
    assert bpy.ops.render.array_chunk_submit(**told) == {"FINISHED"}


def look_at_end(state_home: Path) -> Any:
    array = watched()
    assert array is not None
    wait_for_end(state_home, array.submission.job)
    assert bpy.ops.render.array_chunk_look() == {"FINISHED"}
    return array


@needs_executable
def test_it_is_submitted_and_watched(scene: Any, output: Path, state_home: Path) -> None:
    submit()
    array = look_at_end(state_home)
    assert array.state.counts[State.SUCCEEDED] == 2
    assert array.state.film.state is State.SUCCEEDED
    assert (array.done, array.wanted) == (4, 4)
    assert len(list(output.glob("*.png"))) == 4
    assert (output.parent / "out.mp4").is_file()
    stop()
    assert bpy.ops.render.array_chunk_watch() == {"FINISHED"}
    again = watched()
    assert again is not array
    assert (again.submission, again.state) == (array.submission, array.state)


@needs_executable
def test_a_child_that_failed_and_what_is_missing(
    scene: Any, output: Path, state_home: Path
) -> None:
    (output / "00003.png").mkdir(parents=True)  # no file can be put there
    submit(with_film=False, job_name="shot")
    first = look_at_end(state_home)
    rows = bpy.context.window_manager.array_chunk_failed.rows
    assert [(row.index, row.reason) for row in rows] == [
        (1, "stage or output could not be written (exit code 74)")
    ]
    assert (first.done, first.is_over) == (3, True)
    assert bpy.ops.render.array_chunk_child_log(index=1) == {"FINISHED"}
    assert any("00003.png" in line for line in first.tails[1])
    (output / "00003.png").rmdir()
    assert bpy.ops.render.array_chunk_resubmit() == {"FINISHED"}
    second = look_at_end(state_home)
    assert (second.submission.frames, second.submission.size) == ("3", 1)
    assert second.submission.name == "shot"
    assert second.state.counts[State.SUCCEEDED] == 1
    assert second.state.film is None
    assert bpy.ops.render.array_chunk_resubmit() == {"FINISHED"}  # nothing is missing any more
    assert watched() is second


@needs_executable
def test_what_the_command_line_submitted_is_submitted_again_in_its_way(
    scene: Any, output: Path, state_home: Path
) -> None:
    """Twice: the second time of what the window has submitted so."""
    told: dict[str, Any] = {"seed": 7, "frames": "2-6", "prefix": "shot_"}
    sent = Request(
        blend=open_blend(),
        settings=Settings(output=str(output), size=2),
        frames=FrameSet.parse("2-6"),
        options={**DEFAULTS, "with_film": False, "job": "", "missing_frames": False},
        child_settings=told,
        variables={"ARRAY_CHUNK_GRACE": "20"},
    ).send()
    assert sent is not None
    scene.array_chunk.output = ""  # as it says nothing of what the command line was told
    bpy.ops.wm.save_mainfile()
    wait_for_end(state_home, sent.submission.job)
    assert bpy.ops.render.array_chunk_watch() == {"FINISHED"}
    for frame in (6, 3):
        assert bpy.ops.render.array_chunk_look() == {"FINISHED"}
        missing = output / f"shot_{frame:05d}.png"
        missing.unlink()
        assert bpy.ops.render.array_chunk_resubmit() == {"FINISHED"}
        again = look_at_end(state_home)
        assert (again.submission.frames, again.done) == (str(frame), 1)
        assert again.submission.settings == {**told, "frames": str(frame)}
        assert again.submission.variables == {"ARRAY_CHUNK_GRACE": "20"}
        assert missing.is_file()


@needs_executable
def test_what_can_t_be_noted_is_said_and_runs_all_the_same(
    scene: Any, state_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (state_home / "array_chunk_render").mkdir(parents=True)
    (state_home / "array_chunk_render" / "submissions").write_text("no folder")
    submit(with_film=False)
    assert "note its id" in capfd.readouterr().out
    assert look_at_end(state_home).done == 4


def test_what_is_missing_can_t_be_known_without_the_folder(scene: Any, output: Path) -> None:
    with pytest.raises(RuntimeError, match="out' is not there, so what is missing can't be known"):
        bpy.ops.render.array_chunk_submit(only_missing=True)


@needs_executable
def test_cancel_ends_it(scene: Any, state_home: Path, tmp_path: Path) -> None:
    scene.frame_end = 2000
    bpy.ops.wm.save_mainfile()
    submit()
    array = watched()
    assert not array.is_over
    with pytest.raises(RuntimeError, match="poll"):
        bpy.ops.render.array_chunk_resubmit()
    assert bpy.ops.render.array_chunk_cancel() == {"FINISHED"}
    look_at_end(state_home)
    assert array.is_over
    assert len(array.state.failed) == 2  # whether they had begun by then or not
    with pytest.raises(RuntimeError, match="poll"):
        bpy.ops.render.array_chunk_cancel()


def test_errors_of_the_check_refuse(scene: Any, state_home: Path) -> None:
    bpy.data.objects.remove(bpy.data.objects["Camera"])
    with pytest.raises(RuntimeError, match=r"Not submitted: .*camera"):
        bpy.ops.render.array_chunk_submit()
    assert not state_home.exists()
    kept = bpy.context.window_manager.array_chunk_findings
    assert [finding.kind for finding in kept] == ["camera-missing"]


@pytest.fixture
def eevee(scene: Any) -> Iterator[Any]:
    scene.render.engine, scene.eevee.taa_render_samples = EEVEE_HERE, 1
    bpy.ops.wm.save_mainfile()
    drawing_trial.cache_clear()
    yield scene
    drawing_trial.cache_clear()


@needs_executable
def test_eevee_on_this_machine_is_as_the_trial_says(eevee: Any, state_home: Path) -> None:
    trial = drawing_trial()
    trial.wait()
    if trial.fault:
        with pytest.raises(RuntimeError, match="was tried on this machine: it "):
            submit(with_film=False)
        return
    submit(with_film=False)
    array = look_at_end(state_home)
    assert (array.done, array.submission.settings["eevee"]) == (4, True)
    assert bpy.ops.render.array_chunk_resubmit() == {"FINISHED"}


@needs_executable
def test_eevee_is_refused_where_blender_can_draw_nothing(
    eevee: Any, state_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("__EGL_VENDOR_LIBRARY_FILENAMES", "/no/such.json")
    refusal = r'"Allow EEVEE".*was tried on this machine: it ended with 65'
    with pytest.raises(RuntimeError, match=refusal):
        submit()
    assert not state_home.exists()


def test_eevee_is_refused_on_other_farms(eevee: Any) -> None:
    with pytest.raises(RuntimeError, match="Not submitted: .*Allow EEVEE"):
        bpy.ops.render.array_chunk_submit(farm="SLURM")
    assert not drawing_trial().is_over


def test_an_output_folder_has_to_be_chosen(scene: Any) -> None:
    scene.array_chunk.output = ""
    with pytest.raises(RuntimeError, match="Choose the Output Folder in the panel first"):
        bpy.ops.render.array_chunk_submit()


def test_no_network_where_online_access_is_off(scene: Any, state_home: Path) -> None:
    assert not bpy.app.online_access
    with pytest.raises(RuntimeError, match="AWS Batch is reached over the network"):
        bpy.ops.render.array_chunk_submit(farm="AWS_BATCH", queue="q", image="i")
    assert not state_home.exists()


def test_only_farms_that_jobs_can_be_sent_to(scene: Any) -> None:
    farms = bpy.ops.render.array_chunk_submit.get_rna_type().properties["farm"].enum_items
    assert [each.identifier for each in farms] == ["LOCAL", "AWS_BATCH", "SLURM"]


def test_nothing_was_submitted_yet(scene: Any) -> None:
    with pytest.raises(RuntimeError, match=r"film\.blend.* was submitted"):
        bpy.ops.render.array_chunk_watch()
    for operator in ("look", "cancel", "resubmit", "child_log"):
        assert not getattr(bpy.ops.render, f"array_chunk_{operator}").poll()


@pytest.mark.parametrize(
    "strange", [{"farm": "moon"}, {"frames": "1-"}, {"frames": "1-9999999999"}, {"job": "../.."}]
)
def test_a_submission_that_is_none_of_ours(
    strange: dict[str, str], scene: Any, tmp_path: Path, state_home: Path
) -> None:
    told = {"farm": "local", "job": "j", "blend": open_blend(), "output": str(tmp_path), **strange}
    remember(Submission(**told))
    try:
        bpy.ops.render.array_chunk_watch()
    except RuntimeError as error:
        assert "Traceback" not in str(error)
    else:  # it is asked for, and what came of it is shown
        array = watched()
        assert array is not None
        assert "ran no job" in array.error
    stop()


def test_a_file_that_was_never_saved_has_nothing_to_submit() -> None:
    bpy.ops.wm.read_factory_settings()
    assert not bpy.ops.render.array_chunk_submit.poll()
    assert not bpy.ops.render.array_chunk_watch.poll()
