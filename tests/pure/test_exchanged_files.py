"""An output folder in which each file was exchanged: nothing hangs, breaks off, or goes outside.

Everything that reads the folder is run on it: a child, sweep, verify, report, status, the counters.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from array_chunk_render.child.claims import Claimant, Claims
from array_chunk_render.chunking.errors import ChunkError
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.chunking.plan import Child, Plan
from array_chunk_render.engines.slurm.answers import verdict_states
from array_chunk_render.publishing import pin
from array_chunk_render.publishing.destination import Destination
from array_chunk_render.publishing.done_counter import DoneCounter, count_done
from array_chunk_render.publishing.fingerprint import Fingerprint
from array_chunk_render.publishing.notes import Note, read_notes, remove_notes
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.publishing.patience import Patience
from array_chunk_render.publishing.proof import Proof
from array_chunk_render.publishing.publish import StagedFile
from array_chunk_render.publishing.sweep import left_over, sweep
from array_chunk_render.publishing.verdict import Verdict, deliver_verdict
from array_chunk_render.publishing.verify import survey_of
from array_chunk_render.report.children import read_children
from array_chunk_render.report.facts import gather_facts
from array_chunk_render.report.page import Surroundings, page
from array_chunk_render.report.progress import array_progress
from deliveries import in_time
from exchanged import THINGS, exchange, make_outside, state_of
from pictures import SAND, plain

pytestmark = pytest.mark.usefixtures("nothing_waits_for_the_disk")

FINGERPRINT = Fingerprint({"scene": "Scene"})
FRAMES = FrameSet.parse("1-2")
PLAN = Plan(FRAMES, 1, "contiguous")
LEFT = "00001.elsewhere-7"
MADE = datetime(2026, 1, 1, tzinfo=UTC)

KINDS = {
    "a picture": "00001.png",
    "a node's picture": "compositor/passes/Z00001.png",
    "a node's folder": "compositor/passes",
    "the nodes' folder": "compositor",
    "the pin": ".array_chunk/render.json",
    "the folder's id": ".array_chunk/folder_id",
    "the proof": ".array_chunk/kept_data.json",
    "a record": ".array_chunk/frames/00001.json",
    "a verdict": ".array_chunk/children/0-of-1.1.host-1.json",
    "a log": ".array_chunk/children/0-of-1.1.host-1.log",
    "a note": ".array_chunk/notes/00001.1.elsewhere-7",
    "a claim": ".array_chunk/claims/00001",
    "a temporary folder": f".array_chunk/tmp/{LEFT}",
    "a copy": f".array_chunk/tmp/{LEFT}/{'0' * 32}-0",
    "the temporaries": ".array_chunk/tmp",
    "the records": ".array_chunk/frames",
    "the verdicts": ".array_chunk/children",
    "the notes": ".array_chunk/notes",
    "the claims": ".array_chunk/claims",
    "all that is private": ".array_chunk",
}


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete output folder with every kind of file that we make."""
    home = tmp_path_factory.mktemp("complete")
    (home / "log").write_text("all went well\n")
    folder = OutputFolder(home / "out")
    child(folder, home / "stage")
    verdict = {"render_id": "job", "exit_code": 70, "message": "?", "process": "host-1"}
    deliver_verdict(folder, {**Verdict(wanted=[1, 2]).as_fields(), **verdict}, home / "log")
    (folder.root / KINDS["a note"]).write_text("Fatal Python error")
    (folder.root / KINDS["a claim"]).write_text("{}")
    (folder.root / KINDS["a copy"]).parent.mkdir()
    (folder.root / KINDS["a copy"]).write_text("half a picture")
    assert all((folder.root / name).exists() for name in KINDS.values())
    return folder.root


def child(folder: OutputFolder, stage: Path) -> None:
    """What a child does with the folder, from its begin to its end, renders of all frames."""
    destination = Destination(
        folder, Patience(folder, ()), FINGERPRINT, Child(1, 0, render_id="job")
    )
    destination.make()
    destination.claim()
    destination.proof()
    destination.store_proof(Proof(FINGERPRINT.digest, True, "1,2"))
    sweep(folder, FRAMES)
    noted = destination.repeat(lambda: read_notes(folder, FRAMES))
    claims = Claims(folder, Claimant.this_process(Child(1, 0, render_id="job"), "run"))
    for frame in FRAMES:
        destination.done_record(frame)
        claims.take(frame, is_own=True)
        note = Note.make(folder, frame, 1)
        claims.begin(frame)
        destination.publish(staged(stage, frame), destination.draft(frame, 1.0))
        note.remove()
        claims.release(frame)
        if frame in noted:
            remove_notes(folder, noted[frame].notes)
    claims.close()
    folder.held.let_go()
    assert all(destination.has(frame) for frame in FRAMES)


