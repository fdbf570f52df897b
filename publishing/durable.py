"""Pure: writing so that a reader sees a file whole or not at all, and a power cut keeps it so."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from ..chunking.errors import OutputFailed

BLOCK_BYTES = 1 << 20
FOLDERS_CANT_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})
"""What file systems answer that have nothing to do for an fsync of a folder."""


@contextlib.contextmanager
def output_errors(path: Path, verb: str) -> Iterator[None]:
    """Turn an OSError on the output into OutputFailed, which names the path and the reason."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputFailed(
            f"Could not {verb} {str(path)!r}: {reason}. See that the folder is there, that this "
            "user may write to it and that its disk has room.",
            error.errno,
        ) from error


def digest_of(path: Path) -> str:
    """SHA-256 of a file's bytes, as hexadecimal digits."""
    with open(path, "rb") as file:
        return digest_of_open(file)


def digest_of_open(file: BinaryIO) -> str:
    """SHA-256 of an open file, from where it stands to its end."""
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # typeshed


def copy_durably(source: Path, target: Path) -> str:
    """Copy a file to a new name, have it on disk before returning, and return its digest.

    Raises OSError as the system gives it, also for what fsync and close find out late.
    """
    digest = hashlib.sha256()
    # Blender's own modes: open() makes 0666 less the umask, where mkstemp would make 0600.
    with open(source, "rb") as reader, open(target, "xb") as writer:
        while block := reader.read(BLOCK_BYTES):
            digest.update(block)
            writer.write(block)
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest()


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk, where its file system can."""
    if os.name == "nt":  # Windows can't open a folder
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in FOLDERS_CANT_SYNC:
            raise
    finally:
        os.close(descriptor)


def replace(source: Path, target: Path) -> None:
    """Give `source` the name `target` in one step.

    On NFS a rename that is answered by an error may have happened all the same (rename(2)), so
    after an error the file under the new name is looked at: is it the one that was to go there?
    """
    before = os.stat(source)
    try:
        os.replace(source, target)
    except OSError:
        if not _is_there(target, before):
            raise


def _is_there(target: Path, moved: os.stat_result) -> bool:
    try:
        after = os.stat(target)
    except OSError:
        return False
    return (after.st_dev, after.st_ino) == (moved.st_dev, moved.st_ino)


def write_whole(target: Path, content: bytes, temporaries: Path) -> None:
    """Put `content` under the name `target`: whole, on disk, replacing what was there."""
    _name(write_temporary(content, temporaries), target)


def fill_and_name(file: BinaryIO, content: bytes, target: Path) -> None:
    """What `write_whole` does, with a file that was opened before; raises its OSError too."""
    _name(_fill(file, content), target)


def write_all_whole(files: Mapping[Path, bytes], temporaries: Path) -> None:
    """Put several files under their names as `write_whole` does: written at once, named in order.

    Raises the first OSError; what has no name of its own by then is removed.
    """
    with ThreadPoolExecutor(len(files), thread_name_prefix="write") as pool:
        written = [pool.submit(write_temporary, each, temporaries) for each in files.values()]
    try:
        for target, temporary in zip(files, written, strict=True):
            _name(temporary.result(), target)
    finally:
        for temporary in written:
            if temporary.exception() is None:
                temporary.result().unlink(missing_ok=True)


def write_temporary(content: bytes, temporaries: Path) -> Path:
    """A new file that holds `content`, on disk, under a name that nobody else uses."""
    temporary = temporaries / uuid.uuid4().hex
    try:
        file = open(temporary, "xb")  # noqa: SIM115  # closed when it is filled
    except OSError:
        temporary.unlink(missing_ok=True)  # an error of NFS may come after the deed
        raise
    return _fill(file, content)


def _fill(file: BinaryIO, content: bytes) -> Path:
    temporary = Path(file.name)
    try:
        with file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _name(temporary: Path, target: Path) -> None:
    try:
        replace(temporary, target)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
