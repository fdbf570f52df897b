"""What is said by options in a log is said by labels in the window."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from array_chunk_render.command_line.options import all_options
from array_chunk_render.command_line.window_words import window_line

from .product_modules import MODULES, parsed

OPTION = re.compile(r"--[a-z]")
SAYING = "rendering scene child publishing film chunking engines transport".split()
"""Packages whose errors and findings come to the window."""
WRITING = {
    *(Path("engines", "slurm", name) for name in ("slurm_engine.py", "script.py")),
    *(Path("engines", "aws_batch", name) for name in ("client.py", "export.py")),
    Path("engines", "local", "local_engine.py"),
    *(Path("transport", name) for name in ("bucket_client.py", "rewriting_process.py")),
}
"""Modules that write command lines for other programs."""
OTHERS_OPTIONS = {"set it as sbatch --array does.", "--array=0-9; frames that are done"}
"""Of sbatch, about variables that the window never reads."""


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("Render it by Cycles (--engine cycles).", 'Render it by Cycles ("Engine: Cycles").'),
        ("allow it (USE_EEVEE=True, --eevee).", 'allow it ("Allow EEVEE").'),
        ("USE_GPU or --gpu is given", '"Use GPU" is given'),
        ("set EFS_BLENDER_OUTPUT_FOLDER_PATH or --output.", 'set "Output Folder".'),
        ("name one by --camera.", 'name one by "Camera".'),
        ("(--missing warn renders all the same)", '("Missing Files: Warn" renders all the same)'),
        ("--samples, --seed can't be", '"Samples", "Noise Seed" can\'t be'),
        ("Name one by --frames @list.txt", 'Name one by "Frames" @list.txt'),
        ("--unbaked=warmup", '"Unbaked Physics: Warm Up"'),
        ("No --s3-root is named", 'No "S3 Root" is named'),
        ("--queue is 'x': write a name.", "\"Job Queue\" is 'x': write a name."),
        ("Bake it (main.py -- bake).", "Bake it (Render > Bake for Farm…)."),
        ("ARRAY_CHUNK_FRAMES is '1-'", "\"Frames\" is '1-'"),
        ("by the variable OCIO.", "by the variable OCIO."),
        ("The scene '--engine cycles' can't", "The scene '--engine cycles' can't"),
        ('The scene "a\'--gpu" is', 'The scene "a\'--gpu" is'),
        ("they can't be --gpu and weren't", "they can't be \"Use GPU\" and weren't"),
        ("a -- b, 1--2, --nothing-of-ours", "a -- b, 1--2, --nothing-of-ours"),
        ("two\nlines", r"two\nlines"),
    ],
)
def test_sentences(sentence: str, shown: str) -> None:
    assert window_line(sentence) == shown


def test_every_option_and_variable_has_words() -> None:
    for setting in all_options().values():
        for word in (setting.option, setting.variable, *setting.variables):
            shown = window_line(f"Set {word} or leave {word}=True out.")
            assert word not in shown


@pytest.mark.parametrize(
    "module",
    [path for path in MODULES if path.parts[0] in SAYING and path not in WRITING],
    ids=str,
)
def test_no_sentence_tells_the_window_of_options(module: Path) -> None:
    sentences = [each for each in words_in(parsed(module)) if OPTION.search(each)]
    left = {each for each in sentences if OPTION.search(window_line(each))}
    assert {each for each in left if not any(one in each for one in OTHERS_OPTIONS)} == set()


def words_in(tree: ast.AST) -> Iterator[str]:
    """Texts of the code, those with holes in one piece, without docstrings."""
    inside: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            inside.update(ast.walk(node) if isinstance(node.value, ast.Constant) else ())
        elif isinstance(node, ast.JoinedStr) and node not in inside:
            inside.update(ast.walk(node))
            yield "".join(
                str(each.value) if isinstance(each, ast.Constant) else "…" for each in node.values
            )
        elif isinstance(node, ast.Constant) and node not in inside and isinstance(node.value, str):
            yield node.value
