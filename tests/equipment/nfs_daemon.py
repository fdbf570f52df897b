"""The process that serves the mounts: told what to do by lines of JSON, answers each by one.

A process of its own: a thread that holds Python's lock must never wait for a file that another
thread of the same Python is to serve.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any

from nfs_client import NOTHING_KEPT, Client, Kept
from nfs_mount import Mount
from nfs_server import Rule, Server

LONGEST_WAIT_SECONDS = 240.0
"""What has not come by then does not come: a busy machine takes a minute to start a Blender."""


class Daemon:
    """One server, and the hosts that have mounted its files."""

    def __init__(self, seed: int) -> None:
        self._server = Server(seed)
        self._server.remount = self.remount
        self._mounts: dict[str, Mount] = {}
        self._made: dict[str, dict[str, Any]] = {}

    def mount(self, host: str, folder: str, keeps: bool = True, early_writes: float = 0.0) -> None:
        self._made[host] = {"folder": folder, "keeps": keeps, "early_writes": early_writes}
        kept = Kept() if keeps else NOTHING_KEPT
        client = Client(self._server, host, kept, early_writes)
        self._mounts[host] = Mount(client, Path(folder))

    def remount(self, host: str) -> None:
        """Under another device number; what was held open is stale."""
        self._mounts.pop(host).detach()
        self.mount(host, **self._made[host])

    def unmount(self, host: str) -> None:
        self._mounts.pop(host).detach()

    def rule(self, **fields: Any) -> None:
        self._server.rules.append(Rule(**fields))

    def clear_rules(self) -> None:
        """Nothing strikes any more. Raises AssertionError where the model itself has failed."""
        assert not self._server.mistakes, self._server.mistakes
        self._server.released |= {rule.name for rule in self._server.rules}
        self._server.rules.clear()
        self._server.lock.notify_all()

    def release(self, name: str) -> None:
        """Let go what a rule of this name holds (`name#2`: its second hit alone)."""
        self._server.released.add(name)
        self._server.lock.notify_all()

    def struck(self) -> dict[str, int]:
        """By the rules' names, how often they have."""
        return {rule.name: rule.hits for rule in self._server.rules}

    def hits(self, name: str) -> int:
        return sum(rule.hits for rule in self._server.rules if rule.name == name)

    def wait_hits(self, name: str, count: int = 1) -> bool:
        """Wait until a rule has struck so often."""
        return self._server.lock.wait_for(
            lambda: self.hits(name) >= count, timeout=LONGEST_WAIT_SECONDS
        )

    def wait_asked(self, host: str, operation: str) -> bool:
        """Wait until a host has called this."""
        return self._server.lock.wait_for(
            lambda: self._server.calls.get(host, {}).get(operation, 0) > 0,
            timeout=LONGEST_WAIT_SECONDS,
        )

    def wait_waiting(self, count: int) -> bool:
        """Wait until so many calls wait for a server that is away."""
        return self._server.lock.wait_for(
            lambda: self._server.waiting >= count, timeout=LONGEST_WAIT_SECONDS
        )

    def advance(self, seconds: float) -> None:
        self._server.clock += seconds

    def calls(self) -> dict[str, dict[str, int]]:
        """By host and operation, since the last time that this was asked."""
        counted = {host: dict(calls) for host, calls in self._server.calls.items()}
        self._server.calls.clear()
        return counted

    def trace(self) -> list[str]:
        traced, self._server.trace = self._server.trace, []
        return traced

    def set(self, **values: Any) -> None:
        for name, value in values.items():
            assert name in vars(self._server), name
            setattr(self._server, name, value)
        self._server.lock.notify_all()

    def dead(self) -> list[str]:
        return sorted(self._server.dead)

    def revive(self, host: str) -> None:
        """The host is started again, with nothing of what it knew."""
        self._server.dead.discard(host)
        self.remount(host)

    def put_from_bucket(self, path: str, text: str) -> str:
        return self._server.put_from_bucket(path, bytes.fromhex(text))

    def do(self, command: str, words: dict[str, Any]) -> Any:
        if command == "mount":  # the kernel asks while it mounts
            return self.mount(**words)
        if command in ("remount", "unmount", "revive"):
            return getattr(self, command)(**words)
        with self._server.lock:
            return getattr(self, command)(**words)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the tests' end is its own, too
    daemon = Daemon(int(sys.argv[1]))
    for line in sys.stdin:
        command, words = json.loads(line)
        try:
            answer = {"result": daemon.do(command, words)}
        except (OSError, KeyError, TypeError, AssertionError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
