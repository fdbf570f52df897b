"""Other scripts that may change the pictures: those that Blender was started with, and handlers.

What they do is seen nowhere in the .blend. So it counts by what they are made of.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from ..machine.main_command import other_scripts_of_command
from ..publishing.fingerprint import digest_or_fault
from .frame_drivers import frame_handlers, module_of

MOST_SHOWN = 40
"""Characters of a text that stand for it where a person reads it."""


def other_scripts() -> Iterator[tuple[str, str]]:
    """Each with a name that a person reads, and its digest."""
    files, texts = other_scripts_of_command(sys.argv)
    for path in files:
        yield f"script {path.name}", digest_or_fault(path)
    for text in texts:
        digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()
        yield f"script of the command line {text[:MOST_SHOWN]!r}", digest
    for handler in frame_handlers():
        code = getattr(handler, "__code__", None)
        # One that a text of the .blend defines has no file, and counts with the .blend.
        if code is not None and os.path.isfile(code.co_filename):
            name = getattr(handler, "__qualname__", "")
            yield f"handler {name} of {module_of(handler)}", digest_or_fault(Path(code.co_filename))
