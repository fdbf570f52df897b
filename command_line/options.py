"""Pure: the sub-commands, and their options beside the settings of a render."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ..chunking.setting_values import Setting, Value
from ..chunking.settings import SETTINGS
from ..film.choices import CHOICES as FILM_CHOICES

DOOR = "Door"

BLEND = Setting(
    "blend", "", DOOR, "File", "The .blend file, where Blender was not started with one",
    kind="file", variables=("EFS_BLENDER_FILE_PATH",),
)  # fmt: skip
LOG = Setting(
    "log", "text", DOOR, "Log", "How the log is written",
    choices=(("text", "Text", "For people"), ("json", "JSON", "One JSON object a line")),
)  # fmt: skip
AUTOEXEC = Setting(
    "enable_autoexec", False, DOOR, "Enable Scripts",
    "Open the file with its own scripts and Python drivers switched on",
)  # fmt: skip
SETUP_SCRIPT = Setting(
    "setup_script", "", DOOR, "Set-Up Script",
    "Python file that is run in Blender after the file is opened and before anything is looked at "
    "or rendered; what it makes of the scene is what counts", kind="file",
)  # fmt: skip
JSON = Setting("json", False, DOOR, "JSON", "Print JSON instead of text")
DEEP = Setting(
    "deep", False, DOOR, "Deep", "Also compare every file's digest and decode every picture",
)  # fmt: skip
CLEAN = Setting(
    "clean", False, DOOR, "Clean", "Remove temporary files that killed children left behind",
)  # fmt: skip
JOBS = Setting(
    "jobs", 1, DOOR, "Jobs", "Number of children that run at a time, sharing the threads",
    minimum=1, maximum=1024,
)  # fmt: skip
GRACE = Setting(
    "grace", 25, DOOR, "Grace", "Seconds from a signal to the end of the child: a frame that fits "
    "is finished, any other is abandoned (AWS Batch kills after 30)",
    minimum=1, maximum=86_400,
)  # fmt: skip
TIME_LIMIT = Setting(
    "time_limit", 0, DOOR, "Time Limit", "Seconds after which the child has ended in order, for "
    "engines with a hard limit; 0: none",
    minimum=0, maximum=31_536_000,
)  # fmt: skip
FRAME_TIMEOUT = Setting(
    "frame_timeout", 0, DOOR, "Frame Timeout", "Seconds after which a frame counts as hanging, and "
    "Blender is ended; 0: never",
    minimum=0, maximum=31_536_000,
)  # fmt: skip
BAKE_FILE = Setting(
    "bake_file", "", DOOR, "Bake File",
    "The copy of the .blend to bake into; empty: beside it, with _baked in its name", kind="file",
)  # fmt: skip
TO = Setting(
    "to", "", DOOR, "To", "Where it is sent or fetched to: a folder, which is made if it is not "
    "there; a project also to s3://BUCKET/PREFIX", kind="folder",
)  # fmt: skip
SEND = Setting(
    "send", "", DOOR, "Send", "Send the project first, to a folder or to s3://BUCKET/PREFIX, and "
    "have what is there rendered", kind="folder",
)  # fmt: skip
FROM = Setting(
    "from", "", DOOR, "From", "What frames are fetched from: the output folder of an array, or "
    "s3://BUCKET/PREFIX where it lies",
    kind="folder",
)  # fmt: skip
FOLLOW = Setting("follow", False, DOOR, "Follow", "Wait until the array is over")
WHEN_DONE = Setting(
    "when_done", "", DOOR, "When Done", "Command that the shell runs once the array is over, with "
    "--follow; variables that begin with ARRAY_CHUNK_DONE_ tell it the outcome",
)  # fmt: skip
LIVE = Setting(
    "live", "", DOOR, "Live", "The output folder of an array that renders: the page is kept up to "
    "date until all frames are done or the array is over",
    kind="folder",
)  # fmt: skip
LANE = Setting("lane", 0, DOOR, "Lane", "Which lane of its child this is", maximum=64)
LANE_RUN = Setting("lane_run", "", DOOR, "Lane Run", "Name of the run that the lanes share")
LANE_FOLDER = Setting(
    "lane_folder", "", DOOR, "Lane Folder", "The id that is in the child's output folder"
)
LANE_HOME = Setting("lane_home", "", DOOR, "Lane Home", "Local folder of the child", kind="folder")
JOB = Setting("job", "", DOOR, "Job", "Id of a job; empty: the one that was submitted last")
MISSING = Setting(
    "missing_frames", False, DOOR, "Missing Frames", "Submit only frames that are not done yet"
)
EXPORT = Setting(
    "export", "", DOOR, "Export", "Write what would be submitted into this folder instead",
    kind="folder",
)  # fmt: skip
FILM_JOB = Setting("film_job", "", DOOR, "Film Job", "Id of the job that makes the film")
FILM_LOG = Setting("film", False, DOOR, "Film", "Show the log of the job that makes the film")
LINES = Setting(
    "lines", 50, DOOR, "Lines", "How many lines of the log's end are shown", minimum=1,
    maximum=100_000,
)  # fmt: skip
ASKING = (JSON, JOB, FILM_JOB)
ENDING = (GRACE, TIME_LIMIT, FRAME_TIMEOUT)


def _farm_setting() -> tuple[Setting, ...]:
    from ..engines.farms import FARM_SETTING

    return (FARM_SETTING,)


def _submit_options() -> tuple[Setting, ...]:
    from ..engines.farms import SUBMIT_OPTIONS

    return SUBMIT_OPTIONS


class Command(NamedTuple):
    """A sub-command, what it does, and the options that it has beside the settings."""

    name: str
    summary: str
    own: tuple[Setting, ...] = ()
    of_farms: Callable[[], tuple[Setting, ...]] = tuple
    """What the engines declare. A child has none of it, so it does not load them at its start."""
    answers: bool = False
    """True where standard output is the answer, so that the log has to go elsewhere."""
    hidden: bool = False
    """True for what is only called by ourselves."""
    is_child: bool = False
    """True where it renders one chunk: the array's index is its own."""

    @property
    def options(self) -> tuple[Setting, ...]:
        """All that it has beside the settings of a render and what all sub-commands have."""
        return (*self.own, *self.of_farms())


