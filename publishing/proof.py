"""Pure: whether data kept between frames give right pictures, as a child of the array found out.

A file for the whole array, so that one child pays for it. Two that prove it at once do no harm, and
where they disagree, that it is wrong stands. Anybody may have written it: what is not of our kind
counts as none, and the worst that a forged one does is to keep data that no rule speaks against.
"""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass

from .durable import output_errors, write_whole
from .folder_handles import Odd
from .json_object import json_object, text_in
from .output_folder import PRIVATE, PROOF, TEMPORARIES, OutputFolder

MOST_BYTES = 1 << 16
"""No proof is longer."""
MOST_CHARACTERS = 400
"""Of a reason: it names a frame, and a view layer's pass."""

_FRAMES = re.compile(r"-?[0-9]{1,7}(,-?[0-9]{1,7}){0,9}", re.ASCII)


@dataclass(frozen=True)
class Proof:
    """What one child has found for one fingerprint."""

    fingerprint: str
    is_proven: bool
    """Whether its frames came out the same, with data kept as without."""
    frames: str
    """The frames that were compared, as in 1,24,12; for people."""
    reason: str = ""
    """What was different, or what happened; empty where it is proven."""

    def to_json(self) -> bytes:
        return json.dumps(dataclasses.asdict(self), indent=1).encode()


_FIELDS = {field.name for field in dataclasses.fields(Proof)}


def read_proof(folder: OutputFolder, fingerprint: str) -> Proof | None:
    """The proof for this fingerprint, or None where there is none that can be read.

    Raises OutputFailed.
    """
    with output_errors(folder.held.path(PROOF), "read"):
        folder.held.look_anew(PRIVATE)  # another host may have proven it since the last look
        try:
            fields = json_object(folder.held.read(PROOF, MOST_BYTES))
            proof = Proof(
                text_in(fields, "fingerprint"),
                fields.get("is_proven", False),
                text_in(fields, "frames", MOST_CHARACTERS),
                text_in(fields, "reason", MOST_CHARACTERS),
            )
        except (FileNotFoundError, Odd, ValueError):
            return None
    is_one = fields.keys() == _FIELDS and isinstance(proof.is_proven, bool)
    if not is_one or not _FRAMES.fullmatch(proof.frames):
        return None
    return proof if proof.fingerprint == fingerprint else None


def store_proof(folder: OutputFolder, proof: Proof) -> Proof:
    """Have the array know it; return what it knows by now: once found wrong, it stays wrong.

    Raises OutputFailed.
    """
    known = read_proof(folder, proof.fingerprint)
    if known is not None and known.is_proven <= proof.is_proven:
        return known
    with output_errors(folder.held.path(PROOF), "write"):
        write_whole(folder.held, PROOF, proof.to_json(), TEMPORARIES)
    return proof
