"""The sub-command `fetch`: finished frames brought from where a farm renders them."""

from __future__ import annotations

import dataclasses
import importlib.util
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..chunking.errors import EXIT_COMPLETE, BadSetting, FramesGivenUp, SceneRefused
from ..chunking.frames import FrameSet, frames_from
from ..chunking.settings import settings_from
from ..engines.farms import engine_for
from ..engines.submissions import Submission, last_into, recall
from ..engines.watching import ENDED, Watched, exit_code_of
from ..transport.destinations import frame_source_of
from ..transport.fetched_folder import FetchedFolder
from ..transport.fetching import Fetched, Fetching, read_source_pin
from ..transport.followed_fetching import FollowedFetching
from ..transport.frame_source import FrameSource, SourceAway
from .doors import blender
from .following import EndSignals, StandLine, follow, refuse_alone, run_when_done
from .opened_file import open_and_plan
from .options import FOLLOW, FROM, JOB, TO
from .printing import Answer
from .sources import Invocation
from .transfer_progress import progress_for

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""How often a folder is looked at, of whose array no more is known."""
MOST_NAMED = 100
"""Frames that did not come and are named one by one."""


def fetch(invocation: Invocation, out: Answer, chatter_file: Path) -> int:
    """Fetch what is finished, with `--follow` until all is; print what has come.

    Returns 0, 65 where something is in the way of frames, 69 where they are damaged, and with
    `--follow` what the array ended with where it has left frames out. Raises
    BadSetting, SceneRefused, OutputFailed, Interrupted.
    """
    refuse_alone(invocation)
    options = invocation.options
    source = frame_source_of(str(options[FROM.name]), chatter_file.parent)
    if not options[TO.name]:
        raise BadSetting("No folder to fetch to is named: write --to FOLDER.")
    target = Path(str(options[TO.name])).absolute()
    source.refuse_target(target)
    signals = EndSignals()
    submission = _submission(source, str(options[JOB.name]))
    frames = _frames(invocation, submission)
    form = str(options["log"])
    fetching = Fetching(
        source, FetchedFolder(target), frames, progress_for(form, "fetching"), signals.check
    )
    code = EXIT_COMPLETE
    if options[FOLLOW.name]:
        code = Following(fetching, submission, form).run(signals)
    else:
        fetching.look()
        if fetching.pin is None:
            raise BadSetting(
                f"--from is {str(source)!r}, into which no array has rendered yet: name the output "
                "folder of one, in which there is a folder .array_chunk."
            )
    _say_what_did_not_come(fetching.done)
    if fetching.done.in_the_way:
        code = SceneRefused.exit_code
    elif fetching.done.damaged:
        code = FramesGivenUp.exit_code
    fields = _fields(fetching, str(source), target)
    if options["json"]:
        out.json(fields)
    else:
        out.lines(_lines(fields))
    out.flush()
    outcome = {"folder": target, "frames": fields["done"], "of": fields["wanted"]}
    return run_when_done(invocation, code, outcome)


def _say_what_did_not_come(done: Fetched) -> None:
    for frame, reason in sorted(done.damaged.items())[:MOST_NAMED]:
        log.error("frame %d was not fetched: %s. %s.", frame, reason, done.advice(frame))
    if len(done.damaged) > MOST_NAMED:
        log.error(
            "and %d more frames were not fetched: --json lists them all",
            len(done.damaged) - MOST_NAMED,
        )


def _submission(source: FrameSource, job: str) -> Submission | None:
    """The array that renders there, where it was submitted from this machine."""
    if job:
        return recall(job)
    pin = read_source_pin(source, lambda: None)
    return (recall(pin.render_id) if pin else None) or last_into(Path(str(source)))


def _frames(invocation: Invocation, submission: Submission | None) -> FrameSet | None:
    """The array's frames, by --frames, by the .blend, or as it was submitted; None: not known."""
    if invocation.settings.get("frames"):
        return settings_from(invocation.settings).frames.frames
    has_blender = importlib.util.find_spec("bpy") is not None
    if has_blender and (invocation.options["blend"] or blender().data.filepath):
        return open_and_plan(invocation)[1].frames
    text = (submission.film_frames or submission.frames) if submission else ""
    return frames_from(text) if text else None


class Following:
    """Fetches until nothing more can come."""

    def __init__(self, fetching: Fetching, submission: Submission | None, log_form: str) -> None:
        self._fetching = fetching
        self._followed = FollowedFetching(fetching, self._is_over)
        self._watched: Watched | None = None
        if submission is not None:  # what is done is counted where it is fetched from
            unseen = dataclasses.replace(submission, output="")
            self._watched = Watched(unseen, engine_for(submission))
        self._line = StandLine(log_form)
        self._error = ""
        """What was wrong when it was last said."""

    def run(self, signals: EndSignals) -> int:
        """Come back when all is here, or the array is over; return what it ended with."""
        if self._fetching.frames is None:
            raise BadSetting(
                "Which frames the array renders is not known here, so that --follow has no end: "
                "name them by --frames, or the .blend by --blend."
            )
        seconds = self._watched.seconds if self._watched else LOOK_SECONDS
        try:
            follow(self._look, seconds, signals)
            try:
                self._fetching.look(anew=True)
            except SourceAway as away:
                if not self._fetching.is_complete:
                    raise
                self._line.warn(str(away))
        finally:
            self._line.erase()
        if self._fetching.is_complete:
            return EXIT_COMPLETE
        state = self._watched.state if self._watched else None
        return (exit_code_of(state) if state else EXIT_COMPLETE) or SceneRefused.exit_code

    def _is_over(self) -> bool:
        if self._watched is None:
            return False
        self._watched.look_now()
        state = self._watched.state
        return not self._watched.error and state is not None and state.state in ENDED

    def _look(self) -> bool:
        self._line.erase()
        is_last = self._followed.look()
        error = self._followed.error or (self._watched.error if self._watched else "")
        if error not in ("", self._error):
            self._line.warn(error)
        self._error = error
        here, frames = len(self._fetching.done.here), self._fetching.frames
        assert frames is not None
        if not is_last:
            text = f"fetched: {here} of {len(frames)} frames are here"
            self._line.show(text, here, len(frames))
        return is_last


def _fields(fetching: Fetching, source: str, target: Path) -> dict[str, Any]:
    done, frames = fetching.done, fetching.frames
    missing = [] if frames is None else [frame for frame in frames if frame not in done.here]
    return {
        "source": source,
        "folder": str(target),
        "wanted": None if frames is None else len(frames),
        "done": len(done.here),
        "complete": None if frames is None else fetching.is_complete,
        "fetched": str(FrameSet.of(sorted({*done.frames}))) if done.frames else "",
        "fetched_bytes": done.bytes,
        "missing": str(FrameSet.of(missing)) if missing else "",
        "damaged": {str(frame): reason for frame, reason in sorted(done.damaged.items())},
    }


def _lines(fields: dict[str, Any]) -> Iterator[str]:
    whole = "" if fields["wanted"] is None else f" of {fields['wanted']}"
    news = f"fetched {fields['fetched']}, {fields['fetched_bytes']:,} bytes"
    yield (
        f"{fields['folder']}: {fields['done']}{whole} frames are here; "
        f"{news if fields['fetched'] else 'nothing new'}"
    )
    if fields["missing"]:
        yield f"missing: {fields['missing']}"
