"""Pure: what environment a process is given that this one starts, and what is kept from it.

- A lane, and a Blender that decodes pictures: all that this process has, for they work for it.
- A child of `run-array`: `child_of_array`, so that it knows nothing of an array around that one.
- A chunk or a bake in the background of the window: `child_on_farm`, as a farm's container is.
- What runs a submitted array on this machine, and the trial of drawing: `without_settings`, so that
  they go by what they are told, not by what the artist's own shell says.
- sbatch, which hands its environment on: `without_settings`, but with what names the cluster.
- Any other client of a farm: all that this process has, for it needs its credentials.
- The command of `--when-done`: all that this process has, which a person started, and the outcome.
- A child on a farm: what the farm sets, and `Work.environment`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from ..chunking.array_environment import OF_ARRAYS
from ..chunking.setting_values import Value
from ..chunking.settings import SETTINGS

OF_SETTINGS = ("EFS_", "ARRAY_CHUNK_", "BLENDER_USER_")
"""What the artist's own environment may say, and a farm's container does not."""
OF_OUTCOMES = "ARRAY_CHUNK_DONE_"
"""What the command of `--when-done` is told by; no settings, for it may start children of ours."""
NAMES_OF_SETTINGS = frozenset(name for each in SETTINGS.values() for name in each.variables)


def variables_of(settings: Mapping[str, Value]) -> dict[str, str]:
    """Settings, by their words, as the variables by which a child is told them."""
    return {SETTINGS[name].variable: str(value) for name, value in settings.items()}


def without_settings(
    environ: Mapping[str, str], of_arrays: tuple[str, ...] = OF_ARRAYS
) -> dict[str, str]:
    """An environment that tells an array nothing, neither of ours nor of another engine's.

    `of_arrays` are how the names of another engine's begin.
    """
    return {
        name: value
        for name, value in environ.items()
        if not name.startswith((*OF_SETTINGS, *of_arrays)) and name not in NAMES_OF_SETTINGS
    }


def child_of_array(
    environ: Mapping[str, str], size: int, index: int, array_id: str
) -> dict[str, str]:
    """What AWS Batch would set for this child, and nothing of another engine's."""
    others = {key: value for key, value in environ.items() if not key.startswith(OF_ARRAYS)}
    return {
        **others,
        "AWS_BATCH_JOB_ARRAY_SIZE": str(size),
        "AWS_BATCH_JOB_ARRAY_INDEX": str(index),
        "AWS_BATCH_JOB_ID": f"{array_id}:{index}",
        "AWS_BATCH_JOB_ATTEMPT": "1",
    }


def child_on_farm(environ: Mapping[str, str], size: int, index: int) -> dict[str, str]:
    """The environment of a child on AWS Batch, without settings of this machine's."""
    return child_of_array(without_settings(environ), size, index, fresh_array_id())


def with_outcome(environ: Mapping[str, str], outcome: Mapping[str, object]) -> dict[str, str]:
    """An environment that tells how an array ended, by names such as `code`; None is left out."""
    known = {name: value for name, value in outcome.items() if value is not None}
    kept = {name: text for name, text in environ.items() if not name.startswith(OF_OUTCOMES)}
    return {**kept, **{OF_OUTCOMES + name.upper(): str(value) for name, value in known.items()}}


def fresh_array_id() -> str:
    """A job id for an array of this machine, which no other array has."""
    return f"local-{uuid.uuid4().hex[:12]}"
