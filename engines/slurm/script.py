"""Pure: the scripts that sbatch takes: of an array, and of the job that makes its film.

Slurm itself never looks at what an exit code means. So the script does what AWS Batch's retry
strategy does by the exit codes of docs/CONTRACT.md: where another attempt may help, it puts its own
job back into the queue, which a job may do that was submitted with --requeue.

The time limit is told to the script alone (`B:`, else only steps hear of it, and there are none).
It comes as SIGUSR1, which the script hands on as SIGTERM: SIGTERM itself Slurm sends to all
processes of a job, and a child would be told twice.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

from ...chunking.errors import BadSetting
from ..engine import Work
from .slurm_options import LAST_MINUTES, SlurmOptions

MOST_ATTEMPTS = 10
"""How often a child is started at the most, as on AWS Batch; also counts Slurm's own requeues."""
ATTEMPT_MARK = "array-chunk-render: attempt "
"""Begins the line of a log at which an attempt begins: all attempts write to the same file."""
CHILD_LOG, FILM_LOG = "%A_%a.log", "%j.log"
ARRAY_FILE, FILM_FILE = "array.sbatch", "film.sbatch"
THREADS, TIME_LIMIT = "ARRAY_CHUNK_THREADS", "ARRAY_CHUNK_TIME_LIMIT"

_OURS = {
    "--size": re.compile(r"-a.*|--ar.*"),
    "--slurm-logs": re.compile(r"-[oe].*|--out.*|--err.*"),
}
"""sbatch's options that would break what is asked for elsewhere, by our own."""

_BARE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_ARRAY_TASK = '"${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"'
_PLAIN_JOB = '"$SLURM_JOB_ID"'

_BEFORE = f"""\
attempt=$((${{SLURM_RESTART_COUNT:-0}} + 1))
echo "{ATTEMPT_MARK}$attempt of job $job on $SLURMD_NODENAME"

# SIGTERM reaches all processes, SIGUSR1 (the time limit is near) this script alone.
child= told=
trap 'heard=yes told=yes; [ -z "$child" ] || kill -s TERM "$child"' USR1
trap 'heard=yes' TERM
"""
_AFTER = f"""\
child=$!
[ -z "$told" ] || kill -s TERM "$child"
code=127
heard=yes
while [ "$heard" ]; do # a signal ends the waiting, not the child
    heard=
    wait "$child"
    last=$?
    # Unknown: bash 5.2 says -1 of a child that ended as the signal came. That leaves 128 + SIGTERM.
    [ "$last" -eq 127 ] || [ "$last" -lt 0 ] || code=$last
done

# 7x, crashed, killed: another attempt may help. Not where Slurm itself is already ending the job,
# because it was cancelled or requeued: it is no longer running then.
case $code in
7[0-9] | 13[0-9] | 143)
    if [ "$attempt" -lt {MOST_ATTEMPTS} ] &&
        [ "$(squeue --noheader --format=%T --jobs="$job")" = RUNNING ]; then
        echo "array-chunk-render: ended with $code, to be tried again"
        scontrol requeue "$job"
    fi
    ;;
esac
exit "$code"
"""


def array_script(work: Work, options: SlurmOptions) -> str:
    """The script of an array whose tasks are the children, one of size 1 too.

    As a task of an array a child keeps its render id when it is requeued. Raises BadSetting for
    values that can't be written into a script.
    """
    words = [f"--job-name={work.name}", f"--array=0-{work.size - 1}"]
    words += _asked_for(work, options, CHILD_LOG)
    return _script(words, work, options, _ARRAY_TASK, work.child_command)


def film_script(work: Work, options: SlurmOptions) -> str:
    """The script of the job that makes the film. Raises BadSetting as `array_script` does."""
    words = [f"--job-name={work.name}-film", *_asked_for(work, options, FILM_LOG)]
    return _script(words, work, options, _PLAIN_JOB, work.film_command)


def script_files(options: SlurmOptions, work: Work) -> dict[str, bytes]:
    """What sbatch takes, as files by their names. Raises BadSetting as `array_script` does."""
    scripts = {ARRAY_FILE: array_script(work, options)}
    if work.makes_film:
        scripts[FILM_FILE] = film_script(work, options)
    return {name: os.fsencode(text) for name, text in scripts.items()}  # paths may be no UTF-8


def _script(
    words: Sequence[str], work: Work, options: SlurmOptions, job: str, command: Sequence[str]
) -> str:
    """All of a script; `job` is what its own job is called, in the shell's words."""
    lines = ["#!/bin/sh", *(directive([word]) for word in words), *_further(options), ""]
    if options.time and TIME_LIMIT not in work.environment:  # a bit below that of the job
        lines.append(export(TIME_LIMIT, str((options.time - LAST_MINUTES) * 60)))
    lines += [export(*each) for each in work.environment.items()]
    if THREADS not in work.environment:
        lines.append(f'export {THREADS}="$SLURM_CPUS_PER_TASK"')
    lines += ["", f"job={job}", f"{_BEFORE}{command_line(command)} &", _AFTER]
    return "\n".join(lines)


def _asked_for(work: Work, options: SlurmOptions, log: str) -> Iterator[str]:
    if options.partition:
        yield f"--partition={options.partition}"
    yield f"--cpus-per-task={options.cpus}"
    if options.memory:
        yield f"--mem={options.memory}M"
    if options.time:
        yield f"--time={options.time}"
    yield from ("--requeue", "--open-mode=append", f"--signal=B:USR1@{LAST_MINUTES * 60}")
    yield f"--output={log_pattern(str(options.logs_folder(work.output)), log)}"


def _further(options: SlurmOptions) -> list[str]:
    """The line for the user's own words; last, so that they count."""
    words = split(options.words)
    for word in words:
        for name, pattern in _OURS.items():
            if pattern.fullmatch(word):
                raise BadSetting(
                    f"The words for sbatch have {word!r} in them: set it by {name} instead."
                )
    return [directive(words)] if words else []


def directive(words: Iterable[str]) -> str:
    """A line of options for sbatch: it knows double quotes, and a backslash before " and \\."""
    parts = ["#SBATCH"]
    for word in map(_on_one_line, words):
        quoted = '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
        parts.append(word if _BARE.fullmatch(word) else quoted)
    return " ".join(parts)


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


def _on_one_line(word: str) -> str:
    if _CONTROL.search(word):
        raise BadSetting(
            f"{word!r} has a line break or another control character in it, which no Slurm script "
            "can hold: rename it."
        )
    return word
