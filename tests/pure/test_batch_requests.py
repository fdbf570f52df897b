"""What AWS Batch is sent: Amazon's own service model takes it, whatever the options."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import botocore.session
import botocore.validate
import pytest
from array_chunk_render.chunking.array_environment import NO_ENGINE, ArrayEnvironment
from array_chunk_render.chunking.errors import BadSetting
from array_chunk_render.engines.aws_batch import checks
from array_chunk_render.engines.aws_batch.batch_options import EC2, FARGATE, BatchOptions
from array_chunk_render.engines.aws_batch.batch_requests import (
    array_job,
    film_job,
    job_definition,
    job_name,
)
from array_chunk_render.engines.aws_batch.checks import FARGATE_MEMORY, check
from array_chunk_render.engines.engine import Work
from hypothesis import given
from hypothesis import strategies as st

MODEL = botocore.session.get_session().get_service_model("batch")
ROLE = "arn:aws:iam::123456789012:role/render"
WORK = Work(
    name="shot 010",
    size=20,
    blend="/mnt/efs/shot/shot.blend",
    output="/mnt/efs/shot/frames",
    blender="blender",
    main="/mnt/efs/array_chunk_render/main.py",
    variables={"ARRAY_CHUNK_SAMPLES": "64"},
)
OPTIONS = BatchOptions(queue="spot", image="worker:4.2", file_system="fs-0123456789abcdef0")
ON_FARGATE = dataclasses.replace(OPTIONS, platform=FARGATE, execution_role=ROLE)
NAMED = BatchOptions(queue="spot", job_definition="theirs:3", cpus=0, memory=0)


def model_faults(operation: str, request: dict[str, Any]) -> str:
    """What Amazon's own model of the service finds wrong; enums and limits are not its business."""
    shape = MODEL.operation_model(operation).input_shape
    return str(botocore.validate.ParamValidator().validate(request, shape).generate_report())


# --- the builders -------------------------------------------------------------------------------


S3_FILES = "arn:aws:s3files:eu-central-1:123456789012:file-system/fs-0123456789abcdef0"
S3_POINT = f"{S3_FILES}/access-point/fsap-0123456789abcdef0"
ON_S3 = dataclasses.replace(OPTIONS, file_system="", s3_file_system=S3_FILES)


@pytest.mark.parametrize(
    ("options", "volume"),
    [
        pytest.param({}, {}, id="all of it"),
        pytest.param({"s3_root": "/films"}, {"rootDirectory": "/films"}, id="a folder"),
        pytest.param({"s3_access_point": S3_POINT}, {"accessPointArn": S3_POINT}, id="a point"),
        pytest.param(
            {"s3_access_point": S3_POINT, "s3_root": "/films"},
            {"accessPointArn": S3_POINT},
            id="a point with a root of its own",
        ),
    ],
)
def test_a_file_system_over_a_bucket(options: dict[str, str], volume: dict[str, str]) -> None:
    options_on_s3 = dataclasses.replace(ON_S3, **options)
    check(options_on_s3, WORK)
    definition = job_definition(options_on_s3)
    assert model_faults("RegisterJobDefinition", definition) == ""
    container = definition["containerProperties"]
    files = {"fileSystemArn": S3_FILES, **volume}
    assert container["volumes"] == [{"name": "s3files", "s3filesVolumeConfiguration": files}]
    assert [each["sourceVolume"] for each in container["mountPoints"]] == ["s3files"]