def staged(stage: Path, frame: int) -> list[StagedFile]:
    stage.mkdir(exist_ok=True)
    picture = plain(stage / f"{frame}.png", SAND, 4, 3)
    names = (f"{frame:05d}.png", f"compositor/passes/Z{frame:05d}.png")
    return [StagedFile(picture, name) for name in names]


Look = Callable[[OutputFolder], object]
LOOKS: dict[str, Look] = {
    "verify": lambda folder: survey_of(folder, FRAMES),
    "verify --deep": lambda folder: survey_of(folder, FRAMES, deep=True),
    "verify --clean": sweep,
    "left overs": left_over,
    "plan": lambda folder: count_done(folder, FRAMES, FINGERPRINT.digest),
    "children": read_children,
    "report": lambda folder: page(gather_facts(folder, FRAMES), Surroundings(MADE, "blender")),
    "panel": lambda folder: array_progress(folder, PLAN),
    "watching": lambda folder: DoneCounter(folder, FRAMES).count(),
    "slurm": lambda folder: verdict_states(folder, "job", ()),
    "pin": lambda folder: pin.check(folder, "another"),
    "a claim": lambda folder: claims_of(folder).is_taken(1, is_own=False),
}


def claims_of(folder: OutputFolder) -> Claims:
    return Claims(folder, Claimant.this_process(Child(1, 0, render_id="job"), "run"))


@dataclass
class Exchanged:
    """A copy of the complete folder, with one thing exchanged, and what lies outside."""

    home: Path
    kind: str
    thing: str

    def __post_init__(self) -> None:
        self.outside = self.home / "outside"
        make_outside(self.outside)
        self.before = state_of(self.outside)

    def folder(self, complete: Path, name: str) -> OutputFolder:
        root = self.home / name
        shutil.copytree(complete, root)
        exchange(root / KINDS[self.kind], self.thing, self.outside)
        return OutputFolder(root)

    def do(self, work: Callable[[], object]) -> ChunkError | None:
        """Do the work; what it may raise is the contract's, and nothing outside is touched."""
        try:
            return in_time(lambda: caught(work))
        finally:
            assert state_of(self.outside) == self.before


def caught(work: Callable[[], object]) -> ChunkError | None:
    try:
        work()
    except ChunkError as error:
        return error
    return None


@pytest.fixture(params=THINGS)
def exchanged(request: pytest.FixtureRequest, kind: str) -> Iterator[Exchanged]:
    with tempfile.TemporaryDirectory() as home:
        yield Exchanged(Path(home), kind, request.param)


@pytest.mark.parametrize("kind", KINDS)
def test_looking_ends_and_says_no_more_than_it_knows(complete: Path, exchanged: Exchanged) -> None:
    folder = exchanged.folder(complete, "out")
    may_fail = {"pin", "watching"}  # taken over; the folder of the records can't be read
    for name, look in LOOKS.items():
        folder.held.let_go()
        error = exchanged.do(lambda look=look: look(folder))  # type: ignore[misc]
        assert error is None or name in may_fail or name == "verify --clean", (name, error)


@pytest.mark.parametrize("kind", KINDS)
def test_a_child_ends(complete: Path, exchanged: Exchanged) -> None:
    """It makes good what it can; else it says what is in its way, by its path."""
    folder = exchanged.folder(complete, "out")
    error = exchanged.do(lambda: child(folder, exchanged.home / "stage"))
    if error is not None:
        assert error.exit_code == 74
        assert str(folder.root) in str(error)
        return
    found = survey_of(folder, FRAMES, deep=True)
    assert found.is_complete


@pytest.mark.parametrize("kind", ["a record", "the pin", "a picture", "a note", "a claim"])
@pytest.mark.parametrize(
    "thing", [thing for thing in THINGS if thing not in ("a folder", "a link to a folder")]
)
def test_a_child_makes_good_what_is_only_a_file(complete: Path, kind: str, thing: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        exchanged = Exchanged(Path(home), kind, thing)
        folder = exchanged.folder(complete, "out")
        assert exchanged.do(lambda: child(folder, exchanged.home / "stage")) is None
        assert survey_of(folder, FRAMES, deep=True).is_complete
