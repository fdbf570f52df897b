"""Pure: the destinations that a project can be sent to, by how a person writes them."""

from __future__ import annotations

from pathlib import Path

from ..chunking.errors import BadSetting
from .bucket_address import BucketAddress
from .project_bucket import ProjectBucket
from .project_destination import ProjectDestination
from .project_folder import ProjectFolder


def destination_of(text: str) -> ProjectDestination:
    """A bucket or a folder; a relative one is of the current folder. Raises BadSetting."""
    if not text:
        raise BadSetting("No destination is named: write --to FOLDER, or s3://BUCKET/PREFIX.")
    address = BucketAddress.of_text(text)
    if address is not None:
        return ProjectBucket(address)
    if "://" in text:
        raise BadSetting(
            f"The destination is {text!r}: a project is sent to a folder, or to s3://BUCKET/PREFIX."
        )
    return ProjectFolder(Path(text).absolute())
