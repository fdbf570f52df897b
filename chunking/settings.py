"""Pure: every setting of a chunk render, declared once.

A field of `Settings` is one setting under one word: the option ``--word``, the variable
``ARRAY_CHUNK_WORD``, and the property ``word`` of the operator, of the file and of the
preferences are all made from it. "As in the scene" is the default wherever the scene has an
opinion: ``scene`` for a choice, an empty text, 0 or -1 for a number (the help says which).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .errors import BadSetting
from .frames import FrameList
from .setting_values import Setting, Value, parse_value

ARRAY = "Array"
OUTPUT = "Output"
SCENE = "Scene"
PICTURE = "Picture"
SAMPLING = "Sampling"
MACHINE = "Machine"
CHECKS = "Checks"
BOOKKEEPING = "Bookkeeping"
"""Group of what only a farm has a use for: no artist sees it."""

GROUPS = (ARRAY, OUTPUT, SCENE, PICTURE, SAMPLING, MACHINE, CHECKS)

MOST_CHILDREN = 10_000
"""The largest array, AWS Batch's own limit (its user guide, "Array jobs")."""


Partition = Literal["contiguous", "interleaved"]


def _setting(default: Value, group: str, label: str, help: str, **more: Any) -> Any:
    setting = Setting("", default, group, label, help, **more)
    return field(default=default, metadata={"setting": setting})


