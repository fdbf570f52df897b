"""The report: what its page says of a render, and that it says it right."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import BadSetting, OutputFailed
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.chunking.setting_values import Value
from array_chunk_render.film.report_making import rerun_command
from array_chunk_render.publishing.output_folder import OutputFolder, frame_name
from array_chunk_render.publishing.places import report_path
from array_chunk_render.publishing.sheet_layout import SheetLayout
from array_chunk_render.report.facts import Facts, gather_facts
from array_chunk_render.report.page import Surroundings, page, write_page
from array_chunk_render.report.starts import cost_of, machines_of
from array_chunk_render.report.thumbnails import Thumbnails
from publishing_trials import made_folder

OURS, BEFORE = "ours", "before"
MADE = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)


class Render:
    """An output folder that is written as children would."""

    def __init__(self, root: Path) -> None:
        self.folder = made_folder(root)
        pin = {"fingerprint": OURS, "render_id": "job", "parts": {"Blender": "4.2.1"}}
        self.folder.pin.write_text(json.dumps({**pin, "superseded": []}))

    def frame(self, frame: int, child: str = "0 of 2", **more: Any) -> None:
        picture = self.folder.root / f"{frame_name(frame)}.png"
        picture.write_bytes(b"picture")
        there = picture.stat()
        file = {"name": picture.name, "size": 7, "mtime_ns": there.st_mtime_ns, "digest": "d"}
        record = {
            "frame": frame,
            "fingerprint": OURS,
            "render_id": "job",
            "files": [file],
            "seconds": 10.0,
            "child": child,
            "attempt": 1,
            "process": "host-1",
            **more,
        }
        self.folder.record(frame).write_text(json.dumps(record))

    def verdict(self, index: int = 0, log: str | None = None, **more: Any) -> None:
        fields: dict[str, Any] = {
            "size": 2,
            "index": index,
            "attempt": 1,
            "render_id": "job",
            "fingerprint": OURS,
            "process": f"host-{index + 1}",
            "seconds": 100.0,
            "threads": 4,
            **more,
        }
        stem = f"{fields['index']}-of-2.{fields['attempt']}.{fields['process']}"
        (self.folder.children / f"{stem}.json").write_text(json.dumps(fields))
        if log is not None:
            (self.folder.children / f"{stem}.log").write_text(log)

    def facts(self, frames: str = "1-4") -> Facts:
        return gather_facts(self.folder, FrameSet.parse(frames))

    def page(self, frames: str = "1-4", **around: Any) -> str:
        return page(self.facts(frames), Surroundings(MADE, "blender --the-command", **around))

    def text(self, frames: str = "1-4") -> str:
        return text_of(self.page(frames))


class Reader(HTMLParser):
    """Takes a page apart as a browser would: elements with their attributes, and text."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def text_of(content: str) -> str:
    return " ".join(Reader(content).texts)


@pytest.fixture
def render(tmp_path: Path) -> Render:
    return Render(tmp_path / "out")


def whole(render: Render) -> Render:
    """Four frames by two children."""
    for frame in (1, 2):
        render.frame(frame, "0 of 2", process="host-1")
    for frame in (3, 4):
        render.frame(frame, "1 of 2", process="host-2", seconds=30.0)
    render.verdict(0, wanted="1-2", rendered="1-2")
    render.verdict(1, wanted="3-4", rendered="3-4")
    return render


def test_complete_film(render: Render) -> None:
    told = whole(render).text()
    assert "Complete: all 4 frames are done" in told
    assert "--the-command" not in told
    assert "Failures" not in told
    assert "2026-02-03 04:05 UTC" in told
    assert "Blender 4.2.1" in told


def test_missing_frames_are_named_with_the_command_for_them(render: Render) -> None:
    whole(render).folder.record(2).unlink()
    told = render.text("1-10")
    assert "Incomplete: 3 of 10 frames are done" in told
    assert " 2,5-10 " in told
    assert "blender --the-command" in told


def test_broken_and_foreign_frames_are_told_apart(render: Render) -> None:
    whole(render)
    (render.folder.root / "00002.png").write_bytes(b"half")
    render.frame(3, fingerprint=BEFORE)
    told = render.text()
    assert "1 broken" in told
    assert "frame 2: 00002.png has 4 bytes, not 7" in told
    assert "1 of another render" in told


def test_nothing_rendered_yet(render: Render) -> None:
    told = render.text()
    assert "Incomplete: 0 of 4 frames are done" in told
    assert "1-4" in told


def test_folder_without_any_of_our_files(tmp_path: Path) -> None:
    facts = gather_facts(OutputFolder(tmp_path), FrameSet.parse("1"))
    assert "0 of 1 frame is done" in text_of(page(facts, Surroundings(MADE, "")))


def test_failed_child_shows_message_frames_and_the_end_of_its_log(render: Render) -> None:
    render.verdict(
        exit_code=70,
        message="Blender failed on 1 frame.",
        wanted="1-2",
        failed={"2": "Out of memory"},
        log="\n".join(f"line {number}" for number in range(5000)),
    )
    told = render.text()
    assert "child 0 of 2, attempt 1: 70, Blender failed" in told
    assert "Blender failed on 1 frame." in told
    assert "Out of memory" in told
    assert "line 4999" in told
    assert "line 4900" not in told