def test_the_job_definition_whole() -> None:
    options = dataclasses.replace(
        OPTIONS,
        access_point="fsap-0123456789abcdef0",
        job_role=ROLE,
        log_group="/render",
        timeout=7200,
        tags={"film": "one"},
    )
    assert job_definition(options) == {
        "jobDefinitionName": "array-chunk-render",
        "type": "container",
        "platformCapabilities": ["EC2"],
        "containerProperties": {
            "image": "worker:4.2",
            "resourceRequirements": [
                {"type": "VCPU", "value": "4"},
                {"type": "MEMORY", "value": "8192"},
            ],
            "linuxParameters": {"initProcessEnabled": True},
            "volumes": [
                {
                    "name": "efs",
                    "efsVolumeConfiguration": {
                        "fileSystemId": "fs-0123456789abcdef0",
                        "transitEncryption": "ENABLED",
                        "authorizationConfig": {
                            "accessPointId": "fsap-0123456789abcdef0",
                            "iam": "ENABLED",
                        },
                    },
                }
            ],
            "mountPoints": [
                {"sourceVolume": "efs", "containerPath": "/mnt/efs", "readOnly": False}
            ],
            "jobRoleArn": ROLE,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "/render",
                    "awslogs-stream-prefix": "array-chunk-render",
                },
            },
        },
        "retryStrategy": {
            "attempts": 5,
            "evaluateOnExit": [
                {"onExitCode": "6*", "action": "EXIT"},
                {"onExitCode": "7*", "action": "RETRY"},
                {"onStatusReason": "Host EC2*", "action": "RETRY"},
                {"onExitCode": "13*", "action": "RETRY"},
                {"onReason": "*", "action": "EXIT"},
            ],
        },
        "propagateTags": True,
        "timeout": {"attemptDurationSeconds": 7200},
        "tags": {"film": "one"},
    }


def test_what_fargate_has_instead() -> None:
    built = job_definition(ON_FARGATE)
    container = built["containerProperties"]
    assert built["platformCapabilities"] == ["FARGATE"]
    assert container["executionRoleArn"] == ROLE
    assert container["networkConfiguration"] == {"assignPublicIp": "ENABLED"}
    rules = built["retryStrategy"]["evaluateOnExit"]
    assert [rule.get("onExitCode", "*") for rule in rules] == ["6*", "7*", "13*", "143", "*"]


def test_an_array_and_its_film() -> None:
    array = array_job(OPTIONS, WORK, "arn:1")
    assert array["arrayProperties"] == {"size": 20}
    assert array["jobName"] == "shot-010"
    assert array["jobDefinition"] == "arn:1"
    assert array["containerOverrides"] == {
        "command": ["blender", "-b", WORK.blend, "-P", WORK.main],
        "environment": [
            {"name": "ARRAY_CHUNK_SAMPLES", "value": "64"},
            {"name": "EFS_BLENDER_FILE_PATH", "value": WORK.blend},
            {"name": "EFS_BLENDER_OUTPUT_FOLDER_PATH", "value": WORK.output},
        ],
    }
    film = film_job(OPTIONS, WORK, "arn:1", "the-array")
    assert film["jobName"] == "shot-010-film"
    assert film["dependsOn"] == [{"jobId": "the-array"}]
    assert film["containerOverrides"]["command"] == list(WORK.film_command)
    assert "arrayProperties" not in film


def test_an_array_of_one_is_a_plain_job() -> None:
    job = array_job(OPTIONS, dataclasses.replace(WORK, size=1), "arn:1")
    assert "arrayProperties" not in job
    told = {each["name"]: each["value"] for each in job["containerOverrides"]["environment"]}
    child = ArrayEnvironment.read({**told, "AWS_BATCH_JOB_ID": "j", "AWS_BATCH_JOB_ATTEMPT": "1"})
    assert (child.engine, child.size, child.index) == (NO_ENGINE, 1, 0)


def test_a_named_definition_is_told_what_counts_for_our_exit_codes() -> None:
    options = dataclasses.replace(NAMED, cpus=16, memory=0, timeout=90)
    job = array_job(options, WORK, "theirs:3")
    assert job["retryStrategy"] == job_definition(options)["retryStrategy"]
    assert job["timeout"] == {"attemptDurationSeconds": 90}
    requirements = [{"type": "VCPU", "value": "16"}]
    assert job["containerOverrides"]["resourceRequirements"] == requirements
    assert "resourceRequirements" not in array_job(NAMED, WORK, "x")["containerOverrides"]


