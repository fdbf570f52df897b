"""Inside Blender: puts scenes together, renders each in several ways and compares the pictures.

    blender -b --factory-startup -P worker.py -- JOB RESULTS

JOB is a file with the scenes and what to do with them, RESULTS gets a line of JSON for each step
that begins and for each scene that is done: who reads it knows in which step this process died.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import json
import logging
import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import bpy

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "equipment"), str(TESTS / "differ")]
sys.path.append(str(TESTS.parent / "scripts"))

import assembly  # noqa: E402
import assembly_layers  # noqa: E402, F401
import assembly_looks  # noqa: E402, F401
import assembly_nodes  # noqa: E402, F401
import assembly_objects  # noqa: E402, F401
import assembly_rest  # noqa: E402, F401
from children import clean_environment  # noqa: E402
from comparison import compare, seen  # noqa: E402
from cutting import cut  # noqa: E402

KEPT, COLD, ANIMATION = "kept", "cold", "animation"
"""The ways: the child with its defaults, with everything off, and Blender's own `-a`.

Four frames are too few for the child to prove anything. So where no rule of its own speaks against
kept data, the first way is done again with them: it is the rules that are tried here.
"""

UNPROVEN = "persistent data: off: the frames are too few to prove it for"
"""What the child says where only its proof is missing."""

CHILD, FORCED = "child", "forced"
"""The child with its defaults as a process of its own, and what it would do without its rules."""

PROVEN = "proven"
"""The child with its defaults and a proof that costs nothing and is content with four frames."""

WAYS = (KEPT, COLD, ANIMATION)
OPTIONS: dict[str, dict[str, Any]] = {
    KEPT: {},
    COLD: {"persistent": "OFF", "lanes": 1},
    FORCED: {"persistent": "ON"},
    PROVEN: {},
}

MOST_SHOWN = 6

GRAIN_SHARE = 3.5 / (32 * 18)
"""Of so few values a ray that just meets or misses an edge can be the reason."""

MORE_SAMPLES = {"kind": "set", "owner": "cycles", "property": "samples", "value": 64}
"""With so many for each pixel no single ray is seen, while what stands elsewhere still is."""

GRAIN_DIFFERENCE = 4 / 255


def load_product() -> None:
    spec = importlib.util.spec_from_file_location(
        "array_chunk_render",
        TESTS.parent / "__init__.py",
        submodule_search_locations=[str(TESTS.parent)],
    )
    assert spec is not None and spec.loader is not None
    sys.modules[spec.name] = package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    package.register()
    from array_chunk_render.child.session import session_of_process

    session_of_process().ends_process = (
        True  # as in a child: there is no window for anybody to look at
    )


@contextlib.contextmanager
def proofs_for_nothing() -> Iterator[None]:
    """Have the child prove what it would prove in a long film, where that pays."""
    from array_chunk_render.rendering import proof_plan, proving, trial

    def pays(*_: float) -> bool:
        return True

    with (
        mock.patch.object(proof_plan.ProofPlan, "preparations", 0),
        mock.patch.object(proving, "can_pay", pays),
        mock.patch.object(trial, "still_pays", pays),
    ):
        yield


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """What Blender says of each frame goes nowhere."""
    sys.stdout.flush()
    saved, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(saved, 1)
        os.close(saved)
        os.close(nowhere)


class ChoiceOfData(logging.Handler):
    """Remembers what the child last said of persistent data."""

    said = ""

    def emit(self, record: logging.LogRecord) -> None:
        line = record.getMessage()
        if line.startswith("persistent data: o"):
            self.said = line


class Worker:
    """One scene after the other, in one folder."""

    def __init__(self, job: dict[str, Any], results: Any) -> None:
        self._job, self._results = job, results
        self._home = Path(job["folder"])
        self._base = self._home / "base.blend"
        self._number = 0
        self._choice = ChoiceOfData()
        logger = logging.getLogger("array_chunk_render")
        logger.setLevel(logging.INFO)
        logger.addHandler(self._choice)

    def run(self) -> None:
        if not self._base.exists():
            assembly.make_base(self._base)
        for scene in self._job["scenes"]:
            started = time.process_time()
            ways = tuple(scene.get("ways", self._job.get("ways", WAYS)))
            result = self.judge(scene["id"], scene["parts"], ways)
            if KEPT in ways and result["differences"]:
                result["proof"] = self.examine(scene["id"], scene["parts"], (PROVEN,))["persistent"]
            result["seconds"] = round(time.process_time() - started, 3)
            self._say(id=scene["id"], result=result)
            if self._job.get("cut") and result["differences"]:
                self._say(id=scene["id"], cut=self._cut(scene["id"], scene["parts"], result))

    def _say(self, **words: Any) -> None:
        self._results.write(json.dumps(words) + "\n")
        self._results.flush()

    def judge(self, name: str, parts: list[Any], ways: tuple[str, ...]) -> dict[str, Any]:
        """The same; where only single pixels differ, they have to differ with many samples too."""
        result = self.examine(name, parts, ways)
        if result["differences"] and all(
            each["share"] < GRAIN_SHARE for each in result["differences"]
        ):
            again = self.examine(name, [*parts, MORE_SAMPLES], ways)
            still = [each for each in again["differences"] if each["most"] > GRAIN_DIFFERENCE]
            return {**result, "grain": result["differences"], "differences": still}
        return result

    def examine(self, name: str, parts: list[Any], ways: tuple[str, ...]) -> dict[str, Any]:
        """Render one scene in these ways; how it went, and what differs between them."""
        self._number += 1
        home = self._home / f"scene{self._number}"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        blend = home / "shot.blend"
        self._say(id=name, step="assembly")
        undone = assembly.assemble(parts, blend, self._base)
        outcomes, seconds, persistent = {}, {}, ""
        for way in ways:
            self._say(id=name, step=way)
            started = time.process_time()
            outcomes[way] = self._render(way, blend, home / way)
            seconds[way] = round(time.process_time() - started, 3)
            persistent = self._choice.said if way in {KEPT, PROVEN} else persistent
        differences = _differences(home, outcomes)
        if not self._job.get("keep"):
            shutil.rmtree(home, ignore_errors=True)
        return {
            "undone": undone,
            "outcomes": outcomes,
            "ways": seconds,
            "persistent": persistent,
            "differences": differences,
        }

    def _render(self, way: str, blend: Path, output: Path) -> str:
        """Returns why nothing came of it; empty: all is well."""
        if way == CHILD:
            return self._run_child(blend, output)
        with silence():
            bpy.ops.wm.open_mainfile(filepath=str(blend), use_scripts=True)
            if way == ANIMATION:
                return _render_animation(output)
            if way == PROVEN:
                with proofs_for_nothing():
                    return self._render_chunk(output, way, OPTIONS[way])
            failure = self._render_chunk(output, way, OPTIONS[way])
            if way == KEPT and self._choice.said == UNPROVEN:
                shutil.rmtree(output, ignore_errors=True)
                bpy.ops.wm.open_mainfile(filepath=str(blend), use_scripts=True)
                failure = self._render_chunk(output, way, OPTIONS[FORCED])
            return failure

    def _render_chunk(self, output: Path, way: str, options: dict[str, Any]) -> str:
        verdict = output.with_name(f"{way}.json")
        self._choice.said = ""
        with contextlib.suppress(RuntimeError):
            bpy.ops.render.array_chunk(
                "EXEC_DEFAULT",
                output=str(output),
                verdict=str(verdict),
                threads=1,
                **options,
            )
        if not verdict.exists():
            return "no verdict"
        fields = json.loads(verdict.read_text())
        code = fields["exit_code"]
        return f"{code}: {fields['message']}" if code else ""

    def _run_child(self, blend: Path, output: Path) -> str:
        """As a farm does, by a process of its own."""
        command = [
            self._job["blender"],
            "-b",
            "-y",
            str(blend),
            "-P",
            str(TESTS.parent / "main.py"),
        ]
        variables = {"EFS_BLENDER_OUTPUT_FOLDER_PATH": str(output)}
        ended = subprocess.run(
            [*command, "--", "--threads", "1"],
            env=clean_environment(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        code = ended.returncode
        return f"{code}: {ended.stderr.decode()[-300:]}" if code else ""

    def _cut(self, name: str, parts: list[Any], result: dict[str, Any]) -> dict[str, Any]:
        """The fewest parts that still differ in the same way."""
        one, _, other = result["differences"][0]["between"].split()
        ways = (one, other)

        def differs(fewer: list[Any]) -> bool:
            return bool(self.judge(name, fewer, ways)["differences"])

        if not differs(parts):
            return {"parts": parts, "is_repeated": False, "differences": result["differences"]}
        fewest = cut(parts, differs)
        last = self.judge(name, fewest, ways)
        return {"parts": fewest, "is_repeated": True, "differences": last["differences"]}


def _render_animation(output: Path) -> str:
    """As `blender -a` does, each file where the child puts it."""
    scene: Any = bpy.context.scene
    scene.render.filepath = f"{output}/#####"
    output.mkdir()
    for tree in _compositing_trees():
        for node in tree.nodes:
            if node.bl_idname == "CompositorNodeOutputFile":
                name = "directory" if hasattr(node, "directory") else "base_path"
                setattr(node, name, getattr(node, name).replace("//", f"{output}/compositor/"))
    try:
        bpy.ops.render.render(animation=True)
    except RuntimeError as error:
        return f"Blender: {str(error).strip()}"
    return ""


def _compositing_trees() -> list[Any]:
    trees = [tree for tree in bpy.data.node_groups if tree.bl_idname == "CompositorNodeTree"]
    if bpy.app.version < (5, 0, 0):
        trees += [each.node_tree for each in bpy.data.scenes if each.node_tree is not None]
    return trees


def _differences(home: Path, outcomes: dict[str, str]) -> list[dict[str, Any]]:
    """Between each way and the next, the ones that can be seen; those in the outcome itself."""
    ways = list(outcomes)
    found: list[dict[str, Any]] = []
    for one, other in itertools.pairwise(ways):
        pair = f"{one} and {other}"
        if bool(outcomes[one]) != bool(outcomes[other]):
            if not outcomes[one].startswith("65"):
                found.append({"between": pair, "files": [], "share": 1.0, "most": math.inf})
        elif not outcomes[one]:
            visible = seen(compare(home / one, home / other))
            if visible:
                shown = [f"{d.file} {d.channel}: {d.share:.4f}, {d.most:.4g}" for d in visible]
                found.append(
                    {
                        "between": pair,
                        "files": shown[:MOST_SHOWN],
                        "count": len(shown),
                        "share": visible[0].share,
                        "most": max(each.most for each in visible),
                    }
                )
    return found


def main(job: Path, results: Path) -> None:
    load_product()
    with results.open("a") as file:
        Worker(json.loads(job.read_text()), file).run()


if __name__ == "__main__":
    main(*map(Path, sys.argv[sys.argv.index("--") + 1 :]))
