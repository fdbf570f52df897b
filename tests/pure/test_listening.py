"""What Blender says while it renders a frame, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from array_chunk_render.child.blender_words import MOST_SENTENCES, Listener, Meaning, Words, meaning
from array_chunk_render.chunking.errors import RenderFailed, SceneRefused
from array_chunk_render.publishing.verdict import Verdict

GOOD = [
    "Fra:1 Mem:36.10M (Peak 36.64M) | Time:00:00.02 | Synchronizing object | Error: cannot save",
    "00:02.041  render           | Synchronizing object | Missing",
    '00:13.558  blend            | Read blend: "/film/failed to load/scene.blend"',
    "Saved: '/tmp/Error/00001.png'",
    " Time: 00:00.07 (Saving: 00:00.01)",
    "",
]
UNWRITTEN = [
    "Error: Render error (No such file or directory) cannot save: '/stage/00001.png'",
    "ERROR (compositor): Invalid path template in File Output node. Skipping writing file.",
    "00:05.113  reports          | ERROR Invalid path template in File Output node. Skipping.",
    "Error writing frame 3",
]
LACKING = [
    "libpng error: IDAT: Read error: hit end of file in png reader",
    "IMB_ibImageFromMemory: unknown file-format (/film/a.png)",
    "00:13.841  cycles           | WARNING Image file /film/gone.png does not exist.",
    "00:13.841  cycles           | WARNING Image file /film/a.png failed to load.",
    "/film/a.exr: (EXR_ERR_INVALID_ARGUMENT) chunk table size (512) too big for file size (600)",
    "00:13.842  cycles           | ERROR Failed to load 1 image files",
    "Can't load font: Bfont from memory!!",
    'WARN (bke.modifier): source/x.cc:425 BKE_modifier_set_error: Object: "Cube", Modifier: "c", '
    "No such file or directory",
    'WARN (bke.modifier): source/x.cc:425 BKE_modifier_set_error: Object: "Cube", Modifier: "c", '
    "Vertex coordinate read failed",
    "/film/a.abc has an unknown file format, unable to read.",
    "ERROR: Failed parse of preloaded OSO code (error code 1)",
    "Cycles shader graph: failed to read file /film/paint.oso",
]
UNKNOWN = [
    "Warning: something that nobody has heard of",
    "Dependency cycle detected:",
    "my add-on: could not write its settings",
    "00:13.842  cycles           | WARNING Something new",
    'WARN (bke.modifier): source/x.cc:425 BKE_modifier_set_error: Object: "Cube", Modifier: "s", '
    "Vertices changed from 8 to 9",
]
CASES = [(line, None) for line in GOOD]
CASES += [(line, Meaning.UNWRITTEN) for line in UNWRITTEN]
CASES += [(line, Meaning.LACKING) for line in LACKING]
CASES += [(line, Meaning.UNKNOWN) for line in UNKNOWN]


@pytest.mark.parametrize(("line", "means"), CASES)
def test_meaning_of_a_line(line: str, means: Meaning | None) -> None:
    assert meaning(line, is_error_stream=False) == means


def test_every_line_on_standard_error_counts_but_a_driver_s() -> None:
    assert meaning("  File 'handler.py', line 3, in f", is_error_stream=True) == Meaning.UNKNOWN
    assert meaning("a plain line", is_error_stream=False) is None
    assert meaning("MESA: error: ZINK: failed to choose pdev", is_error_stream=True) is None


class Heard:
    """A listener, and the files that it hears by."""

    def __init__(self, home: Path, refuses_missing: bool) -> None:
        self.output, self.errors = home / "output", home / "errors"
        self.output.write_text("Error: said before the first frame\n")
        self.verdict = Verdict()
        words = Words(self.output, self.errors, flush=lambda: None)
        self.listener = Listener(words, self.verdict, refuses_missing)

    def frame(self, number: int, *lines: str, errors: str = "") -> None:
        for path, text in ((self.output, "\n".join(lines)), (self.errors, errors)):
            with path.open("a") as file:
                file.write(f"{text}\n")
        self.listener.hear(number)


@pytest.fixture(params=[False, True], ids=["missing warn", "missing error"])
def heard(request: pytest.FixtureRequest, tmp_path: Path) -> Heard:
    return Heard(tmp_path, request.param)


def test_a_render_that_goes_well_says_nothing(heard: Heard) -> None:
    heard.frame(1, *GOOD)
    assert heard.verdict.warnings == []


@pytest.mark.parametrize("line", UNWRITTEN)
def test_a_file_that_was_not_written_fails_its_frame_alone(line: str, heard: Heard) -> None:
    with pytest.raises(RenderFailed, match="without a file of it"):
        heard.frame(1, line)
    heard.frame(2, *GOOD)
    with pytest.raises(RenderFailed, match="frame 3"):
        heard.frame(3, line)


@pytest.mark.parametrize("line", LACKING)
def test_what_can_t_be_read_is_as_what_is_missing(
    line: str, tmp_path: Path, saying: Callable[[Verdict], str]
) -> None:
    strict = Heard(tmp_path, True)
    with pytest.raises(SceneRefused, match="frame 1 is made of"):
        strict.frame(1, line)
    (tmp_path / "lenient").mkdir()
    lenient = Heard(tmp_path / "lenient", False)
    for number in (1, 2):
        lenient.frame(number, line)
    assert "frame 1 is made of" in saying(lenient.verdict)


@pytest.mark.parametrize("line", UNKNOWN)
def test_what_is_unknown_is_said_once_whatever_its_numbers(
    line: str, heard: Heard, saying: Callable[[Verdict], str]
) -> None:
    for number in (1, 2, 3):
        heard.frame(number, f"{line} {number} 0x7f{number}")
    assert "while it rendered frame 1" in saying(heard.verdict)


def test_standard_error_is_heard_too(heard: Heard, saying: Callable[[Verdict], str]) -> None:
    heard.frame(1, errors="ValueError: oh no")
    assert "'ValueError: oh no'" in saying(heard.verdict)


def test_no_more_is_said_than_a_person_reads(heard: Heard) -> None:
    for number in range(2 * MOST_SENTENCES):
        heard.frame(number, f"Warning: {'x' * number}")
    assert len(heard.verdict.warnings) == MOST_SENTENCES
    assert "log alone" in heard.verdict.warnings[-1]


def test_a_failed_frame_has_failed_but_what_it_lacks_all_lack(tmp_path: Path) -> None:
    heard = Heard(tmp_path, True)
    with heard.output.open("a") as file:
        file.write(f"{UNWRITTEN[0]}\n")
    heard.listener.hear(1, has_failed=True)
    heard.frame(2, *GOOD)
    with heard.output.open("a") as file:
        file.write(f"{LACKING[0]}\n")
    with pytest.raises(SceneRefused):
        heard.listener.hear(3, has_failed=True)


def test_a_log_that_is_gone_is_no_fault_of_the_frame(heard: Heard) -> None:
    heard.output.unlink()
    heard.listener.hear(1)
    assert heard.verdict.warnings == []


@pytest.fixture
def saying() -> Callable[[Verdict], str]:
    """The one warning of a verdict."""

    def only(verdict: Verdict) -> str:
        (warning,) = verdict.warnings
        return warning

    return only
