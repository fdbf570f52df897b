"""Pure: words written so that sbatch, and the shell that runs the script, read them as they are."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from ...chunking.errors import BadSetting

_BARE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def directive(words: Iterable[str]) -> str:
    """A line of options for sbatch: it knows double quotes, and a backslash before " and \\."""
    return " ".join(("#SBATCH", *(_in_double_quotes(_on_one_line(word)) for word in words)))


def command_line(words: Iterable[str]) -> str:
    """A command for the shell."""
    return shlex.join([_on_one_line(word) for word in words])


def export(variable: str, value: str) -> str:
    """A line that sets a variable for all that the script starts."""
    if not _VARIABLE.fullmatch(variable):
        raise BadSetting(f"{variable!r} can't be a variable's name: see what children are told.")
    return f"export {variable}={shlex.quote(_on_one_line(value))}"


def log_pattern(folder: str, name: str) -> str:
    """A file name pattern of sbatch's, whose folder is taken literally."""
    if "\\" in folder:  # it switches all of sbatch's %A and %a off
        raise BadSetting(
            f"{folder!r} has a backslash in its name, which Slurm takes for its own: name another "
            "folder for the logs."
        )
    return f"{folder.replace('%', '%%')}/{name}"


def split(words: str) -> list[str]:
    """The words of a text, as a shell would split it. Raises BadSetting where a quote is open."""
    try:
        return shlex.split(words)
    except ValueError as error:
        raise BadSetting(f"The words for sbatch, {words!r}, can't be split: {error}.") from error


def _in_double_quotes(word: str) -> str:
    if _BARE.fullmatch(word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _on_one_line(word: str) -> str:
    if _CONTROL.search(word):
        raise BadSetting(
            f"{word!r} has a line break or another control character in it, which no Slurm script "
            "can hold: rename it."
        )
    return word
