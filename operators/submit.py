"""The saved file, handed to a farm as an array of children; and once more, what is missing."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import bpy

from ..chunking.errors import BadSetting, ChunkError, SceneRefused
from ..chunking.plain_text import plain_line
from ..chunking.plan import Plan
from ..chunking.setting_values import Value, parse_value
from ..chunking.settings import ARRAY, SETTINGS
from ..command_line.options import SETUP_SCRIPT
from ..command_line.window_words import window_line
from ..engines.farms import FARM_SETTING, FARMS, HERE, SUBMIT_OPTIONS, farm_of
from ..engines.options import FARM_OUTPUT, JOB_NAME, PATHS, SUBMIT, WorkOptions, settings_of
from ..engines.request import Receipt, Request
from ..engines.submissions import Submission, last
from ..properties import property_annotations, values_of
from ..scene.chosen_scene import scene_and_settings, scene_frames
from ..scene.preflight import ERROR, Finding
from ..ui.findings_list import draw_messages
from ..ui.groups import draw_groups
from ..window.array_watch import open_blend, refusal, watch, watched
from ..window.drawing_trial import (
    NEEDS_DRAWING,
    drawing_trial,
    needs_drawing,
    on_this_machine,
    refused,
)
from ..window.slow_work import SlowOperator
from ..window.wanted_frames import may_look
from .check import check

FARM_CHOICES = tuple(each for each in FARM_SETTING.choices if farm_of(each[0]).engine is not None)
"""Without farms that only take files."""
OWN_OPTIONS = tuple(
    dataclasses.replace(each, choices=FARM_CHOICES) if each == FARM_SETTING else each
    for each in SUBMIT_OPTIONS
)
"""Those of the command line, with the farms that can be chosen here."""
DEFAULTS: Mapping[str, Value] = {each.name: each.default for each in SUBMIT_OPTIONS}
"""For what an older version submitted without."""
ESSENTIAL = frozenset({"size", "farm", "job_name", "cpus", "job_memory", "with_film"}).union(
    *(each.essential for each in FARMS)
)
"""What the dialog shows at first: all of AWS Batch's settings are more than a screen is high."""
WIDTH = 460
"""Of the dialog, in points."""
MOST_SHOWN = 4
"""Findings in the dialog; all are in the panel."""


@dataclass(frozen=True)
class _Order:
    """An array as the artist orders it: by the dialog, or like one that was submitted before."""

    options: Mapping[str, Value]
    overrides: Mapping[str, Value]
    """Settings that count before the file's own."""
    child_settings: Mapping[str, Value]
    """Settings that children are told, beside what the file says."""
    variables: Mapping[str, str] = field(default_factory=dict)
    is_only_missing: bool = False

    def request(self, current: bpy.types.Scene, is_drawn: bool) -> Request:
        """What is to be sent; its children may draw where `is_drawn`.

        Raises ChunkError for what can't be submitted so.
        """
        options = {
            each.name: parse_value(each, self.options[each.name], each.label)
            for each in SUBMIT_OPTIONS
        }
        why_not = refusal(str(options[FARM_SETTING.name]))
        if why_not:
            raise BadSetting(why_not)
        scene, settings = scene_and_settings(self.overrides, current)
        if not (settings.output or options[FARM_OUTPUT.name]):
            raise BadSetting("Choose the Output Folder in the panel first: frames go there.")
        return Request(
            blend=open_blend(),
            settings=settings,
            frames=Plan.of(settings, scene_frames(scene)).frames,
            options=options,
            child_settings={**self.child_settings, **({"eevee": True} if is_drawn else {})},
            is_only_missing=self.is_only_missing,
            variables=self.variables,
        )


class _Submits(SlowOperator):
    """Checks an order, submits it and watches the array."""

    KIND = "submit"

    def submit(self: Any, context: bpy.types.Context, order: _Order) -> set[str]:
        """Refuse what no child could render, else submit. Returns as `execute`."""
        # What a set-up script makes of the scene is not seen here; it was, when it was submitted.
        is_checked = SETUP_SCRIPT.variable not in order.variables
        findings = check(self, context, order.overrides) if is_checked else []
        if findings is None:
            return {"CANCELLED"}
        is_here = str(order.options[FARM_SETTING.name]).lower() in HERE
        is_tried = is_here and needs_drawing(findings)
        errors = [
            each.message
            for each in findings
            if each.severity == ERROR and not (is_tried and each.kind == NEEDS_DRAWING)
        ]
        if errors:
            self.report({"ERROR"}, window_line(f"Not submitted: {' '.join(errors)}"))
            return {"CANCELLED"}
        try:
            request = order.request(context.scene, is_drawn=is_tried)
        except ChunkError as error:
            self.report({"ERROR"}, window_line(str(error)))
            return {"CANCELLED"}
        if bpy.data.is_dirty:
            self.report({"WARNING"}, "Unsaved changes are not submitted: the saved file is")

        send = functools.partial(_send_if_drawn, request, findings) if is_tried else request.send
        return self.begin(context, send, lambda: "Submitting the array…")

    def done(self: Any, result: Receipt | None) -> set[str]:
        if result is None:
            self.report({"INFO"}, "No frame is missing: nothing was submitted")
            return {"FINISHED"}
        if result.warning:
            self.report({"WARNING"}, window_line(result.warning))
        submission = result.submission
        children = "1 child" if submission.size == 1 else f"{submission.size} children"
        text = f"Submitted {submission.name}: {children}, job {submission.job}"
        self.report({"INFO"}, plain_line(text))
        watch(submission, result.engine)
        return {"FINISHED"}


