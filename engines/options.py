"""Pure: what submitting an array can be told, declared once for the command line and the dialog.

Each engine reads of these what is its own: `engines.choice` hands them over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..chunking.setting_values import Setting, Value

SUBMIT = "Submit"
PATHS = "Paths on the Farm"
BATCH = "AWS Batch"
SLURM = "Slurm"

LOCAL_FARM, BATCH_FARM, SLURM_FARM = "local", "aws_batch", "slurm"
OPEN_JOB_DESCRIPTION = "open_job_description"


def _text(name: str, group: str, label: str, help: str, **more: Any) -> Setting:
    return Setting(name, "", group, label, help, **more)


def _number(
    name: str, default: int, group: str, label: str, help: str, minimum: int, maximum: int
) -> Setting:
    return Setting(name, default, group, label, help, minimum=minimum, maximum=maximum)


FARM = Setting(
    "farm", LOCAL_FARM, SUBMIT, "Farm", "Where the children run",
    choices=(
        (LOCAL_FARM, "This Machine", "One child after the other, in the background"),
        (BATCH_FARM, "AWS Batch", "An array job, by the AWS command line"),
        (SLURM_FARM, "Slurm", "A job array on a cluster, by Slurm's own commands"),
        (OPEN_JOB_DESCRIPTION, "Open Job Description", "Only files, for Deadline Cloud"),
    ),
)  # fmt: skip
JOB_NAME = _text("job_name", SUBMIT, "Job Name", "Name of the array; empty: that of the .blend")
CPUS = _number(
    "cpus", 0, SUBMIT, "CPUs", "Cores for each child (vCPUs); 0: 4, or what a named job definition "
    "says", 0, 1024,
)  # fmt: skip
JOB_MEMORY = _number(
    "job_memory", 0, SUBMIT, "Memory (MiB)", "MiB for each child; 0: Slurm's default, what a named "
    "job definition says, or 8192", 0, 16_777_216,
)  # fmt: skip
JOB_TIMEOUT = _number(
    "job_timeout",
    0,
    SUBMIT,
    "Timeout (s)",
    "Seconds that a child may take; 0: no limit",
    0,
    31_536_000,
)
WITH_FILM = Setting(
    "with_film", True, SUBMIT, "Film", "Have another job verify and make the film, once all "
    "children are complete",
)  # fmt: skip

FARM_BLEND = _text(
    "farm_blend", PATHS, "Blend File", "The .blend, as the farm's machines see it; empty: as here"
)
FARM_OUTPUT = _text(
    "farm_output", PATHS, "Output Folder", "The output folder, as the farm's machines see it; "
    "empty: as here",
)  # fmt: skip
FARM_BLENDER = _text(
    "farm_blender", PATHS, "Blender", "Blender on the farm's machines; empty: `blender`, found by "
    "PATH there",
)  # fmt: skip
FARM_MAIN = _text(
    "farm_main", PATHS, "main.py", "This extension's main.py, as the farm's machines see it; "
    "empty: as here",
)  # fmt: skip

QUEUE = _text("queue", BATCH, "Job Queue", "AWS Batch's job queue, its name or ARN")
JOB_DEFINITION = _text(
    "job_definition", BATCH, "Job Definition", "Job definition, with or without :revision; empty: "
    "one is registered for the image",
)  # fmt: skip
IMAGE = _text("image", BATCH, "Image", "Container image that a job definition is registered for")
GPUS = _number(
    "gpus", 0, BATCH, "GPUs", "GPUs for each child, on EC2; 0: none, or what a named job "
    "definition says", 0, 16,
)  # fmt: skip
PLATFORM = Setting(
    "platform", "ec2", BATCH, "Platform", "What the compute environment is made of",
    choices=(("ec2", "EC2", "Instances, spot or not"), ("fargate", "Fargate", "No instances")),
)  # fmt: skip
FILE_SYSTEM = _text("file_system", BATCH, "File System", "EFS to mount, such as fs-0123456789")
ACCESS_POINT = _text("access_point", BATCH, "Access Point", "EFS access point; empty: none")
MOUNT = Setting(
    "mount", "/mnt/efs", BATCH, "Mount", "Where in the container the file system is mounted"
)
JOB_ROLE = _text("job_role", BATCH, "Job Role", "ARN of the role that a child acts by")
EXECUTION_ROLE = _text(
    "execution_role", BATCH, "Execution Role", "ARN of the role that starts the container; Fargate "
    "needs one",
)  # fmt: skip
LOG_GROUP = _text("log_group", BATCH, "Log Group", "CloudWatch's log group; empty: Batch's own")
ATTEMPTS = _number(
    "attempts", 5, BATCH, "Attempts", "How often a child is started at the most", 1, 10
)
SHARE = _text("share", BATCH, "Share", "Fair-share identifier; empty: none")
PRIORITY = _number("priority", 0, BATCH, "Priority", "Within the share", 0, 9999)
TAGS = _text("tags", BATCH, "Tags", "Such as project=shot,team=light", kind="names")

SLURM_PARTITION = _text("slurm_partition", SLURM, "Partition", "Slurm's partition")
SLURM_LOGS = _text(
    "slurm_logs", SLURM, "Logs", "Folder for the jobs' logs; empty: below the output folder"
)
SLURM_WORDS = _text("slurm_words", SLURM, "More Words", "Further words for sbatch")

PATH_OPTIONS = (FARM_BLEND, FARM_OUTPUT, FARM_BLENDER, FARM_MAIN)

SUBMIT_OPTIONS = (
    FARM, JOB_NAME, CPUS, JOB_MEMORY, JOB_TIMEOUT, WITH_FILM,
    FARM_BLEND, FARM_OUTPUT, FARM_BLENDER, FARM_MAIN,
    QUEUE, JOB_DEFINITION, IMAGE, GPUS, PLATFORM, FILE_SYSTEM, ACCESS_POINT, MOUNT, JOB_ROLE,
    EXECUTION_ROLE, LOG_GROUP, ATTEMPTS, SHARE, PRIORITY, TAGS,
    SLURM_PARTITION, SLURM_LOGS, SLURM_WORDS,
)  # fmt: skip

DEFAULTS: Mapping[str, Value] = {each.name: each.default for each in SUBMIT_OPTIONS}
