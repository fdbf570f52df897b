"""Buckets of two hands, asked by the real AWS command line: moto's, and rclone's over a folder.

Nothing leaves this machine: both listen on its loopback, with credentials that are none.
"""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from children import clean_environment
from moto_farm import NO_CREDENTIALS, TOOLS, Aws, await_line, calls_aws, empty_moto

NAME = "films"
ADDRESS = f"s3://{NAME}/shots/one"
BUSY = (503, "SlowDown")
DENIED = (403, "AccessDenied")

Refuse = Callable[[str, str], tuple[int, str] | None]
"""By method and path of a request the status and code that it is refused with; None: it is not."""


@contextmanager
def rclone_server(folder: Path) -> Iterator[str]:
    """The address of a server whose buckets are the folders in this one.

    It takes parts into a cache first: without one, 1.75.2 now and then never answers to the last.
    """
    cache = folder / "cache"
    buckets = folder / "buckets"
    buckets.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    key = f"{NO_CREDENTIALS['AWS_ACCESS_KEY_ID']},{NO_CREDENTIALS['AWS_SECRET_ACCESS_KEY']}"
    server = subprocess.Popen(
        [TOOLS / "rclone", "serve", "s3", "--config", "", "--auth-key", key]
        + ["--addr", f"127.0.0.1:{port}", "--cache-dir", cache]
        + ["--vfs-cache-mode", "writes", "--vfs-write-back", "0", buckets],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        await_line(server, "Starting s3 server")
        assert server.stderr is not None
        threading.Thread(target=server.stderr.read, daemon=True).start()
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


class Bucket:
    """A bucket, as a person looks into it."""

    def __init__(self, aws: Aws, endpoint: str) -> None:
        self.aws = aws
        self.endpoint = endpoint

    def objects(self) -> dict[str, tuple[str, str]]:
        """ETag and time of each object below the prefix, by place."""
        query = "{all: Contents[].[Key, ETag, LastModified]}"
        listed = self.aws("s3api", "list-objects-v2", "--bucket", NAME, "--query", query)
        begin = f"{ADDRESS.removeprefix(f's3://{NAME}/')}/"
        found = json.loads(listed)["all"] or []
        return {key.removeprefix(begin): (tag, when) for key, tag, when in found}

    def fetch(self, folder: Path) -> Path:
        """Download all of it."""
        self.aws("s3", "cp", "--recursive", "--only-show-errors", ADDRESS, str(folder))
        return folder

    def unfinished(self) -> int:
        """Uploads in parts that were begun and not put away."""
        answer = self.aws("s3api", "list-multipart-uploads", "--bucket", NAME)
        return len(json.loads(answer or "{}").get("Uploads") or [])


def moto_bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An empty one at moto's address, which the real AWS command line on the PATH asks."""
    empty_moto(endpoint)
    aws = calls_aws(endpoint, monkeypatch)
    aws("s3api", "create-bucket", "--bucket", NAME)
    return Bucket(aws, endpoint)


class Between:
    """What stands between a client and a server: passes requests on, refuses them, or holds them.

    `held` is set once a request is held, which is refused when `let_go` is set.
    """

    def __init__(self, server: str) -> None:
        self._server = urllib.parse.urlsplit(server).netloc
        self.refuse: Refuse = lambda method, path: None
        self.holds: Callable[[str, str], bool] = lambda method, path: False
        self.held, self.let_go = threading.Event(), threading.Event()
        self.passed: list[tuple[str, str]] = []
        between = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:  # the client is gone
                    self.close_connection = True

            def __getattr__(self, name: str) -> Callable[[], None]:
                if not name.startswith("do_"):
                    raise AttributeError(name)
                return lambda: between.answer(self)

            def log_message(self, *words: object) -> None:
                pass

        self._listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._listening.daemon_threads = True
        threading.Thread(target=self._listening.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._listening.server_port}"

    def close(self) -> None:
        self.let_go.set()
        self._listening.shutdown()
        self._listening.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        method, path = request.command, urllib.parse.unquote(request.path)
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        refused = self.refuse(method, path)
        if self.holds(method, path):
            self.held.set()
            self.let_go.wait()
            refused = DENIED
        if refused is not None:
            status, code = refused
            said = f"<Error><Code>{code}</Code><Message>Told so</Message></Error>".encode()
            self._give(request, status, {"Content-Type": "application/xml"}, said)
            return
        self.passed.append((method, path))
        server = http.client.HTTPConnection(self._server)
        server.request(method, request.path, body, dict(request.headers))
        answer = server.getresponse()
        self._give(request, answer.status, dict(answer.headers), answer.read())
        server.close()

    @staticmethod
    def _give(
        request: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes
    ) -> None:
        request.send_response_only(status)
        left_out = ("content-length", "transfer-encoding", "connection")
        for name, value in headers.items():
            if name.lower() not in left_out:
                request.send_header(name, value)
        is_head = request.command == "HEAD"
        length = next((v for n, v in headers.items() if n.lower() == left_out[0]), "0")
        request.send_header("Content-Length", length if is_head else str(len(body)))
        request.end_headers()
        if not is_head:
            request.wfile.write(body)