COMMON = (BLEND, LOG, AUTOEXEC)

COMMANDS: Mapping[str, Command] = {
    each.name: each
    for each in (
        Command(
            "render",
            "Render this child's chunk (what no sub-command means, too)",
            (SETUP_SCRIPT, *ENDING),
            is_child=True,
        ),
        Command(
            "lane",
            "Render frames of a child's chunk beside it",
            (SETUP_SCRIPT, *ENDING, LANE, LANE_RUN, LANE_FOLDER, LANE_HOME),
            hidden=True,
            is_child=True,
        ),
        Command(
            "plan",
            "Show all chunks and what is done of them",
            (SETUP_SCRIPT, JSON),
            answers=True,
        ),
        Command(
            "verify",
            "Look for missing, broken and extra frames in the output folder",
            (SETUP_SCRIPT, JSON, DEEP, CLEAN),
            answers=True,
        ),
        Command(
            "check",
            "Look for what would go wrong with the scene",
            (SETUP_SCRIPT, JSON),
            answers=True,
        ),
        Command(
            "run-array",
            "Render all chunks on this machine",
            (SETUP_SCRIPT, JOBS, JOB, *ENDING),
        ),
        Command(
            "submit",
            "Submit the array to a farm, and go on",
            (SETUP_SCRIPT, JSON, MISSING, EXPORT, SEND, *ENDING),
            _submit_options,
            answers=True,
        ),
        Command(
            "status",
            "Show how a submitted array is doing",
            (*ASKING, FOLLOW, WHEN_DONE),
            _farm_setting,
            answers=True,
        ),
        Command(
            "logs",
            "Show the end of a child's log (--index), or of the film's job",
            (*ASKING, FILM_LOG, LINES),
            _farm_setting,
            answers=True,
        ),
        Command("cancel", "End a submitted array", ASKING, _farm_setting, answers=True),
        Command(
            "film",
            "Make a film and a contact sheet of the frames, beside the output folder",
            (SETUP_SCRIPT, *FILM_CHOICES),
        ),
        Command(
            "bake",
            "Bake simulations into a copy of the .blend, for an array to render",
            (BAKE_FILE,),
        ),
        Command(
            "send",
            "Send the .blend with every file that it renders with to a folder or a bucket",
            (TO, JSON),
            answers=True,
        ),
        Command(
            "fetch",
            "Fetch finished frames from the output folder of an array",
            (FROM, TO, FOLLOW, WHEN_DONE, JSON, JOB, SETUP_SCRIPT),
            answers=True,
        ),
        Command(
            "report",
            "Make a page that shows how the render went, or goes, beside the output folder",
            (SETUP_SCRIPT, LIVE),
        ),
        Command("draw", "Draw a tiny picture, to see whether Blender can", hidden=True),
        Command("rewrite", "Rewrite paths in .blends", answers=True, hidden=True),
        Command("decode", "Decode pictures named on standard input", answers=True, hidden=True),
    )
}


def options_of(command: Command) -> dict[str, Setting]:
    """All options of a sub-command, by their word: the settings, the common and its own."""
    return {**SETTINGS, **{each.name: each for each in (*COMMON, *command.options)}}


def variables_of(settings: Mapping[str, Setting]) -> dict[str, Setting]:
    """The environment variables that set these settings."""
    return {
        variable: setting
        for setting in settings.values()
        for variable in (setting.variable, *setting.variables)
    }


@functools.cache
def all_options() -> Mapping[str, Setting]:
    """The options of every sub-command: a variable may be meant for another one than this."""
    every = [options_of(each) for each in COMMANDS.values()]
    return {name: setting for options in every for name, setting in options.items()}


def defaults(command: Command) -> dict[str, Value]:
    """What the options beside the settings are where they are not given."""
    return {each.name: each.default for each in (*COMMON, *command.options)}
