"""Pure: the head of the page: is the film complete, and if not, what is to be done."""

from __future__ import annotations

from collections import Counter

from .charts import Bar, Value, bars_of
from .facts import Facts
from .markup import Html, cut, element, folded
from .words import counted, frames_text

MISSING = "not there"
BROKEN = "broken"
OTHER_RENDER = "of another render"

MOST_BROKEN = 200
"""Of how many broken frames is told what is wrong with them."""

LEAST_UNDONE = 0.3
"""How much of its bar one frame of many takes that is not done: it must be seen."""


def undone_reasons(facts: Facts) -> dict[int, str]:
    """Why each frame that is not done isn't, in few words."""
    reasons = dict.fromkeys(facts.survey.missing, MISSING)
    reasons.update(dict.fromkeys(facts.survey.broken, BROKEN))
    reasons.update(dict.fromkeys(facts.survey.other_render, OTHER_RENDER))
    return reasons


def status(facts: Facts, rerun: str) -> Html:
    """The headline, the film as a strip, and the command for what is missing."""
    survey = facts.survey
    whole, done = len(survey.frames), len(survey.done)
    verb = "is" if whole == 1 else "are"
    if survey.is_complete:
        title = f"Complete: all {counted(whole, 'frame')} {verb} done"
    else:
        title = f"Incomplete: {done:,} of {counted(whole, 'frame')} {verb} done"
    parts = [element("h2", title), _strip(facts), _legend(facts)]
    if not survey.is_complete:
        parts += _what_to_do(facts, rerun)
    return element("section", *parts, class_="status complete" if survey.is_complete else "status")


def _what_to_do(facts: Facts, rerun: str) -> list[Html]:
    parts = [
        element("h3", "Frames to render"),
        element("pre", frames_text(facts.survey.to_render), class_="list", tabindex="0"),
        element("h3", "The command for them, with the same settings as before"),
        element("pre", rerun, class_="list command", tabindex="0"),
    ]
    if facts.survey.broken:
        broken = [f"frame {frame}: {cut(why)}" for frame, why in facts.survey.broken.items()]
        faults = element("pre", "\n".join(broken[:MOST_BROKEN]), tabindex="0")
        parts.append(folded(f"What is wrong with {counted(len(broken), 'broken frame')}", faults))
    if facts.in_work:
        frames = frames_text(facts.in_work)
        parts.append(
            element("p", f"Begun and not ended (in work, or its child was killed): {frames}")
        )
    return parts


def _strip(facts: Facts) -> Html:
    reasons = undone_reasons(facts)
    values = [Value(str(frame), None, reasons.get(frame, "")) for frame in facts.survey.frames]
    bars = bars_of(values)
    adopted = set(map(str, facts.adopted))
    label = f"{len(facts.survey.done)} of {len(values)} frames are done, in the film's order"
    return element(
        "svg",
        *(_piece(place, bar, adopted) for place, bar in enumerate(bars)),
        class_="strip",
        viewBox=f"0 0 {len(bars)} 1",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
    )


def _piece(place: int, bar: Bar, adopted: set[str]) -> Html:
    """A bar of the film: how much of it is not done hangs down from its top."""
    kind = "adopted" if any(value.label in adopted for value in bar.values) else "done"
    title = element("title", f"{bar.label}: {bar.fault or kind}")
    undone = sum(bool(value.fault) for value in bar.values) / len(bar.values)
    parts = [title, _rectangle(place, 1.0, kind)]
    if undone:
        parts.append(_rectangle(place, max(LEAST_UNDONE, undone), "undone"))
    return element("g", *parts)


def _rectangle(place: int, height: float, kind: str) -> Html:
    return element("rect", x=str(place), y="0", width="1", height=f"{height:.3g}", class_=kind)


def _legend(facts: Facts) -> Html:
    adopted = len(facts.adopted)
    counts = {("done", "done"): len(facts.survey.done) - adopted}
    counts["adopted", "adopted: there before, whoever rendered them"] = adopted
    for reason, count in Counter(undone_reasons(facts).values()).items():
        counts["undone", reason] = count
    entries = (
        element(
            "li", element("span", class_=f"key {kind}", aria_hidden="true"), f"{count:,} {text}"
        )
        for (kind, text), count in counts.items()
        if count
    )
    return element("ul", *entries, class_="legend")
