"""A stand-in for Brender Studio's container, as far as a render can tell the difference.

    python brender_container.py        do what JOB_ACTION_TYPE says, and end with 0

Its image starts `python3 app.py` as process 1. For `custom_render_python` that starts another
Python, which puts the project on PYTHONPATH and starts `blender -b FILE -P SCRIPT`: Blender is a
grandchild, nothing hands a signal on to it, and nobody looks at how the Python in between ended.
For `upload_render_output`, a job of its own after the array, every picture below `output` goes into
a video in the order of their paths, but for folders that have "compositor" in their name. (So its
sources say, which are public; the video was made by Blender's sequencer there.)
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SUFFIXES = tuple(
    ".png .jpg .jpeg .exr .tif .tiff .bmp .tga .cin .dpx .hdr .webp".split()
)  # those that its video step knows
NEEDED = (
    "EFS_MAIN_SCRIPT_PATH",
    "EFS_BLENDER_FILE_PATH",
    "EFS_BLENDER_OUTPUT_FOLDER_PATH",
    "BLENDER_EXECUTABLE",
    "USE_EEVEE",
    "BUCKET_KEY",
)
VIDEO = "bs_playblast.mkv"
FRAMES_A_SECOND = 24
ACTIONS = {"custom_render_python": "render", "upload_render_output": "video"}


def project_variables(project: Path, blender: Path, main: Path, blend: Path) -> dict[str, str]:
    """What Brender Studio sets for each job of a project, beside what AWS Batch sets."""
    return {
        "JOB_ACTION_TYPE": "custom_render_python",
        "EFS_BLENDER_FOLDER_PATH": str(project.parent),
        "EFS_MAIN_SCRIPT_PATH": str(main),
        "EFS_BLENDER_FILE_PATH": str(blend),
        "EFS_BLENDER_OUTPUT_FOLDER_PATH": str(project / "output"),
        "BLENDER_EXECUTABLE": str(blender),
        "USE_EEVEE": "False",
        "USE_GPU": "False",
        "BUCKET_NAME": "brender-bucket-s3-0",
        "BUCKET_KEY": project.name,
    }


def app() -> None:
    """Process 1: it starts what the job is about, and forgets how that ended."""
    action = ACTIONS[os.environ["JOB_ACTION_TYPE"]]
    subprocess.run([sys.executable, __file__, action], check=False)


def render() -> None:
    """The Python in between. Ends with 1 where a variable is missing, or Blender failed."""
    if not all(os.environ.get(name) for name in NEEDED):
        sys.exit("A variable is not set")
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, folders_of(project_in(os.environ))))
    blender, blend, main = (
        os.environ[name]
        for name in ("BLENDER_EXECUTABLE", "EFS_BLENDER_FILE_PATH", "EFS_MAIN_SCRIPT_PATH")
    )
    subprocess.run([blender, "-b", blend, "-P", main], check=True)


def project_in(environ: Mapping[str, str]) -> Path:
    return Path(environ["EFS_BLENDER_FOLDER_PATH"]) / environ["BUCKET_KEY"]


def folders_of(project: Path) -> list[Path]:
    """The project's folder and all that are in it."""
    return [Path(root) for root, _, _ in os.walk(project)]


def pictures(output: Path) -> list[Path]:
    """What the video step takes, in its order."""
    found = []
    for root, _, files in os.walk(output):
        if not any("compositor" in part.lower() for part in Path(root).parts):
            found += [Path(root, file) for file in files if file.lower().endswith(SUFFIXES)]
    return sorted(found)


def video() -> None:
    """Make the video, without loss, so that a test can tell its frames apart; say what is in it."""
    project = project_in(os.environ)
    taken = pictures(project / "output")
    encode(taken, project / VIDEO)
    for path in taken:
        print(path.relative_to(project / "output"))


def encode(taken: list[Path], target: Path) -> None:
    import av  # the children of an array can do without

    with av.open(str(target), "w") as film:
        stream = film.add_stream("ffv1", rate=FRAMES_A_SECOND)
        stream.pix_fmt = "bgr0"
        for number, path in enumerate(taken):
            with av.open(str(path)) as picture:
                frame = next(picture.decode(video=0)).reformat(format="bgr0")
            if number == 0:
                stream.width, stream.height = frame.width, frame.height
            frame.pts = None
            film.mux(stream.encode(frame))
        film.mux(stream.encode())


if __name__ == "__main__":
    {"render": render, "video": video, "": app}[sys.argv[1] if sys.argv[1:] else ""]()
