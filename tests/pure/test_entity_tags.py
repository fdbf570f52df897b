"""S3's ETags against files here: Amazon's rule, written out a second time."""

from __future__ import annotations

import hashlib
import io

import pytest
from array_chunk_render.transport.entity_tags import PART_BYTES, is_tag_of


def tag_of(content: bytes, part: int = PART_BYTES) -> str:
    parts = [content[at : at + part] for at in range(0, len(content), part)]
    digests = b"".join(hashlib.md5(each).digest() for each in parts)
    return f"{hashlib.md5(digests).hexdigest()}-{len(parts)}"


LARGE = bytes(range(256)) * (PART_BYTES // 128 + 1)


@pytest.mark.parametrize("content", [b"", b"wood", LARGE], ids=["empty", "small", "large"])
def test_an_object_that_came_at_once(content: bytes) -> None:
    tag = hashlib.md5(content).hexdigest()
    assert is_tag_of(tag, io.BytesIO(content), len(content))
    assert not is_tag_of(tag, io.BytesIO(content + b"x"), len(content) + 1)


@pytest.mark.parametrize("content", [LARGE, LARGE[: 2 * PART_BYTES]], ids=["odd", "even"])
def test_an_object_that_came_in_parts(content: bytes) -> None:
    assert is_tag_of(tag_of(content), io.BytesIO(content), len(content))
    other = content[:-1] + b"x"
    assert not is_tag_of(tag_of(content), io.BytesIO(other), len(other))


@pytest.mark.parametrize("tag", ["", "none", f"{'0' * 32}-0", f"{'0' * 32}-2-2", "A" * 32])
def test_what_is_no_tag_of_an_md5(tag: str) -> None:
    assert not is_tag_of(tag, io.BytesIO(b"wood"), 4)


def test_parts_of_another_size_are_not_guessed() -> None:
    assert not is_tag_of(tag_of(LARGE, PART_BYTES // 2), io.BytesIO(LARGE), len(LARGE))
