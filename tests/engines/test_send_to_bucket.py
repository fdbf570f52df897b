"""Projects sent to buckets by the real AWS command line, whatever happens meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import SceneRefused, ServiceFailed
from array_chunk_render.transport.destinations import destination_of
from array_chunk_render.transport.layout import PRIVATE
from array_chunk_render.transport.progress import Progress
from array_chunk_render.transport.sending import Outcome
from buckets import ADDRESS, BUSY, DENIED, NAME, Between, Bucket
from children import clean_environment, pixels
from sendings import Show

REPOSITORY = Path(__file__).resolve().parent.parent.parent
SCENES = REPOSITORY / "tests" / "process" / "scenes.py"
LARGE = os.urandom(1 << 20) * 17
"""Sent in three parts. Not to rclone: 1.75.2 now and then forgets one."""
FILES = {
    "shot.blend": b"blend",
    "lib/set.blend": b"library",
    "tex/wood.png": b"wood",
    "tex/wood.tx": b"cache",
    "tex/with blanks 'and' \"quotes\".png": b"1",
    "tex/a+b %20 100% & = ? # ;.png": b"2",
    "tex/Grüße 日本 \U0001f600.png": b"3",
    "tex/[a]*{b}~$x`!^|<>\\.png": b"4",
    "tex/empty.png": b"",
    "../elsewhere/large.vdb": LARGE,
}
SMALL = {"shot.blend": b"blend", "tex/wood.png": b"wood", "tex/stone.png": b"stone"}
"""Each call of the real command line takes a second, and each turn two of them."""
RIGHTS = "may not do that with 'films': they need s3:ListBucket, GetObject, PutObject, DeleteObject"


@pytest.fixture
def show(tmp_path: Path) -> Show:
    return Show(tmp_path)


def send(show: Show, *paths: str, progress: Progress | None = None, to: str = ADDRESS) -> Outcome:
    destination = destination_of(to)
    project = show.project(*(paths or SMALL), rules="rules")
    destination.refuse_itself(project)
    return show.send(project, progress, to=destination)


def contents(folder: Path) -> dict[str, bytes]:
    """Of what was sent, by place."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and PRIVATE not in path.parts
    }


