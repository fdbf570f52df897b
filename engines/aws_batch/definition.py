"""Pure: the job definition that is registered for an image, as RegisterJobDefinition takes it."""

from __future__ import annotations

from typing import Any

from .batch_options import EC2, FARGATE, BatchOptions

DEFINITION_NAME = "array-chunk-render"
"""Each registration is a new revision of it; an array is submitted to one exact revision."""
VOLUME = "efs"
LOG_STREAMS = "array-chunk-render"

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
    built: dict[str, Any] = {
        "jobDefinitionName": DEFINITION_NAME,
        "type": "container",
        "platformCapabilities": [options.platform],
        "containerProperties": _container(options),
        "retryStrategy": retry_strategy(options),
        "propagateTags": True,
    }
    if options.timeout:
        built["timeout"] = {"attemptDurationSeconds": options.timeout}
    if options.tags:
        built["tags"] = dict(options.tags)
    return built


def retry_strategy(options: BatchOptions) -> dict[str, Any]:
    """What is tried again: the exit codes of docs/CONTRACT.md, kills and reclaimed machines."""
    rules = [dict(rule) for rule in _RULES[options.platform]]
    return {"attempts": options.attempts, "evaluateOnExit": rules}


def resource_requirements(options: BatchOptions) -> list[dict[str, str]]:
    """The vCPUs and MiB that are asked for; none for those that are 0."""
    asked = (("VCPU", options.vcpus), ("MEMORY", options.memory_mib))
    return [{"type": kind, "value": str(amount)} for kind, amount in asked if amount]


def _container(options: BatchOptions) -> dict[str, Any]:
    container: dict[str, Any] = {
        "image": options.image,
        "resourceRequirements": resource_requirements(options),
        # An init that hands SIGTERM on: Blender as process 1 would never see it.
        "linuxParameters": {"initProcessEnabled": True},
    }
    if options.file_system:
        container["volumes"] = [_volume(options)]
        container["mountPoints"] = [
            {"sourceVolume": VOLUME, "containerPath": options.mount, "readOnly": False}
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
