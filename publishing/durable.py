"""Pure: writing so that a reader sees a file whole or not at all, and a power cut keeps it so."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from ..chunking.errors import OutputFailed
from .held_folder import HeldFolder

BLOCK_BYTES = 1 << 20

MAY_PASS = frozenset(
    {
        errno.EIO,
        errno.ESTALE,
        errno.ENOENT,
        errno.ENOTCONN,
        errno.ETIMEDOUT,
        errno.EAGAIN,
        errno.EBUSY,
        errno.EINTR,
        getattr(errno, "EREMOTEIO", errno.EIO),  # known to Linux alone
    }
)
"""What a network file system answers while a server comes back. A full or read-only disk, or one
that this user may not write to, is not waited for."""


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


def digest_of_open(file: BinaryIO) -> str:
    """SHA-256 of an open file, from where it stands to its end."""
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # typeshed


def copy_durably(source: Path, folder: HeldFolder, target: str) -> str:
    """Copy a file to a new name in the folder, have it on disk before returning; return its digest.

    Raises OSError as the system gives it, also for what fsync and close find out late.
    """
    with open(source, "rb") as reader:
        return copy_open_durably(reader, folder, target)


def copy_open_durably(
    reader: BinaryIO,
    folder: HeldFolder,
    target: str,
    on_bytes: Callable[[int], None] = lambda count: None,
) -> str:
    """What `copy_durably` does with an open file; `on_bytes` hears of each block's length."""
    with folder.create(target) as writer:
        digest = copy_blocks(reader.read, writer, on_bytes)
        sync_written(writer)
    return digest


def copy_blocks(
    read: Callable[[int], bytes], writer: BinaryIO, on_bytes: Callable[[int], None]
) -> str:
    """Write all that `read` gives, which is asked for so many bytes; return its SHA-256."""
    digest = hashlib.sha256()
    while block := read(BLOCK_BYTES):
        digest.update(block)
        writer.write(block)
        on_bytes(len(block))
    return digest.hexdigest()


def sync_written(writer: BinaryIO) -> None:
    """Have on disk what was written to a file."""
    writer.flush()
    os.fsync(writer.fileno())


def write_whole(folder: HeldFolder, target: str, content: bytes, temporaries: str) -> None:
    """Put `content` under the name `target`: whole, on disk, replacing what was there."""
    _name(folder, write_temporary(folder, content, temporaries), target)


def fill_and_name(
    folder: HeldFolder, file: BinaryIO, temporary: str, content: bytes, target: str
) -> None:
    """What `write_whole` does, with a file that was opened before; raises its OSError too."""
    _fill(folder, file, temporary, (content,))
    _name(folder, temporary, target)


def write_first(folder: HeldFolder, target: str, content: bytes, temporaries: str) -> bool:
    """Put `content` under a name that nothing has yet; return whether nothing had.

    Whole from the first moment that it can be seen, and not yet surely on disk by its name. On a
    file system without hard links the last one of several that come in one moment wins. Raises
    OSError; what may pass says nothing of links, and that another's file is there or not.
    """
    temporary = write_temporary(folder, content, temporaries)
    try:
        folder.link(temporary, target)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno in MAY_PASS:
            raise
        folder.replace(temporary, target)
    finally:
        folder.remove(temporary)
    return True


def write_all_whole(
    folder: HeldFolder, files: Mapping[str, Iterable[bytes]], temporaries: str
) -> None:
    """Put several files under their names as `write_whole` does: written at once, named in order.

    The content of each is given in blocks, one of which is in memory at a time.
    Raises the first OSError; what has no name of its own by then is removed.
    """
    with ThreadPoolExecutor(len(files), thread_name_prefix="write") as pool:
        written = [
            pool.submit(_write_temporary, folder, each, temporaries) for each in files.values()
        ]
    try:
        for target, temporary in zip(files, written, strict=True):
            _name(folder, temporary.result(), target)
    finally:
        for temporary in written:
            if temporary.exception() is None:
                folder.remove(temporary.result())


UNIQUE = "[0-9a-f]{32}"
"""What the names look like that nobody else uses."""


def write_temporary(folder: HeldFolder, content: bytes, temporaries: str) -> str:
    """Make a file that holds `content`, on disk, under a name that nobody else uses: return it."""
    return _write_temporary(folder, (content,), temporaries)


def _write_temporary(folder: HeldFolder, content: Iterable[bytes], temporaries: str) -> str:
    temporary = f"{temporaries}/{uuid.uuid4().hex}"
    try:
        file = folder.create(temporary)
    except OSError:
        folder.remove(temporary)  # an error of NFS may come after the deed
        raise
    _fill(folder, file, temporary, content)
    return temporary


def _fill(folder: HeldFolder, file: BinaryIO, temporary: str, content: Iterable[bytes]) -> None:
    try:
        with file:
            file.writelines(content)
            sync_written(file)
    except OSError:
        folder.remove(temporary)
        raise


def _name(folder: HeldFolder, temporary: str, target: str) -> None:
    try:
        folder.replace(temporary, target)
    except OSError:
        folder.remove(temporary)
        raise
    folder.sync(target.rpartition("/")[0])
