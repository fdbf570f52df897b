"""Frames fetched from buckets of two hands by the real AWS command line."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import Interrupted
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.publishing.output_folder import record_name
from array_chunk_render.transport.destinations import frame_source_of
from array_chunk_render.transport.fetching import Fetching
from array_chunk_render.transport.frame_source import Damaged, SourceAway
from buckets import ADDRESS, BUSY, DENIED, Between, Bucket
from children import clean_environment
from fetchings import FRAMES, Farm

REPOSITORY = Path(__file__).resolve().parent.parent.parent
NAMES = {
    "00002.png": b"two",
    "compositor/with blanks 'and' \"quotes\"/Z00002.exr": b"depth",
    "compositor/[a]*?/Grüße + %20 & 日本00002.exr": b"odd",
    "compositor/[b]/Z[0-9]*00002.exr": b"brackets",
    "compositor/empty00002.exr": b"",
}
LARGE = {"00001.png": os.urandom(9 << 20)}
"""Fetched in parts; not of rclone, which now and then forgets what it was given in parts."""


RIGHTS = "may not do that with 'films': they need s3:ListBucket and GetObject\\. "


@pytest.fixture
def farm(tmp_path: Path) -> Farm:
    return Farm(tmp_path)


@pytest.fixture
def bucket(bucket: Bucket, farm: Farm, moto: str) -> Bucket:
    """One that children have rendered into."""
    farm.render(1, LARGE if bucket.endpoint == moto else None)
    farm.render(2, NAMES)
    write(farm, "children/-of a name like an option.json", b"{}")
    write(farm, "children/0.1.host.json", json.dumps({"exit_code": 70}).encode())
    write(farm, "children/0.1.host.log", b"it crashed")
    write(farm, "notes/00003.1.host-1-0123abcd", b"{}")
    show(bucket, farm)
    return bucket


def write(farm: Farm, name: str, content: bytes) -> None:
    path = farm.source / ".array_chunk" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def show(bucket: Bucket, farm: Farm, *words: str) -> None:
    """Have the bucket hold what the folder does."""
    bucket.aws("s3", "sync", "--delete", "--only-show-errors", *words, str(farm.source), ADDRESS)


def fetching(farm: Farm, frames: FrameSet = FRAMES) -> Fetching:
    return farm.fetching(frames, source=frame_source_of(ADDRESS, farm.home))


def test_what_is_there_comes_and_nothing_twice(
    bucket: Bucket, between: Between, farm: Farm
) -> None:
    following = fetching(farm)
    following.look()
    assert following.done.frames == [1, 2]
    assert farm.there() == farm.at_source()
    assert (farm.target / ".array_chunk/children/0.1.host.log").read_bytes() == b"it crashed"
    assert farm.survey().missing == [3]
    farm.render(3)
    show(bucket, farm)
    between.passed.clear()
    following.look()
    assert following.is_complete
    got = [path for method, path in between.passed if method == "GET" and ".png" in path]
    assert len(got) == 1
    assert "00003.png" in got[0]
    farm.assert_records_hold()
    before = {path: path.stat().st_mtime_ns for path in farm.target.rglob("*")}
    again = fetching(farm)
    between.passed.clear()
    again.look()
    assert (again.done.frames, again.is_complete) == ([], True)
    got = [path for method, path in between.passed if method == "GET" and "list-type" not in path]
    assert all(path.endswith("render.json") for path in got), got
    assert {path: path.stat().st_mtime_ns for path in farm.target.rglob("*")} == before


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
def test_frames_below_0(bucket: Bucket, farm: Farm) -> None:
    """The client would take the names of their files for options."""
    farm.render(-3, {"-0003.png": b"below zero"})
    show(bucket, farm)
    following = fetching(farm, FrameSet.parse("-3,1"))
    following.look()
    assert following.is_complete
    assert farm.there()["-0003.png"] == b"below zero"


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
def test_a_record_that_wants_a_picture_to_be_a_folder(bucket: Bucket, farm: Farm) -> None:
    """A bucket can have both; it costs that record's frame."""
    farm.render(3, {"x.png": b"three"})
    path = farm.source / record_name(3)
    path.write_text(path.read_text().replace('"x.png"', '"00002.png/x.png"'))
    show(bucket, farm)
    bucket.aws("s3", "cp", str(farm.source / "x.png"), f"{ADDRESS}/00002.png/x.png")
    following = fetching(farm)
    following.look()
    assert (following.done.here, [*following.done.damaged]) == ({1, 2}, [3])


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
def test_what_has_grown_since_it_was_listed(bucket: Bucket, farm: Farm) -> None:
    source = frame_source_of(ADDRESS, farm.home)
    names = [".array_chunk/render.json", "00002.png"]
    sizes = {name: (farm.source / name).stat().st_size for name in names}
    source.marks(".array_chunk", {})
    source.bring({"00002.png": -1}, lambda: None)  # lists all, and brings nothing
    longer = farm.home / "longer"
    longer.write_bytes(b"much longer" * 1000)
    for name in names:
        bucket.aws("s3", "cp", str(longer), f"{ADDRESS}/{name}")
        source.bring({name: sizes[name]}, lambda: None)
        with pytest.raises(Damaged):
            source.read(name, sizes[name])
    source.bring(sizes, lambda: None)
    written = io.BytesIO()
    source.copy("00002.png", sizes["00002.png"], written, lambda count: None)
    assert len(written.getvalue()) == sizes["00002.png"] + 1


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
def test_frames_that_are_not_as_their_records_say(bucket: Bucket, farm: Farm) -> None:
    """As a file system over the bucket shows them for a while, or somebody has changed them."""
    picture = f"{ADDRESS}/00001.png"
    bucket.aws("s3", "rm", picture)
    longer = farm.home / "longer"
    longer.write_bytes(b"two and more")
    bucket.aws("s3", "cp", str(longer), f"{ADDRESS}/00002.png")
    following = fetching(farm)
    following.look()
    assert following.done.damaged.keys() == {1, 2}
    assert not following.is_settled
    assert farm.there() == {}
    bucket.aws("s3", "cp", str(farm.source / "00001.png"), picture)
    following.look()
    assert following.done.damaged.keys() == {2}
    farm.assert_records_hold()
    show(bucket, farm)
    following.look()
    assert following.done.damaged == {}
    assert farm.there() == farm.at_source()


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
@pytest.mark.usefixtures("bucket")
def test_a_bucket_that_goes_away_and_comes_back(farm: Farm, between: Between) -> None:
    following = fetching(farm)
    for refused, sentence in ((BUSY, "S3 is busy"), (DENIED, RIGHTS)):
        between.refuse = lambda method, path, refused=refused: (
            refused if path.endswith("00001.png") else None
        )
        with pytest.raises(SourceAway, match=sentence):
            following.look()
    between.refuse = lambda method, path: None
    following.look()
    assert farm.there() == farm.at_source()
    left = [*farm.target.glob(".array_chunk/tmp/*"), *(farm.home / "brought").rglob("*.png")]
    assert left == []


