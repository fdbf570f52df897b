"""Engines of other people's machines: their real clients against stand-ins for their services.

Nothing leaves this machine: every service listens on its loopback, with credentials that are none.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from batch_folder import JobFolder, job_folder
from buckets import NAME, Between, Bucket, moto_bucket, rclone_server
from children import clean_environment
from moto_farm import (
    Aws,
    asking_moto,
    calls_aws,
    make_queue,
    moto_server,
    no_account,
)

STAND_IN = Path(__file__).resolve().parent.parent / "equipment" / "aws_stand_in"
SCENES = Path(__file__).resolve().parent.parent / "process" / "scenes.py"


@pytest.fixture
def no_other_aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No account, profile or credentials that this machine may have."""
    no_account(monkeypatch, tmp_path)


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of a moto server that runs no containers: all jobs succeed at once."""
    with moto_server() as address:
        yield address


@pytest.fixture
def aws(moto: str, no_other_aws: None, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """The real AWS command line on the PATH, which asks moto; the same, called by hand."""
    return asking_moto(moto, monkeypatch)


@pytest.fixture(scope="session")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("rclone")
    with rclone_server(folder) as address:
        yield address, folder


@pytest.fixture(params=["moto", "rclone"])
def bucket(
    request: pytest.FixtureRequest,
    no_other_aws: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Bucket:
    """An empty one."""
    if request.param == "moto":
        return moto_bucket(request.getfixturevalue("moto"), monkeypatch)
    endpoint, _ = request.getfixturevalue("rclone")
    aws = calls_aws(endpoint, monkeypatch)
    if NAME not in aws("s3api", "list-buckets"):
        aws("s3api", "create-bucket", "--bucket", NAME)
    else:
        aws("s3", "rm", "--recursive", "--only-show-errors", f"s3://{NAME}")
    return Bucket(aws, endpoint)


@pytest.fixture
def between(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[Between]:
    """What the client asks instead of the bucket."""
    between = Between(bucket.endpoint)
    monkeypatch.setenv("AWS_ENDPOINT_URL", between.address)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    yield between
    between.close()


@pytest.fixture
def queue(aws: Aws) -> str:
    """A queue, made once: every call of the real command line takes a second."""
    return make_queue(aws)


Farm = Callable[[str], JobFolder]
"""`farm(job)`: what the stand-in keeps of a job."""


@pytest.fixture
def farm(
    no_other_aws: None, blender_executable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Farm]:
    """The stand-in for AWS Batch on the PATH, with a folder of its own."""
    home, tmp = tmp_path / "batch", tmp_path / "tmp"
    tmp.mkdir()  # killed children leave their stages behind
    monkeypatch.setenv("PATH", f"{STAND_IN}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("AWS_STAND_IN_HOME", str(home))
    monkeypatch.setenv("AWS_STAND_IN_PYTHON", sys.executable)
    monkeypatch.setenv("BLENDER_EXECUTABLE", str(blender_executable))
    monkeypatch.setenv("TMPDIR", str(tmp))
    yield lambda job: job_folder(home, job)
    _end_all(home)


def _end_all(home: Path) -> None:
    """Where a test fails in the middle, its jobs end with it."""
    for path in (home / "jobs").glob("*"):
        request = json.dumps({"jobId": path.name, "reason": "end of the test"})
        words = ["batch", "terminate-job", "--cli-input-json"]
        asked = home / "end.json"
        asked.write_text(request)
        options = [f"file://{asked}", "--no-paginate", "--output", "json"]
        subprocess.run([str(STAND_IN / "aws"), *words, *options], check=True)
    for path in (home / "jobs").glob("*"):
        JobFolder(path).wait()


@pytest.fixture(scope="session")
def shot(blender_executable: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of 9 small frames."""
    path = tmp_path_factory.mktemp("shot") / "shot.blend"
    told = json.dumps(["film", {"end": 9}])
    command = [str(blender_executable), "-b", "--factory-startup", "--python-exit-code", "1"]
    subprocess.run(
        [*command, "-P", str(SCENES), "--", str(path), told],
        check=True,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    return path
