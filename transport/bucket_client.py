"""Pure: what is asked of a bucket by the AWS command line, and what its refusals mean."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ..chunking.errors import OutputFailed, ServiceFailed
from ..chunking.plain_text import plain_line
from ..machine.aws_command import AwsCommand
from .bucket_address import BucketAddress
from .manifest import Mark
from .progress import Progress

log = logging.getLogger(__name__)

MOST_LISTED_BYTES = 256 << 20
"""Of the list of all that is below the prefix: that is of a million objects."""
MOST_REMOVED = 1000
"""Objects that one delete-objects takes."""
_LISTED = ("--query", "{objects: Contents[].[Key, Size, ETag]}")
_DONE = re.compile(r"Completed ([\d.]+) (Bytes|[KMGTPE]iB)[/ ]")
_UNITS = {"Bytes": 1, **{f"{each}iB": 1 << 10 * (at + 1) for at, each in enumerate("KMGTPE")}}
MOST_NAMES = 200
"""Files that one call fetches: each is in its words, and compared with all that is listed."""
TO_READ = "s3:ListBucket and GetObject"
TO_WRITE = "s3:ListBucket, GetObject, PutObject, DeleteObject and AbortMultipartUpload"
"""The rights that credentials need, by AWS's names of them."""
_ADVICE: Sequence[tuple[str, str]] = (
    (r"NoSuchBucket", "there is no bucket {bucket!r}: make it, or name another one"),
    (
        r"InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|TokenRefreshRequired|"
        r"[Cc]redentials|[Tt]oken has expired|config profile|SSO|InvalidClientTokenId|aws login",
        "AWS doesn't take the credentials that `aws` has: log in, or see AWS_PROFILE and its "
        "configuration",
    ),
    (
        r"AccessDenied|Forbidden|\(403\)",
        "the credentials may not do that with {bucket!r}: they need {rights}",
    ),
    (
        r"SlowDown|Throttl|ServiceUnavailable|InternalError|\(50[03]\)|RequestLimitExceeded",
        "S3 is busy: try again later, what has come over is kept",
    ),
    (
        r"Could not connect|[Cc]onnection|[Tt]imeout|EndpointResolution|Could not resolve",
        "S3 can't be reached: see that the network is there, and the region is right",
    ),
)
"""By words of a refusal what a person can do; the first one that fits counts."""


class Refused(ServiceFailed):
    """Raised for a refusal that says what a person can do."""


