"""Data kept between frames in a whole child: what it says of it, and that memory ends it."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.publishing.formats.openexr_values import values_of
from children import Door, MakeBlend, RunChild, frames_in, pixels

MARK = "While it was proven that data may be kept"
"""What the note of a proof begins with."""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "off: the frames are too few to prove it for"),
        (("--persistent", "on"), "on: --persistent"),
        (("--persistent", "off"), "off: --persistent"),
    ],
)
def test_a_child_says_what_it_keeps(
    words: tuple[str, ...], said: str, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    ended = run_child(make_blend("film", end=1), tmp_path / "out", *words)
    assert ended.code == 0
    assert ended.everything.count(f"persistent data: {said}") == 1


def proofs_in(output: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in output.glob(".array_chunk/kept_data.json")]


def test_an_array_proves_it_once(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("heavy_film"), tmp_path / "out"
    proven = "persistent data: on: proven for this scene, by its frames 1,20,13"
    first = run_child(blend, output, "--render-id", "a")
    again = run_child(blend, output, "--render-id", "b", "--existing", "overwrite")
    cold = run_child(blend, tmp_path / "cold", "--persistent", "off")
    assert (first.code, again.code, cold.code) == (0, 0, 0)
    assert first.log.count(proven) == again.log.count(proven) == 1
    assert again.log.index(proven) < again.log.index("frame 1 · ")
    (proof,) = proofs_in(output)
    assert (proof["is_proven"], proof["frames"]) == (True, "1,20,13")
    names = frames_in(tmp_path / "cold")
    assert names == frames_in(output)
    assert len(names) == 20
    for name in names:
        assert pixels(output / name) == pixels(tmp_path / "cold" / name)


def test_what_no_rule_knows_is_found_out(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    """Wrong from the first frame on, where the rules have nothing to say (4.2, 4.5, 5.0)."""
    blend, output = make_blend("film_with_a_lost_pass"), tmp_path / "out"
    ended = run_child(blend, output)
    cold = run_child(blend, tmp_path / "cold", "--persistent", "off")
    assert (ended.code, cold.code) == (0, 0)
    (line,) = (each for each in ended.log.splitlines() if "persistent data: " in each)
    proof = proofs_in(output)
    assert (" on: proven " in line) == any(each["is_proven"] for each in proof)
    names = frames_in(tmp_path / "cold")
    assert names == frames_in(output)
    assert len(names) == 20
    for name in names:
        assert values_of(output / name) == values_of(tmp_path / "cold" / name)


CRASH_IN_PROOF = """
import contextlib, ctypes, glob, threading, time

def crash():
    while True:
        for each in glob.glob({notes!r}):
            with contextlib.suppress(OSError):
                if {mark!r} in open(each).read():
                    {deed}
        time.sleep(0.005)

threading.Thread(target=crash, daemon=True).start()
"""


@pytest.mark.parametrize(
    ("deed", "codes", "said", "is_known"),
    [
        pytest.param(
            "ctypes.string_at(0)",
            (139, -signal.SIGSEGV),
            "Blender ended in its proof: Fatal Python error: Segmentation fault",
            True,
            id="crash",
        ),
        pytest.param(
            "__import__('os').kill(__import__('os').getpid(), 9)",
            (137, -signal.SIGKILL),
            "an earlier attempt of this child ended while it was proven",
            False,
            id="kill",
        ),
    ],
)
def test_what_ends_in_the_proof_is_rendered_anew_by_the_next_attempt(
    deed: str,
    codes: tuple[int, ...],
    said: str,
    is_known: bool,
    make_blend: MakeBlend,
    run_child: RunChild,
    doors: dict[str, Door],
    repository: Path,
    tmp_path: Path,
) -> None:
    blend, output, script = make_blend("heavy_film"), tmp_path / "out", tmp_path / "script.py"
    notes = f"{output}/.array_chunk/notes/*"
    script.write_text(CRASH_IN_PROOF.format(mark=MARK, notes=notes, deed=deed))
    spoiled = Door("spoiled", (*doors["file"].before, str(blend), "-P", str(script)))
    variables = {"EFS_BLENDER_OUTPUT_FOLDER_PATH": str(output), "EFS_BLENDER_FILE_PATH": ""}
    child = spoiled.start(repository / "main.py", "", (), variables)
    log, errors = child.communicate()
    assert child.returncode in codes, log + errors
    ended = run_child(blend, output)
    assert ended.code == 0, ended
    assert f"persistent data: off: {said}" in ended.log
    assert frames_in(output) == [f"{frame:05d}.png" for frame in range(1, 21)]
    assert [each["is_proven"] for each in proofs_in(output)] == ([False] if is_known else [])
    assert [*output.glob(".array_chunk/notes/*")] == []


def test_little_memory(make_blend: MakeBlend, run_child: RunChild, tmp_path: Path) -> None:
    """It is dropped after the first frame, given up after the second, and the pictures stay."""
    blend = make_blend("film", end=4)
    little = run_child(blend, tmp_path / "little", "--persistent", "on", "--memory", "16")
    enough = run_child(blend, tmp_path / "enough", "--persistent", "on")
    cold = run_child(blend, tmp_path / "cold", "--persistent", "off", "--memory", "16")
    assert (little.code, enough.code, cold.code) == (0, 0, 0)
    assert little.everything.count("persistent data: dropped at") == 1
    assert little.everything.count("persistent data: off from now on") == 1
    assert "of 16 (--memory 16 MiB)" in little.everything
    for other in (enough, cold):
        assert "dropped" not in other.everything
    names = frames_in(tmp_path / "cold")
    assert len(names) == 4
    for name in names:
        found = {pixels(tmp_path / each / name) for each in ("little", "enough", "cold")}
        assert len(found) == 1, name
