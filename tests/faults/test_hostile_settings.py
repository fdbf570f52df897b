"""Hostile values in every variable: refused with 64 and nothing written, or a clean run."""

from __future__ import annotations

import subprocess
import uuid
from pathlib import Path

import pytest
from children import clean_environment
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from .checker import Findings, look_at
from .conftest import MakeFilm
from .ledger import Ledger, Row
from .scale import FULL, SEED
from .trial import MAIN, Film

VARIABLES = """
    AWS_BATCH_JOB_ARRAY_SIZE AWS_BATCH_JOB_ARRAY_INDEX AWS_BATCH_JOB_ATTEMPT AWS_BATCH_JOB_ID
    SLURM_ARRAY_TASK_ID SLURM_ARRAY_TASK_COUNT SLURM_ARRAY_TASK_MIN SLURM_ARRAY_TASK_MAX
    SLURM_ARRAY_TASK_STEP SLURM_ARRAY_JOB_ID SLURM_RESTART_COUNT
    USE_GPU USE_EEVEE EFS_MAIN_SCRIPT_PATH BLENDER_EXECUTABLE JOB_ACTION_TYPE BUCKET_NAME BUCKET_KEY
    EFS_BLENDER_FILE_PATH ARRAY_CHUNK_SIZE ARRAY_CHUNK_INDEX ARRAY_CHUNK_GRACE
    ARRAY_CHUNK_TIME_LIMIT ARRAY_CHUNK_FRAME_TIMEOUT ARRAY_CHUNK_BLEND ARRAY_CHUNK_LOG
    ARRAY_CHUNK_ENABLE_AUTOEXEC ARRAY_CHUNK_PARTITION ARRAY_CHUNK_FRAMES ARRAY_CHUNK_PREFIX
    ARRAY_CHUNK_EXISTING ARRAY_CHUNK_SCENE ARRAY_CHUNK_CAMERA ARRAY_CHUNK_LAYERS ARRAY_CHUNK_ENGINE
    ARRAY_CHUNK_RESOLUTION ARRAY_CHUNK_PERCENTAGE ARRAY_CHUNK_FORMAT ARRAY_CHUNK_DEPTH
    ARRAY_CHUNK_COMPRESSION ARRAY_CHUNK_QUALITY ARRAY_CHUNK_CODEC ARRAY_CHUNK_SAMPLES
    ARRAY_CHUNK_FRAME_ATTEMPTS ARRAY_CHUNK_THREADS ARRAY_CHUNK_NO_SUCH_SETTING ARRAY_CHUNK_
""".split()
CODES = {0, 64, 65, 66, 75}
"""75: a time limit of no seconds is one that can be asked for."""

texts = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40
).filter(lambda text: not text.startswith("/"))
"""Not absolute: what it means would be outside of the test's own folder."""
numbers = st.one_of(
    st.integers(-3, 3).map(str),
    st.sampled_from(
        "1e3 0x10 1.5 -0 +1 ٣ ３ NaN inf -inf 1_000 99999999999999999999 10001 1-".split()
    ),
)
words = st.sampled_from(
    ["", " ", "true", "FALSE", "0", "None", "null", "{}", "[]", "\n", "1\n2", "../..", "..", ".",
     "%s%n", "{0}", "$HOME", "a" * 5000, "-", "--", "@", "@nothing", "1-100000000", "5-1", "1-5x0",
     "1,,2", "1-5x-1", "\udcff", "A:B", "C:\\x", "png", "PNG", "cycles", "😀"]
)  # fmt: skip


def written(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.fixture(scope="module")
def film(make_film: MakeFilm) -> Film:
    return make_film(end=1)


def test_hostile_values(
    film: Film, bpy_python: Path, ledger: Ledger, tmp_path_factory: pytest.TempPathFactory
) -> None:
    seen: dict[int, int] = {}

    @seed(SEED)
    @settings(
        max_examples=400 if FULL else 40,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.dictionaries(st.sampled_from(VARIABLES), st.one_of(texts, numbers, words),
                           min_size=1, max_size=3))  # fmt: skip
    def check(variables: dict[str, str]) -> None:
        home = tmp_path_factory.mktemp(uuid.uuid4().hex[:8])
        code = hold_clean(film, bpy_python, home, variables)
        seen[code] = seen.get(code, 0) + 1

    check()
    for code, times in sorted(seen.items()):
        ledger.add(Row("hostile values in 1 to 3 variables", f"exit {code}", times, 0, 0, 0))
    ledger.write()


def hold_clean(film: Film, python: Path, home: Path, variables: dict[str, str]) -> int:
    output = home / "out"
    environ = {
        "EFS_BLENDER_FILE_PATH": str(film.blend),
        "EFS_BLENDER_OUTPUT_FOLDER_PATH": str(output),
        "TMPDIR": str(home),
        **variables,
    }
    ended = subprocess.run(
        [str(python), str(MAIN)],
        env=clean_environment(**environ),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    said = (ended.stdout + ended.stderr).decode(errors="replace")
    assert ended.returncode in CODES, (variables, ended.returncode, said)
    assert "Traceback" not in said, (variables, said)
    if ended.returncode == 64:
        assert written(home) == [], (variables, written(home))
    found = look_at(output, film.reference) if output.exists() else Findings()
    assert not found.half, (variables, found.half)
    return ended.returncode
