"""A set-up script run in a plain Python: what is noted of its reads, and how it can fail."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.child.setup_script import SetUp, run_setup_script
from array_chunk_render.chunking.array_environment import ArrayEnvironment
from array_chunk_render.chunking.errors import BadSetting, SceneRefused
from array_chunk_render.command_line.options import all_options, variables_of
from array_chunk_render.engines.farms import VARIABLES

ORIGIN = "ARRAY_CHUNK_SETUP_SCRIPT"
VALUE = "night shift's\nsecret"


def run(folder: Path, source: str, *known: str) -> SetUp:
    script = folder / "set up.py"
    script.write_text(source, encoding="utf-8")
    return run_setup_script(str(script), ORIGIN, known, VARIABLES)


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_LOOK", VALUE)
    monkeypatch.setenv("OTHER", "other")
    monkeypatch.delenv("NOT_THERE", raising=False)


@pytest.mark.parametrize(
    ("source", "read"),
    [
        pytest.param("os.environ['STUDIO_LOOK']", ["STUDIO_LOOK"], id="subscript"),
        pytest.param("os.environ.get('STUDIO_LOOK')", ["STUDIO_LOOK"], id="get"),
        pytest.param("os.getenv('STUDIO_LOOK')", ["STUDIO_LOOK"], id="getenv"),
        pytest.param("'STUDIO_LOOK' in os.environ", ["STUDIO_LOOK"], id="in"),
        pytest.param("os.environ.pop('STUDIO_LOOK')", ["STUDIO_LOOK"], id="pop"),
        pytest.param("os.environ.setdefault('OTHER', 'x')", ["OTHER"], id="setdefault"),
        pytest.param("environ['OTHER'] + os.environ['STUDIO_LOOK']", ["OTHER", "STUDIO_LOOK"],
                     id="two"),
        pytest.param("os.environ.get('NOT_THERE', 'x')", [], id="not set"),
        pytest.param("os.environb[b'OTHER']", ["OTHER"], id="bytes"),
        pytest.param("len(os.environ)", [], id="their number"),
        pytest.param("import subprocess; subprocess.run(['true'], check=True)", [], id="inherited"),
        pytest.param("import subprocess; subprocess.run(['true'], env=os.environ)", [],
                     id="handed on"),
        pytest.param("os.environ['OTHER'] = 'mine'; os.environ['OTHER']", [], id="its own"),
        pytest.param("os.path.expanduser('~'), os.environ['HOME']", [], id="the machine's"),
        pytest.param("os.environ['AWS_BATCH_JOB_ARRAY_INDEX']", [], id="the engine's"),
        pytest.param("os.environ['BUCKET_NAME']", [], id="a setting of the job"),
        pytest.param("os.path.expandvars('$STUDIO_LOOK')", ["STUDIO_LOOK"], id="expandvars"),
        pytest.param("import string; string.Template('$OTHER').substitute(os.environ)", ["OTHER"],
                     id="template"),
        pytest.param("import shutil; shutil.which('sh')", [], id="the machine's, by Python"),
    ],
)  # fmt: skip
def test_custom_variables(
    source: str, read: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_BATCH_JOB_ARRAY_INDEX", "3")
    monkeypatch.setenv("BUCKET_NAME", "bucket")
    done = run(tmp_path, f"import os\nfrom os import environ\n{source}\n", "BUCKET_NAME")
    assert done.as_fields()["variables"] == read


@pytest.mark.parametrize(
    "name",
    [
        "AWS_BATCH_JOB_ID", "ECS_CONTAINER_METADATA_URI_V4", "SLURM_ARRAY_TASK_ID",
        "SLURMD_NODENAME", "ROCR_VISIBLE_DEVICES", "DEADLINE_TASK_ID", "OPENJD_SESSION",
        "KUBERNETES_SERVICE_HOST", "JOB_COMPLETION_INDEX",
    ],
)  # fmt: skip
def test_what_an_engine_sets_for_each_child_is_no_custom_variable(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be in the fingerprint, and every child refuse the frames of the others."""
    fingerprints = []
    for value in ("3", "4"):
        monkeypatch.setenv(name, value)
        fingerprints.append(run(tmp_path, f"import os\nos.environ[{name!r}]\n").parts)
    assert fingerprints[0] == fingerprints[1]


class Asked(dict[str, str]):
    """An environment that keeps what it is asked for."""

    def __init__(self, **variables: str) -> None:
        super().__init__(variables)
        self.names: set[str] = set()

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


