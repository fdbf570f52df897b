"""Say what the test reports hold: a line for each ring, then one for all of them together.

    summarize_reports.py REPORT.xml …

Exits 1 where a report is missing, tells of no test, or of one that failed.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Count:
    """How many tests of a ring ended how, and how long they took together."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0

    def __add__(self, other: Count) -> Count:
        return Count(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.seconds + other.seconds,
        )

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"


def read(report: Path) -> Count:
    """Return what a JUnit report counts.

    A report that is not there, or tells of no test that ran, is one failure.
    """
    if not report.exists():
        return Count(failed=1)
    root = ElementTree.parse(report).getroot()
    endings = [_ending(case) for case in root.iter("testcase")]
    seconds = sum(float(suite.get("time", 0)) for suite in root.iter("testsuite"))
    passed, skipped = endings.count("passed"), endings.count("skipped")
    failed = len(endings) - passed - skipped
    return Count(passed, failed if passed + failed else 1, skipped, seconds)


def _ending(case: ElementTree.Element) -> str:
    """Return how a test ended; one that passed and whose tear-down failed has failed."""
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "passed" if case.find("skipped") is None else "skipped"


def main(reports: list[Path]) -> int:
    """Print the lines and return the exit code."""
    counts = {report: read(report) for report in reports}
    for report, count in counts.items():
        print(f"{report.stem:16} {count}, {count.skipped} skipped, {count.seconds:.0f} s")
    whole = sum(counts.values(), Count())
    print(whole)
    return 1 if whole.failed else 0


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
