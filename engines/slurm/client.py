"""Pure: Slurm's own commands, and what they say where they refuse."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..background import OWN_NAMES, OWN_SETTINGS
from ..client_program import ask_client
from ..engine import EngineFailed

FOREIGN = (*OWN_SETTINGS, "AWS_BATCH_", "SLURM_ARRAY_", "SLURM_RESTART_COUNT")
"""What sbatch would hand on to the children, and is not meant for them: of this machine's own
settings, or of the array that this process itself is of."""

MOST_SAID = 1000
"""Characters of what Slurm says where it refuses."""


def ask(*command: str, script: str = "") -> str:
    """Run one of Slurm's commands; return what it says.

    Raises EngineFailed with its last line, or where it hangs or never ends its answer.
    """
    try:
        ended = ask_client(command, _environment(os.environ), os.fsencode(script))
    except FileNotFoundError as error:
        raise EngineFailed(
            f"There is no {command[0]!r} on this machine: submit to Slurm from a login node of the "
            "cluster, where its commands are."
        ) from error
    except OSError as error:
        raise EngineFailed(f"{command[0]!r} can't be started: {error.strerror}.") from error
    if ended.code:
        said = (ended.errors or ended.output).decode(errors="replace").strip().splitlines()
        last = said[-1].strip()[:MOST_SAID] if said else f"it ended with {ended.code}"
        raise EngineFailed(f"Slurm's {command[0]} refused: {last}")
    return ended.output.decode(errors="surrogateescape")


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith(FOREIGN) and name not in OWN_NAMES
    }
    return {**kept, "SLURM_BITSTR_LEN": "0"}  # else long lists of tasks are cut off