def test_by_what_a_child_learns_which_it_is_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked(SLURM_RESTART_COUNT="0")
    ArrayEnvironment.read(asked)
    assert {"AWS_BATCH_JOB_ARRAY_INDEX", "SLURM_ARRAY_TASK_ID", "SLURM_JOB_ID"} <= asked.names
    for name in asked.names:
        monkeypatch.setenv(name, "3")
    source = f"import os\nfor name in {sorted(asked.names)}: os.environ[name]\n"
    assert run(tmp_path, source, *variables_of(all_options())).variables == {}


@pytest.mark.parametrize(
    "source",
    [
        "{**os.environ}", "dict(os.environ)", "os.environ.copy()", "print(os.environ)",
        "list(os.environ)", "os.environ.values()", "repr(os.environ)", "os.environ | {}",
        "{} | os.environ", "[*os.environ.items()]", "f'{os.environ}'", "os.environ.keys()",
        "dict(os.environb)", "import copy; copy.copy(os.environ)", "{'a': 1, **os.environ}",
        "for name in os.environ: pass", "import json; json.dumps(dict(os.environ))",
    ],
)  # fmt: skip
def test_who_goes_through_all_has_read_each(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUCKET_NAME", "bucket")
    for name in set(os.environ) - {"STUDIO_LOOK", "OTHER", "BUCKET_NAME", "HOME", "PATH"}:
        monkeypatch.delenv(name)
    done = run(tmp_path, f"import os\n{source}\n", "BUCKET_NAME")
    assert {"STUDIO_LOOK", "OTHER"} <= {*done.variables}
    assert not {"HOME", "PATH", "BUCKET_NAME"} & {*done.variables}


def test_a_module_beside_it_is_its_own_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "studio_look.py").write_text("import os\nlook = os.environ['STUDIO_LOOK']\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(run(tmp_path, "import studio_look").variables) == ["STUDIO_LOOK"]
    del sys.modules["studio_look"]


def test_a_module_elsewhere_reads_for_itself(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "library_of_others.py").write_text("import os\nlook = os.getenv('STUDIO_LOOK')\n")
    monkeypatch.syspath_prepend(str(elsewhere))
    assert list(run(tmp_path, "import library_of_others").variables) == []
    del sys.modules["library_of_others"]


def test_what_it_sets_is_there_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOT_THERE", "to be taken away at the end")
    before = os.environ
    source = """
import os, subprocess, sys
os.environ["NOT_THERE"] = "set"
os.environ |= {"OTHER": "changed"}
os.environ.update(STUDIO_LOOK="changed")
del os.environ["STUDIO_LOOK"]
program = "import os; print(*map(os.environ.get, ('NOT_THERE', 'OTHER', 'STUDIO_LOOK')))"
told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
assert told.stdout.split() == ["set", "changed", "None"], told
"""
    run(tmp_path, source)
    assert os.environ is before
    assert (os.environ["NOT_THERE"], os.environ["OTHER"]) == ("set", "changed")
    assert "STUDIO_LOOK" not in os.environ


def test_parts_of_the_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = "import os; os.environ['STUDIO_LOOK']"
    first = run(tmp_path, read).parts
    assert set(first) == {"set-up script", "set-up variable STUDIO_LOOK"}
    assert run(tmp_path, read).parts == first
    assert run(tmp_path, read + "\n").parts["set-up script"] != first["set-up script"]
    monkeypatch.setenv("STUDIO_LOOK", "day")
    changed = {name for name, digest in run(tmp_path, read).parts.items() if digest != first[name]}
    assert changed == {"set-up variable STUDIO_LOOK"}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        pytest.param("x = 1\nraise ValueError('no such\\nlook')",
                     "in line 2: ValueError: no such look. ", id="raises"),
        pytest.param("def f():\n    1 / 0\n\nf()", "in line 2: ZeroDivisionError: ", id="deep"),
        pytest.param("import json\n\njson.loads('{')", "in line 3: JSONDecodeError: ", id="below"),
        pytest.param("a = 1\nb = (\n", "in line 2: SyntaxError: ", id="no Python"),
        pytest.param("a = 1\0", "before its first line: ", id="not even text"),
        pytest.param("import sys\nsys.exit(3)", "by sys.exit(3)", id="an exit code"),
        pytest.param("assert False", "in line 1: AssertionError. ", id="no words"),
    ],
)  # fmt: skip
def test_a_script_that_fails(source: str, said: str, tmp_path: Path) -> None:
    before = os.environ
    with pytest.raises(SceneRefused) as refused:
        run(tmp_path, source)
    assert f"The set-up script '{tmp_path}/set up.py' fails {said}" in str(refused.value)
    assert ORIGIN in str(refused.value)
    assert "\n" not in str(refused.value)
    assert os.environ is before


