"""A part of a ring's tests: what CI tries of the long ones, another part for each commit."""

from __future__ import annotations

import zlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One of some parts, as in 2/3; which tests are in it, the seed decides."""

    number: int
    parts: int
    seed: str

    @classmethod
    def read(cls, text: str, seed: str) -> Part:
        """Read a part as the Makefile writes it; no text means all tests.

        Raises:
            ValueError: The text is no part.
        """
        number, parts = map(int, (text or "1/1").split("/"))
        if not 1 <= number <= parts:
            raise ValueError(f"{text} is no part: the first of three is 1/3, the last one 3/3")
        return cls(number, parts, seed)

    def has(self, test: str) -> bool:
        """Whether a test, by its whole name, is in this part: it is in one alone."""
        return zlib.crc32(f"{self.seed}:{test}".encode()) % self.parts == self.number - 1
