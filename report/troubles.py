"""Pure: what went wrong: failed starts with the ends of their logs, crashes, warnings."""

from __future__ import annotations

from collections import Counter

from ..publishing.output_folder import OutputFolder
from .children import ChildVerdict, log_end
from .facts import Facts
from .markup import Html, cut, element, folded, section, table
from .starts import Start
from .words import counted, frames_text, seconds_text

MOST_FAILURES = 40
"""How many are shown with their log; what they have in common is in the first of them."""
MOST_IN_SIGHT = 8
MOST_ROWS = 100

MEANINGS = {
    64: "bad setting",
    65: "the scene can't be rendered as it is",
    66: "the .blend can't be read",
    69: "frames given up",
    70: "Blender failed on a frame, or hung",
    74: "stage or output could not be written",
    75: "interrupted",
}
"""The exit codes of chunking/errors.py in few words."""


def failures(facts: Facts) -> Html:
    """What did not end well, and what did not end at all."""
    parts = _failed_starts(facts)
    silent = [start for start in facts.starts if start.verdict is None]
    if silent:
        parts.append(_silent(silent))
    if unseen := [] if facts.survey.is_complete else _unseen(facts):
        what = "Children that left no trace at all (not started, or killed early)"
        parts.append(element("p", f"{what}: {frames_text(unseen)}"))
    if facts.evidence:
        rows = [
            [str(frame), str(len(texts)), cut(texts[-1])]
            for frame, texts in list(facts.evidence.items())[:MOST_ROWS]
        ]
        caption = _caption(len(facts.evidence), "frame", " in which Blender crashed or hung")
        parts.append(table(caption, ["Frame", "Times", "What it left behind last"], rows))
    return section("Failures", *parts) if parts else Html()


def _failed_starts(facts: Facts) -> list[Html]:
    """The latest first, but those before all others whose frames are still not done."""
    folder = OutputFolder(facts.root)
    failed = [verdict for verdict in reversed(facts.verdicts) if verdict.exit_code]
    open_frames = frozenset(facts.survey.to_render)
    settled = [_is_settled(verdict, open_frames) for verdict in failed]
    ordered = sorted(zip(settled, failed, strict=True), key=lambda pair: pair[0])
    parts = [
        _failure(folder, verdict, is_settled, unfold=place == 0 and not is_settled)
        for place, (is_settled, verdict) in enumerate(ordered[:MOST_FAILURES])
    ]
    if len(parts) > MOST_IN_SIGHT:
        more = counted(len(parts) - MOST_IN_SIGHT, "more failed start")
        parts[MOST_IN_SIGHT:] = [folded(more, *parts[MOST_IN_SIGHT:])]
    if len(ordered) > MOST_FAILURES:
        more = counted(len(ordered) - MOST_FAILURES, "failed start")
        parts.append(element("p", f"And {more}, with verdicts and logs in .array_chunk/children."))
    return parts


def _unseen(facts: Facts) -> list[int]:
    """The indices of the pinned array's children that left neither a verdict nor a record."""
    ours = [verdict for verdict in facts.verdicts if verdict.render_id == facts.pin.render_id]
    size = max((verdict.child.size for verdict in ours), default=0)
    seen = {start.key.child.index for start in facts.starts if start.key.child.size == size}
    return [index for index in range(size) if index not in seen]


def _is_settled(verdict: ChildVerdict, open_frames: frozenset[int]) -> bool:
    """Whether every frame of the film that this start should have made is done by now."""
    return bool(verdict.wanted) and next(verdict.wanted.among(open_frames), None) is None


def _failure(folder: OutputFolder, verdict: ChildVerdict, settled: bool, unfold: bool) -> Html:
    state = element(
        "span",
        "made good later" if settled else "open",
        class_="state settled" if settled else "state",
    )
    meaning = MEANINGS.get(verdict.exit_code, "an unknown exit code")
    name = f"child {verdict.child}, attempt {verdict.child.attempt}: {verdict.exit_code}, {meaning}"
    where = f"{verdict.process}, after {seconds_text(verdict.seconds)}"
    parts = [element("p", cut(verdict.message)), element("p", where)]
    reasons = {**verdict.failed, **verdict.given_up}
    if reasons:
        rows = [[cut(frame), cut(why)] for frame, why in list(reasons.items())[:MOST_ROWS]]
        parts.append(table(_caption(len(reasons), "failed frame"), ["Frame", "Reason"], rows))
    if lines := log_end(folder, verdict.log):
        parts.append(element("h3", f"The log's last lines ({verdict.log})"))
        parts.append(element("pre", "\n".join(map(cut, lines)), class_="log", tabindex="0"))
    opened = {"open": ""} if unfold else {}
    return element("details", element("summary", state, name), *parts, class_="failure", **opened)


def _caption(count: int, noun: str, more: str = "") -> str:
    first = f" (the first {MOST_ROWS})" if count > MOST_ROWS else ""
    return counted(count, noun) + more + first


def _silent(starts: list[Start]) -> Html:
    rows = [
        [
            str(start.key.child),
            str(start.key.child.attempt),
            start.key.process or "not known",
            str(start.frames),
        ]
        for start in starts[:MOST_ROWS]
    ]
    caption = _caption(len(starts), "start", " without a verdict: killed, or running yet")
    return table(caption, ["Child", "Attempt", "Process", "Frames"], rows, numbers=1)


def warnings(facts: Facts) -> Html:
    """Each warning once, with how many starts gave it and in which children."""
    given: Counter[str] = Counter()
    where: dict[str, list[int]] = {}
    for verdict in facts.verdicts:
        for warning in dict.fromkeys(verdict.warnings):
            given[warning] += 1
            where.setdefault(warning, []).append(verdict.child.index)
    if not given:
        return Html()
    rows = [
        [cut(warning), cut(frames_text(sorted(where[warning]))), f"{count:,}"]
        for warning, count in given.most_common(MOST_ROWS)
    ]
    caption = _caption(len(given), "warning")
    return section("Warnings", table(caption, ["Warning", "Children", "Starts"], rows, numbers=1))
