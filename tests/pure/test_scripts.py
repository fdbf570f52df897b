"""The scripts that guard the set-up and the rings."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).resolve().parent.parent.parent / "scripts"


def load(name: str) -> ModuleType:
    """Load a script as a module."""
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


libraries = load("check_system_libraries")
reports = load("summarize_reports")

LDD = """
\tlibX11.so.6 => /lib/x86_64-linux-gnu/libX11.so.6 (0x00007f404843f000)
\tlibXi.so.6 => not found
\tlibtbb.so.2 => /venv/bpy/lib/libtbb.so.2 (0x00007f4052629000)
\tlibxkbcommon.so.0 => not found
\tlibXi.so.6 => not found
"""


def test_missing_libraries_are_found_in_what_ldd_says() -> None:
    assert libraries.missing_libraries(LDD) == ["libXi.so.6", "libxkbcommon.so.0"]


def test_missing_libraries_are_named_with_the_packages_of_debian_and_fedora() -> None:
    advice = libraries.advice(["libXi.so.6", "libxkbcommon.so.0"])
    assert "apt-get install libxi6 libxkbcommon0" in advice
    assert "dnf install libXi libxkbcommon" in advice


def test_a_missing_library_without_a_known_package_is_named_too() -> None:
    assert "hold libnew.so.1" in libraries.advice(["libnew.so.1"])


PASSED = '<testcase name="a" time="1"><system-out>said</system-out></testcase>'
FAILED = '<testcase name="b"><failure message="no">…</failure></testcase>'
TORN = '<testcase name="c"><error message="failed on teardown">…</error></testcase>'
SKIPPED = '<testcase name="d"><skipped message="why">…</skipped></testcase>'


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        pytest.param(PASSED * 3, (3, 0, 0), id="all passed"),
        pytest.param(PASSED + FAILED + TORN, (1, 2, 0), id="failed, and failed in tear-down"),
        pytest.param(PASSED + SKIPPED, (1, 0, 1), id="one skipped"),
        pytest.param(SKIPPED, (0, 1, 1), id="only skipped counts as a failure"),
        pytest.param("", (0, 1, 0), id="no test counts as a failure"),
    ],
)
def test_a_report_is_counted(tmp_path: Path, cases: str, expected: tuple[int, int, int]) -> None:
    report = tmp_path / "ring.xml"
    suite = f'<testsuites><testsuite time="2.5">{cases}</testsuite></testsuites>'
    report.write_text(suite, encoding="utf-8")
    count = reports.read(report)
    assert (count.passed, count.failed, count.skipped) == expected
    assert reports.main([report]) == (1 if expected[1] else 0)


def test_a_report_that_was_not_written_is_a_failure(tmp_path: Path) -> None:
    assert reports.read(tmp_path / "none.xml").failed == 1


def test_the_last_line_counts_all_rings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, cases in (("one", PASSED * 2), ("two", PASSED + FAILED)):
        (tmp_path / f"{name}.xml").write_text(f"<testsuite>{cases}</testsuite>", encoding="utf-8")
    assert reports.main(sorted(tmp_path.iterdir())) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "3 passed, 1 failed"
