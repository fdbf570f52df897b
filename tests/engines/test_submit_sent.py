"""`submit --send`: what is sent is what is submitted, by the paths that the farm sees."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from buckets import ADDRESS, NAME
from children import clean_environment
from moto_farm import Aws

MAIN = Path(__file__).resolve().parent.parent.parent / "main.py"
FILES = "arn:aws:s3files:us-east-1:123456789012:file-system/fs-0123456789abcdef0"
ON_BATCH = (
    "--farm",
    "aws_batch",
    "--queue",
    "shots",
    "--image",
    "worker:4.2",
    "--s3-root",
    "/shots",
)
PATHS = ("--farm-main", "/opt/main.py", "--size", "3")


def submit(blender: Path, blend: Path, *words: str) -> tuple[int, str, str]:
    ended = subprocess.run(
        [blender, "-b", blend, "-P", MAIN, "--", "submit", *PATHS, *words],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
    )
    return ended.returncode, ended.stdout, ended.stderr


def test_to_a_bucket(queue: str, aws: Aws, blender_executable: Path, shot: Path) -> None:
    aws("s3api", "create-bucket", "--bucket", NAME)
    words = (*ON_BATCH, "--s3-file-system", FILES, "--send", ADDRESS, "--json")
    code, answer, errors = submit(blender_executable, shot, *words)
    assert code == 0, errors
    listed = aws("s3api", "list-objects-v2", "--bucket", NAME, "--query", "Contents[].Key")
    assert "shots/one/shot.blend" in json.loads(listed)
    (job,) = json.loads(
        aws("batch", "describe-jobs", "--jobs", json.loads(answer.splitlines()[-1])["job"])
    )["jobs"]
    variables = {each["name"]: each["value"] for each in job["container"]["environment"]}
    assert variables["EFS_BLENDER_FILE_PATH"] == "/mnt/efs/one/shot.blend"
    assert Path(variables["EFS_BLENDER_OUTPUT_FOLDER_PATH"]).parent == Path("/mnt/efs/one")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        pytest.param(("--s3-file-system", FILES), 69, "there is no bucket 'films'", id="no bucket"),
        pytest.param((), 64, "No --s3-file-system is named", id="not seen"),
        pytest.param(
            ("--s3-file-system", FILES, "--file-system", "fs-0123456789abcdef0"),
            64,
            "name one of them",
            id="two file systems",
        ),
    ],
)
def test_nothing_is_submitted(
    words: tuple[str, ...],
    code: int,
    sentence: str,
    queue: str,
    aws: Aws,
    blender_executable: Path,
    shot: Path,
) -> None:
    ended = submit(blender_executable, shot, *ON_BATCH, *words, "--send", ADDRESS)
    assert (ended[0], sentence in ended[2]) == (code, True), ended
    assert json.loads(aws("batch", "describe-job-definitions"))["jobDefinitions"] == []


def test_to_a_folder(blender_executable: Path, shot: Path, tmp_path: Path) -> None:
    to, exported = tmp_path / "sent", tmp_path / "exported"
    words = ("--farm", "slurm", "--send", str(to), "--export", str(exported))
    code, _, errors = submit(blender_executable, shot, *words)
    assert code == 0, errors
    assert (to / "shot.blend").read_bytes()
    scripts = "".join(path.read_text() for path in exported.iterdir())
    assert f"{to}/shot.blend" in scripts
    assert f"EFS_BLENDER_OUTPUT_FOLDER_PATH={to}/" in scripts.replace("'", "").replace('"', "")
    assert str(shot) not in scripts
