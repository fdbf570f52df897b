"""AWS Batch by the real AWS command line, against moto: it takes what we build.

moto marks all children done at once; what becomes of children is test_batch_stand_in.py's.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import ServiceFailed
from array_chunk_render.chunking.setting_values import Value
from array_chunk_render.engines.aws_batch import FARM
from array_chunk_render.engines.aws_batch.batch_engine import BatchEngine
from array_chunk_render.engines.aws_batch.batch_options import EC2, FARGATE, BatchOptions
from array_chunk_render.engines.engine import EngineFailed, JobIds, State, Work
from array_chunk_render.engines.farms import export
from moto_farm import Aws

ROLE = "arn:aws:iam::123456789012:role/render"
VALUES: dict[str, Value] = {
    "queue": "shots",
    "image": "worker:4.2",
    "file_system": "fs-0123456789abcdef0",
    "access_point": "fsap-0123456789abcdef0",
    "job_role": ROLE,
    "execution_role": ROLE,
    "job_timeout": 7200,
    "tags": "film=one",
}
OPTIONS = FARM.parse(VALUES)
WORK = Work("shot 010", 3, "/mnt/efs/shot.blend", "/mnt/efs/frames", "blender", "/mnt/efs/main.py")


@pytest.mark.parametrize(("platform", "size"), [(EC2, 3), (FARGATE, 1)])
def test_submitted_described_and_terminated(queue: str, aws: Aws, platform: str, size: int) -> None:
    engine = BatchEngine(dataclasses.replace(OPTIONS, platform=platform))
    submitted = engine.submit(dataclasses.replace(WORK, size=size))
    state = engine.state(submitted)
    assert state.counts.get(State.SUCCEEDED) == size, state
    assert not state.failed
    assert state.film is not None
    assert state.film.state is State.SUCCEEDED
    engine.cancel(submitted)
    ids = ("--jobs", submitted.job, submitted.film_job)
    array, film = json.loads(aws("batch", "describe-jobs", *ids))["jobs"]
    assert array.get("arrayProperties", {}).get("size") == (size if size > 1 else None)
    assert film["dependsOn"] == [{"jobId": submitted.job}]
    assert film["container"]["command"] == list(WORK.film_command)


def test_what_is_registered(queue: str, aws: Aws) -> None:
    submitted = BatchEngine(OPTIONS).submit(WORK)
    (job,) = json.loads(aws("batch", "describe-jobs", "--jobs", submitted.job))["jobs"]
    exact = ("--job-definitions", job["jobDefinition"])
    (built,) = json.loads(aws("batch", "describe-job-definitions", *exact))["jobDefinitions"]
    container = built["containerProperties"]
    assert container["volumes"][0]["efsVolumeConfiguration"]["transitEncryption"] == "ENABLED"
    assert container["linuxParameters"] == {"initProcessEnabled": True}
    assert built["retryStrategy"]["attempts"] == 5
    assert len(built["retryStrategy"]["evaluateOnExit"]) == 5


def test_a_named_definition(queue: str, aws: Aws) -> None:
    BatchEngine(OPTIONS).submit(WORK)
    named = BatchOptions(queue=queue, job_definition="array-chunk-render:1", cpus=8, memory=0)
    submitted = BatchEngine(named).submit(WORK)
    assert BatchEngine(named).state(submitted).state is State.SUCCEEDED


@pytest.mark.usefixtures("queue")
def test_what_the_service_refuses_is_said_in_its_words() -> None:
    missing = dataclasses.replace(OPTIONS, queue="missing")
    with pytest.raises(ServiceFailed, match="submit-job.*Job queue missing does not exist"):
        BatchEngine(missing).submit(WORK)
    with pytest.raises(EngineFailed, match="knows no job"):
        BatchEngine(BatchOptions()).state(JobIds("0" * 36))


@pytest.mark.parametrize("makes_film", [True, False])
def test_what_is_exported_can_be_submitted(
    queue: str, aws: Aws, tmp_path: Path, makes_film: bool
) -> None:
    work = dataclasses.replace(WORK, makes_film=makes_film)
    *_, script = export(FARM.name, VALUES, work, tmp_path / "a job")
    said = subprocess.run([script], capture_output=True, text=True, check=True).stdout
    ids = dict(line.split(": ") for line in said.splitlines())
    assert set(ids) == {"array", *(["film"] if makes_film else [])}
    state = BatchEngine(BatchOptions()).state(JobIds(ids["array"], ids.get("film", "")))
    assert state.counts[State.SUCCEEDED] == 3
    if makes_film:
        film = json.loads(aws("batch", "describe-jobs", "--jobs", ids["film"]))["jobs"][0]
        assert film["dependsOn"] == [{"jobId": ids["array"]}]
