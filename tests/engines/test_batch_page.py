"""docs/AWS_BATCH.md: its `sh` blocks, run in their order by the real AWS command line, on moto."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from array_chunk_render.engines.aws_batch.engine import BatchEngine
from array_chunk_render.engines.aws_batch.options import BatchOptions
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
    assert len(blocks) == 5
    script = "\n".join([BEFORE, *blocks, AFTER])
    ended = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    file_system, access_point, registry = (tmp_path / "found").read_text().split()
    options = BatchOptions(
        queue="films",
        image=f"{registry}:4.2",
        file_system=file_system,
        access_point=access_point,
    )
    shot = "/mnt/efs/shot"
    main = "/opt/array_chunk_render/main.py"
    work = Work("shot", 20, f"{shot}/shot.blend", f"{shot}/frames", "blender", main)
    state = BatchEngine(options).state(BatchEngine(options).submit(work))
    assert state.counts[State.SUCCEEDED] == 20
    named = ("--compute-environments", "films-spot")
    described = aws("batch", "describe-compute-environments", *named)
    (made,) = json.loads(described)["computeEnvironments"]
    assert made["computeResources"]["type"] == "SPOT"
    subnets = json.loads(aws("ec2", "describe-subnets"))["Subnets"]
    assert sorted(made["computeResources"]["subnets"]) == sorted(
        subnet["SubnetId"] for subnet in subnets
    )
