"""Data kept between frames: kept where the pictures stay the same, not where they would not.

The frames of each scene are rendered in this one process: all anew, with the scene in the window;
and as a child renders them, with nothing in it, anew and with what `persistent` chooses or is told.
"""

from __future__ import annotations

import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import bpy
import moving_looks
import moving_scenes
import moving_settings
import pytest
import stale_motions
import stale_scenes
from array_chunk_render.child.renderer import Steps
from array_chunk_render.chunking.settings import Settings
from array_chunk_render.rendering.frame import FrameRenderer, render_at_once, show_nothing
from array_chunk_render.rendering.preparing import prepared
from array_chunk_render.scene.blender_versions.builds import can_denoise
from array_chunk_render.scene.restoring import Restorer

Picture = Sequence[float]

FRAMES = (1, 2, 3, 8, 2)
"""In order and on, and back again, as for a frame that an earlier attempt ended in."""

ON = "persistent data: on: no rule speaks against it"
LEAST_DIFFERENCE = 1.001 / 255
ALLOWED = 1 / 10_000
"""So many of a picture's values may differ by more."""


@pytest.fixture(autouse=True)
def no_handlers() -> Iterator[None]:
    """What a scene's script is for is over with the scene."""
    before = list(bpy.app.handlers.frame_change_pre)
    yield
    bpy.app.handlers.frame_change_pre[:] = before


def read(path: Path) -> Picture:
    image = bpy.data.images.load(str(path))
    width, height = image.size
    values = array.array("f", bytes(4 * width * height * image.channels))
    image.pixels.foreach_get(values)
    bpy.data.images.remove(image)
    return values


def render(
    folder: Path, persistent: str, frames: Sequence[int] = FRAMES, in_window: bool = False
) -> list[Picture]:
    """The pictures of the open scene, as a child renders them."""
    scene: Any = bpy.context.scene
    changes = Restorer()
    found: list[Picture] = []

    def steps() -> Steps:
        renderer = FrameRenderer(scene, changes, as_stills=False)
        stage = renderer.stage(folder, 0)
        for frame in frames:
            stage.make()
            with renderer.set_for(frame, stage) as call:
                yield call
            found.extend(read(path) for path in sorted(stage.beauty.iterdir()))

    with prepared(scene, Settings(persistent=persistent, threads=2), changes):
        shows_nothing = not in_window and show_nothing(scene)
        render_at_once(steps())
    if shows_nothing:
        nothing: Any = bpy.context.scene
        bpy.context.window.scene = scene
        bpy.data.scenes.remove(nothing)
    return found


def note(persistent: str = "auto") -> str:
    """What is said of it when the open scene is prepared."""
    with prepared(bpy.context.scene, Settings(persistent=persistent)) as ready:
        return ready.persistent.line


def differing(one: list[Picture], other: list[Picture]) -> float:
    """The largest share of a picture's values that differ."""
    assert [len(each) for each in one] == [len(each) for each in other]
    shares = [
        sum(abs(a - b) > LEAST_DIFFERENCE for a, b in zip(first, second, strict=True)) / len(first)
        for first, second in zip(one, other, strict=True)
        if first != second
    ]
    return max(shares, default=0.0)


def name_of(value: Any) -> str:
    return getattr(value, "__name__", "reason")


KEPT = (*moving_scenes.SHAPES, *moving_settings.SETTINGS, *moving_looks.LOOKS)


@pytest.mark.parametrize("make", KEPT, ids=name_of)
def test_kept_where_the_pictures_are_the_same(make: moving_scenes.Maker, tmp_path: Path) -> None:
    make()
    assert note() == ON
    cold = render(tmp_path, "off", in_window=True)
    assert differing(cold, render(tmp_path, "off")) <= ALLOWED
    assert differing(cold, render(tmp_path, "auto")) <= ALLOWED
    assert differing(cold[:1] * len(cold), cold) > ALLOWED, "nothing changes in this scene"


