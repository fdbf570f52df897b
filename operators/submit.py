"""RENDER_OT_array_chunk_submit: the saved file, handed to a farm as an array of children."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any, ClassVar

import bpy

from ..chunking.errors import BadSetting, ChunkError, SceneRefused
from ..chunking.plain_text import plain_line
from ..chunking.plan import Plan
from ..chunking.setting_values import Setting, Value, parse_value
from ..chunking.settings import ARRAY, SETTINGS
from ..command_line.window_words import window_line
from ..engines.engine import Farm
from ..engines.farms import FARM, FARMS, HERE, SUBMIT_OPTIONS, farm_of
from ..engines.options import (
    FARM_OUTPUT,
    JOB_NAME,
    PATHS,
    SUBMIT,
    WorkOptions,
    settings_of,
)
from ..engines.request import Receipt, Request
from ..engines.submissions import Submission, last
from ..properties import property_annotations, values_of
from ..scene.chosen_scene import scene_and_settings, scene_frames
from ..scene.preflight import (
    ERROR,
    Finding,
)
from ..ui.findings_list import draw_messages
from ..ui.groups import draw_groups
from ..window.array_watch import (
    open_blend,
    refusal,
    watch,
    watched,
)
from ..window.drawing import (
    NEEDS_DRAWING,
    drawing_trial,
    needs_drawing,
    on_this_machine,
    refused,
)
from ..window.film_frames import may_look
from ..window.in_thread import InThread
from .check import check

FARM_CHOICES = tuple(each for each in FARM.choices if farm_of(each[0]).engine is not None)
"""Without farms that only take files."""
OWN_OPTIONS = tuple(
    dataclasses.replace(each, choices=FARM_CHOICES) if each == FARM else each
    for each in SUBMIT_OPTIONS
)
"""Those of the command line, with the farms that can be chosen here."""
ESSENTIAL = frozenset({"size", "farm", "job_name", "cpus", "job_memory", "with_film"}).union(
    *(each.essential for each in FARMS)
)
"""What the dialog shows at first: all of AWS Batch's settings are more than a screen is high."""
WIDTH = 460
"""Of the dialog, in points."""
MOST_SHOWN = 4
"""Findings in the dialog; all are in the panel."""


class RENDER_OT_array_chunk_submit(InThread, bpy.types.Operator):
    """Hand the saved file to a farm, which renders all chunks and makes the film"""

    bl_idname = "render.array_chunk_submit"
    bl_label = "Submit Array…"
    bl_options = {"REGISTER"}

    __annotations__ = {
        **property_annotations((SETTINGS["size"],), options={"SKIP_SAVE"}),
        **property_annotations(OWN_OPTIONS, options={"SKIP_SAVE"}),
        "show_all": bpy.props.BoolProperty(
            name="All Settings",
            description="Show this farm's further settings, and the paths on its machines, as well",
            options={"HIDDEN"},
        ),
        "only_missing": bpy.props.BoolProperty(
            name="Only Missing Frames",
            description="Submit only frames that are not done yet in the output folder",
            options={"SKIP_SAVE"},
        ),
    }

    _last: ClassVar[dict[str, dict[str, Any]]] = {}
    """What the dialog was confirmed with, by the file's path, in case the farm refuses it."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not bpy.data.filepath:
            cls.poll_message_set("Save the file first: a farm opens it from disk")
            return False
        return cls.is_free() and may_look(cls, context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Check the scene, then show the dialog with what was submitted last."""
        owner: Any = context.scene
        seeds = {
            "size": owner.array_chunk.size,
            **_submitted_last(),
            **self._last.get(open_blend(), {}),
        }
        for name, value in seeds.items():
            if not self.properties.is_property_set(name):
                setattr(self, name, value)
        self._findings = check(self, context, self._told()) or []
        return context.window_manager.invoke_props_dialog(self, width=WIDTH, confirm_text="Submit")

    def draw(self, context: bpy.types.Context) -> None:
        farm = farm_of(self.farm.lower())
        box = self.layout.box()
        why_not = refusal(farm.name)
        if why_not:
            draw_messages(box, [Finding(ERROR, "", why_not)], WIDTH, 1)
        findings = on_this_machine(self._findings) if farm.is_here else self._findings
        draw_messages(box, findings, WIDTH, MOST_SHOWN)
        if bpy.data.is_dirty:
            box.label(text="Unsaved changes: the farm sees the saved file", icon="INFO")
        box.label(text=window_line(_children(self, context)), icon="TIME")
        groups = dict.fromkeys(each.group for each in settings_of(farm.options))
        groups = {ARRAY: None, SUBMIT: None, **groups, **({} if farm.is_here else {PATHS: None})}
        draw_groups(self.layout, self, groups, self._shown(farm))
        if not farm.is_here:
            self.layout.prop(self, "show_all", toggle=True)

    def _shown(self, farm: Farm[Any]) -> list[Setting]:
        settings = (FARM, *settings_of(WorkOptions), *settings_of(farm.options))
        return [
            each
            for each in (SETTINGS["size"], *SUBMIT_OPTIONS)
            if (each.name == "size" or each in settings)
            and (self.show_all or each.name in ESSENTIAL)
        ]

    def execute(self, context: bpy.types.Context) -> set[str]:
        findings = check(self, context, self._told())
        if findings is None:
            return {"CANCELLED"}
        is_tried = self.farm.lower() in HERE and needs_drawing(findings)
        errors = [
            each.message
            for each in findings
            if each.severity == ERROR and not (is_tried and each.kind == NEEDS_DRAWING)
        ]
        if errors:
            self.report({"ERROR"}, window_line(f"Not submitted: {' '.join(errors)}"))
            return {"CANCELLED"}
        try:
            request = self._request(context, is_drawn=is_tried)
        except ChunkError as error:
            self.report({"ERROR"}, window_line(str(error)))
            return {"CANCELLED"}
        if bpy.data.is_dirty:
            self.report({"WARNING"}, "Unsaved changes are not submitted: the saved file is")
        send = functools.partial(_send_if_drawn, request, findings) if is_tried else request.send
        return self.begin(context, send, "Submitting the array…")

    def done(self, context: bpy.types.Context, result: Receipt | None) -> set[str]:
        if result is None:
            self.report({"INFO"}, "No frame is missing: nothing was submitted")
            return {"FINISHED"}
        if result.warning:
            self.report({"WARNING"}, window_line(result.warning))
        submission = result.submission
        children = "1 child" if submission.size == 1 else f"{submission.size} children"
        told = f"Submitted {submission.name}: {children}, job {submission.job}"
        self.report({"INFO"}, plain_line(told))
        watch(submission, result.engine)
        return {"FINISHED"}

    def _told(self) -> dict[str, Value]:
        return values_of(self.properties)

    def _request(self, context: bpy.types.Context, is_drawn: bool) -> Request:
        """Raises ChunkError for what can't be submitted so. `is_drawn`: its children may draw."""
        options = {
            each.name: parse_value(each, getattr(self, each.name), each.label)
            for each in SUBMIT_OPTIONS
        }
        why_not = refusal(str(options[FARM.name]))
        if why_not:
            raise BadSetting(why_not)
        self._last[open_blend()] = {each.name: getattr(self, each.name) for each in SUBMIT_OPTIONS}
        scene, settings = scene_and_settings(self._told(), context.scene)
        if not (settings.output or options[FARM_OUTPUT.name]):
            raise BadSetting("Choose the Output Folder in the panel first: frames go there.")
        return Request(
            blend=open_blend(),
            settings=settings,
            frames=Plan.of(settings, scene_frames(scene)).frames,
            options=options,
            child_settings={"scene": scene.name, **({"eevee": True} if is_drawn else {})},
            is_only_missing=self.only_missing,
        )


