"""What a child loads at its start, paid ten thousand times: nothing that no child needs."""

from __future__ import annotations

import json
from pathlib import Path

from children import MakeBlend, RunChild

NOT_FOR_CHILDREN = {"engines", "report", "transport"}
"""Our packages: arrays are submitted, shown, sent and fetched by other processes."""
RARE_MODULES = {"csv", "difflib", "tomllib"}
"""Modules of Python that help with an option or a rare sentence."""

SPY = """
import gc, json, os, runpy, sys
before, leave = set(sys.modules), os._exit
def tell_and_leave(code):
    with open({told!r}, "w") as file:
        json.dump([sorted(set(sys.modules) - before), gc.get_freeze_count()], file)
    leave(code)
os._exit = tell_and_leave
runpy.run_path({main!r}, run_name="__main__")
"""


def test_child_loads_what_it_needs(
    make_blend: MakeBlend, run_child: RunChild, repository: Path, tmp_path: Path
) -> None:
    told, spy = tmp_path / "told.json", tmp_path / "main.py"
    spy.write_text(SPY.format(told=str(told), main=str(repository / "main.py")))
    ended = run_child(make_blend("film"), tmp_path / "out", "--frames", "1", main=spy)
    assert ended.code == 0, ended
    loaded, frozen = json.loads(told.read_text())
    packages = {each.split(".")[1] for each in loaded if each.startswith("array_chunk_render.")}
    assert "publishing" in packages
    assert not packages & NOT_FOR_CHILDREN
    assert not RARE_MODULES & set(loaded)
    assert frozen, "Python looks for garbage among Blender's own objects"


def test_process_that_has_ended_does_not_end_the_child(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    """The real 4.3 was killed by SIGPIPE, as by a decoding process that had crashed."""
    script = tmp_path / "write.py"
    script.write_text(
        "import subprocess, sys\n"
        "ended = subprocess.Popen([sys.executable, '--version'], stdin=subprocess.PIPE)\n"
        "ended.wait()\n"
        "ended.stdin.write(b'still there?')\n"
        "try:\n"
        "    ended.stdin.flush()\n"
        "except BrokenPipeError:\n"
        "    print('outlived')\n"
    )
    words = ("--frames", "1", "--setup-script", str(script))
    ended = run_child(make_blend("film"), tmp_path / "out", *words)
    assert ended.code == 0, ended
