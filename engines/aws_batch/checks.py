"""Pure: what AWS Batch would refuse, some of it only after hours in the queue, said beforehand.

Amazon's service model knows names and types; numbers, patterns and what goes with what it does not.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from ...chunking.errors import BadSetting
from ..engine import Work
from .batch_options import EC2, FARGATE, BatchOptions
from .batch_requests import array_job, film_job

MOST_CHILDREN = 10_000
MOST_ATTEMPTS = 10
MOST_GPUS = 16
"""That an instance has."""
LEAST_TIMEOUT_SECONDS = 60
HIGHEST_PRIORITY = 9999
MOST_TAGS = 50
MOST_OVERRIDE_CHARACTERS = 8192
"""Command and environment of one job, as JSON: a limit of ECS, which fails the job when it starts.

Within it, and within 50 tags, no job comes to Batch's own limit of 30 KiB, nor a definition to 24.
"""
LEAST_EC2_MEMORY_MIB = 4

FARGATE_MEMORY = {
    1: range(2048, 8192 + 1, 1024),
    2: range(4096, 16384 + 1, 1024),
    4: range(8192, 30720 + 1, 1024),
    8: range(16384, 61440 + 1, 4096),
    16: range(32768, 122880 + 1, 8192),
}
"""The MiB that Fargate has, by whole vCPUs."""

_ARN = r"arn:aws[a-z-]*:"
_QUEUE = re.compile(rf"{_ARN}batch:\S+:job-queue/\S+|[A-Za-z0-9][A-Za-z0-9_-]{{0,127}}")
_DEFINITION = re.compile(
    rf"{_ARN}batch:\S+:job-definition/\S+|[A-Za-z0-9][A-Za-z0-9_-]{{0,127}}(:[1-9]\d*)?"
)
_PATTERNS = {
    "image": (re.compile(r"[^\s]{1,512}"), "write a name as in docker pull, such as name:tag"),
    "file_system": (
        re.compile(r"fs-[0-9a-f]{8,40}"),
        "write an EFS id, such as fs-0123456789abcdef0",
    ),
    "access_point": (
        re.compile(r"fsap-[0-9a-f]{8,40}"),
        "write an EFS access point's id, such as fsap-0123456789abcdef0",
    ),
    "s3_file_system": (
        re.compile(rf"{_ARN}s3files:\S+:\d{{12}}:file-system/fs-[0-9a-f]{{8,40}}"),
        "write the whole ARN of an S3 Files file system, which ends with file-system/fs-…",
    ),
    "s3_access_point": (
        re.compile(
            rf"{_ARN}s3files:\S+:\d{{12}}:file-system/fs-[0-9a-f]{{8,40}}"
            r"/access-point/fsap-[0-9a-f]{8,40}"
        ),
        "write the whole ARN of its access point, which ends with access-point/fsap-…",
    ),
    "s3_root": (
        re.compile(r"/(?!.*/\.\.?(/|$))[^\0]*"),
        "write a path from the root, such as /films",
    ),
    "job_role": (re.compile(rf"{_ARN}iam::\d{{12}}:role/\S+"), "write the role's whole ARN"),
    "execution_role": (re.compile(rf"{_ARN}iam::\d{{12}}:role/\S+"), "write the role's whole ARN"),
    "log_group": (
        re.compile(r"[A-Za-z0-9._/#-]{1,512}"),
        "write a log group of letters, digits and . - _ / #",
    ),
    "share": (re.compile(r"[A-Za-z0-9]{1,255}"), "write letters and digits"),
}
_TAG = re.compile(r"[\w +\-=._:/@]*")
_DECIDED_BY_DEFINITION = (
    "image",
    "file_system",
    "access_point",
    "s3_file_system",
    "s3_access_point",
    "s3_root",
    "job_role",
    "execution_role",
    "log_group",
)


def check(options: BatchOptions, work: Work) -> None:
    """Raise BadSetting for the first thing that AWS Batch would refuse, or that would lose work."""
    for fault in itertools.chain(
        _bad_target(options),
        _bad_texts(options),
        _bad_numbers(options),
        _bad_tags(options),
        _bad_work(work),
        _bad_mount(options, work) if options.image else (),
        _too_large(options, work),
    ):
        raise BadSetting(fault)


def _bad_target(options: BatchOptions) -> Iterator[str]:
    if not options.queue:
        yield "No queue is named: `aws batch describe-job-queues` lists those that there are."
    elif not _QUEUE.fullmatch(options.queue):
        yield f"--queue is {options.queue!r}: write a job queue's name or its ARN."
    if options.platform not in (EC2, FARGATE):
        yield f"--platform is {options.platform!r}: write {EC2} or {FARGATE}."
    if not options.job_definition and not options.image:
        yield "Neither --job-definition nor --image is named: name one of them."
    if options.job_definition and not _DEFINITION.fullmatch(options.job_definition):
        yield (
            f"--job-definition is {options.job_definition!r}: write its name, name:revision or ARN."
        )
    for name in _DECIDED_BY_DEFINITION if options.job_definition else ():
        if value := getattr(options, name):
            yield (
                f"{_option(name)} is {value!r}, but the job definition {options.job_definition!r} "
                "decides that: leave it out, or --job-definition, to have one registered for an "
                "image."
            )


def _bad_texts(options: BatchOptions) -> Iterator[str]:
    for name, (pattern, advice) in _PATTERNS.items():
        value = getattr(options, name)
        if value and not pattern.fullmatch(value):
            yield f"{_option(name)} is {value!r}: {advice}."
    if options.access_point and not options.file_system:
        yield (
            f"--access-point is {options.access_point!r}, but no --file-system is named: name the "
            "one that it belongs to."
        )
    for name in ("s3_access_point", "s3_root"):
        if (value := getattr(options, name)) and not options.s3_file_system:
            yield (
                f"{_option(name)} is {value!r}, but no --s3-file-system is named: name the one "
                "that it belongs to."
            )
    if options.file_system and options.s3_file_system:
        yield (
            f"--file-system is {options.file_system!r} and --s3-file-system is "
            f"{options.s3_file_system!r}: name one of them, as one is mounted."
        )
    if options.image and options.platform == FARGATE and not options.execution_role:
        yield (
            "--platform is FARGATE and no --execution-role is named, without which Fargate can't "
            "fetch the image: name a role that has AmazonECSTaskExecutionRolePolicy."
        )


def _bad_numbers(options: BatchOptions) -> Iterator[str]:
    yield from _outside("--attempts", options.attempts, 1, MOST_ATTEMPTS)
    yield from _outside("--gpus", options.gpus, 0, MOST_GPUS)
    yield from _outside("--priority", options.priority, 0, HIGHEST_PRIORITY)
    if options.priority and not options.share:
        yield (
            f"--priority is {options.priority}, which counts only within a share: name the share, "
            "or leave priority out."
        )
    if options.timeout and options.timeout < LEAST_TIMEOUT_SECONDS:
        yield (
            f"--job-timeout is {options.timeout} seconds: write {LEAST_TIMEOUT_SECONDS} or more, "
            "or 0 for none."
        )
    if options.platform == FARGATE:
        yield from _not_on_fargate(options)
    elif 0 < options.memory_mib < LEAST_EC2_MEMORY_MIB:
        yield f"--job-memory is {options.memory_mib} MiB: write {LEAST_EC2_MEMORY_MIB} or more."


def _not_on_fargate(options: BatchOptions) -> Iterator[str]:
    if options.gpus:
        yield f"--gpus is {options.gpus}, and Fargate has none: name a queue of EC2."
    cpus, memory = options.vcpus, options.memory_mib
    if cpus and cpus not in FARGATE_MEMORY:
        numbers = ", ".join(map(str, FARGATE_MEMORY))
        yield f"--cpus is {cpus}, which Fargate has not: write one of {numbers}."
    elif cpus and memory and memory not in FARGATE_MEMORY[cpus]:
        sizes = FARGATE_MEMORY[cpus]
        yield (
            f"--job-memory is {memory} MiB, which Fargate has not for {cpus} vCPU: "
            f"write {sizes[0]} to {sizes[-1]} in steps of {sizes.step}."
        )


def _option(name: str) -> str:
    """What a field of the options is called on the command line."""
    return "--" + name.replace("_", "-")


def _outside(name: str, value: int, least: int, most: int) -> Iterator[str]:
    if not least <= value <= most:
        yield f"{name} is {value}: write a number from {least} to {most}."


def _bad_tags(options: BatchOptions) -> Iterator[str]:
    if len(options.tags) > MOST_TAGS:
        yield f"tags are {len(options.tags)}: AWS takes {MOST_TAGS}."
    for name, value in options.tags.items():
        if not 1 <= len(name) <= 128 or len(value) > 256:
            yield f"The tag {name!r} is {value!r}: write 1 to 128 characters, and 256 at most."
        if not _TAG.fullmatch(name + value):
            yield (
                f"The tag {name!r} is {value!r}: write letters, digits, blanks and + - = . _ : / @."
            )
        if name.lower().startswith("aws:"):
            yield f"The tag {name!r} has a name that is AWS's own: name it differently."


def _bad_work(work: Work) -> Iterator[str]:
    yield from _outside("--size", work.size, 1, MOST_CHILDREN)
    for name in work.environment:
        if name.startswith("AWS_BATCH"):
            yield f"The variable {name} is AWS Batch's own, which it sets by itself: leave it out."
    for name, value in (
        ("--farm-blend", work.blend),
        ("--farm-output", work.output),
        ("--farm-main", work.main),
    ):
        if not PurePosixPath(value).is_absolute():
            yield f"{name} is {value!r}: write an absolute path, as the children see it."


def _bad_mount(options: BatchOptions, work: Work) -> Iterator[str]:
    mount = PurePosixPath(options.mount)
    if not mount.is_absolute() or mount == PurePosixPath("/") or ".." in mount.parts:
        yield f"--mount is {options.mount!r}: write an absolute path below /, such as /mnt/efs."
    elif not (options.file_system or options.s3_file_system):
        yield (
            "No --file-system is named, so all frames would end with their container: name the EFS "
            "file system, one of S3 Files by --s3-file-system, or a --job-definition that mounts "
            "another one."
        )
    elif not PurePosixPath(work.output).is_relative_to(mount):
        yield (
            f"--farm-output is {work.output!r}, which is not below the mount {options.mount!r}: "
            "its frames would end with their container. Write where the children see it."
        )


def _too_large(options: BatchOptions, work: Work) -> Iterator[str]:
    jobs = (
        array_job(options, work, options.job_definition),
        film_job(options, work, options.job_definition, ""),
    )
    overrides = max(len(json.dumps(job["containerOverrides"])) for job in jobs)
    if overrides > MOST_OVERRIDE_CHARACTERS:
        yield (
            f"Command and environment of a job have {overrides} characters, AWS takes "
            f"{MOST_OVERRIDE_CHARACTERS}: put long values into the .blend or a job definition."
        )
