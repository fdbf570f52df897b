"""Pure: how a place in a bucket is written: s3://BUCKET/PREFIX."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from ..chunking.errors import BadSetting, SceneRefused
from .layout import is_place

SCHEME = "s3://"
MOST_KEY_BYTES = 1024
"""Of the name of an object, as UTF-8."""
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,62}")


def is_literal(path: str) -> bool:
    """Whether the AWS command line takes a path for itself, not for a pattern of others."""
    return not any(sign in path for sign in "*?[")


@dataclass(frozen=True)
class BucketAddress:
    """A bucket, and the prefix that all its keys here begin with: as a folder's path, or empty."""

    bucket: str
    prefix: str

    @classmethod
    def of(cls, text: str) -> BucketAddress:
        """Raises BadSetting for what is no address."""
        bucket, _, prefix = text.removeprefix(SCHEME).partition("/")
        prefix = prefix.removesuffix("/")
        is_prefix = not prefix or (is_place(prefix) and prefix.isprintable() and is_literal(prefix))
        if not text.startswith(SCHEME) or not _BUCKET.fullmatch(bucket) or not is_prefix:
            raise BadSetting(
                f"{text!r} is no place in a bucket: write s3://BUCKET/PREFIX, the prefix as the "
                "path of a folder, without * ? [, such as s3://films/shot010."
            )
        return cls(bucket, prefix)

    @classmethod
    def of_text(cls, text: str) -> BucketAddress | None:
        """None: it is no bucket's, but a folder. Raises BadSetting."""
        return cls.of(text) if text.startswith(SCHEME) else None

    def __str__(self) -> str:
        return SCHEME + posixpath.join(self.bucket, self.prefix)

    @property
    def all_keys(self) -> str:
        """How the key of everything here begins."""
        return f"{self.prefix}/" if self.prefix else ""

    def key(self, place: str) -> str:
        """The name of the object at a place. Raises SceneRefused where it can be none."""
        key = self.all_keys + place
        try:
            length = len(key.encode())
        except UnicodeEncodeError:
            raise SceneRefused(
                f"{place!r} can't be sent to {self}: its name is not UTF-8. Give it another name."
            ) from None
        if length > MOST_KEY_BYTES:
            raise SceneRefused(
                f"{place!r} can't be sent to {self}: with the prefix its name has {length} bytes, "
                f"and S3 takes {MOST_KEY_BYTES}."
            )
        return key

    def url(self, place: str) -> str:
        """What `aws s3` calls the object, or the folder, at a place."""
        return f"{SCHEME}{self.bucket}/{self.key(place)}"
