"""Pure: what AWS Batch is told beside the work itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from ...chunking.errors import BadSetting
from ...chunking.setting_values import Setting, split_names
from ...chunking.settings import Settings
from ..options import CPUS, JOB_MEMORY, JOB_TIMEOUT, option

BATCH = "AWS Batch"
EC2, FARGATE = "EC2", "FARGATE"
VCPUS, MEMORY_MIB = 4, 8192
"""For each child where nobody says how much."""


def _text(name: str, label: str, help: str) -> str:
    """A field of BatchOptions that is a text, empty by default."""
    text: str = option(Setting(name, "", BATCH, label, help))
    return text


def _tags(text: str) -> dict[str, str]:
    tags = dict(each.partition("=")[::2] for each in split_names(text))
    for name, value in tags.items():
        if not name or not value:
            raise BadSetting(f"--tags is {text!r}: write each as name=value.")
    return tags


@dataclass(frozen=True)
class BatchOptions:
    """Where on AWS Batch an array runs, in what, and with how much.

    Either a job definition is named, which then decides about image, mounts, roles and logs; or an
    image, for which one is registered from all of these.
    """

    queue: str = _text("queue", "Job Queue", "AWS Batch's job queue, its name or ARN")
    """Needed to submit only."""
    job_definition: str = _text(
        "job_definition", "Job Definition", "Job definition, with or without :revision; empty: one "
        "is registered for the image",
    )  # fmt: skip
    image: str = _text("image", "Image", "Container image that a job definition is registered for")
    cpus: int = option(CPUS)
    """See `vcpus`."""
    memory: int = option(JOB_MEMORY)
    """See `memory_mib`."""
    gpus: int = option(
        Setting(
            "gpus", 0, BATCH, "GPUs", "GPUs for each child, on EC2; 0: none, or what a named job "
            "definition says", maximum=16,
        )
    )  # fmt: skip
    platform: str = option(
        Setting(
            "platform", "ec2", BATCH, "Platform", "What the compute environment is made of",
            choices=(
                ("ec2", EC2, "Instances, spot or not"),
                ("fargate", "Fargate", "No instances"),
            ),
        ),
        str.upper,
    )  # fmt: skip
    """EC2 or FARGATE."""
    file_system: str = _text("file_system", "File System", "EFS to mount, such as fs-0123456789")
    access_point: str = _text("access_point", "Access Point", "EFS access point; empty: none")
    s3_file_system: str = _text(
        "s3_file_system", "S3 File System", "ARN of the S3 Files file system to mount, over a "
        "bucket; instead of --file-system",
    )  # fmt: skip
    s3_access_point: str = _text(
        "s3_access_point", "S3 Access Point", "ARN of its access point; empty: none"
    )
    s3_root: str = _text(
        "s3_root", "S3 Root", "Its folder that is mounted, or that the access point has as its "
        "root, such as /films; empty: all of it",
    )  # fmt: skip
    mount: str = option(
        Setting(
            "mount", "/mnt/efs", BATCH, "Mount", "Where in the container the file system is mounted"
        )
    )
    job_role: str = _text("job_role", "Job Role", "ARN of the role that a child acts by")
    """By it a child mounts the file system; empty: as anybody may."""
    execution_role: str = _text(
        "execution_role", "Execution Role", "ARN of the role that starts the container; Fargate "
        "needs one",
    )  # fmt: skip
    """It fetches the image and writes logs."""
    log_group: str = _text("log_group", "Log Group", "CloudWatch's log group; empty: Batch's own")
    attempts: int = option(
        Setting(
            "attempts", 5, BATCH, "Attempts", "How often a child is started at the most",
            minimum=1, maximum=10,
        )
    )  # fmt: skip
    timeout: int = option(JOB_TIMEOUT)
    """Seconds for each attempt; 0: none."""
    share: str = _text("share", "Share", "Fair-share identifier; empty: none")
    """Where the queue has a scheduling policy."""
    priority: int = option(
        Setting("priority", 0, BATCH, "Priority", "Within the share", maximum=9999)
    )
    """The higher first."""
    tags: Mapping[str, str] = option(
        Setting("tags", "", BATCH, "Tags", "Such as project=shot,team=light", kind="names"), _tags
    )
    """Put on the jobs, and on what they run as, so that bills can be split by them."""

    @property
    def vcpus(self) -> int:
        """For each child; 0: what the named job definition says."""
        return self.cpus or (0 if self.job_definition else VCPUS)

    @property
    def memory_mib(self) -> int:
        """For each child; 0: what the named job definition says."""
        return self.memory or (0 if self.job_definition else MEMORY_MIB)


def bucket_folder(options: BatchOptions, prefix: str) -> str:
    """Where a child sees what is below a prefix of the bucket whose file system it mounts.

    Raises BadSetting where it mounts none, or another part of the bucket.
    """
    if not options.s3_file_system:
        raise BadSetting(
            "No --s3-file-system is named, by which the children would see the bucket: name it, or "
            "say by --farm-blend where they see the .blend."
        )
    root, place = PurePosixPath("/", options.s3_root), PurePosixPath("/", prefix)
    if not place.is_relative_to(root):
        raise BadSetting(
            f"--s3-root is {options.s3_root!r}, and {prefix!r} is not below it, so the children "
            "don't see what is sent there: send to a prefix below it."
        )
    return str(PurePosixPath(options.mount, place.relative_to(root)))


def gpu_warnings(options: BatchOptions, settings: Settings, is_cycles: bool) -> Iterator[str]:
    """A child uses no GPU unless it may, and has none unless the job asks for it."""
    if options.gpus and is_cycles and not settings.gpu:
        yield (
            f"--gpus is {options.gpus}, and Cycles renders on the CPU: add --gpu (USE_GPU=True) to "
            "use them"
        )
    if settings.gpu and not options.gpus and options.image:
        yield "--gpu is set, and the children's machines need no GPU: ask for one by --gpus 1"
