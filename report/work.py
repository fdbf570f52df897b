"""Pure: who did the work: machines, children with their attempts, frames with a history."""

from __future__ import annotations

from .facts import Facts
from .markup import Html, element, folded, section, table
from .starts import Start, by_child, machines_of
from .words import counted, frames_text, seconds_text

MOST_ROWS = 200
"""Of more machines or children, those that most is to be said of."""


def frames_with_a_history(facts: Facts) -> Html:
    """Frames that were not simply rendered once, as frame lists."""
    often = sorted(frame for frame, times in facts.times_rendered.items() if times > 1)
    kinds = [
        ("Rendered more than once", often),
        ("Reused: found done by a later start", sorted(facts.times_reused)),
        ("Adopted: there before, whoever rendered them", sorted(facts.adopted)),
        ("Recorded, but not part of this film", facts.survey.extra_frames),
    ]
    rows = [
        [name, element("code", frames_text(frames)), f"{len(frames):,}"]
        for name, frames in kinds
        if frames
    ]
    if not rows:
        return Html()
    caption = "Frames that were not simply rendered once"
    shown = table(caption, ["What", "Frames", "Count"], rows, numbers=1)
    return section("Reused and repeated frames", shown)


def machines(facts: Facts) -> Html:
    """The hosts with what they did, the one with most frames first."""
    hosts = machines_of(facts.starts)
    if not hosts:
        return Html()
    rows = [
        [
            host.host or "not known",
            f"{host.starts:,}",
            f"{host.frames:,}",
            seconds_text(host.frame_seconds / host.frames) if host.frames else "–",
            str(host.threads or "not known"),
            seconds_text(host.seconds),
        ]
        for host in hosts[:MOST_ROWS]
    ]
    head = ["Host", "Starts", "Frames", "A frame, mean", "Threads", "Time"]
    caption = counted(len(hosts), "machine")
    if len(hosts) > MOST_ROWS:
        caption += f", the {MOST_ROWS} with most frames"
    return section("Machines", table(caption, head, rows, numbers=5))


def children(facts: Facts) -> Html:
    """Every start of every child; of very many those that had to be started again first."""
    by_key = by_child(facts.starts)
    if not by_key:
        return Html()
    often = sorted(by_key.items(), key=lambda item: (-len(item[1]), item[0]))[:MOST_ROWS]
    rows = [_start_row(start) for _, starts in sorted(often) for start in starts]
    head = ["Child", "Attempt", "Process", "Outcome", "Rendered", "Reused", "Adopted", "Time"]
    caption = "Starts by child"
    if len(by_key) > MOST_ROWS:
        caption += f", of the {MOST_ROWS} children with most starts"
    shown = table(caption, head, rows, numbers=4)
    again = sum(len(starts) > 1 for starts in by_key.values())
    summary = (
        f"{counted(len(by_key), 'child', 'children')} in {counted(len(facts.starts), 'start')}; "
        f"{again:,} had to be started more than once"
    )
    return section("Children and attempts", element("p", summary), folded("All starts", shown))


def _start_row(start: Start) -> list[str]:
    verdict = start.verdict
    counts = [start.frames, 0, 0]
    outcome = "no verdict"
    if verdict is not None:
        counts = [len(verdict.rendered), len(verdict.reused), len(verdict.adopted)]
        outcome = f"exit code {verdict.exit_code}" if verdict.exit_code else "complete"
    return [
        str(start.key.child),
        str(start.key.child.attempt),
        start.key.process or "not known",
        outcome,
        *(f"{count:,}" for count in counts),
        seconds_text(start.seconds),
    ]
