"""The sub-commands about an array on a farm: `submit`, then `status`, `logs` and `cancel`."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..child.session import session_of_process
from ..chunking.errors import EXIT_COMPLETE, ChunkError
from ..chunking.frames import FrameSet, frames_from
from ..chunking.plan import Plan
from ..chunking.setting_values import Value
from ..chunking.settings import Settings
from ..engines.engine import ArrayState, ChildState, Engine, State
from ..engines.farms import FARM_SETTING, engine_for, export
from ..engines.request import Request
from ..engines.submissions import Submission, last, recall
from ..engines.watching import Watched, exit_code_of
from ..publishing.output_folder import OutputFolder
from ..publishing.verify import survey_of
from ..transport.destinations import destination_of
from .doors import blender
from .following import EndSignals, follow_array, refuse_alone, run_when_done
from .opened_file import open_and_set_up, plan_of_open
from .options import AUTOEXEC, ENDING, FOLLOW, SEND, SETUP_SCRIPT
from .printing import Answer
from .project_sending import ProjectSending
from .sources import Invocation

log = logging.getLogger(__name__)

NOT_TOLD = ("size", "index", "attempt", "render_id", "output")
"""Settings that children hear of in another way."""
MOST_FAILED = 20
"""How many failed children are shown; JSON has all."""


def submit(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Look at the scene as a child would, submit, print the job's id; return the exit code."""
    to = str(invocation.options[SEND.name])
    destination = destination_of(to) if to else None
    state = open_and_set_up(invocation)
    settings, plan, scene = plan_of_open(invocation)
    request = _request(invocation, settings, plan)
    sending = None
    if destination is not None:
        sending = ProjectSending(destination, state, scene, settings, plan.frames)
        request = sending.submitted(request, "output" in invocation.settings)
    if request.to_render is None:
        log.info("No frame is missing: nothing was submitted")
        return EXIT_COMPLETE
    farm = request.farm
    _refuse_unfit(scene, settings, request.to_render, is_here=farm.is_here)
    if not farm.is_here:
        _say_what_the_farm_must_set()
    is_cycles = settings.engine == "cycles" or scene.render.engine == "CYCLES"
    for warning in farm.warnings(farm.parse(request.options), settings, is_cycles):
        log.warning("%s", warning)
    if sending is not None:
        request.refuse_unfit()  # before hours are spent on sending
        outcome = sending.run(invocation, chatter_file)
        log.info("sent %d files to %s", len(outcome.sent), sending.destination)
    if invocation.options["export"]:
        work = request.work()
        assert work is not None
        folder = Path(str(invocation.options["export"]))
        out.lines(str(path) for path in export(farm.name, request.options, work, folder))
        return EXIT_COMPLETE
    sent = request.send()
    assert sent is not None
    if sent.warning:
        log.warning("%s", sent.warning)
    _say_submitted(invocation, out, sent.submission)
    return EXIT_COMPLETE


def _request(invocation: Invocation, settings: Settings, plan: Plan) -> Request:
    tell: dict[str, Value] = {
        name: value for name, value in invocation.settings.items() if name not in NOT_TOLD
    }
    if "frames" in tell:
        tell["frames"] = str(plan.frames)  # a list in a file may not be there
    options = (AUTOEXEC, SETUP_SCRIPT, *ENDING)
    given = {each.variable: invocation.options[each.name] for each in options}
    if (set_up := session_of_process().set_up) is not None:
        given[SETUP_SCRIPT.variable] = str(Path(set_up.script).resolve())
    defaults = {each.variable: each.default for each in options}
    return Request(
        blend=str(Path(blender().data.filepath).resolve()),
        settings=settings,
        frames=plan.frames,
        options=invocation.options,
        child_settings=tell,
        is_only_missing=bool(invocation.options["missing_frames"]),
        variables={name: str(value) for name, value in given.items() if value != defaults[name]},
    )


def _refuse_unfit(scene: Any, settings: Settings, frames: FrameSet, is_here: bool) -> None:
    """Say what a child would find. Raises SceneRefused where none could render."""
    from ..rendering.farm_check import check_for_farm, of_other_machines
    from ..scene.preflight import refuse_unfit

    findings = check_for_farm(scene, settings, frames, session_of_process())
    for warning in refuse_unfit(findings if is_here else of_other_machines(findings)):
        log.warning("%s", warning)


def _say_what_the_farm_must_set() -> None:
    """Of the set-up script: values of custom variables are not handed on."""
    script = session_of_process().set_up
    if script is not None and script.variables:
        log.warning(
            "The set-up script reads %s: have the farm set what it reads, too, as values of custom "
            "variables are not handed on",
            ", ".join(sorted(script.variables)),
        )


def _say_submitted(invocation: Invocation, out: Answer, submission: Submission) -> None:
    if invocation.options["json"]:
        names = ("farm", "job", "film_job", "name", "size")
        out.json({name: getattr(submission, name) for name in names})
        return
    children = "1 child" if submission.size == 1 else f"{submission.size} children"
    out.line(f"submitted {submission.name}: {children} as job {submission.job}")
    if submission.film_job:
        out.line(f"the film, once all are complete: job {submission.film_job}")
    out.line(f"watch it: status --job {submission.job}")