class BucketClient:
    """A bucket below a prefix. Everything raises ServiceFailed with what to do."""

    def __init__(self, address: BucketAddress, rights: str) -> None:
        """`rights` are those that the caller's purpose needs, as TO_READ or TO_WRITE has them."""
        self._address = address
        self._rights = rights
        self._aws = AwsCommand()

    def listed(self, begin: str = "") -> dict[str, Mark]:
        """All objects whose places begin so, by place, by their sizes and ETags."""
        all_keys = self._address.all_keys
        request = {"Bucket": self._address.bucket, "Prefix": all_keys + begin}
        with self._errors():
            answer = self._aws.call("s3api", "list-objects-v2", request, _LISTED, MOST_LISTED_BYTES)
        marks = {}
        listed = answer.get("objects") or ()
        if not isinstance(listed, list | tuple):
            raise ServiceFailed(f"`aws s3api list-objects-v2` answered no list: {listed!s:.200}")
        for each in listed:
            match each:
                case [str(key), int(size), str(tag)] if key.startswith(all_keys + begin):
                    marks[key.removeprefix(all_keys)] = Mark(size, tag.strip('"'))
        return marks

    def upload(self, files: Mapping[str, Path], size: int, progress: Progress) -> None:
        """Put all of these files at their places, several at a time; `size` is that of all."""
        hears = _Hearing(progress, size, f" to {self._address.url('')}")
        with self._errors(), _folder() as folder:
            for place, source in files.items():
                _link(source.absolute(), folder.joinpath(*place.split("/")))
            words = ("s3", "cp", "--recursive", str(folder), self._address.url(""))
            self._aws.watch(words, hears.line)
        hears.end()

    def download(
        self,
        place: str,
        names: Sequence[str],
        folder: Path,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """Fetch files by their names from one place into a folder; what can't be had doesn't come.

        What `check` raises, which is called every second, ends it.
        """
        for first in range(0, len(names), MOST_NAMES):
            self._download(place, names[first : first + MOST_NAMES], folder, check)

    def _download(
        self, place: str, names: Sequence[str], folder: Path, check: Callable[[], None]
    ) -> None:
        # Each in one word: a name may begin with a dash.
        chosen = [f"--include={_pattern(name)}" for name in names]
        words = ("s3", "cp", "--recursive", self._address.url(place), str(folder))
        try:
            with self._errors():
                self._aws.watch((*words, "--exclude=*", *chosen), _is_of_progress, check)
        except Refused:
            raise
        except ServiceFailed as error:
            # Where others have come it may be one object alone, such as one in cold storage.
            if not any(os.path.isfile(folder / name) for name in names):
                raise
            log.info("not all of %s came: %s", self._address.url(place), error)

    def put(self, place: str, content: bytes) -> None:
        """Put a small file at a place."""
        request = {"Bucket": self._address.bucket, "Key": self._address.key(place)}
        with self._errors(), _folder() as folder:
            path = folder / "content"
            path.write_bytes(content)
            self._aws.call("s3api", "put-object", request, ("--body", str(path)))

    def remove(self, places: Sequence[str]) -> None:
        """Remove objects."""
        for first in range(0, len(places), MOST_REMOVED):
            keys = [self._address.key(each) for each in places[first : first + MOST_REMOVED]]
            removed = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
            request = {"Bucket": self._address.bucket, "Delete": removed}
            with self._errors():
                answer = self._aws.call("s3api", "delete-objects", request)
                if failed := answer.get("Errors"):
                    raise ServiceFailed(f"`aws s3api delete-objects` failed: {failed!s:.500}")

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except ServiceFailed as error:
            for words, advice in _ADVICE:
                if re.search(words, str(error)):
                    what = advice.format(bucket=self._address.bucket, rights=self._rights)
                    text = plain_line(str(error))
                    raise Refused(f"{self._address}: {what}. {text}") from error
            raise
        except OSError as error:
            raise OutputFailed(
                f"A temporary folder can't be written: {error}. Name another by TMPDIR.",
                error.errno,
            ) from error


class _Hearing:
    """Hears what `aws s3 cp` says of how far it is."""

    def __init__(self, progress: Progress, size: int, arrow: str) -> None:
        self._progress, self._size, self._arrow = progress, size, arrow
        self._done = 0

    def line(self, line: str) -> bool:
        """Take a line in; return whether it is one of those."""
        if match := _DONE.match(line):
            self._take(int(float(match[1]) * _UNITS[match[2]]))
        elif line.startswith("upload: "):
            self._progress.start(line.rpartition(self._arrow)[2].rstrip())
        elif not line.startswith("Completed "):
            return False
        return True

    def end(self) -> None:
        self._take(self._size)

    def _take(self, done: int) -> None:
        count = min(done, self._size) - self._done
        if count > 0:
            self._done += count
            self._progress.advance(count)


def _is_of_progress(line: str) -> bool:
    return line.startswith(("download: ", "Completed "))


def _pattern(name: str) -> str:
    """What matches this name alone, where the client takes a pattern (Python's `fnmatch`)."""
    return re.sub(r"[*?[]", r"[\g<0>]", name)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="array_chunk_") as folder:
        yield Path(folder)


def _link(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        place.symlink_to(source)
    except OSError:  # of Windows, where not everybody may make one
        shutil.copy2(source, place)
