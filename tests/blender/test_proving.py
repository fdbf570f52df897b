"""Proof by trial that data may be kept: it finds what is wrong without rules, and puts all back."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import moving_looks
import moving_scenes
import moving_settings
import pytest
import stale_scenes
from array_chunk_render.child.renderer import Steps
from array_chunk_render.child.session import Session
from array_chunk_render.chunking.plan import Child
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.publishing.destination import Destination
from array_chunk_render.publishing.fingerprint import Fingerprint
from array_chunk_render.publishing.notes import NotedFrame
from array_chunk_render.publishing.output_folder import PROOF, OutputFolder
from array_chunk_render.publishing.patience import Patience
from array_chunk_render.publishing.proof import read_proof
from array_chunk_render.rendering import proving as proving_module
from array_chunk_render.rendering import trial as trial_module
from array_chunk_render.rendering.frame import FrameRenderer, render_at_once
from array_chunk_render.rendering.persistent import NO_RULE, Choice, KeptData
from array_chunk_render.rendering.preparing import prepared
from array_chunk_render.rendering.proving import COSTS_MORE, ENDED_BEFORE, TOO_FEW, Proving
from array_chunk_render.rendering.trial import SAVES_LITTLE
from array_chunk_render.scene.restoring import Restorer
from scene_snapshot import whole_scene

FRAMES = range(1, 10)
FINGERPRINT = Fingerprint({"scene": "the one"})
log = logging.getLogger(proving_module.__name__)
PROVEN = "persistent data: on: proven for this scene, by its frames 1,9,6"


def destination(folder: Path) -> Destination:
    output = OutputFolder(folder)
    output.make()
    return Destination(output, Patience(output), FINGERPRINT, Child(1, 0, render_id="array 1"))


@contextlib.contextmanager
def proving(folder: Path, changes: Restorer) -> Iterator[tuple[Proving, FrameRenderer]]:
    """What decides it for the open scene, where no rule counts."""
    scene: Any = bpy.context.scene
    settings = Settings(persistent="on", threads=2)
    with prepared(scene, settings, changes):
        renderer = FrameRenderer(scene, changes, as_stills=False)
        kept = KeptData.of(scene, settings, changes)
        choice = Choice(True, NO_RULE, needs_proof=True)
        yield Proving(scene, choice, kept, renderer, destination(folder), Session()), renderer


def prove(folder: Path, frames_left: int = len(FRAMES) - 1) -> str:
    """Render the first frame of the open scene, and prove it; returns what the log says."""
    changes = Restorer()

    def steps(proof: Proving, renderer: FrameRenderer) -> Steps:
        proof.before_first_frame(FRAMES, {})
        stage = renderer.stage(folder / "stage", FRAMES[0])
        stage.make()
        with renderer.set_for(FRAMES[0], stage) as call:
            yield call
        yield from proof.after_frame(FRAMES[0], 1000.0, frames_left, folder / "stage")

    with Said() as said, proving(folder / "out", changes) as (proof, renderer):
        render_at_once(steps(proof, renderer))
        is_on = bpy.context.scene.render.use_persistent_data
        assert said.line.startswith(f"persistent data: {'on' if is_on else 'off'}: ")
    return said.line


class Said(logging.Handler):
    """Hears what is said of kept data, which is one line."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []

    def __enter__(self) -> Said:
        log.addHandler(self)
        log.setLevel(logging.INFO)
        return self

    def __exit__(self, *error: object) -> None:
        log.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())

    @property
    def line(self) -> str:
        (line,) = self._lines
        return line


@pytest.fixture
def always_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    """However quick these scenes are to prepare."""
    monkeypatch.setattr(trial_module, "still_pays", lambda *numbers: True)


@pytest.fixture(autouse=True)
def no_handlers() -> Iterator[None]:
    """What a scene's script is for is over with the scene."""
    before = list(bpy.app.handlers.frame_change_pre)
    yield
    bpy.app.handlers.frame_change_pre[:] = before


def name_of(value: Any) -> str:
    return getattr(value, "__name__", "reason")


KEPT = (*moving_scenes.SHAPES, *moving_settings.SETTINGS, *moving_looks.LOOKS)


@pytest.mark.usefixtures("always_pays")
@pytest.mark.parametrize("make", KEPT, ids=name_of)
def test_right_scenes_are_proven(make: moving_scenes.Maker, tmp_path: Path) -> None:
    make()
    assert prove(tmp_path) == PROVEN


@pytest.mark.usefixtures("always_pays")
@pytest.mark.parametrize("make", KEPT[:3], ids=name_of)
def test_right_scenes_of_many_samples_are_proven(make: moving_scenes.Maker, tmp_path: Path) -> None:
    """Of fewer samples: since 5.2 the noise would stay that of the many, if it were kept."""
    make()
    scene: Any = bpy.context.scene
    scene.cycles.samples = trial_module.MOST_SAMPLES + 1
    assert prove(tmp_path) == PROVEN
    assert scene.cycles.samples == trial_module.MOST_SAMPLES + 1


@pytest.mark.usefixtures("always_pays")
@pytest.mark.parametrize("make", [make for make, _ in stale_scenes.STALE], ids=name_of)
def test_wrong_scenes_are_found_out(make: moving_scenes.Maker, tmp_path: Path) -> None:
    make()
    line = prove(tmp_path)
    assert re.fullmatch(
        r"persistent data: off: frame \d would come out wrong: "
        r"ViewLayer\.\S+( and \d+ more)? of it differ with kept data",
        line,
    )