def test_kept_in_a_scene_strip(tmp_path: Path) -> None:
    moving_settings.scene_strip()
    assert note() == ON
    cold = render(tmp_path, "off")
    moving_settings.scene_strip()  # anew, as Blender 5.0's sequencer keeps its pictures
    assert differing(cold, render(tmp_path, "auto")) <= ALLOWED
    assert differing(cold[:1], cold[1:2]) > ALLOWED


def test_kept_with_pictures_that_refresh(tmp_path: Path) -> None:
    moving_looks.picture_sequence(tmp_path)
    assert note() == ON
    cold, kept = render(tmp_path, "off"), render(tmp_path, "auto")
    assert differing(cold, kept) <= ALLOWED
    assert differing(cold[:1], cold[1:2]) > ALLOWED


def check_stale(make: Callable[[], None], reason: str, folder: Path) -> None:
    """It is switched off for that reason, and would be wrong if it were on."""
    make()
    line = note()
    assert line.startswith("persistent data: off: ")
    assert reason in line
    cold = render(folder, "off")
    assert differing(cold, render(folder, "auto")) <= ALLOWED
    assert differing(cold, render(folder, "on")) > ALLOWED


@pytest.mark.parametrize(
    ("make", "reason"), (*stale_scenes.STALE, *stale_motions.STALE), ids=name_of
)
def test_off_where_it_would_be_wrong(
    make: moving_scenes.Maker, reason: str, tmp_path: Path
) -> None:
    check_stale(make, reason, tmp_path)


@pytest.mark.parametrize(
    ("make", "reason"),
    stale_scenes.STALE_WITH_FILES,
    ids=name_of,
)
def test_off_where_files_would_be_wrong(
    make: Callable[[Path], None], reason: str, tmp_path: Path
) -> None:
    if make is stale_scenes.procedural and bpy.app.version >= (5, 0, 0):
        pytest.skip("Blender 5.0 has no such option")
    if make is stale_scenes.procedural and not bpy.app.build_options.alembic:
        pytest.skip("this Blender was built without Alembic")
    check_stale(lambda: make(tmp_path), reason, tmp_path)


@pytest.mark.parametrize(
    "kind",
    [
        *("frame_change_pre", "frame_change_post", "depsgraph_update_pre", "depsgraph_update_post"),
        *("render_init", "render_pre", "render_post", "render_write", "render_complete"),
        "render_stats",
    ],
)
def test_off_for_scripts_that_run_with_each_frame(kind: str) -> None:
    moving_scenes.plain()
    handlers = getattr(bpy.app.handlers, kind)
    handlers.append(name_of)
    try:
        assert note().startswith("persistent data: off: the handler 'name_of'")
    finally:
        handlers.remove(name_of)
    assert note() == ON


def test_on_for_a_script_that_runs_where_no_frame_is_rendered() -> None:
    moving_scenes.plain()
    bpy.app.handlers.render_cancel.append(name_of)
    try:
        assert note() == ON
    finally:
        bpy.app.handlers.render_cancel.remove(name_of)


def test_what_is_not_in_the_picture_is_no_reason(tmp_path: Path) -> None:
    stale_scenes.by_position()
    bpy.data.objects["Ball"].hide_render = True
    assert note() == ON
    stale_scenes.no_refresh(tmp_path)
    moving_scenes.cube().data.materials.clear()
    bpy.data.materials["Painted"].use_fake_user = True
    assert note() == ON


@pytest.mark.parametrize(("make", "reason"), stale_scenes.NOISY, ids=name_of)
def test_off_where_the_noise_would_differ(
    make: moving_scenes.Maker, reason: str, tmp_path: Path
) -> None:
    make()
    assert reason in note()
    cold = render(tmp_path, "off")
    assert differing(cold, render(tmp_path, "auto")) <= ALLOWED
    if bpy.app.version[:2] == (4, 5):
        assert differing(cold, render(tmp_path, "on")) > ALLOWED


