"""What the README says is so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from array_chunk_render.chunking import errors
from array_chunk_render.command_line.options import COMMANDS


def test_settings_table_is_made_from_the_settings(repository: Path) -> None:
    check = [sys.executable, str(repository / "scripts" / "settings_table.py"), "--check"]
    assert subprocess.run(check, check=False).returncode == 0, "make format writes it anew"


def test_kinds_of_finding_are_listed(repository: Path) -> None:
    check = [sys.executable, str(repository / "scripts" / "preflight_page.py"), "--check"]
    assert subprocess.run(check, check=False).returncode == 0, "scripts/preflight_page.py writes it"


def test_exit_codes_are_those_of_the_errors(repository: Path) -> None:
    readme = (repository / "README.md").read_text()
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", readme, re.MULTILINE)}
    raised = {each.exit_code for each in errors.ChunkError.__subclasses__()}
    assert told == raised | {errors.EXIT_COMPLETE}


def test_sub_commands_and_their_options_are_listed(repository: Path) -> None:
    readme = (repository / "README.md").read_text()
    listed = readme + (repository / "docs" / "SUBMIT.md").read_text()
    for command in COMMANDS.values():
        if not command.hidden:
            assert f"| `{command.name}`" in readme
            assert all(f"`{each.option}`" in listed for each in command.options)


def test_make_targets_are_there(repository: Path) -> None:
    makefile = (repository / "Makefile").read_text()
    readme = (repository / "README.md").read_text()
    for target in re.findall(r"(?:^|`)make ([a-z-]+)", readme, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_links_lead_somewhere(repository: Path) -> None:
    for page in (repository / "README.md", *repository.glob("docs/*.md")):
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_the_tests_that_hold_a_promise_are_there(repository: Path) -> None:
    for page in repository.glob("docs/*.md"):
        for test in re.findall(r"tests/[a-z_/]+\.py", page.read_text()):
            assert (repository / test).is_file(), f"{page.name}: {test}"