@pytest.mark.usefixtures("always_pays")
@pytest.mark.parametrize("make", [make for make, _ in stale_scenes.STALE_WITH_FILES], ids=name_of)
def test_wrong_files_are_found_out(make: Callable[[Path], None], tmp_path: Path) -> None:
    if make is stale_scenes.procedural and not hasattr(
        bpy.types.CacheFile, "use_render_procedural"
    ):
        pytest.skip("this Blender has no such option")
    if make is stale_scenes.procedural and not bpy.app.build_options.alembic:
        pytest.skip("this Blender was built without Alembic")
    make(tmp_path)
    assert "would come out wrong" in prove(tmp_path)


def aov_in_one_layer(place: int, kind: str) -> None:
    """A pass of a material's own in one of two view layers alone."""
    scene = moving_scenes.base()
    made, _ = moving_looks.material(moving_scenes.cube())
    output = made.node_tree.nodes.new("ShaderNodeOutputAOV")
    output.aov_name, output.inputs["Color"].default_value = "Painted", (0, 1, 0, 1)
    output.inputs["Value"].default_value = 3
    moving_settings.two_layers(scene)
    aov = scene.view_layers[place].aovs.add()
    aov.name, aov.type = "Painted", kind


@pytest.mark.usefixtures("always_pays")
@pytest.mark.parametrize(
    ("place", "kind", "wrong"),
    [
        pytest.param(0, "VALUE", "Second.Combined.", id="written over the other's picture"),
        pytest.param(1, "VALUE", "Second.Painted.X", id="lost"),
        pytest.param(1, "COLOR", "Second.Painted.A", id="lost colour"),
    ],
)
def test_a_pass_in_one_of_two_layers(place: int, kind: str, wrong: str, tmp_path: Path) -> None:
    """It is wrong in the very first frame. Blender 5.2 and 5.3 do it right."""
    aov_in_one_layer(place, kind)
    line = prove(tmp_path)
    if bpy.app.version >= (5, 2, 0):
        assert line == PROVEN
    else:
        assert f"off: frame 6 would come out wrong: {wrong}" in line


def test_all_is_put_back(tmp_path: Path) -> None:
    aov_in_one_layer(0, "VALUE")
    scene: Any = bpy.context.scene
    scene.view_layers[1].samples = 7
    scene.render.use_persistent_data = scene.render.use_border = True
    before = whole_scene(scene)
    prove(tmp_path)
    assert whole_scene(scene) == before
    files = [path for path in (tmp_path / "stage").rglob("*") if path.is_file()]
    assert [path.parent.parent.name for path in files] == ["frame1"], "its own, being delivered"
    assert not any((tmp_path / "out" / ".array_chunk" / "notes").iterdir())


@pytest.mark.usefixtures("always_pays")
@pytest.mark.parametrize("make", [moving_scenes.plain, stale_scenes.by_position], ids=name_of)
def test_the_array_pays_once(make: moving_scenes.Maker, tmp_path: Path) -> None:
    make()
    line = prove(tmp_path)
    stored = read_proof(OutputFolder(tmp_path / "out"), FINGERPRINT.digest)
    assert stored is not None
    assert (stored.is_proven, stored.frames) == (line == PROVEN, "1,9,6")
    moving_scenes.plain()  # what is known counts, not what is there
    changes = Restorer()
    with Said() as said, proving(tmp_path / "out", changes) as (proof, _):
        proof.before_first_frame(FRAMES, {})
        assert bpy.context.scene.render.use_persistent_data == (line == PROVEN)
    assert said.line == line


def test_what_saves_little_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_module, "still_pays", lambda *numbers: False)
    moving_scenes.plain()
    assert prove(tmp_path) == f"persistent data: off: {SAVES_LITTLE}"
    assert not (tmp_path / "out" / PROOF).exists()


def test_what_can_save_nothing_is_not_tried(tmp_path: Path) -> None:
    moving_scenes.plain()
    assert prove(tmp_path, frames_left=3) == f"persistent data: off: {COSTS_MORE}"


def test_too_few_frames(tmp_path: Path) -> None:
    moving_scenes.plain()
    with Said() as said, proving(tmp_path / "out", Restorer()) as (proof, _):
        proof.before_first_frame(FRAMES[:4], {})
        assert not bpy.context.scene.render.use_persistent_data
    assert said.line == f"persistent data: off: {TOO_FEW}"


@pytest.mark.parametrize("crash", ["", "Fatal Python error: Segmentation fault"])
def test_an_attempt_that_ended_in_a_proof(crash: str, tmp_path: Path) -> None:
    """It keeps nothing; where Blender crashed, nobody in the array does."""
    moving_scenes.plain()
    noted = {9: NotedFrame((), (), (crash,))}
    with Said() as said, proving(tmp_path / "out", Restorer()) as (proof, _):
        proof.before_first_frame(FRAMES, noted)
        assert not bpy.context.scene.render.use_persistent_data
    reason = f"Blender ended in its proof: {crash}" if crash else ENDED_BEFORE
    assert said.line == f"persistent data: off: {reason}"
    assert (tmp_path / "out" / PROOF).exists() == bool(crash)