def test_failure_is_settled_when_its_frames_are_done(render: Render) -> None:
    render.verdict(exit_code=75, message="SIGTERM", wanted="1-2")
    assert "open" in render.text().split()
    whole(render)
    render.verdict(exit_code=75, message="SIGTERM", wanted="1-2", process="host-9")
    assert "made good later" in render.text()


def test_open_failures_come_first(render: Render) -> None:
    whole(render)
    render.verdict(1, exit_code=75, wanted="3-4", message="settled", started=9.0, attempt=2)
    render.verdict(0, exit_code=70, wanted="1-5", message="opened", started=1.0, attempt=2)
    told = render.text("1-5")
    assert told.index("opened") < told.index("settled")


def test_killed_child_is_known_by_its_records(render: Render) -> None:
    render.frame(1, "0 of 2", process="spot-7", seconds=12.0)
    (start,) = render.facts().starts
    assert (start.verdict, start.frames, start.seconds) == (None, 1, 12.0)
    assert "1 start without a verdict: killed, or running yet" in render.text()


def test_children_without_any_trace_are_named(render: Render) -> None:
    whole(render)
    (render.folder.children / "1-of-2.1.host-2.json").unlink()
    for frame in (3, 4):
        render.folder.record(frame).unlink()
    assert "left no trace at all (not started, or killed early): 1" in render.text()


def test_crash_evidence_and_frames_in_work(render: Render) -> None:
    (render.folder.notes / "00003.1.host-1").write_text("Fatal Python error: Segmentation fault")
    (render.folder.notes / "00004.1.host-1").write_text("")
    facts = render.facts()
    assert (list(facts.evidence), facts.in_work) == ([3], (4,))
    told = render.text()
    assert "Segmentation fault" in told
    assert "Begun and not ended (in work, or its child was killed): 4" in told


def test_reused_repeated_and_adopted_frames(render: Render) -> None:
    whole(render)
    render.frame(4, "1 of 2", adopted=True)
    render.verdict(0, attempt=2, rendered="2", reused="1", process="host-5")
    facts = render.facts()
    assert {frame: times for frame, times in facts.times_rendered.items() if times > 1} == {2: 2}
    assert facts.times_reused == {1: 1}
    assert facts.adopted == [4]
    told = render.text()
    assert re.search(r"Rendered more than once +2 +1", told)
    assert re.search(r"Reused: found done by a later start +1 +1", told)


def test_warning_is_told_once_with_its_children(render: Render) -> None:
    render.verdict(0, warnings=["No texture.", "No texture."])
    render.verdict(1, warnings=["No texture."])
    told = render.text()
    assert told.count("No texture.") == 1
    assert re.search(r"No texture\. +0,1 +2", told)


def test_cpu_hours_are_seconds_times_threads(render: Render) -> None:
    render.verdict(0, seconds=3600.0, threads=8)
    render.verdict(1, seconds=1800.0, threads=2, process="other-1")
    cost = cost_of(render.facts().starts)
    assert (cost.machine_hours, cost.cpu_hours, cost.uncounted) == (1.5, 9.0, 0)


def test_threads_that_are_not_known_are_those_of_the_host_or_none(render: Render) -> None:
    render.verdict(0, seconds=3600.0, threads=8)
    render.frame(1, "1 of 2", process="host-7", seconds=3600.0)
    render.frame(2, "1 of 2", process="elsewhere-7", seconds=3600.0)
    cost = cost_of(render.facts().starts)
    assert (cost.machine_hours, cost.cpu_hours, cost.uncounted) == (3.0, 16.0, 1)
    assert "≥ 16.0 h" in render.text()


def test_machines(render: Render) -> None:
    whole(render)
    render.frame(5, "0 of 2", process="big-host-9", seconds=5.0)
    machines = machines_of(render.facts("1-5").starts)
    assert [(each.host, each.starts, each.frames) for each in machines] == [
        ("host", 2, 4),
        ("big-host", 1, 1),
    ]
    assert machines[0].frame_seconds == 80.0


def test_records_without_process_belong_to_their_child(render: Render) -> None:
    render.frame(1, "0 of 2", process="")
    render.verdict(0)
    (start,) = render.facts("1").starts
    assert (start.key.process, start.frames) == ("host-1", 1)


def test_time_from_first_start_to_last_end(render: Render) -> None:
    render.verdict(0, started=1000.0, seconds=50.0)
    render.verdict(1, started=1100.0, seconds=500.0)
    assert re.search(r"Start to end +10 min 00 s", render.text())


def test_verdicts_of_another_render_are_counted_and_left_out(render: Render) -> None:
    render.verdict(0, fingerprint=BEFORE, render_id="old", message="old one", exit_code=70)
    render.verdict(1, fingerprint=BEFORE, message="the .blend was saved", exit_code=65)
    told = render.text()
    assert "old one" not in told
    assert "the .blend was saved" in told  # of this array, which is what the folder is pinned for
    assert "1 verdict of another render in this folder" in told