@dataclass(frozen=True)
class Settings:
    """What one child is to do; frozen once the door (environment or UI) has been passed."""

    # Array
    size: int = _setting(
        1, ARRAY, "Array Size",
        "Number of children that share the animation, one chunk each",
        minimum=1, maximum=MOST_CHILDREN,
    )  # fmt: skip
    index: int = _setting(
        0, ARRAY, "Array Index",
        "Which child this is, counted from 0: it renders the chunk of the same number",
        minimum=0, maximum=MOST_CHILDREN - 1, on_file=False,
    )  # fmt: skip
    partition: Partition = _setting(  # noqa: RUF009  it gives a field
        "contiguous", ARRAY, "Partition",
        "How frames are shared out: one run of neighbours each, or every N-th frame each",
        choices=(
            ("contiguous", "Contiguous", "Each child renders one run of neighbouring frames"),
            ("interleaved", "Interleaved", "Each child renders every N-th frame: fair shares, "
             "and the whole film can be judged early"),
        ),
    )  # fmt: skip
    frames: FrameList = _setting(  # noqa: RUF009  it gives a field
        FrameList(), ARRAY, "Frames",
        "Frames to render instead of the scene's range, such as 1-100x2,150 or @list.txt; "
        "empty: start, end and step of the scene",
        kind="frames",
    )  # fmt: skip

    # Output
    output: str = _setting(
        "", OUTPUT, "Output Folder",
        "Folder that the finished frames are put into; it is made if it is not there",
        kind="folder", variables=("EFS_BLENDER_OUTPUT_FOLDER_PATH",),
    )  # fmt: skip
    prefix: str = _setting(
        "", OUTPUT, "File Prefix",
        "Text before the frame number in the names of the pictures",
        kind="file name",
    )  # fmt: skip
    existing: Literal["resume", "overwrite", "keep"] = _setting(
        "resume", OUTPUT, "Existing Frames",
        "What to do with frames that are in the output folder already",
        choices=(
            ("resume", "Resume", "Keep frames of this very render, render all others"),
            ("overwrite", "Overwrite", "Render again what another array job rendered"),
            ("keep", "Keep", "Keep every whole picture that is there, whoever made it"),
        ),
    )  # fmt: skip
    stage: str = _setting(
        "", OUTPUT, "Stage Folder",
        "Local folder for the picture in work; empty: the system's folder for temporary files",
        kind="folder", on_file=False,
    )  # fmt: skip

    # Scene
    scene: str = _setting(
        "", SCENE, "Scene",
        "Name of the scene to render; empty: the one the file was saved with",
    )  # fmt: skip
    camera: str = _setting(
        "", SCENE, "Camera",
        "Name of the camera to render through, whatever the timeline's markers say; "
        "empty: as in the scene",
    )  # fmt: skip
    layers: str = _setting(
        "", SCENE, "View Layers",
        "Names of the view layers to render, separated by commas; empty: as in the scene",
        kind="names",
    )  # fmt: skip
    engine: Literal["scene", "cycles"] = _setting(
        "scene", SCENE, "Engine",
        "Render engine; the pictures of another engine look different",
        choices=(
            ("scene", "As in the Scene", "The engine that the scene is set to"),
            ("cycles", "Cycles", "Cycles, whatever the scene is set to"),
        ),
    )  # fmt: skip

    # Picture
    resolution: str = _setting(
        "", PICTURE, "Resolution",
        "Width and height in pixels, such as 1920x1080; empty: as in the scene",
        kind="resolution",
    )  # fmt: skip
    percentage: int = _setting(
        0, PICTURE, "Percentage",
        "Percentage of the resolution; 0: as in the scene",
        minimum=0, maximum=32767,
    )  # fmt: skip
    format: Literal[
        "scene", "png", "jpeg", "tiff", "webp", "open_exr", "open_exr_multilayer", "avif"
    ] = _setting(
        "scene", PICTURE, "Format",
        "File format of the pictures",
        choices=(
            ("scene", "As in the Scene", "The format that the scene is set to"),
            ("png", "PNG", "PNG"),
            ("jpeg", "JPEG", "JPEG"),
            ("tiff", "TIFF", "TIFF"),
            ("webp", "WebP", "WebP"),
            ("open_exr", "OpenEXR", "OpenEXR, one layer"),
            ("open_exr_multilayer", "OpenEXR Multilayer", "OpenEXR with all passes"),
            # A .blend holds a choice by its place: later ones go last.
            ("avif", "AVIF", "AVIF, by Blender 5.1 and later"),
        ),
        aliases={"jpg": "jpeg", "tif": "tiff", "exr": "open_exr", "openexr": "open_exr",
                 "multilayer": "open_exr_multilayer"},
    )  # fmt: skip
    depth: Literal["scene", "8", "16", "32", "10", "12"] = _setting(
        "scene", PICTURE, "Color Depth",
        "Bits per channel; not every format has every depth",
        choices=(
            ("scene", "As in the Scene", "The depth that the scene is set to"),
            *((n, f"{n} bit", f"{n} bits per channel") for n in "8 16 32 10 12".split()),
        ),
    )  # fmt: skip
    compression: int = _setting(
        -1, PICTURE, "Compression",
        "PNG: percentage of the effort to make files small; -1: as in the scene",
        minimum=-1, maximum=100,
    )  # fmt: skip
    quality: int = _setting(
        -1, PICTURE, "Quality",
        "JPEG, WebP and AVIF: percentage of quality; -1: as in the scene",
        minimum=-1, maximum=100,
    )  # fmt: skip
    codec: str = _setting(
        "", PICTURE, "Codec",
        "OpenEXR and TIFF: name of the compression, such as ZIP, DWAA or LZW; "
        "empty: as in the scene",
    )  # fmt: skip

    # Sampling
    samples: int = _setting(
        0, SAMPLING, "Samples",
        "Samples per pixel; 0: as in the scene",
        minimum=0, maximum=1 << 24,
    )  # fmt: skip
    seed: int = _setting(
        -1, SAMPLING, "Noise Seed",
        "Seed of the noise pattern, the same for every frame; -1: as in the scene",
        minimum=-1, maximum=(1 << 31) - 1,
    )  # fmt: skip
    denoise: Literal["scene", "on", "off"] = _setting(
        "scene", SAMPLING, "Denoise",
        "Denoising of the finished picture",
        choices=(
            ("scene", "As in the Scene", "As the scene is set"),
            ("on", "On", "Denoise"),
            ("off", "Off", "Don't denoise"),
        ),
    )  # fmt: skip
    simplify: Literal["scene", "on", "off"] = _setting(
        "scene", SAMPLING, "Simplify",
        "Blender's Simplify settings, for a quick test",
        choices=(
            ("scene", "As in the Scene", "As the scene is set"),
            ("on", "On", "Use the scene's Simplify settings"),
            ("off", "Off", "Ignore the scene's Simplify settings"),
        ),
    )  # fmt: skip

    # Machine
    gpu: bool = _setting(
        False, MACHINE, "Use GPU",
        "Render on the GPU; off: on the CPU, which every farm machine has",
        variables=("USE_GPU",),
    )  # fmt: skip
    eevee: bool = _setting(
        False, MACHINE, "Allow EEVEE",
        "Allow engines that need a display or EGL (EEVEE, Workbench); CPU machines mostly have "
        "none",
        variables=("USE_EEVEE",),
    )  # fmt: skip
    threads: int = _setting(
        0, MACHINE, "Threads",
        "Threads to render with; 0: as many cores as this process may really use",
        minimum=0, maximum=1024,
    )  # fmt: skip
    persistent: Literal["auto", "on", "off"] = _setting(
        "auto", MACHINE, "Persistent Data",
        "Keep what was prepared for one frame in memory for the next one",
        choices=(
            ("auto", "Automatic", "Where the pictures are proven to stay the same"),
            ("on", "On", "Always: it may show things where they were in an earlier frame"),
            ("off", "Off", "Prepare every frame anew"),
        ),
    )  # fmt: skip
    texture_cache: bool = _setting(
        False, MACHINE, "Use Texture Cache",
        "Read textures' cached tiles (.tx), where there are any, which saves memory and changes "
        "pixels; off: the textures themselves",
    )  # fmt: skip

    # Checks
    missing: Literal["auto", "error", "warn"] = _setting(
        "auto", CHECKS, "Missing Files",
        "What to do where something that renders uses a file that is not there",
        choices=(
            ("auto", "Automatic", "Stop on a farm, warn elsewhere"),
            ("error", "Stop", "Don't render"),
            ("warn", "Warn", "Say so and render"),
        ),
    )  # fmt: skip
    scripts: Literal["required", "off"] = _setting(
        "required", CHECKS, "Python Drivers",
        "What to do where Python drivers of the file are switched off",
        choices=(
            ("required", "Required", "Don't render: values would stand still"),
            ("off", "Off", "Accept the values that the drivers hold"),
        ),
    )  # fmt: skip
    unbaked: Literal["refuse", "warm-up", "allow"] = _setting(
        "refuse", CHECKS, "Unbaked Physics",
        "What to do where the render uses simulations that are not baked",
        choices=(
            ("refuse", "Refuse", "Don't render: without their earlier frames they look wrong"),
            ("warm-up", "Warm Up", "Go through all frames from their start before each chunk"),
            ("allow", "Allow", "Render them as they are, frozen or wrong"),
        ),
        aliases={"warm_up": "warm-up", "warmup": "warm-up"},
    )  # fmt: skip

    # Bookkeeping: how a child goes about its work
    frame_attempts: int = _setting(
        2, BOOKKEEPING, "Frame Attempts",
        "Number of attempts after which a frame that crashes Blender, or hangs, is given up",
        minimum=1, maximum=1000, on_file=False,
    )  # fmt: skip
    render_id: str = _setting(
        "", BOOKKEEPING, "Render ID",
        "What ties the children of one array together; AWS Batch's and Slurm's job ids are taken "
        "by themselves",
        kind="file name", on_file=False,
    )  # fmt: skip
    attempt: int = _setting(
        1, BOOKKEEPING, "Attempt",
        "Which attempt of this child this is, counted from 1",
        minimum=1, maximum=1_000_000, on_file=False,
    )  # fmt: skip
    lanes: int = _setting(
        0, BOOKKEEPING, "Lanes",
        "Number of Blender processes that share this child's chunk; 0 or auto: one more for as "
        "long as cores are idle and there is memory",
        minimum=0, maximum=64, aliases={"auto": "0"}, on_file=False,
    )  # fmt: skip
    memory: int = _setting(
        0, BOOKKEEPING, "Memory",
        "Memory in MiB that this child may use, with all its lanes; 0: as much as its container or "
        "machine has",
        minimum=0, maximum=1 << 30, on_file=False,
    )  # fmt: skip
    help_others: Literal["off", "on"] = _setting(
        "off", BOOKKEEPING, "Help Others",
        "What to do when this chunk is complete and those of other children are not",
        choices=(
            ("off", "Off", "End: the machine is free for something else"),
            ("on", "On", "Render frames that other children have not begun, so that the film is "
             "there sooner"),
        ),
        on_file=False,
    )  # fmt: skip

    def __post_init__(self) -> None:
        if self.index >= self.size:
            raise BadSetting(
                f"The array index is {self.index}, but an array of {self.size} has the indices "
                f"0 to {self.size - 1}: choose one of these."
            )

    @property
    def refuses_missing(self) -> bool:
        """Whether what is missing ends a child, and is not only said."""
        return self.missing == "error" or (self.missing == "auto" and self.size > 1)

    @property
    def pixels(self) -> tuple[int, int] | None:
        """Width and height in pixels, or None: as in the scene."""
        if not self.resolution:
            return None
        width, height = self.resolution.split("x")
        return int(width), int(height)


SETTINGS: Mapping[str, Setting] = {
    each.name: dataclasses.replace(each.metadata["setting"], name=each.name)
    for each in dataclasses.fields(Settings)
}
"""All settings by their word."""


def settings_from(texts: Mapping[str, Value], origins: Mapping[str, str] | None = None) -> Settings:
    """The settings that these values give; what is not named keeps its default.

    `origins` says for the messages where a value comes from (an option, a variable).
    Raises BadSetting for a value that its setting can't take.
    """
    origins = origins or {}
    values = {
        name: parse_value(SETTINGS[name], value, origins.get(name, SETTINGS[name].label))
        for name, value in texts.items()
    }
    return Settings(**values)  # type: ignore[arg-type]  # one parser a kind gives the right type
