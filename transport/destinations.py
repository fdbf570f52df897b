"""Pure: what a project can be sent to and frames fetched from, by how a person writes it."""

from __future__ import annotations

from pathlib import Path

from ..chunking.errors import BadSetting
from .bucket_address import BucketAddress
from .frame_bucket import FrameBucket
from .frame_folder import FrameFolder
from .frame_source import FrameSource
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


def frame_source_of(text: str, scratch: Path) -> FrameSource:
    """What `--from` says; a relative folder is one of the current folder. Raises BadSetting.

    `scratch` is a folder for what is on its way from a bucket; whoever made that removes it.
    """
    if not text:
        raise BadSetting("Nothing to fetch from is named: write --from FOLDER, or s3://…")
    address = BucketAddress.of_text(text)
    if address is not None:
        return FrameBucket(address, scratch)
    if "://" in text:
        raise BadSetting(
            f"--from is {text!r}: frames are fetched from a folder, or from s3://BUCKET/PREFIX."
        )
    root = Path(text).absolute()
    if not root.is_dir():
        raise BadSetting(
            f"--from is {text!r}, and no such folder is there: see that it is mounted."
        )
    return FrameFolder(root)