def test_charts_have_a_table_and_a_name(render: Render) -> None:
    content = whole(render).page()
    reader = Reader(content)
    drawings = reader.all("svg")
    assert len(drawings) == 3
    assert all(each["role"] == "img" and each["aria-label"] for each in drawings)
    assert re.search(r"Frame +Not as it should be +Time +1 +– +10 s +2", text_of(content))


def test_thumbnails_have_names_and_places(render: Render) -> None:
    layout = SheetLayout(3, 240, 120)
    thumbnails = Thumbnails(b"jpeg", (1, 2, 4), layout)
    reader = Reader(whole(render).page(thumbnails=thumbnails))
    pictures = [each for each in reader.all("div") if each.get("class") == "thumbnail"]
    assert [each["aria-label"] for each in pictures] == ["Frame 1", "Frame 2", "Frame 4"]
    # The first stands at the left, the last at the right: what is left beside them is the gap.
    places = [float(re.findall(r"[0-9.]+", str(each["style"]))[0]) for each in pictures]
    gap = 100 * 12.5 / (layout.width - 239)
    assert places == pytest.approx([gap, 50, 100 - gap], abs=0.01)


def test_page_without_thumbnails_says_why(render: Render) -> None:
    assert "No thumbnails: for a reason" in text_of(render.page(no_thumbnails="for a reason"))


def test_page_needs_nothing_from_elsewhere(render: Render) -> None:
    thumbnails = Thumbnails(b"jpeg", (1,), SheetLayout(1, 16, 9))
    content = whole(render).page(thumbnails=thumbnails)
    reader = Reader(content)
    assert not {"script", "link", "img", "iframe", "object", "base"} & {
        name for name, _ in reader.elements
    }
    assert reader.open == []
    assert re.findall(r"url\((?!data:)", content) == []
    assert "http:" not in content
    assert "https:" not in content
    assert any("default-src 'none'" in str(each.get("content")) for each in reader.all("meta"))


def test_ten_thousand_frames_make_a_page_of_modest_size(render: Render) -> None:
    for frame in range(1, 1_001):
        render.frame(frame, f"{frame % 500} of 500", process=f"host{frame % 300}-1")
    for index in range(500):
        render.verdict(index, exit_code=70, log="x" * 10_000, wanted="1-10000")
    content = render.page("1-10000")
    assert len(content) < 2_000_000
    assert "1,000 of 10,000 frames are done" in content
    assert len(Reader(content).all("rect")) < 3_000


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        pytest.param("/x/out", "/x/out-report.html", id="plain"),
        pytest.param("/x/shot.v2/", "/x/shot.v2-report.html", id="dot in the name"),
    ],
)
def test_page_lies_beside_the_folder(folder: str, expected: str) -> None:
    assert report_path(Path(folder)) == Path(expected)


def test_folder_with_nothing_beside_it() -> None:
    with pytest.raises(BadSetting):
        report_path(Path("/"))


START = "<!DOCTYPE html>\n"


def test_page_is_replaced_in_one_step(tmp_path: Path) -> None:
    target = tmp_path / "out-report.html"
    write_page(target, f"{START}first\n")
    before = target.open()
    write_page(target, f"{START}second ✓\n")
    assert target.read_text(encoding="utf-8").startswith(f"{START}second ✓\n")
    assert before.read().startswith(f"{START}first\n")  # whoever had it open has the whole old one
    before.close()
    assert [each.name for each in tmp_path.iterdir()] == [target.name]


def test_page_that_can_t_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out-report.html"
    write_page(target, f"{START}first\n")
    first = target.read_bytes()

    def fail(*arguments: Any, **more: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(OutputFailed, match="No space left"):
        write_page(target, f"{START}second\n")
    assert target.read_bytes() == first
    assert [each.name for each in tmp_path.iterdir()] == [target.name]


def test_the_command_for_what_is_missing(render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made in one place: the window's report and the command line's name the same one."""
    monkeypatch.setenv("BLENDER_EXECUTABLE", "/opt/my blender")
    render.frame(1)
    facts = gather_facts(render.folder, FrameSet.parse("1-4"))
    settings: dict[str, Value] = {"output": "elsewhere", "samples": 64, "frames": "1-4"}
    words = shlex.split(rerun_command(facts, "/x/shot 1.blend", settings, "--setup-script", "s.py"))
    assert words[:4] == ["/opt/my blender", "-b", "/x/shot 1.blend", "-P"]
    assert words[4].endswith("main.py")
    more = ["--samples", "64", "--frames", "2-4", "--output", str(render.folder.root)]
    assert words[5:] == ["--", *more, "--setup-script", "s.py"]
    monkeypatch.delenv("BLENDER_EXECUTABLE")
    assert rerun_command(facts, "", {}).startswith("blender -b FILE.blend -P ")
