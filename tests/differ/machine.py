"""The differential machine: scenes by chance, each rendered three ways, and what differs cut down.

    machine.py --blender PROGRAM --scenes N [--seed S] [--workers W] [--results FILE]

It starts Blenders that each take a batch of scenes (`worker.py`); one that dies or hangs costs the
scene that it was at, and another one goes on with the rest.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comparison import compare, seen
from cutting import cut
from description import FAMILIES, Part, describe
from findings import Findings

WORKER = Path(__file__).with_name("worker.py")
WAYS = ("kept", "cold", "animation")
BATCH = 60
STEP_SECONDS = 20
"""So much of a core's time a step of a scene may take: putting it together, or one way's frames."""
STILL_SECONDS = 200
"""So long may pass without a step's end, however little of the machine a worker gets."""
LOOK_SECONDS = 0.2

CHILDREN_SHARE = 25
"""Of so many scenes one is rendered by a whole child process, too."""

OWN_PROCESSES = 4
"""So many of each way are tried, of a scene that differs, for one that does not."""

Take = Callable[[dict[str, Any]], None]
"""Takes a line of what a worker says of a scene."""

Scene = dict[str, Any]
"""`id`, the seed as a text, `parts`, and in which `ways` it is to be rendered."""


@dataclass
class Death:
    """How a worker ended before its time."""

    scene: str
    step: str
    kind: str
    """`crash` or `hang`."""


class Machine:
    """Runs workers of one Blender and collects what they find."""

    def __init__(
        self, blender: Path, home: Path, findings: Findings, most_cuts: int, focus: str = ""
    ) -> None:
        self._blender, self._home, self.findings = blender, home, findings
        self._cuts_left, self._focus = most_cuts, focus

    def run(self, seeds: range, workers: int, until: float) -> None:
        """All scenes with these seeds, or those that are reached until then."""
        batches = [seeds[at : at + BATCH] for at in range(0, len(seeds), BATCH)]

        def one(batch: range) -> None:
            if time.time() < until:
                focus = self._focus
                self._run_batch(
                    [
                        {"id": str(seed), "parts": describe(seed, focus), "ways": ways_of(seed)}
                        for seed in batch
                    ]
                )

        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            for future in [pool.submit(one, batch) for batch in batches]:
                future.result()

    def _run_batch(self, scenes: list[Scene]) -> None:
        differing: dict[str, dict[str, Any]] = {}
        """By scene: what differs, and what it was cut down to."""

        def take(line: dict[str, Any]) -> None:
            if "result" in line:
                self.findings.take(line["result"])
            if line.get("result", {}).get("differences"):
                differing[line["id"]] = line["result"]
            elif "cut" in line:
                differing[line["id"]]["cut"] = line["cut"]

        self._run_all(scenes, take)
        parts = {each["id"]: each["parts"] for each in scenes}
        for name, result in differing.items():
            self._judge(name, parts[name], result)

    def _judge(self, name: str, parts: list[Part], result: dict[str, Any]) -> None:
        """Keep a scene that differs in processes of their own, too, as children are.

        What Blender makes of a file can depend on what the process has done before; and where
        several lamps are alike to it, say, on where they happen to lie in memory.
        """
        pairs = [each["between"].split(" and ") for each in result["differences"]]
        if not any(self._differs_alone(parts, pair) for pair in pairs):
            self.findings.count("of these not in processes of their own")
        elif "cut" in result:
            self._cuts_left -= 1
            self.findings.keep({"seed": int(name), **result["cut"]})

    def _differs_alone(self, parts: list[Part], pair: list[str]) -> bool:
        """Whether no process of the one way makes what any of the other does."""
        with tempfile.TemporaryDirectory(dir=self._home) as home:
            outputs: dict[str, list[Path]] = {way: [] for way in pair}
            for number in range(OWN_PROCESSES):
                for way in pair:
                    place = Path(home, f"{way}{number}")
                    place.mkdir()
                    scene = {"id": "0", "parts": parts}
                    if self._work_in(place, [scene], ways=[way], keep=True) is not None:
                        return True
                    outputs[way].append(place / "scene1" / way)
                if any(not seen(compare(*each)) for each in itertools.product(*outputs.values())):
                    return False
        return True

    def _run_all(self, scenes: list[Scene], take: Take) -> None:
        while scenes:
            death = self.work(scenes, take, cut=self._cuts_left > 0)
            if death is None:
                return
            self._look_into(death, next(each for each in scenes if each["id"] == death.scene))
            after = [each["id"] for each in scenes].index(death.scene) + 1
            scenes = scenes[after:]

    def _look_into(self, death: Death, scene: Scene) -> None:
        """Whether a scene that ended its worker does so in one way of rendering alone."""
        self.findings.count(f"{death.kind} in {death.step}")
        self.findings.deaths.append(f"{death.kind} of scene {death.scene} in {death.step}")
        if death.kind == "hang" or death.step not in WAYS:
            return
        ends = {way: self._ends(scene["parts"], way) for way in WAYS}
        self.findings.count(f"crash alone in: {', '.join(w for w in WAYS if ends[w]) or 'none'}")
        if not (ends["kept"] and not ends["cold"]) or self._cuts_left <= 0:
            return
        self._cuts_left -= 1
        fewest = cut(scene["parts"], lambda parts: self._ends(parts, "kept"))
        is_own = not self._ends(fewest, "cold")
        case = {"seed": int(scene["id"]), "parts": fewest, "is_repeated": is_own, "crash": ends}
        self.findings.keep(case)

    def _ends(self, parts: list[Part], way: str) -> bool:
        death = self.work([{"id": "0", "parts": parts}], ways=[way])
        return death is not None and death.kind == "crash" and death.step == way

    def work(
        self,
        scenes: list[Scene],
        take: Take = lambda line: None,
        **job: Any,
    ) -> Death | None:
        """Have a worker of its own go through these scenes; how it died, or None."""
        with tempfile.TemporaryDirectory(dir=self._home) as home:
            return self._work_in(Path(home), scenes, take, **job)

    def _work_in(
        self, home: Path, scenes: list[Scene], take: Take = lambda line: None, **job: Any
    ) -> Death | None:
        results = home / "results"
        results.touch()
        job = {"folder": str(home), "scenes": scenes, "blender": str(self._blender), **job}
        (home / "job.json").write_text(json.dumps(job))
        step: dict[str, Any] = {}
        with self._worker(home) as worker, results.open() as lines:
            watch = Watch(worker)
            while not (kind := watch.look()):
                for line in map(json.loads, lines):
                    watch.restart()
                    step = line if "step" in line else step
                    take(line)
        if kind == "end":
            return None
        if not step:
            raise SystemExit(f"A worker ended before its first scene: {kind}.")
        return Death(step["id"], step["step"], kind)

    @contextlib.contextmanager
    def _worker(self, home: Path) -> Iterator[subprocess.Popen[bytes]]:
        environment = {**os.environ, "TMPDIR": str(home)}
        command = [
            *(str(self._blender), "-b", "--factory-startup", "--python-exit-code", "1"),
            *("-P", str(WORKER), "--", str(home / "job.json"), str(home / "results")),
        ]
        with (home / "log").open("wb") as log:
            worker = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            try:
                yield worker
            finally:
                worker.kill()
                worker.wait()
        if worker.returncode == 1:
            text = (home / "log").read_text(errors="replace")
            raise SystemExit(f"A worker failed:\n{text[-3000:]}")


