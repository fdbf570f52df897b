"""Pure: having pictures decoded by Blender, in a process of its own.

Blender's readers can crash or hang on a broken file. So only files whose structure is whole come
here, and what ends the process all the same costs the one file that it was working at.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from ..chunking.errors import BadSetting
from ..publishing.verify import Decoded
from .main_command import main_command

START_SECONDS = 120.0
SECONDS_A_FILE = 10.0
"""How long the process may take; a hang is a fault of the file that it hangs at."""


def decode_apart(paths: list[Path]) -> dict[Path, Decoded]:
    """Decode these pictures; return what was found in each."""
    found: dict[Path, Decoded] = {}
    left = list(paths)
    while left:
        answers = _answers(left)
        found.update(zip(left, answers, strict=False))
        left = left[len(answers) :]
        if left:  # the process ended before it answered for this one
            found[left.pop(0)] = Decoded(fault="Blender's own reader ended on it")
    return found


def _answers(paths: list[Path]) -> list[Decoded]:
    """What a process of its own says of each picture, as far as it comes."""
    questions = "".join(json.dumps(str(path)) + "\n" for path in paths)
    command = [*main_command(""), "decode"]
    seconds = START_SECONDS + SECONDS_A_FILE * len(paths)
    try:
        ended = subprocess.run(
            command, input=questions.encode(), stdout=subprocess.PIPE, timeout=seconds, check=False
        )
        if ended.returncode == BadSetting.exit_code:  # it never came to decode
            raise BadSetting("No Blender could be started to decode the pictures, see above.")
        output = ended.stdout
    except subprocess.TimeoutExpired as late:
        output = late.stdout or b""
    lines = [line for line in output.split(b"\n")[:-1] if line.startswith(b'{"fault"')]
    return [Decoded(**json.loads(line)) for line in lines]