@pytest.mark.parametrize(("make", "reason"), stale_scenes.OTHER_LAYERS, ids=name_of)
def test_off_where_layers_differ(make: moving_scenes.Maker, reason: str, tmp_path: Path) -> None:
    make()
    assert reason in note()
    if make is not stale_scenes.aov_in_one_layer:
        return
    cold = render(tmp_path, "off")
    assert differing(cold, render(tmp_path, "auto")) <= ALLOWED
    if bpy.app.version < (5, 1, 0):
        assert differing(cold, render(tmp_path, "on")) > ALLOWED


def test_off_for_volumes_in_several_layers(tmp_path: Path) -> None:
    """That Blender 5.0 would be wrong is not rendered: it takes half a minute."""
    stale_scenes.volume_in_one_layer()
    if bpy.app.version[:2] == (4, 3):
        assert differing(render(tmp_path, "off"), render(tmp_path, "on")) > ALLOWED
    assert "material \"Painted\" is a volume's, and scene 'Scene' has several" in note()
    bpy.context.scene.view_layers[1].use = False
    assert note() == ON


def test_off_for_a_camera_that_hides() -> None:
    """Where it is then depends on the frames before, so no two of these renders can be compared."""
    stale_scenes.blinking_camera()
    assert 'off: object "Camera" is hidden in some renders' in note()
    bpy.context.scene.camera.animation_data_clear()
    assert note() == ON


def test_off_where_loose_edges_are_seen_to_the_last_bit() -> None:
    """Blender makes them anew a little different each time, so no two renders can be compared."""
    vase = stale_scenes.vase()
    scene: Any = bpy.context.scene
    formats, reason = scene.render.image_settings, 'object "Vase" subdivides edges that have no'
    scene.cycles.use_denoising, formats.color_depth = False, "8"
    assert note() == ON
    formats.color_depth = "16"
    assert f"off: {reason}" in note()
    formats.color_depth, scene.cycles.use_denoising = "8", True
    assert (reason in note()) == can_denoise()
    scene.cycles.use_denoising = False
    shown, _ = moving_settings.mixed(scene)
    denoise = shown.id_data.nodes.new("CompositorNodeDenoise")
    assert (reason in note()) == can_denoise()
    denoise.mute = True
    assert note() == ON
    formats.color_depth = "16"
    vase.modifiers.move(0, 1)
    assert note() == ON


def test_off_for_several_scenes_in_one_compositor(tmp_path: Path) -> None:
    scene = moving_scenes.base()
    second: Any
    _, second = moving_settings.mixed(scene)
    assert note() == ON
    second.scene = moving_settings.two_scenes(scene)
    assert note() == (
        "persistent data: off: the compositor of scene 'Scene' shows 2 scenes: none is kept"
    )


def test_another_engine() -> None:
    moving_scenes.plain()
    scene: Any = bpy.context.scene
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.use_persistent_data = True
    with prepared(scene, Settings()) as ready:
        assert ready.persistent.line == "persistent data: off: only Cycles keeps data"
        assert not scene.render.use_persistent_data


@pytest.mark.parametrize("was_on", [False, True])
@pytest.mark.parametrize("told", ["on", "off"])
def test_what_is_told_is_done(told: str, was_on: bool) -> None:
    stale_scenes.simplify_levels()
    scene: Any = bpy.context.scene
    scene.render.use_persistent_data = was_on
    with prepared(scene, Settings(persistent=told)) as ready:
        assert scene.render.use_persistent_data == (told == "on")
        assert ready.persistent.line == f"persistent data: {told}: --persistent"
        assert not ready.persistent.needs_proof
    assert scene.render.use_persistent_data == was_on


def test_off_for_any_particles_that_show_objects() -> None:
    emitter = moving_scenes.particles()
    assert "off: the particles 'ParticleSystem'" in note()
    emitter.particle_systems[0].settings.render_type = "NONE"
    assert note() == ON


def test_on_where_a_material_that_scatters_stands_still() -> None:
    material = stale_motions.scattering()
    assert "scatters light below the surface" in note()
    material.node_tree.animation_data_clear()
    material.node_tree.nodes["Principled BSDF"].inputs["Subsurface Weight"].default_value = 1
    assert note() == ON


