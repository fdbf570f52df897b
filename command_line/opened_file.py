"""The .blend opened and set up for a sub-command, and what those beside `render` need of it."""

from __future__ import annotations

from typing import Any

from ..child.session import session_of_process
from ..child.setup_script import run_setup_script
from ..chunking.errors import SceneRefused
from ..chunking.plan import Plan
from ..chunking.settings import Settings, settings_from
from .doors import blender, open_blend, register, scripts_may_run
from .options import SETUP_SCRIPT, all_options, variables_of
from .sources import BRENDER_VARIABLES, Invocation


def open_and_set_up(invocation: Invocation) -> str:
    """Open the file, register this extension, run the set-up script where one is named.

    Returns the state that the file was in before. Raises BlendUnreadable, BadSetting and
    SceneRefused, as `open_blend` and `run_setup_script` do.
    """
    state = open_blend(invocation.options["blend"], invocation.options["enable_autoexec"])
    register()
    allowed = invocation.options["enable_autoexec"] or scripts_may_run(blender())
    session = session_of_process()
    session.scripts_allowed = bool(allowed)
    script = str(invocation.options.get(SETUP_SCRIPT.name, ""))
    if script:
        from ..engines.farms import VARIABLES  # loads every engine's options

        by_option = SETUP_SCRIPT.name in invocation.words.texts
        origin = SETUP_SCRIPT.option if by_option else SETUP_SCRIPT.variable
        opened = blender().data.filepath
        known = {*BRENDER_VARIABLES, *variables_of(all_options())}
        session.set_up = run_setup_script(script, origin, known, VARIABLES)
        if blender().data.filepath != opened:
            raise SceneRefused(
                f"The set-up script {script!r} has opened or saved another file than {opened!r}: "
                "have it change what is open, and name the file by --blend."
            )
    return state


def open_and_plan(invocation: Invocation) -> tuple[Settings, Plan, Any]:
    """Open and set up the file; return the settings with its own, the plan, and the scene."""
    open_and_set_up(invocation)
    return plan_of_open(invocation)


def plan_of_open(invocation: Invocation) -> tuple[Settings, Plan, Any]:
    """What `open_and_plan` returns, of the file that is open."""
    from ..scene.chosen_scene import scene_and_settings, scene_frames

    scene, settings = scene_and_settings(invocation.settings, blender().context.scene)
    return settings, Plan.of(settings, scene_frames(scene)), scene


def settings_and_plan(invocation: Invocation) -> tuple[Settings, Plan]:
    """The settings and the plan, without Blender where a frame list and a folder are named."""
    output = str(invocation.settings.get("output", ""))
    if invocation.settings.get("frames") and output and not output.startswith("//"):
        settings = settings_from(invocation.settings)
        return settings, Plan.of(settings, settings.frames.frames)
    return open_and_plan(invocation)[:2]