@pytest.mark.parametrize("options", [OPTIONS, NAMED], ids=["image", "named"])
def test_gpus_are_asked_for_by_the_array_alone(options: BatchOptions) -> None:
    options = dataclasses.replace(options, gpus=2)
    check(options, WORK)
    job = array_job(options, WORK, "d")
    asked = job["containerOverrides"]["resourceRequirements"]
    assert asked == [{"type": "GPU", "value": "2"}]
    assert asked[0]["type"] in MODEL.shape_for("ResourceType").enum
    assert not model_faults("SubmitJob", job)
    for other in (job_definition(options), film_job(options, WORK, "d", "a")):
        assert "GPU" not in json.dumps(other)


def test_gpus_beside_cpus_and_memory() -> None:
    job = array_job(dataclasses.replace(NAMED, cpus=8, memory=4096, gpus=1), WORK, "d")
    asked = job["containerOverrides"]["resourceRequirements"]
    assert [each["type"] for each in asked] == ["VCPU", "MEMORY", "GPU"]


def test_a_share_and_its_priority() -> None:
    job = array_job(dataclasses.replace(OPTIONS, share="films", priority=7), WORK, "d")
    assert (job["shareIdentifier"], job["schedulingPriorityOverride"]) == ("films", 7)


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("shot_010-a", "shot_010-a"),
        ("Prüfung 1.blend", "Pr-fung-1-blend"),
        ("-first", "first"),
        ("…", "array"),
        ("x" * 200, "x" * 123),
    ],
)
def test_names_that_batch_takes(name: str, taken: str) -> None:
    assert job_name(name, "-film") == taken + "-film"
    assert len(job_name(name)) <= 128


# --- searched: whatever passes our checks, the model takes ---------------------------------------

OPTION = {
    "cpus": st.sampled_from([0, 1, 2, 3, 4, 8, 16, 64]),
    "memory": st.one_of(st.just(0), st.integers(1, 200).map(lambda number: number * 1024)),
    "gpus": st.sampled_from([0, 1, 8, 17]),
    "platform": st.sampled_from([EC2, FARGATE]),
    "image": st.sampled_from(["", "worker", "registry/worker:4.2"]),
    "job_definition": st.sampled_from(["", "theirs", "theirs:2"]),
    "file_system": st.sampled_from(["", "fs-01234567"]),
    "access_point": st.sampled_from(["", "fsap-01234567"]),
    "job_role": st.sampled_from(["", ROLE]),
    "execution_role": st.sampled_from(["", ROLE]),
    "log_group": st.sampled_from(["", "/render"]),
    "attempts": st.integers(0, 11),
    "timeout": st.sampled_from([0, 59, 60, 86400]),
    "share": st.sampled_from(["", "films"]),
    "priority": st.sampled_from([0, 9999]),
    "tags": st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=5), max_size=3),
}
ANY_OPTIONS = st.builds(BatchOptions, queue=st.just("spot"), **OPTION)
ANY_WORK = st.builds(
    dataclasses.replace,
    st.just(WORK),
    name=st.text(max_size=200),
    size=st.integers(0, 10_001),
    variables=st.dictionaries(
        st.sampled_from(["USE_GPU", "ARRAY_CHUNK_FRAMES", "AWS_BATCH_X"]), st.text(max_size=9000)
    ),
)


@given(ANY_OPTIONS, ANY_WORK)
def test_what_our_checks_pass_the_model_takes(options: BatchOptions, work: Work) -> None:
    try:
        check(options, work)
    except BadSetting:
        return
    if options.image:
        assert not model_faults("RegisterJobDefinition", job_definition(options))
    for job in (array_job(options, work, "d"), film_job(options, work, "d", "a")):
        assert not model_faults("SubmitJob", job)
        assert len(json.dumps(job)) <= 30 * 1024
        names = {each["name"] for each in job["containerOverrides"]["environment"]}
        assert not any(name.startswith("AWS_BATCH") for name in names)


