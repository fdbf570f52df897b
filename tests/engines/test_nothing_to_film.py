"""From nothing but a .blend to the film on the desk, by the words of docs/AWS_BATCH.md.

The bucket is moto's. What mounts it for the children is a folder that is kept as S3 Files keeps
one: what is in the bucket is there when a job starts, what is written there comes into the bucket
a while later. The children are the stand-in's, which are real ones.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from array_chunk_render.film.film_file import count_mp4_pictures
from batch_folder import JobFolder
from buckets import ADDRESS, Bucket
from children import Ended, clean_environment, pixels
from moto_farm import TOOLS
from publishing_trials import published_files

MAIN = Path(__file__).resolve().parent.parent.parent / "main.py"
STAND_IN = MAIN.parent / "tests" / "equipment" / "aws_stand_in"
Farm = Callable[[str], JobFolder]
FILES = "arn:aws:s3files:us-east-1:123456789012:file-system/fs-0123456789abcdef0"
FRAMES = 9
AWS = """#!/bin/sh
case "$1 $2" in
    s3\\ *|s3api\\ *) exec '{aws}' "$@" ;;
    'batch submit-job') '{aws}' s3 sync --only-show-errors {address} '{folder}' >&2 ;;
esac
exec '{stand_in}' "$@"
"""
"""The service is asked by the real client, AWS Batch is the stand-in."""


@pytest.fixture
def mounted(
    farm: Farm, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Where the children see what is below shots/one."""
    folder, programs = tmp_path / "mnt" / "one", tmp_path / "programs"
    folder.mkdir(parents=True)
    programs.mkdir()
    names = {"aws": TOOLS / "aws", "stand_in": STAND_IN / "aws"}
    (programs / "aws").write_text(AWS.format(**names, address=ADDRESS, folder=folder))
    (programs / "aws").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    with exported(folder):
        yield folder


@contextmanager
def exported(folder: Path) -> Iterator[None]:
    """Have what is written to a folder come into the bucket, again and again, one way."""
    over = threading.Event()
    words = ["aws", "s3", "sync", "--delete", "--only-show-errors"]
    output = ["--exclude", "*", "--include", "shot_frames/*"]

    def export() -> None:
        while not over.wait(0.1):  # a file that is gone by then fails a call, not the next
            subprocess.run(
                [*words, *output, str(folder), ADDRESS], check=False, stderr=subprocess.DEVNULL
            )

    thread = threading.Thread(target=export)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
def test_from_a_blend_to_the_film(
    mounted: Path, farm: Farm, blender_executable: Path, shot: Path, tmp_path: Path
) -> None:
    def ask(*words: str) -> Ended:
        ended = subprocess.run(
            [str(blender_executable), "-b", str(shot), "-P", str(MAIN), "--", *words],
            env=clean_environment(XDG_STATE_HOME=str(tmp_path / "state")),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            encoding="utf-8",
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    batch = ("--farm", "aws_batch", "--queue", "films", "--image", "worker:4.2", "--size", "3")
    paths = ("--s3-file-system", FILES, "--s3-root", "/shots", "--mount", str(mounted.parent))
    own = ("--farm-main", str(MAIN), "--with-film", "no", "--json")
    answer = ask("submit", "--send", ADDRESS, *batch, *paths, *own)
    job: JobFolder = farm(json.loads(answer.log.splitlines()[-1])["job"])
    desk, output = tmp_path / "desk", mounted / "shot_frames"
    fetched = ask("fetch", "--from", f"{ADDRESS}/shot_frames", "--to", str(desk), "--follow")
    assert f"{FRAMES} of {FRAMES} frames are here" in fetched.log
    job.wait()
    assert job.state["status"] == "SUCCEEDED"
    assert published_files(desk) == published_files(output)
    assert len(published_files(desk)) == FRAMES
    ask("verify", "--deep", "--output", str(desk))
    ask("film", "--output", str(desk))
    assert count_mp4_pictures(tmp_path / "desk.mp4") == FRAMES
    own_render = tmp_path / "own" / "#####"
    words = ["-b", str(shot), "--render-output", str(own_render), "-s", "5", "-e", "5", "-a"]
    subprocess.run([blender_executable, *words], check=True, stdout=subprocess.DEVNULL)
    assert pixels(tmp_path / "own" / "00005.png") == pixels(desk / "00005.png")
