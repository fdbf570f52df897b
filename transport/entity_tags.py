"""Pure: by which a bucket's own word for what an object holds is compared with a file here.

S3's ETag is the MD5 of an object that was put at once, and for one that came in parts the MD5 of
the parts' MD5s, with their number: unless the bucket encrypts by a key of KMS, or of the customer.
"""

from __future__ import annotations

import hashlib
import re
from typing import BinaryIO

PART_BYTES = 8 << 20
"""In how large parts the AWS command line sends, where nobody has told it otherwise."""
MOST_PARTS = 10_000
_READ_BYTES = 1 << 20
_ETAG = re.compile(r"[0-9a-f]{32}(?:-([1-9]\d{0,4}))?")


def is_tag_of(tag: str, file: BinaryIO, size: int) -> bool:
    """Whether an ETag is for sure that of an open file of this size. Raises OSError."""
    match = _ETAG.fullmatch(tag)
    if match is None:
        return False
    if match[1] is None:
        return _md5s(file, max(size, 1))[0].hex() == tag
    part = PART_BYTES
    while -(-size // part) > MOST_PARTS:
        part *= 2
    if -(-size // part) != int(match[1]):
        return False  # others chose the parts' size
    parts = _md5s(file, part)
    return f"{_md5(b''.join(parts)).hex()}-{len(parts)}" == tag


def _md5s(file: BinaryIO, part_bytes: int) -> list[bytes]:
    """Of each part of a file; an empty one is a part, too."""
    digests: list[bytes] = []
    while True:
        digest, left = hashlib.md5(usedforsecurity=False), part_bytes
        while left and (block := file.read(min(left, _READ_BYTES))):
            digest.update(block)
            left -= len(block)
        if left < part_bytes or not digests:
            digests.append(digest.digest())
        if left:
            return digests


def _md5(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).digest()
