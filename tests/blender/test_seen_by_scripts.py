"""What scripts see while a child renders: the scene in the window, and a film's beginning."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import moving_scenes
import pytest
from array_chunk_render.rendering.film_handlers import FilmHandlers
from array_chunk_render.rendering.frame import is_seen


def plain() -> None:
    moving_scenes.plain()


def drive(path: str) -> None:
    driver = moving_scenes.cube().driver_add("location", 2).driver
    driver.type = "SUM"
    variable = driver.variables.new()
    variable.targets[0].id_type = "SCENE"
    variable.targets[0].id = bpy.context.scene
    variable.targets[0].data_path = path


def simple_driver() -> None:
    plain()
    drive("render.fps_base")


def getter() -> None:
    """Python gives what the driver reads."""
    plain()
    bpy.types.Scene.clock = bpy.props.FloatProperty(
        get=lambda scene: float(bpy.context.scene.frame_current)
    )
    drive("clock")


def custom_property() -> None:
    plain()
    bpy.context.scene["of mine"] = 2.0
    drive('["of mine"]')


def styled(uses: bool) -> None:
    plain()
    scene = bpy.context.scene
    scene.render.use_freestyle = True
    settings: Any = bpy.context.view_layer.freestyle_settings
    settings.mode = "SCRIPT"
    settings.modules.new().script = bpy.data.texts.new("style.py")
    settings.modules[0].use = uses


def style_module() -> None:
    styled(uses=True)


def style_module_that_is_off() -> None:
    styled(uses=False)


def engine_of_python() -> None:
    plain()

    class Engine(bpy.types.RenderEngine):
        bl_idname = "OF_PYTHON"
        bl_label = "Of Python"

    bpy.utils.register_class(Engine)
    bpy.context.scene.render.engine = "OF_PYTHON"


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    yield
    if hasattr(bpy.types.Scene, "clock"):
        del bpy.types.Scene.clock
    for engine in bpy.types.RenderEngine.__subclasses__():
        if getattr(engine, "bl_idname", "") == "OF_PYTHON" and engine.is_registered:
            bpy.context.scene.render.engine = "CYCLES"
            bpy.utils.unregister_class(engine)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (plain, False),
        (simple_driver, False),
        (custom_property, False),
        (style_module_that_is_off, False),
        (getter, True),
        (style_module, True),
        (engine_of_python, True),
    ],
)
def test_the_scene_in_the_window_is_seen(make: Callable[[], None], expected: bool) -> None:
    make()
    assert is_seen(bpy.context.scene) == expected


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[list[str]]:
    """What ran at the beginning and the end of renders."""
    moving_scenes.plain()
    bpy.context.scene.render.filepath = str(tmp_path / "#")
    said: list[str] = []
    kinds = ("render_init", "render_complete")
    before = {kind: list(getattr(bpy.app.handlers, kind)) for kind in kinds}
    yield said
    for kind, handlers in before.items():
        getattr(bpy.app.handlers, kind)[:] = handlers


def render_three() -> None:
    with contextlib.closing(FilmHandlers()) as handlers:
        for _ in range(3):
            bpy.ops.render.render()
            handlers.end_frame()


def test_what_begins_a_film_runs_once(begun: list[str]) -> None:
    bpy.app.handlers.render_init.append(lambda *_: begun.append("begins"))
    render_three()
    assert begun == ["begins"]
    render_three()  # it is back
    assert begun == ["begins"] * 2


def test_what_is_undone_is_done_again(begun: list[str]) -> None:
    bpy.app.handlers.render_init.append(lambda *_: begun.append("begins"))
    bpy.app.handlers.render_complete.append(lambda *_: begun.append("ends"))
    render_three()
    assert begun == ["begins", "ends"] * 3
