"""`--setup-script`: a script of the user's, before the first frame of a child and its lanes."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pytest
from children import (
    MakeBlend,
    RunChild,
    StartChild,
    array_variables,
    frames_in,
    pixels,
    record_of,
    verdicts_of,
)
from submitted import wait_for_end

pytestmark = pytest.mark.once

VARIABLE = "ARRAY_CHUNK_SETUP_SCRIPT"
BRIGHT, DARK = "987654.25", "0.0625"
LIGHT = """
import os
import bpy
energy = os.environ["STUDIO_LIGHT"]
print("energy:", energy)
bpy.data.lights[0].energy = float(energy)
"""
PAGE = Path(__file__).resolve().parents[2] / "docs" / "SETUP_SCRIPT.md"


def script_in(folder: Path, source: str) -> str:
    path = folder / "set_up.py"
    path.write_text(source, encoding="utf-8")
    return str(path)


def script_of_page(name: str) -> str:
    """The script that the page shows under this name."""
    scripts = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (script,) = [each for each in scripts if each.startswith(f"# {name}\n")]
    return str(script)


def everything_below(folder: Path) -> bytes:
    files = (path for path in folder.rglob("*") if path.is_file())
    return b"\0".join(str(path).encode() + path.read_bytes() for path in files)


def test_picture_and_verdict(make_blend: MakeBlend, run_child: RunChild, tmp_path: Path) -> None:
    blend, script = make_blend("film"), script_in(tmp_path, LIGHT)
    plain = run_child(blend, tmp_path / "plain", "--frames", "2")
    assert plain.code == 0, plain
    ended = run_child(
        blend, tmp_path / "out", "--frames", "2", **{VARIABLE: script}, STUDIO_LIGHT=BRIGHT
    )
    assert ended.code == 0, ended
    pictures = [pixels(tmp_path / name / "00002.png") for name in ("plain", "out")]
    assert pictures[0] != pictures[1]
    (verdict,) = verdicts_of(tmp_path / "out")
    assert verdict["setup"]["script"] == script
    assert verdict["setup"]["variables"] == ["STUDIO_LIGHT"]
    assert verdicts_of(tmp_path / "plain")[0]["setup"] == {}
    assert "custom variables that it read: STUDIO_LIGHT" in ended.log
    (log,) = (tmp_path / "out" / ".array_chunk" / "children").glob("*.log")
    assert "energy: <STUDIO_LIGHT>" in log.read_text()
    for form in (BRIGHT, "987654"):
        assert form not in ended.everything
        assert form.encode() not in everything_below(tmp_path / "out")


def test_pictures_of_two_looks_never_mix(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("film"), tmp_path / "out"
    words = ("--setup-script", script_in(tmp_path, LIGHT))
    first = run_child(blend, output, *words, **array_variables(2, 0), STUDIO_LIGHT=BRIGHT)
    assert first.code == 0, first
    other = run_child(blend, output, *words, **array_variables(2, 1), STUDIO_LIGHT=DARK)
    assert other.code == 65, other
    assert "set-up variable STUDIO_LIGHT changed" in other.log
    assert DARK not in other.everything
    same = run_child(blend, output, *words, **array_variables(2, 1), STUDIO_LIGHT=BRIGHT)
    assert same.code == 0, same
    assert len(frames_in(output)) == 4

    script_in(tmp_path, LIGHT + "# changed\n")
    changed = run_child(blend, output, *words, **array_variables(2, 1), STUDIO_LIGHT=BRIGHT)
    assert changed.code == 65, changed
    assert "set-up script changed" in changed.log
    new = run_child(blend, output, *words, **array_variables(1, 0, "new"), STUDIO_LIGHT=DARK)
    assert new.code == 0, new
    assert "takes the folder over" in new.log
    assert {record_of(output, frame)["render_id"] for frame in range(1, 5)} == {"new"}


@pytest.mark.parametrize("door", ["file", "named", pytest.param("python", marks=pytest.mark.wheel)])
def test_a_script_that_raises(
    door: str, make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    script = script_in(tmp_path, LIGHT + "bpy.data.objects['No such object']\n")
    words = ("--setup-script", script)
    ended = run_child(make_blend("film"), tmp_path / "out", *words, door=door, STUDIO_LIGHT=BRIGHT)
    assert ended.code == 65, ended
    (said,) = [line for line in ended.log.splitlines() if line.startswith("error: ")]
    assert f"The set-up script {script!r} fails in line 7: KeyError: " in said
    assert "No such object" in said
    assert "Traceback" not in ended.everything
    assert frames_in(tmp_path / "out") == []
    (verdict,) = verdicts_of(tmp_path / "out")
    assert (verdict["exit_code"], verdict["message"]) == (65, said.removeprefix("error: "))


def test_no_value_where_it_fails(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    script = script_in(tmp_path, LIGHT)
    secret = "a secret, no number"
    ended = run_child(
        make_blend("film"), tmp_path / "out", **{VARIABLE: script}, STUDIO_LIGHT=secret
    )
    assert ended.code == 65, ended
    assert "in line 6: ValueError: could not convert string to float: '<STUDIO_LIGHT>'" in ended.log
    assert secret not in ended.everything
    assert secret.encode() not in everything_below(tmp_path / "out")


def test_a_script_that_is_not_there(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    gone = str(tmp_path / "gone.py")
    by_variable = run_child(make_blend("film"), tmp_path / "out", **{VARIABLE: gone})
    by_option = run_child(make_blend("film"), tmp_path / "out", "--setup-script", gone)
    for ended, origin in ((by_variable, VARIABLE), (by_option, "--setup-script")):
        assert ended.code == 64, ended
        assert f"{origin} is {gone!r}, which can't be read: " in ended.log
        assert "Traceback" not in ended.everything
    assert not (tmp_path / "out").exists()


def test_a_script_that_opens_another_file(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    other = make_blend("film", end=2)
    script = script_in(tmp_path, f"import bpy\nbpy.ops.wm.open_mainfile(filepath={str(other)!r})\n")
    ended = run_child(make_blend("film"), tmp_path / "out", "--setup-script", script)
    assert ended.code == 65, ended
    assert "has opened or saved another file" in ended.log


def test_a_child_that_is_asked_to_end_in_it(
    make_blend: MakeBlend, start_child: StartChild, tmp_path: Path
) -> None:
    source = """
