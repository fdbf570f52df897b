"""Pure: an array that is to be submitted, as the window or the command line asks for it."""

from __future__ import annotations

import functools
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
from .engine import Engine, Work
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
    """What to submit. `settings` are those of the saved file."""

    blend: str
    settings: Settings
    frames: FrameSet
    """Those of the whole film."""
    options: Mapping[str, Value]
    told: Mapping[str, Value] = field(default_factory=dict)
    """Settings that children are told, beside what the file says."""
    is_only_missing: bool = False
    """Whether frames that are done already are left out."""

    variables: Mapping[str, str] = field(default_factory=dict)
    """What else children are told: options of the sub-command that they are."""

    @functools.cached_property
    def to_render(self) -> FrameSet | None:
        """The frames that the array is to render; None: none is missing. Raises BadSetting."""
        return self._missing() if self.is_only_missing else self.frames

    def work(self) -> Work | None:
        """What the engine is to run; None: no frame is missing. Raises BadSetting."""
        frames = self.to_render
        if frames is None:
            return None
        told = {SETTINGS[name].variable: str(value) for name, value in self._told.items()}
        return work_of(
            blend=self.blend,
            settings=self.settings,
            frame_count=len(frames),
            film_frames=str(self.frames) if self.is_only_missing else "",
            options=self.options,
            variables={**told, **self.variables},
        )

    def send(self) -> Sent | None:
        """Submit it and keep what is needed to ask for it again. None: no frame is missing.

        Raises BadSetting where it can't be what it is, EngineFailed where the engine refuses.
        """
        work = self.work()
        if work is None:
            return None
        farm = str(self.options[FARM.name])
        engine = engine_of(farm, {**self.options, "output": self.settings.output})
        submitted = engine.submit(work)
        output = self.settings.output
        submission = Submission(
            farm=farm,
            job=submitted.job,
            film_job=submitted.film_job,
            name=work.name,
            size=work.size,
            blend=self.blend,
            output=str(Path(output).absolute()) if output else "",
            frames=str(self.to_render),
            film_frames=str(self.frames),
            settings=self._told,
            variables=dict(self.variables),
            options=dict(self.options),
        )
        try:
            remember(submission)
        except OutputFailed as error:
            return Sent(submission, engine, str(error))
        return Sent(submission, engine)

    @property
    def _told(self) -> dict[str, Value]:
        frames = {"frames": str(self.to_render)} if self.is_only_missing else {}
        return {**self.told, **frames}

    def _missing(self) -> FrameSet | None:
        output = Path(self.settings.output)
        if not self.settings.output or not output.is_dir():
            raise BadSetting(
                f"The output folder {self.settings.output!r} is not there, so what is missing "
                "can't be known: see that it is mounted here."
            )
        missing = survey(OutputFolder(output), self.frames).to_render
        return FrameSet.of(missing) if missing else None