def _send_if_drawn(request: Request, findings: list[Finding]) -> Receipt | None:
    """Raises SceneRefused where a Blender without a window can't draw here, once that is tried."""
    trial = drawing_trial()
    trial.wait()
    if trial.fault:
        messages = [refused(each).message for each in findings if each.kind == NEEDS_DRAWING]
        raise SceneRefused(f"Not submitted: {' '.join(messages)}")
    return request.send()


class RENDER_OT_array_chunk_submit(_Submits, bpy.types.Operator):
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

    _confirmed: ClassVar[dict[str, dict[str, Any]]] = {}
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
            **self._confirmed.get(open_blend(), {}),
        }
        for name, value in seeds.items():
            if not self.properties.is_property_set(name):
                setattr(self, name, value)
        self._findings = check(self, context, values_of(self.properties)) or []
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
        box.label(text=window_line(self._children(context)), icon="TIME")
        own = settings_of(farm.options)
        groups = dict.fromkeys(each.group for each in own)
        groups = {ARRAY: None, SUBMIT: None, **groups, **({} if farm.is_here else {PATHS: None})}
        settings = (
            SETTINGS["size"],
            FARM_SETTING,
            *settings_of(WorkOptions),
            *settings_of(farm.options),
        )
        options = [
            each
            for each in (SETTINGS["size"], *SUBMIT_OPTIONS)
            if each in settings and (self.show_all or each.name in ESSENTIAL)
        ]
        draw_groups(self.layout, self, groups, options)
        if not farm.is_here:
            self.layout.prop(self, "show_all", toggle=True)

    def execute(self, context: bpy.types.Context) -> set[str]:
        options = {each.name: getattr(self, each.name) for each in SUBMIT_OPTIONS}
        self._confirmed[open_blend()] = options
        overrides = values_of(self.properties)
        try:
            scene, _ = scene_and_settings(overrides, context.scene)
        except ChunkError as error:
            self.report({"ERROR"}, window_line(str(error)))
            return {"CANCELLED"}
        scene_setting = {"scene": scene.name}
        order = _Order(options, overrides, scene_setting, is_only_missing=self.only_missing)
        return self.submit(context, order)

    def _children(self, context: bpy.types.Context) -> str:
        """What would be submitted with the values that the dialog shows now."""
        try:
            scene, settings = scene_and_settings(values_of(self.properties), context.scene)
            frames = len(Plan.of(settings, scene_frames(scene)).frames)
        except ChunkError as error:
            return str(error)
        size = min(settings.size, frames)
        return f"{frames} frames, {size} children, at most {-(-frames // size)} frames each"


class RENDER_OT_array_chunk_resubmit(_Submits, bpy.types.Operator):
    """Submit the frames that are not done, in the same way as before; then the film is made"""

    bl_idname = "render.array_chunk_resubmit"
    bl_label = "Resubmit Missing"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        array = watched()
        if array is None or not bpy.data.filepath or array.submission.blend != open_blend():
            cls.poll_message_set("Open the file of the array that is shown")
            return False
        if not array.is_over:
            cls.poll_message_set("The array goes on: wait for its end, or cancel it")
            return False
        return cls.is_free() and may_look(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        array = watched()
        assert array is not None
        return self.submit(context, _missing_of(array.submission))


def _missing_of(submission: Submission) -> _Order:
    """What is missing of an array, ordered as that was, by the window or by the command line."""
    child_settings = {
        name: value
        for name, value in submission.settings.items()
        if name in SETTINGS and name != "frames"
    }
    overrides = {**child_settings, "size": submission.size}
    if submission.output:
        overrides["output"] = submission.output
    if submission.film_frames:
        # They need not be those of the file: an option or a set-up script may have said others.
        overrides["frames"] = submission.film_frames
    options = {**DEFAULTS, **submission.options}
    return _Order(options, overrides, child_settings, submission.variables, is_only_missing=True)


def _submitted_last() -> dict[str, Any]:
    """What this file was submitted with last or, failing that, any file from this machine.

    As the operator's properties, whose choices are in capitals. The paths and the name are those
    of one file.
    """
    own = {each.name for each in SUBMIT_OPTIONS if each.group == PATHS} | {JOB_NAME.name}
    for blend, left_out in ((open_blend(), set()), ("", own)):
        try:
            options = {**DEFAULTS, **last(blend).options}
        except ChunkError:
            continue
        return {
            each.name: str(options[each.name]).upper() if each.choices else options[each.name]
            for each in SUBMIT_OPTIONS
            if each.name not in left_out
        }
    return {}


register, unregister = bpy.utils.register_classes_factory(
    (RENDER_OT_array_chunk_submit, RENDER_OT_array_chunk_resubmit)
)
