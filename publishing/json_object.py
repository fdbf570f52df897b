"""Pure: a JSON object that anybody may have written, and the types of what stands in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

MOST_SECONDS = 1e10
"""No frame and no child takes 300 years, and none started so long after 1970."""
MOST_NUMBER = 1_000_000
"""More than an array has children, a child attempts or a machine threads."""
MOST_NAME = 300
"""Characters of a process' name: a host's has 255 at the most."""


def json_object(content: bytes) -> dict[str, Any]:
    """The object that these bytes hold. Raises ValueError for all else, however it is nested."""
    try:
        fields = json.loads(content)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    if not isinstance(fields, dict):
        raise ValueError("it is no JSON object")
    return fields


def text_in(fields: Mapping[str, Any], name: str, most_characters: int | None = None) -> str:
    """A text, empty where there is none of this name. Raises ValueError for anything else."""
    value = fields.get(name, "")
    if not isinstance(value, str) or len(value) > (most_characters or len(value)):
        raise ValueError(f"{name} is no possible text")
    return value


def number_in(fields: Mapping[str, Any], name: str, most: float) -> float:
    """A number from 0 to `most`, 0 where there is none of this name; else raises ValueError."""
    value = fields.get(name, 0)
    # Compared before it is converted: JSON knows numbers that no float holds, and NaN.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"{name} is no possible number")
    return float(value)


def whole_in(fields: Mapping[str, Any], name: str, most: int) -> int:
    """A whole number from 0 to `most`, 0 where there is none; else raises ValueError."""
    value = number_in(fields, name, most)
    if value != int(value):
        raise ValueError(f"{name} is no whole number")
    return int(value)
