"""A share that several hosts have mounted: what tests use of the NFS model (needs root, Linux)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any

from nfs_server import Rule

DAEMON = Path(__file__).with_name("nfs_daemon.py")
CHECKER = "checker"
"""The host that keeps nothing: it sees what the server has."""


class Share:
    """One server's files, mounted by each of its hosts at a folder of that name. A context manager.

    The paths of the hosts' folders have one length, as have those of a farm's machines.
    """

    def __init__(
        self, home: Path, hosts: tuple[str, ...] = ("a", "b"), seed: int = 0, **more: Any
    ) -> None:
        self.hosts = hosts
        self._home = home
        self._process = subprocess.Popen(
            [sys.executable, str(DAEMON), str(seed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        for host in hosts:
            self._mount(host, **more)
        self._mount(CHECKER, keeps=False)

    def _mount(self, host: str, **more: Any) -> None:
        folder = self.folder(host)
        folder.mkdir(parents=True)
        self.do("mount", host=host, folder=str(folder), **more)

    def __enter__(self) -> Share:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take all away, whatever is still held."""
        for host in (*self.hosts, CHECKER):
            subprocess.run(["umount", "--lazy", self.folder(host)], check=False)
        self._process.kill()  # what still waits for an answer gets an error
        self._process.communicate()

    def folder(self, host: str) -> Path:
        """Where a host has mounted the share."""
        return self._home / "hosts" / host

    @property
    def there(self) -> Path:
        """The files as the server has them."""
        return self.folder(CHECKER)

    def do(self, command: str, **words: Any) -> Any:
        """Have the daemon do something: a method of its class by its name."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([command, words]) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer
        return answer["result"]

    def set(self, **values: Any) -> None:
        """Set the server's own values, as `skew_seconds`."""
        self.do("set", **values)

    def rule(self, name: str, host: str, operation: str, path: str, action: str, **m: Any) -> None:
        """See `Rule`."""
        rule = Rule(name, host, operation, path, action, **m)
        fields = {key: value for key, value in vars(rule).items() if key not in ("matches", "hits")}
        self.do("rule", **fields)

    def wait(self, name: str, count: int = 1) -> None:
        """Wait until a rule has struck."""
        assert self.do("wait_hits", name=name, count=count), f"{name!r} has never struck"

    def release(self, name: str) -> None:
        self.do("release", name=name)

    def advance(self, seconds: float) -> None:
        """Have it later by the clock by which hosts believe what they know."""
        self.do("advance", seconds=seconds)

    def calls(self, host: str) -> Counter[str]:
        """The host's calls by operation, and forget all calls."""
        return Counter(self.do("calls").get(host, {}))
