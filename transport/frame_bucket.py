"""Pure: a prefix of a bucket that frames are fetched from: below it lies an output folder.

A call of the AWS command line takes a second, so what is needed next is asked for in parts, and
lies in a temporary folder till it is read. A file system over the bucket, as S3 Files is one,
shows there what children wrote a minute later, and not in their order.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from ..chunking.errors import OutputFailed, ServiceFailed
from ..chunking.file_names import is_one_name
from ..chunking.regular_files import Part, content_of, open_regular
from ..publishing.durable import copy_blocks
from ..publishing.output_folder import PRIVATE
from ..publishing.record import MOST_PART
from .bucket_address import BucketAddress, is_literal
from .bucket_client import TO_READ, BucketClient
from .frame_source import Damaged, OnBytes, SourceAway
from .manifest import Mark

LOOKS = 15
"""At 5 or 10 seconds between two looks that is more than the minute of S3 Files."""


class BucketAway(SourceAway):
    """Raised when a bucket can't be asked; the text says why, and what to do."""

    exit_code = ServiceFailed.exit_code


class FrameBucket:
    """Finished frames in a bucket."""

    looks = LOOKS

    def __init__(self, address: BucketAddress, scratch: Path) -> None:
        """`scratch` is a folder for what is on its way; whoever made that removes it."""
        self._address = address
        self._client = BucketClient(address, TO_READ)
        self._listed: dict[str, dict[str, Mark]] = {}
        """By how their names begin, the files that the last look was told of."""
        self._brought = scratch / "brought"

    def __str__(self) -> str:
        return str(self._address)

    def let_go(self) -> None:
        self._listed.clear()
        shutil.rmtree(self._brought, ignore_errors=True)  # what was brought, and not read any more

    def refuse_target(self, target: Path) -> None:
        """No folder here lies in a bucket."""

    def marks(self, home: str, settled: Mapping[str, Mark]) -> dict[str, Mark]:
        there = self._there(f"{PRIVATE}/").items()
        return {name: mark for name, mark in there if posixpath.dirname(name) == home}

    def bring(self, most_bytes: Mapping[str, int], check: Callable[[], None]) -> None:
        own = f"{PRIVATE}/"
        there = self._there(own if all(name.startswith(own) for name in most_bytes) else "")
        names = [
            name
            for name, most in most_bytes.items()
            if name in there and there[name].bytes <= most and _can_lie_here(name)
        ]
        for home, inside in _by_home(names).items():
            self._download(home, inside, check)

    def read(self, name: str, most_bytes: int) -> bytes:
        with self._file(name) as file:
            content = content_of(file, os.fstat(file.fileno()), most_bytes)
        if len(content) > most_bytes:  # by now: it was listed with fewer
            raise Damaged(f"{name} has more than {most_bytes:,} bytes")
        return content

    def copy(self, name: str, size: int, target: BinaryIO, on_bytes: OnBytes) -> str:
        with self._file(name) as file:
            return copy_blocks(Part(file, size + 1).read, target, on_bytes)

    def _there(self, begin: str) -> dict[str, Mark]:
        if begin not in self._listed:
            with _away():
                self._listed[begin] = self._client.listed(begin)
        return self._listed[begin]

    def _download(self, home: str, names: Collection[str], check: Callable[[], None]) -> None:
        folder = self._brought / home
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            return  # another record names a file there: these are not to be had
        except OSError as error:
            raise SourceAway(
                f"{str(folder)!r}, for what comes from the bucket, can't be made: "
                f"{error.strerror}. Name another temporary folder by TMPDIR."
            ) from error
        below = [posixpath.relpath(name, home or ".") for name in names]
        with _away():
            self._client.download(home, below, folder, check)

    @contextlib.contextmanager
    def _file(self, name: str) -> Iterator[BinaryIO]:
        """A file that was brought, open; it is gone afterwards. Raises Damaged."""
        if not _can_lie_here(name):  # else what lies elsewhere would be taken for it, and removed
            raise Damaged(f"{name} is no file's name here")
        path = self._brought / name
        try:
            file = open_regular(path)
        except OSError:
            raise Damaged(f"{name} is not in the bucket, or longer than recorded") from None
        try:
            with file:
                yield file
        finally:
            path.unlink()


def _can_lie_here(name: str) -> bool:
    parts = name.split("/")
    return all(map(is_one_name, parts)) and all(
        len(os.fsencode(part)) <= MOST_PART for part in parts
    )


@contextlib.contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except ServiceFailed as error:
        raise BucketAway(str(error)) from error
    except SourceAway:
        raise
    except OutputFailed as error:  # the client's own temporary folder
        raise SourceAway(str(error), error.errno) from error


def _by_home(names: Collection[str]) -> dict[str, list[str]]:
    """Names by their folders; by the root where the client would take a folder for a pattern."""
    homes: dict[str, list[str]] = {}
    for name in names:
        home = posixpath.dirname(name)
        homes.setdefault(home if is_literal(home) else "", []).append(name)
    return homes