def _send_if_drawn(request: Request, findings: list[Finding]) -> Receipt | None:
    """Raises SceneRefused where a Blender without a window can't draw here, once that is tried."""
    trial = drawing_trial()
    trial.wait()
    if trial.fault:
        messages = [refused(each).message for each in findings if each.kind == NEEDS_DRAWING]
        raise SceneRefused(f"Not submitted: {' '.join(messages)}")
    return request.send()


class RENDER_OT_array_chunk_resubmit(bpy.types.Operator):
    """Submit the frames that are not done, in the same way as before; then the film is made"""

    bl_idname = "render.array_chunk_resubmit"
    bl_label = "Resubmit Missing"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        array = watched()
        if array is None or array.submission.blend != open_blend():
            cls.poll_message_set("Open the file of the array that is shown")
            return False
        if not array.is_over:
            cls.poll_message_set("The array goes on: wait for its end, or cancel it")
            return False
        return bool(RENDER_OT_array_chunk_submit.poll(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        array = watched()
        assert array is not None
        if more := _told_besides(array.submission):
            refused = f"This array was submitted by the command line, with {more}: submit what is "
            refused += "missing there, by the same words and --missing-frames"
            self.report({"ERROR"}, window_line(refused))
            return {"CANCELLED"}
        told = _properties_from(array.submission.options)
        return bpy.ops.render.array_chunk_submit(
            "EXEC_DEFAULT", size=array.submission.size, only_missing=True, **told
        )


def _told_besides(submission: Submission) -> str:
    """What its children were told that this window would not tell them."""
    settings = [SETTINGS[name].option for name in submission.settings if name in SETTINGS]
    of_window = {"scene", "frames"} | ({"eevee"} if submission.farm in HERE else set())
    ours = {SETTINGS[name].option for name in of_window}
    return ", ".join([*(each for each in settings if each not in ours), *submission.variables])


def _properties_from(options: Mapping[str, Value]) -> dict[str, Any]:
    """Options as the operator's properties, whose choices are in capitals."""
    told = {each.name: options.get(each.name, each.default) for each in SUBMIT_OPTIONS}
    choices = {each.name for each in SUBMIT_OPTIONS if each.choices}
    return {name: str(v).upper() if name in choices else v for name, v in told.items()}


def _submitted_last() -> dict[str, Any]:
    """What this file was submitted with last or, failing that, any file from this machine.

    The paths and the name are those of one file.
    """
    own = {each.name for each in SUBMIT_OPTIONS if each.group == PATHS} | {JOB_NAME.name}
    for blend, left_out in ((open_blend(), set()), ("", own)):
        try:
            options = last(blend).options
        except ChunkError:
            continue
        told = _properties_from(options).items()
        return {name: value for name, value in told if name not in left_out}
    return {}


def _children(operator: Any, context: bpy.types.Context) -> str:
    """What would be submitted with the values that the dialog shows now."""
    try:
        scene, settings = scene_and_settings(values_of(operator.properties), context.scene)
        frames = len(Plan.of(settings, scene_frames(scene)).frames)
    except ChunkError as error:
        return str(error)
    size = min(settings.size, frames)
    most = -(-frames // size)
    return f"{frames} frames, {size} children, at most {most} frames each"


register, unregister = bpy.utils.register_classes_factory(
    (RENDER_OT_array_chunk_submit, RENDER_OT_array_chunk_resubmit)
)