@pytest.mark.parametrize("ending", ["sys.exit()", "sys.exit(0)", "raise SystemExit"])
def test_a_script_that_ends_early_by_itself(ending: str, tmp_path: Path) -> None:
    run(tmp_path, f"import sys\n{ending}\n1 / 0\n")


@pytest.mark.parametrize("name", ["gone.py", "", "folder"])
def test_a_script_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    path = str(tmp_path / name)
    with pytest.raises(BadSetting, match=f"{ORIGIN} is '{path}', which can't be read: ") as refused:
        run_setup_script(path, ORIGIN, (), ())
    assert refused.value.exit_code == 64


@pytest.mark.parametrize(
    "leak",
    [
        "int(look)",
        "raise ValueError(look)",
        "raise ValueError({'look': look})",
        "raise SystemExit(look)",
        "open(look)",
    ],
)
def test_no_value_in_the_message(leak: str, tmp_path: Path) -> None:
    with pytest.raises(SceneRefused) as refused:
        run(tmp_path, f"import os\nlook = os.environ['STUDIO_LOOK']\n{leak}\n")
    assert "secret" not in str(refused.value)
    assert "<STUDIO_LOOK>" in str(refused.value)


def test_no_value_in_output_and_fields(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    source = """
import logging, os, sys
look = os.environ["STUDIO_LOOK"]
print("look:", look, [look])
sys.stderr.write(f"look: {look}")
logging.getLogger("studio").warning("look: %s", look)
"""
    caplog.set_level(logging.INFO, logger="array_chunk_render")
    done = run(tmp_path, source)
    said = capsys.readouterr()
    everything = said.out + said.err + json.dumps([done.as_fields(), done.parts])
    everything += "".join(
        each.getMessage() for each in caplog.records if each.name.startswith("array_chunk_render")
    )
    assert "secret" not in everything
    assert said.out == 'look: <STUDIO_LOOK> ["<STUDIO_LOOK>"]\n'
    assert "look: <STUDIO_LOOK>" in said.err
    assert "custom variables that it read: STUDIO_LOOK" in everything


def test_functions_of_the_script_live_on(tmp_path: Path) -> None:
    """Blender calls the handlers that a script leaves behind, long after it has ended."""
    import builtins

    source = "import builtins\nseen = []\nbuiltins.kept = lambda: seen\n"
    run(tmp_path, source)
    try:
        assert builtins.kept() == []  # type: ignore[attr-defined]
    finally:
        del builtins.kept  # type: ignore[attr-defined]


def test_it_is_main_as_with_blenders_own_option(tmp_path: Path) -> None:
    source = "assert __name__ == '__main__'\nassert __file__.endswith('set up.py')\n"
    run(tmp_path, source)


TOKEN = "qzjkwvxq-0123456789"
SAY = """
import logging, os, sys, traceback, subprocess
token = bytes.fromhex({hexadecimal!r}).decode()
def say():
{body}
say()
"""


@pytest.mark.parametrize(
    "body",
    [
        "print(token)",
        "print(dict(os.environ))",
        "print(os.environ)",
        "[sys.stdout.write(each) for each in token]",
        "[(sys.stderr.write(each), sys.stderr.flush()) for each in token]",
        "print(token[:9], end=''); print(token[9:])",
        "sys.stdout.writelines([token, token])",
        "logging.getLogger('array_chunk_render.x').warning('%s', token)",
        "logging.getLogger('studio').error(token)",
        "logging.getLogger().error('x %s', [token])",
        "try: 1 / 0 if token else 0\n    except Exception: logging.exception(token)",
        "try: raise ValueError(token)\n    except Exception: traceback.print_exc()",
        "try: raise ValueError(token)\n    except Exception: logging.exception('x')",
        "raise KeyError(token)",
        "sys.exit(token)",
    ],
)
def test_no_long_value_of_any_variable_is_told(
    body: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TOKEN", TOKEN)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)  # made before the script, as the product's are
    # Another test may have given ours its own handlers, as main.py does.
    loggers = {logging.getLogger(), logging.getLogger("array_chunk_render")}
    for logger in loggers:
        logger.addHandler(handler)
    text = ""
    try:
        run(tmp_path, SAY.format(hexadecimal=TOKEN.encode().hex(), body=f"    {body}"))
    except SceneRefused as refused:
        text = str(refused)
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
    said = capsys.readouterr()
    everything = text + said.out + said.err + stream.getvalue()
    assert TOKEN not in everything
    assert "<TOKEN>" in everything