@pytest.mark.parametrize("bucket", ["rclone"], indirect=True)
@pytest.mark.usefixtures("bucket")
def test_ended_while_it_waits_for_the_bucket(farm: Farm, between: Between) -> None:
    def check() -> None:
        if between.held.is_set():
            raise Interrupted("SIGTERM: ended as asked.")

    between.holds = lambda method, path: path.endswith("00001.png")
    following = farm.fetching(source=frame_source_of(ADDRESS, farm.home), check=check)
    with pytest.raises(Interrupted):
        following.look()
    between.let_go.set()
    assert farm.there() == {}


# --- whole processes ----------------------------------------------------------------------------


def fetch(farm: Farm, blender: Path, source: str = ADDRESS) -> subprocess.Popen[str]:
    words = ("fetch", "--from", source, "--to", str(farm.target), "--json", "--frames", "1-2")
    return subprocess.Popen(
        [str(blender), "-b", "-P", str(REPOSITORY / "main.py"), "--", *words],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
def test_a_signal_and_once_more(
    bucket: Bucket,
    between: Between,
    farm: Farm,
    blender_executable: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    between.holds = lambda method, path: path.endswith("00001.png")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    child = fetch(farm, blender_executable)
    assert between.held.wait(120)
    child.send_signal(signal.SIGTERM)
    _, errors = child.communicate()
    assert child.returncode == 75, errors
    assert "Traceback" not in errors
    between.let_go.set()
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.endpoint)
    child = fetch(farm, blender_executable)
    answer, errors = child.communicate()
    assert child.returncode == 0, errors
    fields = json.loads(answer.splitlines()[-1])
    assert (fields["source"], fields["done"], fields["complete"]) == (ADDRESS, 2, True)
    assert farm.there() == farm.at_source()
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("bucket", ["rclone"], indirect=True)
@pytest.mark.usefixtures("bucket")
def test_exit_codes(farm: Farm, blender_executable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for source, code, sentence in (
        ("s3://none-of-it/out", 69, "there is no bucket 'none-of-it'"),
        (f"{ADDRESS}/none", 64, "into which no array has rendered yet"),
        ("s3://films/[a]", 64, "without * ? ["),
    ):
        child = fetch(farm, blender_executable, source)
        _, errors = child.communicate()
        assert (child.returncode, sentence in errors) == (code, True), errors
        assert "Traceback" not in errors
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "wrong")
    child = fetch(farm, blender_executable)
    _, errors = child.communicate()
    assert (child.returncode, "AWS doesn't take the credentials" in errors) == (69, True), errors
    assert not farm.target.exists()