def test_the_model_finds_faults() -> None:
    """So that the search above can fail at all."""
    assert model_faults("SubmitJob", {**array_job(OPTIONS, WORK, "d"), "array": 1})
    assert model_faults("RegisterJobDefinition", {"type": "container"})


@pytest.mark.parametrize("options", [OPTIONS, ON_FARGATE, NAMED], ids=["EC2", "Fargate", "named"])
@pytest.mark.parametrize("size", [1, 2, 10_000])
def test_what_is_right_passes(options: BatchOptions, size: int) -> None:
    check(options, dataclasses.replace(WORK, size=size))


@pytest.mark.parametrize("cpus", FARGATE_MEMORY)
def test_all_that_fargate_has_passes(cpus: int) -> None:
    for memory in FARGATE_MEMORY[cpus]:
        check(dataclasses.replace(ON_FARGATE, cpus=cpus, memory=memory), WORK)


# --- what is refused, and in which words --------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"queue": ""}, ["queue", "describe-job-queues"], id="no queue"),
        pytest.param({"queue": "a b"}, ["queue", "'a b'"], id="a queue's name"),
        pytest.param({"image": ""}, ["--job-definition", "image"], id="nothing to run"),
        pytest.param({"image": "a b"}, ["image", "'a b'"], id="an image's name"),
        pytest.param({"job_definition": "theirs"}, ["image", "worker", "'theirs'"], id="both"),
        pytest.param({"platform": "EKS"}, ["platform", "'EKS'", "FARGATE"], id="a platform"),
        pytest.param({"memory": 3}, ["memory is 3 MiB", "4"], id="too little memory"),
        pytest.param({"file_system": "efs"}, ["--file-system", "'efs'", "fs-0"], id="file system"),
        pytest.param({"file_system": ""}, ["--file-system", "would end"], id="nowhere to go"),
        pytest.param({"access_point": "ap-1"}, ["--access-point", "fsap-"], id="access point"),
        pytest.param(
            {"s3_file_system": S3_FILES}, ["--file-system", "--s3-file-system"], id="two systems"
        ),
        pytest.param(
            {"s3_file_system": "fs-0123456789abcdef0"}, ["--s3-file-system", "ARN"], id="no ARN"
        ),
        pytest.param(
            {"s3_root": "/films"}, ["--s3-root", "no --s3-file-system"], id="root of nothing"
        ),
        pytest.param(
            {"file_system": "", "s3_file_system": S3_FILES, "s3_root": "/a/../b"},
            ["--s3-root", "/films"],
            id="root that leads up",
        ),
        pytest.param({"job_role": "render"}, ["--job-role", "'render'", "ARN"], id="a role"),
        pytest.param({"execution_role": "x"}, ["--execution-role", "ARN"], id="another role"),
        pytest.param({"log_group": "a b"}, ["--log-group", "'a b'"], id="a log group"),
        pytest.param({"share": "a-b"}, ["share", "'a-b'"], id="a share"),
        pytest.param({"priority": 1}, ["priority is 1", "share"], id="priority of no share"),
        pytest.param({"share": "a", "priority": 10_000}, ["priority", "9999"], id="priority"),
        pytest.param({"attempts": 0}, ["attempts is 0", "1 to 10"], id="no attempts"),
        pytest.param({"attempts": 11}, ["attempts is 11"], id="too many attempts"),
        pytest.param({"gpus": -1}, ["gpus is -1", "0 to 16"], id="negative gpus"),
        pytest.param({"gpus": 17}, ["gpus is 17", "0 to 16"], id="too many gpus"),
        pytest.param({"timeout": 59}, ["timeout is 59", "60"], id="a short timeout"),
        pytest.param({"mount": "efs"}, ["mount", "'efs'"], id="a relative mount"),
        pytest.param({"mount": "/"}, ["mount", "'/'"], id="the root as a mount"),
        pytest.param({"mount": "/data"}, ["output", "'/data'"], id="output beside the mount"),
        pytest.param({"tags": {"aws:x": ""}}, ["aws:x"], id="a tag of AWS' own"),
        pytest.param({"tags": {"a": "*?<"}}, ["'*?<'", "letters"], id="a tag's characters"),
        pytest.param({"tags": {"": "x"}}, ["tag ''"], id="a tag without a name"),
        pytest.param({"tags": {"x": "y" * 257}}, ["tag 'x'", "256"], id="a tag's long value"),
        pytest.param({"tags": dict.fromkeys(map(str, range(51)), "")}, ["51", "50"], id="tags"),
    ],
)  # fmt: skip
def test_refused_options(changed: dict[str, Any], words: list[str]) -> None:
    refused(dataclasses.replace(OPTIONS, **changed), WORK, words)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"execution_role": ""}, ["--execution-role", "FARGATE"], id="no role"),
        pytest.param({"gpus": 1}, ["gpus is 1", "Fargate has none"], id="gpus"),
        pytest.param({"cpus": 3}, ["cpus is 3", "1, 2, 4, 8, 16"], id="cpus"),
        pytest.param({"memory": 8000}, ["memory is 8000", "8192 to 30720", "1024"], id="memory"),
        pytest.param({"cpus": 16}, ["memory is 8192", "32768", "8192"], id="memory of many cpus"),
    ],
)
def test_refused_on_fargate(changed: dict[str, Any], words: list[str]) -> None:
    refused(dataclasses.replace(ON_FARGATE, **changed), WORK, words)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"size": 0}, ["size is 0", "10000"], id="no children"),
        pytest.param({"size": 10_001}, ["size is 10001"], id="too many children"),
        pytest.param({"variables": {"AWS_BATCH_JOB_ID": "x"}}, ["AWS_BATCH_JOB_ID"], id="reserved"),
        pytest.param({"variables": {"X": "y" * 8192}}, ["8192", "environment"], id="much to say"),
        pytest.param({"blend": "shot.blend"}, ["blend", "absolute"], id="a relative blend"),
        pytest.param({"output": "frames"}, ["output", "absolute"], id="a relative output"),
        pytest.param({"output": "/tmp/frames"}, ["output", "/mnt/efs"], id="not on the mount"),
        pytest.param({"main": "main.py"}, ["main", "absolute"], id="a relative main.py"),
    ],
)
def test_refused_work(changed: dict[str, Any], words: list[str]) -> None:
    refused(OPTIONS, dataclasses.replace(WORK, **changed), words)


def refused(options: BatchOptions, work: Work, words: list[str]) -> None:
    with pytest.raises(BadSetting) as caught:
        check(options, work)
    assert [word for word in words if word not in str(caught.value)] == []


def test_the_limit_of_the_overrides_is_a_limit() -> None:
    overrides = array_job(OPTIONS, WORK, "d")["containerOverrides"]
    film = film_job(OPTIONS, WORK, "d", "a")["containerOverrides"]
    assert len(json.dumps(film)) > len(json.dumps(overrides))
    space = checks.MOST_OVERRIDE_CHARACTERS - len(json.dumps(film))
    fits = {**WORK.variables, "ARRAY_CHUNK_SAMPLES": "64" + "0" * space}
    check(OPTIONS, dataclasses.replace(WORK, variables=fits))
    with_gpu = dataclasses.replace(OPTIONS, gpus=1)  # its job is the longer one then
    refused(with_gpu, dataclasses.replace(WORK, variables=fits), ["8192"])
    fits["ARRAY_CHUNK_SAMPLES"] += "0"
    refused(OPTIONS, dataclasses.replace(WORK, variables=fits), ["8192"])