def test_off_where_a_material_comes_to_scatter() -> None:
    """With kept data Blender itself crashes then, so it can't be shown here."""
    stale_motions.scattering((0.0, 1.0))
    assert "scatters light below the surface" in note()


def test_on_where_a_hidden_member_is_shown_by_an_empty() -> None:
    modifier = stale_motions.hidden_member()
    shower = moving_scenes.empty()
    shower.instance_type, shower.instance_collection = "COLLECTION", bpy.data.collections["Held"]
    assert "is hidden in some renders" in note()
    tree = modifier.node_group
    tree.nodes.remove(tree.nodes["Collection Info"])
    assert note() == ON


@pytest.mark.parametrize(("make", "reason"), stale_motions.OF_CASES, ids=name_of)
def test_off_where_a_case_of_the_machine_was_wrong(make: moving_scenes.Maker, reason: str) -> None:
    make()
    assert reason in note()


def test_on_where_hair_lets_no_light_through() -> None:
    stale_motions.clear_hair()
    tree = bpy.data.materials["Thin"].node_tree
    tree.nodes["Principled BSDF"].inputs["Alpha"].default_value = 1.0
    assert "lets light through" not in note()


def test_on_where_what_hides_has_no_sun() -> None:
    stale_motions.hidden_in_the_sun()
    bpy.data.lights["Sun"].type = "POINT"
    assert "hidden in some renders" not in note()
    bpy.context.scene.cycles.use_light_tree = False
    assert "hidden in some renders, beside lights without Light Tree" in note()


@pytest.mark.parametrize(("make", "reason"), stale_motions.CYCLES, ids=name_of)
def test_off_for_cycles(make: moving_scenes.Maker, reason: str) -> None:
    """That they are wrong with kept data, `tests/differ/cases` shows."""
    make()
    assert f"off: {reason}" in note()
    moving_scenes.cube().constraints[0].mute = True
    assert note() == ON


def test_off_for_an_inverse_that_is_to_be_set() -> None:
    """It is set when the scene is evaluated, so no two renders of it can be compared here."""
    constraint = stale_motions.inverse_to_be_set()
    assert "off: the constraint 'Child Of' of object \"Cube\" has its inverse still" in note()
    constraint.mute = True
    assert note() == ON
    constraint.mute, constraint.set_inverse_pending = False, False
    assert note() == ON


def test_on_for_a_rig_whose_handle_follows_another_bone() -> None:
    rig, handle = stale_motions.rig()
    handle.parent, handle.parent_type, handle.parent_bone = rig, "BONE", "Bone"
    assert note() == ON
    handle.parent_bone = "Hand"
    assert "'Armature Hand', 'Handle' depend on each other" in note()
    rig.pose.bones["Hand"].constraints[0].mute = True
    assert note() == ON


def test_a_single_layer_is_the_one_that_the_window_shows(tmp_path: Path) -> None:
    """In every frame, with nothing in the window, too."""
    scene: Any = moving_scenes.base()
    second = scene.view_layers.new("Second")
    scene.view_layers[0].layer_collection.children[0].exclude = True
    moving_scenes.animate(moving_scenes.cube(), "location", -2, 2, 0)
    bpy.context.window.view_layer = second
    scene.view_layers[0].use = False
    meant = render(tmp_path, "off", in_window=True)
    scene.view_layers[0].use, scene.render.use_single_layer = True, True
    assert differing(meant, render(tmp_path, "off")) <= ALLOWED
    scene.render.use_single_layer = False
    assert differing(meant, render(tmp_path, "off")) > ALLOWED


def test_off_for_what_a_meta_strip_animates_and_on_where_its_track_is_muted() -> None:
    stale_scenes.simplify_in_strip()
    (track,) = bpy.context.scene.animation_data.nla_tracks
    track.strips[0].select = True
    moving_scenes.pack_strips()
    assert [strip.type for strip in track.strips] == ["META"]
    assert "off: render.simplify_subdivision_render of scene" in note()
    track.mute = True
    assert note() == ON
