"""docs/AWS_BATCH.md: its `sh` blocks, run in their order by the real AWS command line, on moto."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

from array_chunk_render.command_line.words import parse_words
from array_chunk_render.engines.aws_batch.batch_engine import BatchEngine
from array_chunk_render.engines.aws_batch.batch_options import BatchOptions
from array_chunk_render.engines.engine import State, Work

# What moto is behind the service with: it wants a service role, where Batch makes one by itself.
# And nothing here has to be waited for.
BEFORE = """
set -euo pipefail
service=$(command aws iam create-role --role-name service \\
    --assume-role-policy-document '{"Version": "2012-10-17", "Statement": []}' \\
    --query Role.Arn --output text)
aws() {
    if [ "$2" = create-compute-environment ]; then set -- "$@" --service-role "$service"; fi
    command aws "$@"
}
sleep() { :; }
"""
AFTER = """
echo "$efs $point $registry" > found
"""


def test_all_that_the_page_makes_takes_an_array(
    aws: Callable[..., str], repository: Path, tmp_path: Path
) -> None:
    page = (repository / "docs" / "AWS_BATCH.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 6
    script = "\n".join([BEFORE, *blocks, AFTER])
    ended = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    file_system, access_point, registry = (tmp_path / "found").read_text().split()
    options = BatchOptions(
        queue="films",
        image=f"{registry}:5.2",
        file_system=file_system,
        access_point=access_point,
    )
    shot = "/mnt/efs/shot"
    main = "/opt/array_chunk_render/main.py"
    work = Work("shot", 20, f"{shot}/shot.blend", f"{shot}/frames", "blender", main)
    state = BatchEngine(options).state(BatchEngine(options).submit(work))
    assert state.counts[State.SUCCEEDED] == 20
    on_gpu = BatchEngine(dataclasses.replace(options, queue="films-gpu", gpus=1))
    assert on_gpu.state(on_gpu.submit(work)).counts[State.SUCCEEDED] == 20
    described = json.loads(aws("batch", "describe-compute-environments"))["computeEnvironments"]
    made = {each["computeEnvironmentName"]: each["computeResources"] for each in described}
    assert made["films-gpu"]["instanceTypes"] == ["g4dn", "g5", "g6"]
    subnets = json.loads(aws("ec2", "describe-subnets"))["Subnets"]
    for name in ("films-spot", "films-gpu"):
        assert made[name]["type"] == "SPOT"
        assert sorted(made[name]["subnets"]) == sorted(subnet["SubnetId"] for subnet in subnets)


def test_the_commands_of_the_page_are_understood(repository: Path) -> None:
    page = (repository / "docs" / "AWS_BATCH.md").read_text(encoding="utf-8").replace("\\\n", " ")
    commands = re.findall(r"^blender .* main\.py -- (.*)$", page, re.MULTILINE)
    told = [parse_words(shlex.split(command)).command.name for command in commands]
    assert told == ["submit", "submit", "status", "logs", "cancel", "verify"]
    rows = re.findall(r"^\| `(--.*?)` \|", page, re.MULTILINE)
    assert len(rows) == 12
    for row in rows:
        parse_words(["submit", *shlex.split(row)])
