"""Pure: an array that is to be submitted, as the window asks for it; sent in a thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..chunking.errors import BadSetting, OutputFailed
from ..chunking.frames import FrameSet
from ..chunking.setting_values import Value
from ..chunking.settings import SETTINGS, Settings
from ..publishing.output_folder import OutputFolder
from ..publishing.verify import survey
from .choice import engine_of
from .engine import Engine
from .options import FARM
from .submissions import Submission, remember
from .work import work_of


@dataclass(frozen=True)
class Sent:
    """An array that its engine has taken."""

    submission: Submission
    engine: Engine
    warning: str = ""
    """Why it can't be watched again later; empty: it can."""


@dataclass(frozen=True)
class Request:
    """What to submit. `settings` are those of the saved file, its paths absolute."""

    blend: str
    settings: Settings
    frames: FrameSet
    """Those of the whole film."""
    options: Mapping[str, Value]
    told: Mapping[str, Value] = field(default_factory=dict)
    """Settings that children are told, beside what the file says."""
    is_only_missing: bool = False
    """Whether frames that are done already are left out."""

    def send(self) -> Sent | None:
        """Submit it and keep what is needed to ask for it again. None: no frame is missing.

        Raises BadSetting where it can't be what it is, EngineFailed where the engine refuses.
        """
        frames = self._missing() if self.is_only_missing else self.frames
        if frames is None:
            return None
        farm = str(self.options[FARM.name])
        engine = engine_of(farm, self.options)
        told = {**self.told, **({"frames": str(frames)} if self.is_only_missing else {})}
        work = work_of(
            blend=self.blend,
            settings=self.settings,
            frame_count=len(frames),
            film_frames=str(self.frames) if self.is_only_missing else "",
            options=self.options,
            variables={SETTINGS[name].variable: str(value) for name, value in told.items()},
        )
        submitted = engine.submit(work)
        submission = Submission(
            farm=farm,
            job=submitted.job,
            film_job=submitted.film_job,
            name=work.name,
            size=work.size,
            blend=self.blend,
            output=self.settings.output,
            frames=str(frames),
            settings=told,
            options=dict(self.options),
        )
        try:
            remember(submission)
        except OutputFailed as error:
            return Sent(submission, engine, str(error))
        return Sent(submission, engine)

    def _missing(self) -> FrameSet | None:
        output = Path(self.settings.output)
        if not self.settings.output or not output.is_dir():
            raise BadSetting(
                f"The output folder {self.settings.output!r} is not there, so what is missing "
                "can't be known: see that it is mounted here."
            )
        missing = survey(OutputFolder(output), self.frames).to_render
        return FrameSet.of(missing) if missing else None
