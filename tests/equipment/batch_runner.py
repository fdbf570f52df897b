"""Runs one job of the stand-in for AWS Batch: its children as processes of this machine.

    batch_runner.py JOB_FOLDER

What it does with them is told by environment variables, see batch_stand_in.py.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from batch_folder import JobFolder, job_folder
from children import clean_environment

GRACE_SECONDS = 30.0
EXITED = "Essential container in task exited"
RECLAIMED = "Host EC2 (instance i-0123456789abcdef0) terminated."
NOT_MET = "Dependent Job failed"


class Terminated(BaseException):
    """Raised where the job is terminated while it waits for another one."""


class Runner:
    """The children of one job, from its submission to its end."""

    def __init__(self, folder: JobFolder) -> None:
        self._folder = folder
        self._job = folder.job
        self._state = folder.state
        self._changing = threading.Lock()
        self._ended = threading.Event()
        self._waits = False
        self._running: dict[int, subprocess.Popen[str]] = {}
        listed = os.environ.get("AWS_STAND_IN_RECLAIM", "").split(",")
        self._reclaimed = {int(index) for index in listed if index} if self._is_array else set()

    @property
    def _is_array(self) -> bool:
        return self._folder.size is not None

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self._terminate)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        if not self._may_start():
            return
        jobs = int(os.environ.get("AWS_STAND_IN_JOBS", "2"))
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(self._run_child, range(len(self._state["children"]))))
        failed = any(child["status"] == "FAILED" for child in self._state["children"])
        self._end("FAILED" if failed else "SUCCEEDED", self._reason() if failed else "")

    def _may_start(self) -> bool:
        """Wait for what this job depends on; say what it came to, if it may not start."""
        try:
            self._waits = True
            met = all(self._is_met(each["jobId"]) for each in self._job["dependsOn"])
            self._waits = False
        except Terminated:
            met = False
        if not met:
            reason = self._reason() if self._ended.is_set() else NOT_MET
            for index in range(len(self._state["children"])):
                self._tell(index, status="FAILED", statusReason=reason)
            self._end("FAILED", reason)
        return met

    def _is_met(self, job_id: str) -> bool:
        other = job_folder(self._folder.path.parent.parent, job_id)
        with open(other.lock) as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)  # its runner has it as long as it lives
        return bool(other.state["status"] == "SUCCEEDED")

    def _run_child(self, index: int) -> None:
        """All attempts of it, as far as the rules go."""
        strategy = self._job["retryStrategy"]
        for attempt in range(1, int(strategy.get("attempts", 1)) + 1):
            if self._ended.is_set():
                self._tell(index, status="FAILED", statusReason=self._reason())
                return
            ended = self._attempt(index, attempt)
            code = ended["container"].get("exitCode")
            if code == 0:
                self._tell(index, status="SUCCEEDED", statusReason=ended["statusReason"])
                return
            if self._ended.is_set():
                self._tell(index, status="FAILED", statusReason=self._reason())
                return
            if not retried(strategy.get("evaluateOnExit", []), code, ended["statusReason"]):
                break
            self._tell(index, status="RUNNABLE")
        self._tell(index, status="FAILED", statusReason=ended["statusReason"])

    def _attempt(self, index: int, attempt: int) -> dict[str, Any]:
        container: dict[str, Any] = {
            "logStreamName": f"array-chunk-render/default/{self._folder.id}.{index}.{attempt}"
        }
        self._tell(index, status="RUNNING", container=container)
        strikes = attempt == 1 and index in self._reclaimed
        code, struck = self._process(index, attempt, strikes)
        if not struck:
            container = {**container, "exitCode": code}
        ended = {"container": container, "statusReason": RECLAIMED if struck else EXITED}
        earlier = self._state["children"][index]["attempts"]
        self._tell(index, container=container, attempts=[*earlier, ended])
        return ended

    def _process(self, index: int, attempt: int, strikes: bool) -> tuple[int, bool]:
        """Run it to its end; return its exit code, and whether its machine was taken away."""
        struck = False
        child = self._start(index, attempt)
        assert child.stdout is not None
        mark = os.environ.get("AWS_STAND_IN_RECLAIM_AT", "· 1/")
        with child.stdout as lines, self._folder.log(index, attempt).open("w") as log:
            for line in lines:
                log.write(line)
                log.flush()
                if strikes and mark in line:
                    struck = True
                    signal_group(child, signal.SIGKILL)
        code = child.wait()
        with self._changing:
            del self._running[index]
        return (128 - code if code < 0 else code), struck

    def _start(self, index: int, attempt: int) -> subprocess.Popen[str]:
        overrides = self._job["request"]["containerOverrides"]
        program, *words = overrides["command"]
        if program == "blender":
            program = os.environ.get("BLENDER_EXECUTABLE", program)
        child = subprocess.Popen(
            [program, *words],
            env=self._environment(index, attempt),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        with self._changing:
            self._running[index] = child
        if self._ended.is_set():  # in the very moment
            signal_group(child, signal.SIGTERM)
        return child

    def _environment(self, index: int, attempt: int) -> dict[str, str]:
        """A container has what its job says, and what Batch sets; nothing of AWS' client."""
        own = {name: v for name, v in clean_environment().items() if not name.startswith("AWS_")}
        told = self._job["request"]["containerOverrides"]["environment"]
        own.update((each["name"], each["value"]) for each in told)
        child = f":{index}" if self._is_array else ""
        own["AWS_BATCH_JOB_ID"] = self._folder.id + child
        own["AWS_BATCH_JOB_ATTEMPT"] = str(attempt)
        if self._is_array:
            own["AWS_BATCH_JOB_ARRAY_SIZE"] = str(len(self._state["children"]))
            own["AWS_BATCH_JOB_ARRAY_INDEX"] = str(index)
            for pair in os.environ.get(f"AWS_STAND_IN_CHILD_{index}", "").split():
                name, _, value = pair.partition("=")
                own[name] = value
        return own

    def _terminate(self, number: int, frame: object) -> None:
        self._ended.set()
        if self._waits:
            raise Terminated
        for child in list(self._running.values()):
            signal_group(child, signal.SIGTERM)
        late = threading.Timer(GRACE_SECONDS, self._kill)
        late.daemon = True
        late.start()

    def _kill(self) -> None:
        for child in list(self._running.values()):
            signal_group(child, signal.SIGKILL)

    def _reason(self) -> str:
        path = self._folder.path / "terminated"
        return path.read_text() if path.exists() else ""

    def _tell(self, index: int, **fields: Any) -> None:
        with self._changing:
            self._state["children"][index].update(fields)
            self._folder.write("state.json", self._state)

    def _end(self, status: str, reason: str) -> None:
        with self._changing:
            self._state.update(status=status, statusReason=reason)
            self._folder.write("state.json", self._state)


def retried(rules: list[dict[str, str]], code: int | None, status_reason: str) -> bool:
    """By the first rule of which all conditions hold; where none does, Batch retries."""
    found = {"onExitCode": code, "onStatusReason": status_reason, "onReason": ""}
    for rule in rules:
        conditions = [name for name in rule if name != "action"]
        if all(matches(rule[name], found[name]) for name in conditions):
            return rule["action"].upper() == "RETRY"
    return True


def matches(pattern: str, value: object) -> bool:
    """A pattern may end with `*`; what there is none of matches nothing but that alone."""
    if pattern == "*":
        return True
    if value is None:
        return False
    text, pattern = str(value).lower(), pattern.lower()
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def signal_group(child: subprocess.Popen[str], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # all of it has just ended
        os.killpg(child.pid, number)


if __name__ == "__main__":
    Runner(JobFolder(Path(sys.argv[1]))).run()
