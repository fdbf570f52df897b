"""The report: all that stands in files is text on its page, and none of it stops the page."""

from __future__ import annotations

import json
import os
import tracemalloc
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.frames import FrameSet
from array_chunk_render.publishing.output_folder import OutputFolder
from array_chunk_render.report.children import child_verdict, log_end, read_children
from array_chunk_render.report.facts import gather_facts
from array_chunk_render.report.film_strip import FilmWatch
from array_chunk_render.report.markup import element, shown
from array_chunk_render.report.page import Surroundings, page
from hypothesis import example, given
from hypothesis import strategies as st
from publishing_trials import made_folder

MADE = datetime(2026, 1, 1, tzinfo=UTC)
ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)></style></pre>&lt;"


class Elements(HTMLParser):
    """All elements and attributes of a page."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: dict[str, str | None] = {}
        self.text = ""
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes.update(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


OWN_ELEMENTS = set(
    "html head meta title style body header main footer section h1 h2 h3 p div span ul li dl dt dd "
    "small svg g rect line details summary table caption thead tbody tr th td pre code".split()
)


def page_of(folder: OutputFolder, frames: str = "1-3") -> str:
    facts = gather_facts(folder, FrameSet.parse(frames))
    return page(facts, Surroundings(MADE, "blender", no_thumbnails=ATTACK))


def write(path: Path, content: Any) -> None:
    path.write_text(content if isinstance(content, str) else json.dumps(content))


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    return made_folder(tmp_path / "out")


def hostile_verdict(text: str) -> dict[str, Any]:
    """A verdict with the text wherever a verdict has room for one."""
    return {
        "size": 2,
        "index": 0,
        "attempt": 1,
        "render_id": text,
        "fingerprint": "",
        "process": text[:300],
        "wanted": "1-3",
        "failed": {text: text},
        "given_up": {f"{text}2": text},
        "warnings": [text],
        "seconds": 1.5,
        "exit_code": 70,
        "message": text,
    }


def hostile_record(folder: OutputFolder, text: str) -> dict[str, Any]:
    (folder.root / "picture.png").write_bytes(b"1")
    there = (folder.root / "picture.png").stat()
    file = {"name": "picture.png", "size": 1, "mtime_ns": there.st_mtime_ns, "digest": text}
    own = {"frame": 1, "fingerprint": text, "render_id": text, "files": [file]}
    return {**own, "seconds": 1, "child": "0 of 2", "attempt": 1, "process": text}


def make_hostile(folder: OutputFolder, text: str) -> None:
    write(folder.children / "0.json", hostile_verdict(text))
    write(folder.children / "0.log", text)
    parts = {"Blender": text, "device": text, "scene": text, "scene.render.resolution_x": text}
    pin = {"fingerprint": text, "render_id": text, "parts": {**parts}, "superseded": []}
    write(folder.pin, pin)
    write(folder.record(1), hostile_record(folder, text))
    write(folder.notes / "00002.1.x", text)


def test_texts_from_files_stay_text(tmp_path: Path) -> None:
    folder = made_folder(tmp_path / "out <b>&amp;'")
    make_hostile(folder, ATTACK)
    content = page_of(folder)
    elements = Elements(content)
    assert elements.names <= OWN_ELEMENTS
    assert not {name for name in elements.attributes if name.startswith("on")}
    assert elements.attributes.keys() <= {
        *("charset", "http-equiv", "content", "name", "lang", "class", "role", "tabindex"),
        *("aria-label", "aria-hidden", "scope", "open", "viewbox", "preserveaspectratio"),
        *("x", "y", "x1", "x2", "y1", "y2", "width", "height"),
    }
    assert elements.text.count(ATTACK) >= 8  # shown, where it belongs, as it was written
    assert "out <b>&amp;'" in elements.text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\ud800 half a character", id="half a character"),
        pytest.param("\0\x1b[31mred\x07", id="control characters"),
        pytest.param("\u202egnp.exe", id="turns the direction"),
        pytest.param("é" * 200_000, id="very long"),
        pytest.param("]]>--><!--", id="comment"),
    ],
)
def test_odd_texts_can_be_written_and_read(folder: OutputFolder, text: str) -> None:
    write(folder.children / "0.json", hostile_verdict(text))
    content = page_of(folder)
    assert len(content.encode("utf-8")) < 100_000
    assert not set(content) & set("\0\x1b\x07\u202e")
    assert Elements(content).names <= OWN_ELEMENTS


BROKEN_VERDICTS = [
    pytest.param("", id="empty"),
    pytest.param("{", id="cut off"),
    pytest.param("[]", id="a list"),
    pytest.param("[" * 100_000, id="deep"),
    pytest.param(" " * (2 << 20) + "{}", id="too large"),
    pytest.param('{"size": "2"}', id="text for a number"),
    pytest.param('{"size": 1.5}', id="half a child"),
    pytest.param('{"index": -1}', id="negative"),
    pytest.param('{"seconds": NaN}', id="no number"),
    pytest.param('{"seconds": Infinity}', id="endless"),
    pytest.param('{"threads": 1' + "0" * 400 + "}", id="more than a float holds"),
    pytest.param('{"message": 5}', id="number for a text"),
    pytest.param('{"wanted": "1-"}', id="frame list cut off"),
    pytest.param('{"wanted": "1-99999999999"}', id="frame list beyond all frames"),
    pytest.param('{"failed": []}', id="list for reasons"),
    pytest.param('{"failed": {"1": []}}', id="list for a reason"),
    pytest.param('{"warnings": "x"}', id="text for warnings"),
    pytest.param('{"warnings": [1]}', id="number for a warning"),
    pytest.param('{"process": "' + "p" * 301 + '"}', id="endless process"),
]


@pytest.mark.parametrize("content", BROKEN_VERDICTS)
def test_broken_verdicts_are_left_out_and_counted(folder: OutputFolder, content: str) -> None:
    write(folder.children / "broken.json", content)
    write(folder.children / "whole.json", {"size": 1, "index": 0, "attempt": 1, "process": "h-1"})
    children = read_children(folder)
    assert (len(children.verdicts), children.unreadable) == (1, 1)
    assert "Left out: 1 verdict can't be read." in Elements(page_of(folder)).text


def test_verdict_that_is_no_file(folder: OutputFolder, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    write(secret, hostile_verdict("secret"))
    (folder.children / "link.json").symlink_to(secret)
    os.mkfifo(folder.children / "pipe.json")
    (folder.children / "folder.json").mkdir()
    assert read_children(folder).unreadable == 3
    assert read_children(folder).verdicts == ()


def test_log_that_is_no_file(folder: OutputFolder, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (folder.children / "link.log").symlink_to(tmp_path / "secret")
    os.mkfifo(folder.children / "pipe.log")
    names = ("link.log", "pipe.log", "none.log", "../../secret", "x\0.log")
    assert [log_end(folder, name) for name in names] == [[]] * len(names)


def test_log_of_bytes_that_are_no_text(folder: OutputFolder) -> None:
    (folder.children / "x.log").write_bytes(b"\xff\xfe\r\n\r\nend\x00\n")
    assert log_end(folder, "x.log") == ["��", "end\0"]


def test_broken_records_are_counted(folder: OutputFolder) -> None:
    write(folder.record(1), "{")
    write(folder.record(2), "[" * 100_000)
    text = Elements(page_of(folder)).text
    assert "2 records can't be read" in text
    assert "0 of 3 frames are done" in text


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param({"child": "0 of <b>"}, id="no child"),
        pytest.param({"child": "0 of " + "9" * 5000}, id="more children than can be"),
        pytest.param({"seconds": 0}, id="no seconds"),
    ],
)
def test_odd_records_are_taken_for_what_they_tell(folder: OutputFolder, odd: Any) -> None:
    write(folder.pin, {"fingerprint": "f", "render_id": "", "parts": {}, "superseded": []})
    write(folder.record(1), {**hostile_record(folder, "f"), **odd})
    content = page_of(folder)
    assert "1 of 3 frames are done" in content
    assert len(content) < 50_000


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param({"seconds": "<b>"}, id="text for seconds"),
        pytest.param({"seconds": float("nan")}, id="seconds that are no number"),
        pytest.param({"seconds": float("inf")}, id="endless seconds"),
        pytest.param({"seconds": -1}, id="seconds before the beginning"),
        pytest.param({"seconds": True}, id="true for seconds"),
        pytest.param({"seconds": 10**400}, id="seconds beyond all numbers"),
        pytest.param({"child": ["0 of 2"]}, id="list for a child"),
        pytest.param({"attempt": "1"}, id="text for an attempt"),
        pytest.param({"attempt": 10**20}, id="more attempts than can be"),
        pytest.param({"process": None}, id="no process"),
        pytest.param({"process": "p" * 10_000}, id="endless process"),
        pytest.param({"adopted": "<b>"}, id="text for adopted"),
        pytest.param({"adopted": 1}, id="number for adopted"),
    ],
)
def test_records_with_fields_that_can_not_be_are_broken(folder: OutputFolder, odd: Any) -> None:
    write(folder.pin, {"fingerprint": "f", "render_id": "", "parts": {}, "superseded": []})
    write(folder.record(1), {**hostile_record(folder, "f"), **odd})
    content = page_of(folder)
    assert "0 of 3 frames are done" in content
    assert "1 record can't be read" in Elements(content).text
    assert len(content) < 50_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
FIELDS = sorted(hostile_verdict("")) + ["threads", "started", "reused", "adopted"]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_fields_are_a_verdict_or_refused(fields: dict[str, Any]) -> None:
    try:
        verdict = child_verdict(fields, "x.log")
    except ValueError:
        return
    assert 0 <= verdict.seconds < float("inf")
    assert all(isinstance(each, str) for each in verdict.warnings)


@given(st.text() | st.text("<>\"'&;=/ ab"))
@example(ATTACK)
def test_an_element_holds_exactly_its_text(text: str) -> None:
    elements = Elements(element("p", text, title=text))
    assert elements.names == {"p"}
    assert elements.attributes == {"title": shown(text)}
    assert elements.text == shown(text)


def test_lists_much_longer_than_the_film_cost_little(tmp_path: Path) -> None:
    """A verdict of a kilobyte can list a million frames."""
    folder = made_folder(tmp_path)
    wanted = ",".join(f"{first}-{first + 14_998}" for first in range(1, 990_000, 15_000))
    verdict = {"size": 9, "exit_code": 70, "wanted": wanted, "rendered": wanted, "reused": wanted}
    for index in range(3):
        path = folder.root / ".array_chunk" / "children" / f"{index}.1.host.json"
        path.parent.mkdir(exist_ok=True)
        write(path, {**verdict, "index": index})
    tracemalloc.start()
    try:
        page_of(folder)
        FilmWatch(folder, FrameSet.parse("1-3"), FrameSet.parse("1-3")).look(goes_on=False)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 << 20