def sent(show: Show, files: dict[str, bytes]) -> dict[str, bytes]:
    """What is to be there of these."""
    there = {}
    for path, content in files.items():
        place = path if not path.startswith("../") else f"elsewhere{show.home}/{path[3:]}"
        there[place] = b"rewritten: rules" + content if path.endswith(".blend") else content
    return there


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of this moment count as old: else what is noted of them changes the next time."""
    monkeypatch.setattr("array_chunk_render.transport.project.SETTLED_SECONDS", -1.0)


def test_all_of_it_comes_there(show: Show, bucket: Bucket, moto: str, tmp_path: Path) -> None:
    is_moto = bucket.endpoint == moto
    files = FILES if is_moto else {**FILES, "../elsewhere/large.vdb": LARGE[: 1 << 20]}
    heard: list[int] = []

    class Hears(Progress):
        def begin(self, files: int, size: int) -> None:
            heard.extend((files, size))

        def start(self, place: str) -> None:
            assert place in sent(show, files)

        def advance(self, count: int) -> None:
            heard.append(count)

    show.write(files)
    outcome = send(show, *files, progress=Hears())
    assert {*outcome.sent} == {*sent(show, files)}
    assert contents(bucket.fetch(tmp_path / "fetched")) == sent(show, files)
    assert heard[0] == len(files)
    assert heard[1] == sum(heard[2:]) == outcome.bytes
    assert not is_moto or bucket.unfinished() == 0
    before = bucket.objects()
    again = send(show, *files)
    assert (again.sent, again.removed) == ((), ())
    assert bucket.objects() == before


def test_what_has_changed(show: Show, bucket: Bucket, tmp_path: Path) -> None:
    show.write(SMALL)
    send(show)
    before = bucket.objects()
    show.write({"tex/wood.png": b"other wood"})
    assert send(show).sent == ("tex/wood.png",)
    after = bucket.objects()
    changed = {place for place in after if after[place] != before.get(place)}
    assert {place for place in changed if not place.startswith(PRIVATE)} == {"tex/wood.png"}
    outcome = send(show, "shot.blend", "tex/wood.png")
    assert (outcome.sent, outcome.removed) == ((), ("tex/stone.png",))
    left = {"shot.blend": b"rewritten: rulesblend", "tex/wood.png": b"other wood"}
    assert contents(bucket.fetch(tmp_path / "fetched")) == left


def test_what_others_did_there_is_put_right(show: Show, bucket: Bucket, tmp_path: Path) -> None:
    show.write(SMALL)
    send(show)
    (tmp_path / "other").write_bytes(b"WOOD")
    aws = bucket.aws
    aws("s3", "cp", str(tmp_path / "other"), f"{ADDRESS}/tex/wood.png")
    aws("s3", "rm", f"{ADDRESS}/tex/stone.png")
    assert {*send(show).sent} == {"tex/wood.png", "tex/stone.png"}
    there = contents(bucket.fetch(tmp_path / "fetched"))
    assert there == {**SMALL, "shot.blend": b"rewritten: rulesblend"}


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
def test_two_blends_share_what_they_want(show: Show, bucket: Bucket) -> None:
    show.write({**SMALL, "other.blend": b"other"})
    send(show)
    assert send(show, "other.blend", "tex/wood.png").sent == ("other.blend",)
    assert send(show, "shot.blend").removed
    assert {"tex/wood.png", "other.blend"} <= {*bucket.objects()}


def test_without_manifests_nothing_is_sent_twice(show: Show, bucket: Bucket) -> None:
    show.write(SMALL)
    send(show)
    bucket.aws("s3", "rm", "--recursive", f"{ADDRESS}/{PRIVATE}")
    # What was rewritten can't be told by what it was made of.
    assert send(show).sent == ("shot.blend",)


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
def test_a_manifest_that_does_not_come(show: Show, bucket: Bucket, between: Between) -> None:
    """As of an object in cold storage: what its .blend wants must not be removed."""
    show.write({**SMALL, "other.blend": b"other"})
    send(show)
    send(show, "other.blend", "tex/wood.png")
    cold = (403, "InvalidObjectState")
    between.refuse = lambda method, path: (
        cold if method == "GET" and "/sent/other.blend" in path else None
    )
    before = bucket.objects()
    with pytest.raises(ServiceFailed, match="did not come"):
        send(show, "shot.blend")
    assert bucket.objects() == before


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
def test_manifests_that_are_none(show: Show, bucket: Bucket, tmp_path: Path) -> None:
    show.write(SMALL)
    send(show)
    (tmp_path / "brackets").write_bytes(b"[" * 100_000)
    for name in ("a-0123456789ab.json", "*.json", "b.json"):
        bucket.aws("s3", "cp", str(tmp_path / "brackets"), f"{ADDRESS}/{PRIVATE}/sent/{name}")
    assert send(show).sent == ()


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
def test_a_whole_bucket(show: Show, bucket: Bucket) -> None:
    show.write({"shot.blend": b"blend"})
    assert send(show, "shot.blend", to=f"s3://{NAME}").sent == ("shot.blend",)
    assert "shot.blend" in bucket.objects()
    assert send(show, "shot.blend", to=f"s3://{NAME}/").sent == ()


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
@pytest.mark.parametrize(
    ("method", "refused", "sentence"),
    [
        pytest.param("GET", BUSY, "S3 is busy: try again later", id="throttled list"),
        pytest.param("PUT", BUSY, "S3 is busy: try again later", id="throttled files"),
        pytest.param("PUT", DENIED, RIGHTS, id="denied"),
    ],
)
def test_refusals(
    method: str,
    refused: tuple[int, str],
    sentence: str,
    show: Show,
    bucket: Bucket,
    between: Between,
) -> None:
    show.write(SMALL)
    between.refuse = lambda asked, path: refused if asked == method else None
    with pytest.raises(ServiceFailed, match=sentence) as failed:
        send(show)
    assert "\n" not in str(failed.value)
    between.refuse = lambda asked, path: None
    assert {*send(show).sent} == {*SMALL}


@pytest.mark.usefixtures("bucket")
def test_no_bucket(show: Show) -> None:
    show.write(SMALL)
    with pytest.raises(ServiceFailed, match="there is no bucket 'none-of-it'"):
        send(show, to="s3://none-of-it/shot")


@pytest.mark.parametrize("bucket", ["rclone"], indirect=True)
@pytest.mark.usefixtures("bucket")
def test_wrong_credentials(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    show.write(SMALL)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "wrong")
        with pytest.raises(ServiceFailed, match="AWS doesn't take the credentials"):
            send(show)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(ServiceFailed, match="AWS doesn't take the credentials"):
        send(show)


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
@pytest.mark.usefixtures("bucket")
class TestWithoutAService:
    def test_no_network(self, show: Show, between: Between) -> None:
        show.write(SMALL)
        between.close()
        with pytest.raises(ServiceFailed, match="S3 can't be reached"):
            send(show)

    def test_no_program(self, show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        show.write(SMALL)
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(ServiceFailed, match="`aws`, is not on the PATH: install and configure"):
            send(show)

    def test_files_that_can_t_be_sent(self, show: Show, bucket: Bucket) -> None:
        show.write({"shot.blend": b"blend", "/".join(["d" * 200] * 6): b"deep"})
        with pytest.raises(SceneRefused, match="S3 takes 1024"):
            send(show, "shot.blend", "/".join(["d" * 200] * 6))
        show.write({os.fsdecode(b"\xff.png"): b"no text"})
        with pytest.raises(SceneRefused, match="not UTF-8"):
            send(show, "shot.blend", os.fsdecode(b"\xff.png"))
        with pytest.raises(SceneRefused, match="gone.png"):
            send(show, "shot.blend", "gone.png")
        assert bucket.objects() == {}


# --- whole processes ----------------------------------------------------------------------------


class Artist:
    """Somebody whose scene takes textures from elsewhere, one of them large."""

    def __init__(self, home: Path, blender: Path) -> None:
        self.home = home
        self.blender = blender
        self.folder = home / "artist"
        self.blend = self.folder / "show" / "shot.blend"
        self.stock = self.folder / "stock"
        told = ["sent_scenes.read_elsewhere", {"stock": str(self.stock), "kind": "textures"}]
        self.blend.parent.mkdir(parents=True)
        self.run("--python-exit-code", "1", "-P", SCENES, "--", self.blend, json.dumps(told))
        large = self.stock / "sky.png"
        large.write_bytes(large.read_bytes() + LARGE)

    def run(self, *words: object) -> None:
        subprocess.run(
            [str(self.blender), "-b", "--factory-startup", *map(str, words)],
            check=True,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def start(self, blend: Path, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.blender), "-b", str(blend), "-P", str(REPOSITORY / "main.py"), "--", *words],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def send(self) -> tuple[int, str, str]:
        child = self.start(self.blend, "send", "--to", ADDRESS, "--json")
        answer, errors = child.communicate()
        return child.returncode, answer, errors

    def render(self, blend: Path, output: str) -> bytes:
        words = ("--missing", "error", "--engine", "cycles", "--frames", "1")
        child = self.start(blend, "render", "--output", str(self.home / output), *words)
        said = child.communicate()
        assert child.returncode == 0, said
        return pixels(self.home / output / "00001.png")


@pytest.fixture
def artist(tmp_path: Path, blender_executable: Path) -> Artist:
    return Artist(tmp_path, blender_executable)


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_interrupted_in_the_middle(
    number: signal.Signals,
    artist: Artist,
    bucket: Bucket,
    between: Between,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = artist.render(artist.blend, "wanted")
    between.holds = lambda method, path: method == "PUT" and "partNumber=2" in path
    child = artist.start(artist.blend, "send", "--to", ADDRESS)
    assert between.held.wait(120)
    child.send_signal(number)
    _, errors = child.communicate()
    if number != signal.SIGKILL:
        assert child.returncode == 75, errors
        assert f"Interrupted by {number.name}: what has come there is not sent again" in errors
    between.let_go.set()  # by which a client that nobody waits for ends, too
    there = {*bucket.objects()}
    assert "shot.blend" not in there
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.endpoint)
    code, answer, errors = artist.send()
    assert code == 0, errors
    outcome = json.loads(answer.splitlines()[-1])
    assert "shot.blend" in outcome["sent"]
    assert not {*outcome["sent"]} & there
    fetched = bucket.fetch(artist.home / "fetched")
    artist.folder.rename(artist.home / "away")
    assert artist.render(fetched / "shot.blend", "made") == wanted


@pytest.mark.parametrize("bucket", ["rclone"], indirect=True)
@pytest.mark.usefixtures("bucket")
def test_exit_codes(artist: Artist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "wrong")
    code, _, errors = artist.send()
    assert code == 69, errors
    assert "AWS doesn't take the credentials" in errors
    assert "Traceback" not in errors
