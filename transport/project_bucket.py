"""Pure: a bucket that projects are sent to, by the AWS command line."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from ..chunking.errors import ServiceFailed
from ..chunking.regular_files import read_regular
from ..publishing.durable import digest_of_open
from .bringing import groups
from .bucket_address import BucketAddress
from .bucket_client import TO_WRITE, BucketClient
from .entity_tags import is_tag_of
from .layout import MANIFESTS
from .manifest import MOST_BYTES, Mark
from .progress import Progress
from .project import Project, opened

_MANIFEST = re.compile(rf"{re.escape(MANIFESTS)}/([\w.-]+-[0-9a-f]{{12}}\.json)")


class ProjectBucket:
    """Objects by their places below a prefix, each of them whole from the first moment.

    Their times are those of their sending. What is there is told by the bucket's list; nothing but
    manifests is ever fetched.
    """

    def __init__(self, address: BucketAddress) -> None:
        self._address = address
        self._client = BucketClient(address, TO_WRITE)
        self._listed: dict[str, Mark] | None = None

    def __str__(self) -> str:
        return str(self._address)

    def refuse_itself(self, project: Project) -> None:
        """No file of a project lies in a bucket."""

    def marks(self, places: Collection[str]) -> dict[str, Mark]:
        """An object is told by its size and ETag, which are of its content."""
        there = self._there()
        return {place: there[place] for place in places if place in there}

    def holds(self, place: str, mark: Mark, digest: str, source: Path | None) -> bool:
        if source is None:
            return False
        with opened(source) as file:
            return is_tag_of(mark.word, file, mark.bytes)

    def put(self, files: Mapping[str, Path], progress: Progress) -> Iterator[tuple[str, str, Mark]]:
        digests, size = {}, 0
        for place, source in files.items():
            self._address.key(place)  # before any of them is sent
            with opened(source) as file:
                digests[place] = digest_of_open(file)
                size += file.tell()
        self._listed = None
        self._client.upload(files, size, progress)
        marks = self.marks(files)
        for place, digest in digests.items():
            if place not in marks:
                raise ServiceFailed(
                    f"{place!r} was sent to {str(self)!r}, which doesn't list it: see that nobody "
                    "else removes files there, then send again."
                )
            yield place, digest, marks[place]

    def remove(self, places: Collection[str]) -> None:
        if places:
            self._listed = None
            self._client.remove(list(places))

    def manifests(self) -> Iterator[bytes]:
        there = self._there().items()
        matches = ((_MANIFEST.fullmatch(place), mark) for place, mark in there)
        sizes = {match[1]: mark.bytes for match, mark in matches if match}
        names = [name for name, size in sizes.items() if size <= MOST_BYTES]
        for together in groups(names, sizes.__getitem__):
            with tempfile.TemporaryDirectory(prefix="array_chunk_") as folder:
                self._client.download(MANIFESTS, together, Path(folder))
                for name in together:
                    yield self._read_manifest(Path(folder) / name)

    def _read_manifest(self, path: Path) -> bytes:
        """One that was brought. Without it, what its .blend wants would be removed."""
        try:
            return read_regular(path, MOST_BYTES)
        except OSError as error:
            raise ServiceFailed(
                f"{MANIFESTS}/{path.name} of {str(self)!r} is listed, and did not come: "
                f"{error.strerror}. Send again, or see what S3 says of it."
            ) from error

    def put_manifest(self, name: str, content: bytes) -> None:
        self._listed = None
        self._client.put(f"{MANIFESTS}/{name}", content)

    def _there(self) -> dict[str, Mark]:
        if self._listed is None:
            self._listed = self._client.listed()
        return self._listed
