"""Engines of other people's machines: their real clients against stand-ins for their services.

Nothing leaves this machine: every service listens on its loopback, with credentials that are none.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from batch_folder import JobFolder, job_folder
from children import clean_environment

TOOLS = Path(sys.executable).parent
STAND_IN = Path(__file__).resolve().parent.parent / "equipment" / "aws_stand_in"
SCENES = Path(__file__).resolve().parent.parent / "process" / "scenes.py"
NO_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture
def no_other_aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No account, profile or credentials that this machine may have."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in NO_CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of a moto server that runs no containers: all jobs succeed at once."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [str(TOOLS / "moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        env=clean_environment(PYTHONUNBUFFERED="1", MOTO_IAM_LOAD_MANAGED_POLICIES="true"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert server.stderr is not None
        said = []
        for line in server.stderr:
            said.append(line)
            if "Running on" in line:
                break
        else:
            pytest.fail(f"moto_server does not start:\n{''.join(said)}")
        address = f"http://127.0.0.1:{port}"
        _post(f"{address}/moto-api/config", {"batch": {"use_docker": False}})
        yield address
    finally:
        server.terminate()
        server.communicate()


def _post(address: str, content: object) -> None:
    request = urllib.request.Request(address, json.dumps(content).encode(), method="POST")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request) as answer:
        assert answer.status in (200, 201)


@pytest.fixture
def aws(moto: str, no_other_aws: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The real AWS command line on the PATH, which asks moto; the same, called by hand."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    monkeypatch.setenv("PATH", f"{TOOLS}{os.pathsep}{os.environ['PATH']}")

    def call(*words: str) -> str:
        ended = subprocess.run(["aws", *words], capture_output=True, text=True, check=False)
        assert ended.returncode == 0, f"{words}: {ended.stdout}{ended.stderr}"
        return ended.stdout.strip()

    return call


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