class Watch:
    """Looks at a worker: whether it has ended, and how long it has been at one step."""

    def __init__(self, worker: subprocess.Popen[bytes]) -> None:
        self._worker, self._has_begun = worker, False
        self._since, self._used = time.monotonic(), 0.0
        self._code: int | None = None

    def restart(self) -> None:
        """A new step has begun."""
        self._since, self._used = time.monotonic(), _core_seconds(self._worker.pid)
        self._has_begun = True

    def look(self) -> str:
        """`end`, `crash` or `hang`; empty: it is at work. What it said last is to be read first."""
        if self._code is not None:
            return "crash" if self._code else "end"
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._code = self._worker.wait(LOOK_SECONDS)
            return ""
        used = _core_seconds(self._worker.pid) - self._used
        is_long = self._has_begun and used > STEP_SECONDS
        return "hang" if is_long or time.monotonic() - self._since > STILL_SECONDS else ""


def _core_seconds(pid: int) -> float:
    """How much time of cores a process has used; 0 where it has just ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ways_of(seed: int) -> list[str]:
    return ["child", *WAYS] if seed % CHILDREN_SHARE == 0 else list(WAYS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blender", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--cuts", type=int, default=20, help="how many differences are cut down")
    parser.add_argument("--minutes", type=float, default=1e6, help="begin no batch after that")
    parser.add_argument("--focus", default="", choices=list(FAMILIES), help="have many of these")
    parser.add_argument("--results", type=Path, default=Path("differ.json"))
    told = parser.parse_args()
    memory = Path("/dev/shm")
    base = memory if shutil.disk_usage(memory).free > 1 << 31 else None
    with tempfile.TemporaryDirectory(prefix="differ-", dir=base) as home:
        findings = Findings(told.results)
        machine = Machine(told.blender.absolute(), Path(home), findings, told.cuts, told.focus)
        seeds = range(told.seed, told.seed + told.scenes)
        machine.run(seeds, told.workers, time.time() + told.minutes * 60)
    print(json.dumps(findings.counts, indent=1))
    for case in findings.cases:
        print(json.dumps(case))
    sys.exit(1 if findings.cases else 0)


if __name__ == "__main__":
    main()
