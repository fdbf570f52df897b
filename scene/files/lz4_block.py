"""Pure: what LZ4 packed (lz4/doc/lz4_Block_format.md), which Python itself can't unpack."""

from __future__ import annotations

MOST_BYTES = 64 << 20
"""No block repeats so much at once."""


def unpacked(block: bytes, most: int) -> bytes:
    """What one block holds; of more than `most` bytes about as many.

    Raises ValueError or IndexError for one that is damaged.
    """
    out, at = bytearray(), 0
    while at < len(block) and len(out) <= most:
        token = block[at]
        literals, at = _length(block, at + 1, token >> 4)
        out += block[at : at + literals]
        at += literals
        if at >= len(block):
            break
        back = block[at] | block[at + 1] << 8
        matched, at = _length(block, at + 2, token & 15)
        _repeat(out, back, matched + 4)
    return bytes(out)


def _length(block: bytes, at: int, length: int) -> tuple[int, int]:
    """A length of four bits that bytes of 255 go on with, and where what follows begins."""
    if length == 15:
        while True:
            more, at = block[at], at + 1
            length += more
            if more != 255:
                break
    return length, at


def _repeat(out: bytearray, back: int, length: int) -> None:
    """What was `back` bytes ago once more; it may reach into what is being written."""
    if not 0 < back <= len(out) or length > MOST_BYTES:
        raise ValueError("it is damaged")
    start = len(out) - back
    pattern = bytes(out[start:])
    out += (pattern * (length // back + 1))[:length]
