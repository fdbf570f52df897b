"""A stand-in for `aws batch …` and `aws logs get-log-events`, with children that really run.

It knows the calls that this project makes, runs the children of arrays as processes of this machine
with AWS Batch's variables, applies the retry rules of their job definition to their exit codes, and
starts a dependent job only if the job that it depends on succeeded. Folder `aws_stand_in` has it as
a program `aws`. Told by environment variables:

    AWS_STAND_IN_HOME        folder of its state; needed
    AWS_STAND_IN_PYTHON      Python for it; python3
    AWS_STAND_IN_JOBS        children of a job at a time; 2
    AWS_STAND_IN_RECLAIM     children whose machine is taken away in their first attempt: 1,3
    AWS_STAND_IN_RECLAIM_AT  ... when they write a line with this text; that of their first frame
    AWS_STAND_IN_CHILD_2     NAME=VALUE …: further variables for child 2
    AWS_STAND_IN_PAGE        jobs in an answer of list-jobs; 100
    AWS_STAND_IN_FAILURE     an error message: every call fails with it
    BLENDER_EXECUTABLE       what is run for the command `blender`

A job runs by those of them that its submission found.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from batch_folder import ENDED, WORDS, JobFolder, job_folder

ARN = "arn:aws:batch:us-east-1:123456789012"
DEFAULT_LOG_GROUP = "/aws/batch/job"
MOST_DESCRIBED = 100
RUNNER = Path(__file__).with_name("batch_runner.py")


class RefusedError(Exception):
    """What the real service would answer with an error."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


Answer = dict[str, Any]
Request = Mapping[str, Any]


def register_job_definition(home: Path, request: Request) -> Answer:
    path = home / "definitions.json"
    definitions = json.loads(path.read_text()) if path.exists() else []
    name = request["jobDefinitionName"]
    revision = 1 + sum(each["jobDefinitionName"] == name for each in definitions)
    arn = f"{ARN}:job-definition/{name}:{revision}"
    path.write_text(json.dumps([*definitions, {**request, "arn": arn, "revision": revision}]))
    return {"jobDefinitionName": name, "jobDefinitionArn": arn, "revision": revision}


def submit_job(home: Path, request: Request) -> Answer:
    definition = _definition(home, request["jobDefinition"])
    size = request.get("arrayProperties", {}).get("size")
    if size is not None and not 2 <= size <= 10_000:
        raise RefusedError("ClientException", f"Invalid array size {size}")
    depends = request.get("dependsOn", [])
    for each in depends:
        _folder(home, each["jobId"])
    folder = job_folder(home, str(uuid.uuid4()))
    folder.path.mkdir(parents=True)
    job = {
        "request": request,
        "definition": definition,
        "dependsOn": depends,
        "retryStrategy": request.get("retryStrategy") or definition.get("retryStrategy", {}),
        "createdAt": int(time.time() * 1000),
    }
    child = {"status": "PENDING" if depends else "RUNNABLE", "attempts": [], "container": {}}
    folder.write("job.json", job)
    folder.write("state.json", {"status": "PENDING", "children": [child] * (size or 1)})
    _start_runner(folder)
    return {"jobName": request["jobName"], "jobId": folder.id, "jobArn": f"{ARN}:job/{folder.id}"}


def describe_jobs(home: Path, request: Request) -> Answer:
    if len(request["jobs"]) > MOST_DESCRIBED:
        raise RefusedError("ClientException", "Too many jobs")
    return {"jobs": [job for each in request["jobs"] for job in _described(home, each)]}


def list_jobs(home: Path, request: Request) -> Answer:
    folder = _folder(home, request["arrayJobId"])
    first, page = int(request.get("nextToken", 0)), int(os.environ.get("AWS_STAND_IN_PAGE", "100"))
    wanted = request.get("jobStatus", "RUNNING")
    ids = [
        f"{folder.id}:{index}"
        for index, child in enumerate(folder.state["children"])
        if child["status"] == wanted
    ]
    name = folder.job["request"]["jobName"]
    summary = [{"jobId": each, "jobName": name, "status": wanted} for each in ids]
    more = {"nextToken": str(first + page)} if first + page < len(ids) else {}
    return {"jobSummaryList": summary[first : first + page], **more}


def terminate_job(home: Path, request: Request) -> Answer:
    """Of one that has ended it takes no notice, as AWS Batch."""
    folder = _folder(home, request["jobId"])
    if folder.state["status"] in ENDED:
        return {}
    (folder.path / "terminated").write_text(request["reason"])
    try:
        os.kill(int((folder.path / "pid").read_text()), signal.SIGTERM)
    except ProcessLookupError:  # it has just ended by itself
        return {}
    return {}