import sys, time
print("begun", file=sys.stderr, flush=True)
time.sleep(600)
"""
    words = ("--setup-script", script_in(tmp_path, source), "--grace", "4")
    child = start_child(make_blend("film"), tmp_path / "out", *words)
    assert child.stderr is not None
    assert any("begun" in line for line in child.stderr)
    child.send_signal(signal.SIGTERM)
    log, errors = child.communicate(timeout=60)
    assert child.returncode == 75, log + errors
    (verdict,) = verdicts_of(tmp_path / "out")
    assert (verdict["exit_code"], verdict["rendered"]) == (75, "")
    assert "Traceback" not in log + errors


def test_what_it_leaves_is_what_is_checked_and_rendered(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    blend, output = make_blend("no_camera"), tmp_path / "out"
    source = """
import bpy
scene = bpy.context.scene
scene.camera = bpy.data.objects.new("Mended", bpy.data.cameras.new("Mended"))
scene.camera.location.z = 10
scene.collection.objects.link(scene.camera)
scene.frame_end = 3
"""
    words = ("--setup-script", script_in(tmp_path, source))
    assert run_child(blend, None, "check").code == 65
    assert run_child(blend, None, "check", *words).code == 0
    assert run_child(blend, output).code == 65
    ended = run_child(blend, output, *words)
    assert ended.code == 0, ended
    assert frames_in(output) == ["00001.png", "00002.png", "00003.png"]
    verified = run_child(blend, output, "verify", "--json", *words)
    assert verified.code == 0, verified
    assert json.loads(verified.log.splitlines()[-1])["wanted"] == "1-3"
    planned = run_child(blend, output, "plan", "--json", *words)
    assert json.loads(planned.log.splitlines()[-1])["frames"] == "1-3", planned


def test_settings_win_over_it(make_blend: MakeBlend, run_child: RunChild, tmp_path: Path) -> None:
    source = "import bpy\nbpy.context.scene.render.resolution_x = 100\n"
    words = ("--setup-script", script_in(tmp_path, source), "--frames", "1")
    for name, more, width in (("own", (), 100), ("set", ("--resolution", "48x20"), 48)):
        assert run_child(make_blend("film"), tmp_path / name, *words, *more).code == 0
        picture = (tmp_path / name / "00001.png").read_bytes()
        assert int.from_bytes(picture[16:20], "big") == width


def test_each_lane_runs_it(make_blend: MakeBlend, run_child: RunChild, tmp_path: Path) -> None:
    slow = {"width": 320, "height": 180, "samples": 128, "end": 6}
    blend, script = make_blend("film", **slow), script_in(tmp_path, LIGHT)
    one, two = tmp_path / "one", tmp_path / "two"
    variables = {VARIABLE: script, "STUDIO_LIGHT": DARK}
    for output, lanes in ((one, "1"), (two, "2")):
        ended = run_child(blend, output, "--lanes", lanes, **variables)
        assert ended.code == 0, ended
        assert "warning" not in ended.log
    assert len({record_of(two, frame)["process"] for frame in range(1, 7)}) == 2
    assert frames_in(one) == frames_in(two)
    assert all(pixels(one / name) == pixels(two / name) for name in frames_in(one))


def test_each_child_of_run_array_runs_it(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    script = script_in(tmp_path, LIGHT)
    words = ("run-array", "--size", "2", "--setup-script", script)
    ended = run_child(make_blend("film"), tmp_path / "out", *words, STUDIO_LIGHT=BRIGHT)
    assert ended.code == 0, ended
    verdicts = verdicts_of(tmp_path / "out")
    assert [verdict["setup"]["variables"] for verdict in verdicts] == [["STUDIO_LIGHT"]] * 2


def test_submitting_hands_on_the_script_and_no_value(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    script = os.path.relpath(script_in(tmp_path, LIGHT))
    words = ("submit", "--farm", "slurm", "--size", "2", "--export", str(tmp_path / "files"))
    ended = run_child(
        make_blend("film"), tmp_path / "out", *words, "--setup-script", script, STUDIO_LIGHT=BRIGHT
    )
    assert ended.code == 0, ended
    assert "warning: The set-up script reads STUDIO_LIGHT: have the farm set" in ended.everything
    written = everything_below(tmp_path / "files")
    assert f"{VARIABLE}={tmp_path / 'set_up.py'}".encode() in written
    assert BRIGHT.encode() not in written
    assert BRIGHT not in ended.everything


def test_an_array_in_the_background(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    variables = {"STUDIO_LIGHT": BRIGHT, "XDG_STATE_HOME": str(tmp_path / "state")}
    words = ("submit", "--json", "--size", "2", "--with-film", "no")
    script = ("--setup-script", script_in(tmp_path, LIGHT))
    ended = run_child(make_blend("film"), tmp_path / "out", *words, *script, **variables)
    assert ended.code == 0, ended
    wait_for_end(tmp_path / "state", json.loads(ended.log.splitlines()[-1])["job"])
    verdicts = verdicts_of(tmp_path / "out")
    assert [verdict["setup"]["variables"] for verdict in verdicts] == [["STUDIO_LIGHT"]] * 2
    assert BRIGHT.encode() not in everything_below(tmp_path / "out")
    assert BRIGHT.encode() not in everything_below(tmp_path / "state")


def test_look_of_the_page(make_blend: MakeBlend, run_child: RunChild, tmp_path: Path) -> None:
    script = script_in(tmp_path, script_of_page("look.py"))
    outputs = {}
    for look, code in (("day", 0), ("night", 0), ("dusk", 65)):
        outputs[look] = tmp_path / look
        ended = run_child(
            make_blend("film"), outputs[look], "--frames", "1", **{VARIABLE: script},
            STUDIO_LOOK=look,
        )  # fmt: skip
        assert ended.code == code, ended
    assert "ValueError: no such look: <STUDIO_LOOK>." in ended.log
    day, night = (pixels(outputs[look] / "00001.png") for look in ("day", "night"))
    assert day != night


def test_gpus_of_the_page(make_blend: MakeBlend, run_child: RunChild, tmp_path: Path) -> None:
    """The machines of these tests have no GPU: the script says so, and the CPU renders."""
    words = ("--setup-script", script_in(tmp_path, script_of_page("gpu.py")), "--frames", "1")
    ended = run_child(make_blend("film"), tmp_path / "out", *words)
    assert ended.code == 0, ended
    (log,) = (tmp_path / "out" / ".array_chunk" / "children").glob("*.log")
    assert "GPUs: none, the CPU it is" in log.read_text()
    refused = run_child(make_blend("film"), tmp_path / "gpu", *words, USE_GPU="True")
    assert refused.code == 65, refused
    assert "Cycles finds no GPU" in refused.log
