"""Pure: what AWS Batch is sent: the job definition that is registered for an image, as
RegisterJobDefinition takes it; the array and the job that makes its film, as SubmitJob does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..engine import Work
from .batch_options import EC2, FARGATE, BatchOptions

DEFINITION_NAME = "array-chunk-render"
"""Each registration is a new revision of it; an array is submitted to one exact revision."""
VOLUME = "efs"
S3_VOLUME = "s3files"
LOG_STREAMS = "array-chunk-render"
MOST_NAME_CHARACTERS = 128
FILM_SUFFIX = "-film"

_NEVER = {"onExitCode": "6*", "action": "EXIT"}
_AGAIN = {"onExitCode": "7*", "action": "RETRY"}
_RECLAIMED = {"onStatusReason": "Host EC2*", "action": "RETRY"}
_KILLED = {"onExitCode": "13*", "action": "RETRY"}
_ASKED_TO_END = {"onExitCode": "143", "action": "RETRY"}
# Without it AWS Batch retries whatever no rule is about.
_ANYTHING_ELSE = {"onReason": "*", "action": "EXIT"}
_RULES = {
    EC2: (_NEVER, _AGAIN, _RECLAIMED, _KILLED, _ANYTHING_ELSE),
    # Five is the limit. A Fargate task has no instance whose end could be the reason; where it is
    # reclaimed before main.py listens, it ends by SIGTERM alone.
    FARGATE: (_NEVER, _AGAIN, _KILLED, _ASKED_TO_END, _ANYTHING_ELSE),
}


def job_definition(options: BatchOptions) -> dict[str, Any]:
    """Return the JSON for options whose image has passed `checks`."""
    request: dict[str, Any] = {
        "jobDefinitionName": DEFINITION_NAME,
        "type": "container",
        "platformCapabilities": [options.platform],
        "containerProperties": _container(options),
        "retryStrategy": retry_strategy(options),
        "propagateTags": True,
    }
    if options.timeout:
        request["timeout"] = {"attemptDurationSeconds": options.timeout}
    if options.tags:
        request["tags"] = dict(options.tags)
    return request


def retry_strategy(options: BatchOptions) -> dict[str, Any]:
    """What is tried again: the exit codes of docs/CONTRACT.md, kills and reclaimed machines."""
    rules = [dict(rule) for rule in _RULES[options.platform]]
    return {"attempts": options.attempts, "evaluateOnExit": rules}


def resource_requirements(options: BatchOptions) -> list[dict[str, str]]:
    """The vCPUs and MiB that are asked for; none for those that are 0."""
    amounts = (("VCPU", options.vcpus), ("MEMORY", options.memory_mib))
    return [{"type": kind, "value": str(amount)} for kind, amount in amounts if amount]


def _container(options: BatchOptions) -> dict[str, Any]:
    container: dict[str, Any] = {
        "image": options.image,
        "resourceRequirements": resource_requirements(options),
        # An init that hands SIGTERM on: Blender as process 1 would never see it.
        "linuxParameters": {"initProcessEnabled": True},
    }
    if options.file_system or options.s3_file_system:
        volume = _volume(options) if options.file_system else _s3_volume(options)
        container["volumes"] = [volume]
        container["mountPoints"] = [
            {"sourceVolume": volume["name"], "containerPath": options.mount, "readOnly": False}
        ]
    if options.job_role:
        container["jobRoleArn"] = options.job_role
    if options.execution_role:
        container["executionRoleArn"] = options.execution_role
    if options.log_group:
        container["logConfiguration"] = {
            "logDriver": "awslogs",
            "options": {"awslogs-group": options.log_group, "awslogs-stream-prefix": LOG_STREAMS},
        }
    if options.platform == FARGATE:
        # Where the subnet has no NAT, the image can't be fetched without an address.
        container["networkConfiguration"] = {"assignPublicIp": "ENABLED"}
        container["fargatePlatformConfiguration"] = {"platformVersion": "LATEST"}
    return container


def _volume(options: BatchOptions) -> dict[str, Any]:
    """The file system, always over TLS: access points and roles need it."""
    efs: dict[str, Any] = {"fileSystemId": options.file_system, "transitEncryption": "ENABLED"}
    authorization: dict[str, str] = {}
    if options.access_point:  # it has a root folder of its own, so none is named here
        authorization["accessPointId"] = options.access_point
    if options.job_role:
        authorization["iam"] = "ENABLED"
    if authorization:
        efs["authorizationConfig"] = authorization
    return {"name": VOLUME, "efsVolumeConfiguration": efs}


def _s3_volume(options: BatchOptions) -> dict[str, Any]:
    """The file system over a bucket; its port for TLS is left to ECS."""
    files: dict[str, Any] = {"fileSystemArn": options.s3_file_system}
    if options.s3_access_point:  # it has a root folder of its own
        files["accessPointArn"] = options.s3_access_point
    elif options.s3_root:
        files["rootDirectory"] = options.s3_root
    return {"name": S3_VOLUME, "s3filesVolumeConfiguration": files}


def array_job(options: BatchOptions, work: Work, definition: str) -> dict[str, Any]:
    """The JSON of the array, or of the plain job that stands for an array of 1.

    A plain job is told no array variables, which main.py takes as one chunk of all frames.
    """
    job = _job(options, work, definition, job_name(work.name), work.child_command)
    if work.size > 1:
        job["arrayProperties"] = {"size": work.size}
    if options.gpus:
        # Here, not in the definition, which is the film's as well: that is made without a GPU.
        requirements = job["containerOverrides"].setdefault("resourceRequirements", [])
        requirements.append({"type": "GPU", "value": str(options.gpus)})
    return job


def film_job(options: BatchOptions, work: Work, definition: str, array: str) -> dict[str, Any]:
    """The JSON of the job that verifies and makes the film, once all of `array` succeeded."""
    name = job_name(work.name, FILM_SUFFIX)
    job = _job(options, work, definition, name, work.film_command)
    job["dependsOn"] = [{"jobId": array}]
    return job


def job_name(name: str, suffix: str = "") -> str:
    """What AWS Batch takes for a job's name, as near to ours as can be."""
    taken = re.sub(r"[^A-Za-z0-9_-]+", "-", name).lstrip("-_") or "array"
    return taken[: MOST_NAME_CHARACTERS - len(suffix)] + suffix


def _job(
    options: BatchOptions, work: Work, definition: str, name: str, command: Sequence[str]
) -> dict[str, Any]:
    job: dict[str, Any] = {
        "jobName": name,
        "jobQueue": options.queue,
        "jobDefinition": definition,
        "containerOverrides": _overrides(options, work, command),
        "propagateTags": True,
    }
    if options.job_definition:  # somebody else's: ours has these already
        job["retryStrategy"] = retry_strategy(options)
        if options.timeout:
            job["timeout"] = {"attemptDurationSeconds": options.timeout}
    if options.share:
        job["shareIdentifier"] = options.share
        job["schedulingPriorityOverride"] = options.priority
    if options.tags:
        job["tags"] = dict(options.tags)
    return job


def _overrides(options: BatchOptions, work: Work, command: Sequence[str]) -> dict[str, Any]:
    variables = sorted(work.environment.items())
    overrides: dict[str, Any] = {
        "command": list(command),
        "environment": [{"name": name, "value": value} for name, value in variables],
    }
    requirements = resource_requirements(options)
    if options.job_definition and requirements:
        overrides["resourceRequirements"] = requirements
    return overrides
