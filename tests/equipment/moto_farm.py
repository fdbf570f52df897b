"""The real AWS command line on the PATH, which asks a moto server of this machine.

moto runs no containers here: all children have succeeded at once. Nothing leaves this machine: the
server listens on its loopback, with credentials that are none.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from children import clean_environment

TOOLS = Path(sys.executable).parent
NO_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
QUEUE = "shots"

Aws = Callable[..., str]


def no_account(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """No account, profile or credentials that this machine may have."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in NO_CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(folder / "none"))


@contextmanager
def moto_server() -> Iterator[str]:
    """The address of a server."""
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
        await_line(server, "Running on")
        address = f"http://127.0.0.1:{port}"
        _post(f"{address}/moto-api/config", {"batch": {"use_docker": False}})
        yield address
    finally:
        server.terminate()
        server.communicate()


def await_line(server: subprocess.Popen[str], text: str) -> None:
    """Read what a server says until a line has this text. Fails where it ends before."""
    assert server.stderr is not None
    lines = []
    for line in server.stderr:
        lines.append(line)
        if text in line:
            return
    pytest.fail(f"{server.args} does not start:\n{''.join(lines)}")


def asking_moto(address: str, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """Have `aws` ask this server, emptied before; returns the same, called by hand."""
    empty_moto(address)
    return calls_aws(address, monkeypatch)


def empty_moto(address: str) -> None:
    """Have a server forget all that it was told."""
    _post(f"{address}/moto-api/reset", {})


def calls_aws(address: str, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """Have `aws` ask this server; returns the same, called by hand."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    monkeypatch.setenv("PATH", f"{TOOLS}{os.pathsep}{os.environ['PATH']}")

    def call(*words: str) -> str:
        ended = subprocess.run(["aws", *words], capture_output=True, text=True, check=False)
        assert ended.returncode == 0, f"{words}: {ended.stdout}{ended.stderr}"
        return ended.stdout.strip()

    return call


def make_queue(aws: Aws) -> str:
    """A queue's name; it is made where it is not there."""
    if json.loads(aws("batch", "describe-job-queues", "--job-queues", QUEUE))["jobQueues"]:
        return QUEUE
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    document = ("--assume-role-policy-document", trust, "--query", "Role.Arn", "--output", "text")
    role = aws("iam", "create-role", "--role-name", "batch", *document)
    unmanaged = ("--type", "UNMANAGED", "--service-role", role)
    environment = ("--compute-environment-name", "all", *unmanaged)
    aws("batch", "create-compute-environment", *environment)
    order = "order=1,computeEnvironment=all"
    queue = ("--job-queue-name", QUEUE, "--priority", "1", "--state", "ENABLED")
    aws("batch", "create-job-queue", *queue, "--compute-environment-order", order)
    return QUEUE


def _post(address: str, content: object) -> None:
    request = urllib.request.Request(address, json.dumps(content).encode(), method="POST")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request) as answer:
        assert answer.status in (200, 201)
