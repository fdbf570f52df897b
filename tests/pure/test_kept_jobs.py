"""What this machine keeps of its jobs, exchanged for anything: said, and never a traceback."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import RenderFailed
from array_chunk_render.engines.engine import EngineFailed
from array_chunk_render.engines.local_job import LocalJob
from array_chunk_render.engines.submissions import Submission, recall, remember
from array_chunk_render.publishing.verdict import Verdict

STRANGE = [
    "5", "null", "[1]", "{", "[" * 100_000, '{"0": 5}', '{"0": {}}', '{"x": {"state": "running"}}',
    '{"0": {"state": []}}', '{"0": {"state": "failed", "exit_code": "x"}}',
    '{"0": {"state": "failed", "reason": 7}}', '{"film": {"state": "flying"}}',
    '{"farm": 5, "job": "j"}', '{"farm": "local", "job": "j", "frames": [1]}',
    '{"farm": "local", "job": "j", "size": "x"}', '{"farm": "local", "job": "j", "options": null}',
]  # fmt: skip


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def exchange_for_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("content", STRANGE)
def test_strange_states_and_submissions(content: str) -> None:
    job = LocalJob.make("local-1", 1, ())
    (job.root / "state.json").write_text(content)
    with pytest.raises(EngineFailed, match=r"state\.json"):
        job.state("local-1")
    path = remember(Submission("local", "j"))
    path.write_text(content)
    assert recall("j") is None


def test_pipes_and_huge_files() -> None:
    job = LocalJob.make("local-1", 1, ())
    states = job.root / "state.json"
    os.truncate(states, 3 << 30)
    with pytest.raises(EngineFailed):
        job.read()
    exchange_for_a_pipe(states)
    with pytest.raises(EngineFailed):
        job.read()
    path = remember(Submission("local", "j"))
    assert recall("j") == Submission("local", "j")
    exchange_for_a_pipe(path)
    assert recall("j") is None


def test_a_verdict_says_others_words_on_one_line() -> None:
    verdict = Verdict(failed={1: "a\nb"}, warnings=["\x1b[31m"])
    verdict.fail(RenderFailed("a\nchild 0 of 1 is complete\x1b]52;c;eA==\x07"))
    fields = json.loads(json.dumps(verdict.as_fields()))
    assert fields["message"] == "a\\nchild 0 of 1 is complete\\x1b]52;c;eA==\\x07"
    assert (fields["failed"], fields["warnings"]) == ({"1": "a\\nb"}, ["\\x1b[31m"])
