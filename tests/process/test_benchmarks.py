"""The benches run, and make a page. What they measure with tiny numbers says nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from children import clean_environment

pytestmark = pytest.mark.once


def run(script: Path, results: Path, blender: Path) -> str:
    """Run a script of benchmarks/ with tiny numbers; returns what it printed."""
    environ = clean_environment(
        QUICK="1", BENCH_RESULTS=str(results), BLENDER_EXECUTABLE=str(blender), POTTERY=""
    )
    ended = subprocess.run(
        [sys.executable, str(script)], env=environ, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_a_bench_makes_a_table(repository: Path, blender_executable: Path, tmp_path: Path) -> None:
    benches = repository / "benchmarks"
    page_before = (repository / "docs" / "BENCHMARKS.md").exists()
    printed = run(benches / "bench_loop.py", tmp_path, blender_executable)
    assert "loop / -a" in printed

    told = json.loads((tmp_path / "loop.json").read_text(encoding="utf-8"))
    (row,) = told["rows"]
    assert row["bar"] == 1.02
    assert row["value"] > 0

    run(benches / "write_page.py", tmp_path, blender_executable)
    page = (tmp_path / "BENCHMARKS.md").read_text(encoding="utf-8").splitlines()
    table = [line for line in page if line.startswith("|")]
    assert len(table) == 3
    assert len({line.count("|") for line in table}) == 1
    assert row["case"] in table[2]
    assert any(line.startswith("Not measured on this machine: folder, ") for line in page)
    assert f"{os.cpu_count()} cores" in "\n".join(page)
    assert (repository / "docs" / "BENCHMARKS.md").exists() == page_before


def test_rows_of_any_bench_become_a_table(
    repository: Path, blender_executable: Path, tmp_path: Path
) -> None:
    stamp = dict.fromkeys(("date", "product", "blender", "machine", "others"), "x")
    rows = [
        {"case": "a|b", "figures": {"one": "1"}, "value": 3.0, "bar": 2.0},
        {"case": "c", "figures": {"two": "2"}, "value": None, "bar": None},
    ]
    told = {"name": "other", "title": "Other", "about": "About.", "stamp": stamp, "rows": rows}
    (tmp_path / "other.json").write_text(json.dumps(told), encoding="utf-8")
    printed = run(repository / "benchmarks" / "write_page.py", tmp_path, blender_executable)
    assert printed.startswith("0 of 1 bars held")
    page = (tmp_path / "BENCHMARKS.md").read_text(encoding="utf-8")
    assert "| case | one | two | bar | held |" in page
    assert "| a\\|b | 1 |  | ≤ 2 | **no** |" in page
    assert "| c |  | 2 |  |  |" in page
