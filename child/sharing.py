"""Whether a child may share frames with others: with lanes of its own, with other children."""

from __future__ import annotations

from dataclasses import dataclass

from ..chunking.settings import Settings
from ..publishing.verdict import Verdict
from ..scene.identity import is_saved_file
from . import session
from .lane_processes import Lanes


@dataclass(frozen=True)
class Sharing:
    """What a child may do."""

    helps: bool
    lanes: Lanes | None
    """Starts lanes; None: it may have none."""

    @classmethod
    def choose(cls, settings: Settings, verdict: Verdict, device: str, warms_up: bool) -> Sharing:
        """What the settings and the render allow; a setting that is not followed is said."""
        alone = _why_alone(warms_up)
        lanes = session.lanes
        if alone or (settings.lanes == 0 and device != "CPU"):  # lanes would wait for one GPU
            lanes = None
        if settings.lanes > 1 and lanes is None and not session.lane_run:
            reason = alone or "this Blender was not started by main.py"
            verdict.warn(f"--lanes is {settings.lanes}, but there is one only: {reason}.")
        helps = settings.help_others == "on"
        alone = alone or (_why_no_help(settings) if helps else "")
        if helps and alone:
            verdict.warn(f"--help-others is on, but this child helps nobody: {alone}.")
        return cls(helps and not alone, lanes)


def _why_no_help(settings: Settings) -> str:
    """Why a child with these settings can't tell which frames of others are to be rendered."""
    if settings.existing == "keep":
        return "--existing keep may find its pictures there already"
    if settings.existing == "overwrite" and not settings.render_id:
        return (
            "--existing overwrite would render the whole film again, where no --render-id tells "
            "which frames are this array's"
        )
    return ""


def _why_alone(warms_up: bool) -> str:
    """Why nobody else can render frames of this render; empty: others can."""
    if not is_saved_file():
        return "what is rendered is in this process' memory alone"
    if warms_up:
        return "--unbaked warm-up goes through the frames before, in every process anew"
    return ""
