"""Pure: an array that is to be submitted, as the window or the command line asks for it."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..chunking.errors import BadSetting, OutputFailed
from ..chunking.frames import FrameSet
from ..chunking.setting_values import Value
from ..chunking.settings import Settings
from ..machine.environment import variables_of
from ..machine.main_command import MAIN
from ..publishing.output_folder import OutputFolder
from ..publishing.verify import survey_of
from .engine import Engine, Farm, Work
from .farms import FARM_SETTING, engine_of, farm_of
from .options import WorkOptions, parse_options
from .submissions import Submission, remember

MOST_NAME_CHARACTERS = 100
"""AWS Batch takes 128; the film's job appends to it."""


@dataclass(frozen=True)
class Receipt:
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
    child_settings: Mapping[str, Value] = field(default_factory=dict)
    """Settings that children are told, beside what the file says."""
    is_only_missing: bool = False
    """Whether frames that are done already are left out."""

    variables: Mapping[str, str] = field(default_factory=dict)
    """What else children are told: options of the sub-command that they are."""

    @property
    def farm(self) -> Farm[Any]:
        """Where it is to run. Raises BadSetting for a name that no farm has."""
        return farm_of(str(self.options[FARM_SETTING.name]))

    @functools.cached_property
    def to_render(self) -> FrameSet | None:
        """The frames that the array is to render; None: none is missing. Raises BadSetting."""
        if not self.is_only_missing:
            return self.frames
        output = Path(self.settings.output)
        if not self.settings.output or not output.is_dir():
            raise BadSetting(
                f"The output folder {self.settings.output!r} is not there, so what is missing "
                "can't be known: see that it is mounted here."
            )
        missing = survey_of(OutputFolder(output), self.frames).to_render
        return FrameSet.of(missing) if missing else None

    def work(self) -> Work | None:
        """What the engine is to run; None: no frame is missing.

        Paths are those of this machine, where no others are named for the farm's. Raises BadSetting
        where there is no output folder, or where an option can't be what it is.
        """
        frames = self.to_render
        if frames is None:
            return None
        options = parse_options(WorkOptions, self.options)
        if self.farm.is_here:
            options = dataclasses.replace(
                options, farm_blend="", farm_output="", farm_blender="", farm_main=""
            )
        output = options.farm_output or self.settings.output
        if not output:
            raise BadSetting(
                "No output folder is named: set EFS_BLENDER_OUTPUT_FOLDER_PATH or --output, or "
                "--farm-output where only the farm sees it."
            )
        return Work(
            name=options.job_name or job_name(self.blend),
            size=min(self.settings.size, len(frames)),  # no machine is started for an empty chunk
            blend=options.farm_blend or self.blend,
            output=options.farm_output or str(Path(output).absolute()),
            blender=options.farm_blender or "blender",
            main=options.farm_main or str(MAIN),
            variables={**variables_of(self._settings), **self.variables},
            makes_film=options.with_film,
            film_frames=str(self.frames) if self.is_only_missing else "",
        )

    def refuse_unfit(self) -> None:
        """Raise BadSetting where the farm would not take it, as far as is known before it asks."""
        work = self.work()
        if work is not None and self.farm.files is not None:
            self.farm.files(self.farm.parse(self.options), work)

    def send(self) -> Receipt | None:
        """Submit it and keep what is needed to ask for it again. None: no frame is missing.

        Raises BadSetting where it can't be what it is, EngineFailed where the engine refuses.
        """
        work = self.work()
        if work is None:
            return None
        output = self.settings.output
        engine = engine_of(self.farm.name, self.options, output)
        submitted = engine.submit(work)
        submission = Submission(
            farm=self.farm.name,
            job=submitted.job,
            film_job=submitted.film_job,
            name=work.name,
            size=work.size,
            blend=self.blend,
            output=str(Path(output).absolute()) if output else "",
            frames=str(self.to_render),
            film_frames=str(self.frames),
            settings=self._settings,
            variables=dict(self.variables),
            options=dict(self.options),
        )
        try:
            remember(submission)
        except OutputFailed as error:
            return Receipt(submission, engine, str(error))
        return Receipt(submission, engine)

    @property
    def _settings(self) -> dict[str, Value]:
        frames = {"frames": str(self.to_render)} if self.is_only_missing else {}
        return {**self.child_settings, **frames}


def job_name(blend: str) -> str:
    """A name that every engine takes, from that of the file."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(blend).stem).strip("-_")
    return name[:MOST_NAME_CHARACTERS] or "array-chunk-render"