def get_log_events(home: Path, request: Request) -> Answer:
    job_id, index, attempt = request["logStreamName"].rpartition("/")[2].split(".")
    folder = job_folder(home, job_id)
    path = folder.log(int(index), int(attempt))
    if not path.exists() or request["logGroupName"] != _log_group(folder.job["definition"]):
        raise RefusedError("ResourceNotFoundException", "The specified log stream does not exist.")
    lines = path.read_text(errors="replace").splitlines()[-request["limit"] :]
    return {"events": [{"timestamp": 0, "message": line} for line in lines]}


CALLS: dict[tuple[str, str], Callable[[Path, Request], Answer]] = {
    ("batch", "register-job-definition"): register_job_definition,
    ("batch", "submit-job"): submit_job,
    ("batch", "describe-jobs"): describe_jobs,
    ("batch", "list-jobs"): list_jobs,
    ("batch", "terminate-job"): terminate_job,
    ("logs", "get-log-events"): get_log_events,
}

OPTIONS = ["--cli-input-json", "--no-paginate", "--output", "json"]


def _definition(home: Path, named: str) -> dict[str, Any]:
    path = home / "definitions.json"
    for each in reversed(json.loads(path.read_text()) if path.exists() else []):
        name = each["jobDefinitionName"]
        if named in (name, f"{name}:{each['revision']}", each["arn"]):
            return dict(each)
    raise RefusedError("ClientException", f"JobDefinition {named} not found.")


def _folder(home: Path, job_id: str) -> JobFolder:
    folder = job_folder(home, job_id)
    if not (folder.path / "job.json").exists():
        raise RefusedError("ClientException", f"Job {job_id} does not exist")
    return folder


def _start_runner(folder: JobFolder) -> None:
    """Started with the lock held, which it has until it ends, and deaf until it can listen."""
    with open(folder.lock, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        with open(folder.path / "runner.log", "w") as log:
            runner = subprocess.Popen(
                [sys.executable, str(RUNNER), str(folder.path)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[lock.fileno()],
            )
    (folder.path / "pid").write_text(str(runner.pid))


def _described(home: Path, job_id: str) -> list[Answer]:
    """A job that is not known is left out, as AWS Batch does."""
    name, _, index = job_id.partition(":")
    folder = job_folder(home, name)
    if not (folder.path / "job.json").exists():
        return []
    state, size = folder.state, folder.size
    if index:
        found = [_detail(folder, job_id, child) for child in state["children"][int(index) :][:1]]
        return [{**job, "arrayProperties": {"index": int(index)}} for job in found]
    if size is None:
        return [_detail(folder, job_id, state["children"][0])]
    counts = dict.fromkeys(WORDS, 0)
    for child in state["children"]:
        counts[child["status"]] += 1
    array = {"size": size, "statusSummary": counts}
    return [{**_detail(folder, job_id, state), "arrayProperties": array}]


def _detail(folder: JobFolder, job_id: str, state: Mapping[str, Any]) -> Answer:
    job = folder.job
    request, container = job["request"], job["definition"]["containerProperties"]
    logs = {"logConfiguration": container["logConfiguration"]} if _logs(container) else {}
    return {
        "jobId": job_id,
        "jobName": request["jobName"],
        "jobQueue": request["jobQueue"],
        "jobDefinition": job["definition"]["arn"],
        "dependsOn": job["dependsOn"],
        "createdAt": job["createdAt"],
        "status": state["status"],
        "statusReason": state.get("statusReason", ""),
        "attempts": state.get("attempts", []),
        "container": {"image": container["image"], **logs, **state.get("container", {})},
    }


def _logs(container: Mapping[str, Any]) -> Mapping[str, str]:
    return dict(container.get("logConfiguration", {}).get("options", {}))


def _log_group(definition: Mapping[str, Any]) -> str:
    return _logs(definition["containerProperties"]).get("awslogs-group", DEFAULT_LOG_GROUP)


def main(words: list[str]) -> int:
    """The exit codes are those of the real one."""
    if failure := os.environ.get("AWS_STAND_IN_FAILURE"):
        print(f"\n{failure}", file=sys.stderr)
        return 255
    call = CALLS.get((words[0], words[1])) if len(words) == 7 else None
    if call is None or [words[2], *words[4:]] != OPTIONS:
        print(f"aws: error: this stand-in has not learnt {words}", file=sys.stderr)
        return 252
    operation, request = words[1], json.loads(Path(words[3].removeprefix("file://")).read_text())
    home = Path(os.environ["AWS_STAND_IN_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    try:
        answer = call(home, request)
    except RefusedError as error:
        named = "".join(word.title() for word in operation.split("-"))
        said = f"An error occurred ({error.kind}) when calling the {named} operation: {error}"
        print(f"\n{said}", file=sys.stderr)
        return 254
    if answer:
        print(json.dumps(answer, indent=4))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