def _submission(invocation: Invocation) -> tuple[Submission, Engine]:
    """The job of `--job`, or the last one, and its engine. Raises BadSetting: there is none.

    What was submitted from here is known with its farm and its film's job. Of a job that was not,
    they have to be named. What is named goes before what is known.
    """
    job = str(invocation.options["job"])
    submission = recall(job) if job else last()
    if submission is None:
        submission = Submission(str(invocation.options[FARM_SETTING.name]), job)
    output = str(invocation.settings.get("output", "")) or submission.output
    film_job = str(invocation.options["film_job"]) or submission.film_job
    submission = dataclasses.replace(submission, output=output, film_job=film_job)
    return submission, engine_for(submission)


@dataclasses.dataclass(frozen=True)
class FramesDone:
    """What the output folder tells, where it can be seen from here."""

    wanted: int
    done: int
    missing: str


def status(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Print how the array is doing; return 0 however that is: the question was answered.

    With `--follow` wait until it is over, and return what it ended with.
    """
    refuse_alone(invocation)
    submission, engine = _submission(invocation)
    code = EXIT_COMPLETE
    if invocation.options[FOLLOW.name]:
        watched = Watched(submission, engine)
        state = follow_array(watched, str(invocation.options["log"]), EndSignals())
        code = exit_code_of(state)
    else:
        state = engine.state(submission.ids)
    frames = _frames_done(submission)
    if invocation.options["json"]:
        fields = {
            "farm": submission.farm,
            "job": submission.job,
            "name": submission.name,
            "state": state.state.value,
            "children": {each.value: state.counts.get(each, 0) for each in State},
            "failed": [_child_fields(child) for child in state.failed],
            "film": _child_fields(state.film) if state.film else None,
            "frames": dataclasses.asdict(frames) if frames else None,
        }
        out.json(fields)
    else:
        out.lines(_lines(submission, state, frames))
    out.flush()
    outcome = {
        "state": state.state.value,
        "job": submission.job,
        "folder": submission.output or None,
        "frames": frames.done if frames else None,
        "of": frames.wanted if frames else None,
    }
    return run_when_done(invocation, code, outcome)


def _frames_done(submission: Submission) -> FramesDone | None:
    output = Path(submission.output)
    if not (submission.output and submission.frames and output.is_dir()):
        return None
    frames = frames_from(submission.frames)
    try:
        missing = survey_of(OutputFolder(output), frames).to_render
    except ChunkError:  # it can't be read from here: no more than not seen
        return None
    text = str(FrameSet.of(missing)) if missing else ""
    return FramesDone(len(frames), len(frames) - len(missing), text)


def _child_fields(child: ChildState) -> dict[str, Any]:
    return {
        "index": child.index,
        "state": child.state.value,
        "reason": child.reason,
        "exit_code": child.exit_code,
        "attempts": child.attempts,
    }


def _lines(submission: Submission, state: ArrayState, frames: FramesDone | None) -> Iterator[str]:
    name = f"{submission.name}, " if submission.name else ""
    yield f"{name}job {submission.job} on {submission.farm}: {state.state.value}"
    counts = [f"{count} {each.value}" for each, count in state.counts.items() if count]
    yield f"children: {', '.join(counts) or 'none'}"
    if frames:
        yield f"frames: {frames.done} of {frames.wanted} are done"
    for child in state.failed[:MOST_FAILED]:
        yield f"child {child.index} failed: {_reason(child)}"
    if len(state.failed) > MOST_FAILED:
        yield f"… and {len(state.failed) - MOST_FAILED} more children failed"
    if state.film:
        reason = f": {state.film.reason}" if state.film.reason else ""
        yield f"film: {state.film.state.value}{reason}"
    if state.state is State.FAILED:
        if state.failed:
            yield f"see why: logs --index {state.failed[0].index}"
        if frames and frames.missing:
            yield f"missing: {frames.missing}"
        elif not frames:
            yield "which frames are missing: run verify where the output folder can be seen"
        yield "render what is missing, then the film: submit --missing-frames"


def _reason(child: ChildState) -> str:
    parts = [child.reason or "the farm does not say why"]
    if child.exit_code is not None and str(child.exit_code) not in child.reason:
        parts.append(f"exit code {child.exit_code}")
    if child.attempts > 1:
        parts.append(f"{child.attempts} attempts")
    return ", ".join(parts)


def logs(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Print the end of the log of child `--index` (the first), or of the film's job; return 0."""
    submission, engine = _submission(invocation)
    index, most = int(invocation.settings.get("index", 0)), int(invocation.options["lines"])
    ids, is_film = submission.ids, bool(invocation.options["film"])
    lines = engine.film_log(ids, most) if is_film else engine.logs(ids, index, most)
    if invocation.options["json"]:
        which = {"film": True} if is_film else {"index": index}
        out.json({"job": submission.job, **which, "lines": lines})
    else:
        out.lines(lines)
    return EXIT_COMPLETE


def cancel(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """End what waits or runs, the film's job too; return 0. Published frames stay."""
    submission, engine = _submission(invocation)
    engine.cancel(submission.ids)
    if invocation.options["json"]:
        out.json({"job": submission.job, "cancelled": True})
    else:
        out.line(f"job {submission.job} was asked to end; frames that are done stay done")
    return EXIT_COMPLETE
