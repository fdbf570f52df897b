"""Pure: what AWS Batch is told beside the work itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...chunking.errors import BadSetting
from ...chunking.setting_values import Value, split_names

EC2, FARGATE = "EC2", "FARGATE"


@dataclass(frozen=True)
class BatchOptions:
    """Where on AWS Batch an array runs, in what, and with how much.

    Either a job definition is named, which then decides about image, mounts, roles and logs; or an
    image, for which one is registered from all of these.
    """

    queue: str = ""
    """Needed to submit only."""
    job_definition: str = ""
    """Its name, name:revision or ARN; empty: one is registered for `image`."""
    image: str = ""
    cpus: int = 4
    """vCPUs for each child; 0: what the named job definition says."""
    memory: int = 8192
    """MiB for each child; 0: what the named job definition says."""
    gpus: int = 0
    """GPUs for each child; 0: none, or what the named job definition says."""
    platform: str = EC2
    """EC2 or FARGATE: what the queue's compute environments are made of."""
    file_system: str = ""
    """The EFS file system that is mounted."""
    access_point: str = ""
    mount: str = "/mnt/efs"
    """Where children see the file system."""
    job_role: str = ""
    """ARN of the role by which a child mounts the file system; empty: as anybody may."""
    execution_role: str = ""
    """ARN of the role that fetches the image and writes logs; Fargate needs it."""
    log_group: str = ""
    """CloudWatch's; empty: /aws/batch/job, which is Batch's own."""
    attempts: int = 5
    """How often a child is started at the most."""
    timeout: int = 0
    """Seconds for each attempt; 0: none."""
    share: str = ""
    """Fair-share identifier, where the queue has a scheduling policy."""
    priority: int = 0
    """Within the share: 0 to 9999, the higher first."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Put on the jobs, and on what they run as, so that bills can be split by them."""

    @classmethod
    def of(cls, told: Mapping[str, Value]) -> BatchOptions:
        """From what submitting was told (see engines.options). Raises BadSetting for the tags."""
        own = cls() if not told["job_definition"] else cls(cpus=0, memory=0)
        return cls(
            queue=str(told["queue"]),
            job_definition=str(told["job_definition"]),
            image=str(told["image"]),
            cpus=int(told["cpus"]) or own.cpus,
            memory=int(told["job_memory"]) or own.memory,
            gpus=int(told["gpus"]),
            platform=str(told["platform"]).upper(),
            file_system=str(told["file_system"]),
            access_point=str(told["access_point"]),
            mount=str(told["mount"]),
            job_role=str(told["job_role"]),
            execution_role=str(told["execution_role"]),
            log_group=str(told["log_group"]),
            attempts=int(told["attempts"]),
            timeout=int(told["job_timeout"]),
            share=str(told["share"]),
            priority=int(told["priority"]),
            tags=_tags(str(told["tags"])),
        )


def _tags(text: str) -> dict[str, str]:
    tags = dict(each.partition("=")[::2] for each in split_names(text))
    for name, value in tags.items():
        if not name or not value:
            raise BadSetting(f"--tags is {text!r}: write each as name=value.")
    return tags
