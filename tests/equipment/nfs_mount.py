"""A client's files as a file system of this machine's: the kernel's FUSE protocol, by hand.

Spoken with /dev/fuse itself (include/uapi/linux/fuse.h, version 7.31), as NFS is about handles: of
the two libraries, mfusepy knows paths alone and makes silly renames of its own, and pyfuse3 would
have to be compiled on each machine. Nothing is kept by the kernel (its timeouts are 0, and files
are opened for direct I/O): every question comes to the client, which keeps what NFS would.

FUSE does not say why a name is looked up, and NFS does more where it is to be made; so the thread
that asks is looked at, in /proc/THREAD/syscall.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import stat
import struct
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

from nfs_client import Client
from nfs_server import ROOT, Attributes, failure

THREADS = 6
"""Calls of one host that are answered at a time."""
MOST_WRITTEN = 1 << 17
_BUFFER_BYTES = MOST_WRITTEN + (1 << 13)
_HEADER = struct.Struct("<IIQQIIIHH")
_ANSWER = struct.Struct("<IiQ")
_ATTRIBUTES = struct.Struct("<QQQQQQIIIIIIIIII")
_DIRECT, _BIG_WRITES, _PARALLEL = 1, 1 << 5, 1 << 18
_MODE, _SIZE, _MTIME, _MTIME_NOW = 1, 8, 32, 256
_MS_NOSUID_NODEV, _DETACH = 6, 2

_OPEN_CALLS = {"x86_64": {"2", "257", "437"}, "aarch64": {"56", "437"}}
_MAKING_CALLS = {"x86_64": {"83", "86", "258", "265"}, "aarch64": {"34", "37"}}
_O_AT = {"2": 2}
"""Where the flags stand among an open call's words; else at 3."""

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int) -> None:
    if result:
        raise failure(ctypes.get_errno())


class Mount:
    """A client's files at a folder (needs root)."""

    def __init__(self, client: Client, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self._device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        self._looked_up: dict[int, int] = {}
        """By thread: the folder that it has just looked up by its name."""
        words = f"fd={self._device},rootmode=40000,user_id=0,group_id=0,allow_other"
        target = os.fsencode(folder)
        _check(_libc.mount(b"nfs-model", target, b"fuse", _MS_NOSUID_NODEV, words.encode()))
        for _ in range(THREADS):
            threading.Thread(target=self._serve, daemon=True).start()

    def detach(self) -> None:
        """Take it away from its folder; what is held open of it is stale from here on."""
        # Held by us as well, or the next mount might get its device number.
        self._kept_number = os.open(self.folder, os.O_PATH)
        self.client.is_stale = True
        _check(_libc.umount2(os.fsencode(self.folder), _DETACH))

    def _serve(self) -> None:
        while True:
            try:
                asked = os.read(self._device, _BUFFER_BYTES)
            except OSError as error:
                if error.errno in (errno.ENODEV, errno.EBADF):
                    return
                continue  # what was asked was taken back, or a signal came
            _, kind, number, node, _, _, thread, _, _ = _HEADER.unpack_from(asked)
            answer = self._answers.get(kind)
            if answer is None:
                if kind not in _WITHOUT_ANSWER:
                    self._send(number, errno.ENOSYS, b"")
                continue
            code, content = self._answered(answer, node, asked[_HEADER.size :], thread)
            self._send(number, code, content)

    def _answered(self, answer: Answer, node: int, body: bytes, thread: int) -> tuple[int, bytes]:
        with self.client.server.lock:
            if self.client.is_stale and answer is not Mount._begin:
                return errno.ESTALE, b""
            self.client.server.asking.thread = thread
            try:
                return 0, answer(self, node, body, thread)
            except OSError as error:
                return error.errno or errno.EIO, b""
            except Exception:  # noqa: BLE001  a mistake of this model's: nobody is to wait for it
                self.client.server.mistakes.append(traceback.format_exc())
                return errno.EIO, b""

    def _send(self, number: int, code: int, content: bytes) -> None:
        try:
            whole = _ANSWER.size + len(content)
            os.write(self._device, _ANSWER.pack(whole, -code, number) + content)
        except OSError:  # whoever asked is gone, or the mount is
            return

    # What the kernel asks

    def _begin(self, node: int, body: bytes, thread: int) -> bytes:
        major, minor, ahead, _ = struct.unpack_from("<IIII", body)
        flags = _BIG_WRITES | _PARALLEL
        return struct.pack(
            "<IIIIHHIIHHII24x",
            *(major, min(minor, 31), ahead, flags, 64, 48, MOST_WRITTEN, 1, 0, 0, 0, 0),
        )

    def _look_up(self, node: int, body: bytes, thread: int) -> bytes:
        name = _name(body)
        there = self.client.look_up(node, name, _is_making(thread))
        if there.is_folder:
            self._looked_up[thread] = there.fileid
        return _entry(there)

    def _get_attributes(self, node: int, body: bytes, thread: int) -> bytes:
        return _attribute_answer(self.client.attributes(node))

    def _set_attributes(self, node: int, body: bytes, thread: int) -> bytes:
        valid, _, _, size, _, _, mtime, _, _, mtime_ns, _, mode = struct.unpack_from(
            "<IIQQQQQQIIII", body
        )
        if valid & _SIZE:
            self.client.set_size(node, size)
        if valid & _MODE:
            self.client.set_mode(node, stat.S_IMODE(mode))
        if valid & _MTIME:
            now = valid & _MTIME_NOW
            self.client.set_time(node, None if now else mtime * 10**9 + mtime_ns)
        return _attribute_answer(self.client.attributes(node))

    def _make_folder(self, node: int, body: bytes, thread: int) -> bytes:
        mode, mask = struct.unpack_from("<II", body)
        return _entry(self.client.make_folder(node, _name(body[8:]), mode & ~mask & 0o7777))

    def _remove(self, node: int, body: bytes, thread: int) -> bytes:
        self.client.remove(node, _name(body))
        return b""

    def _remove_folder(self, node: int, body: bytes, thread: int) -> bytes:
        self.client.remove_folder(node, _name(body))
        return b""

    def _rename(self, node: int, body: bytes, thread: int) -> bytes:
        return self._renamed(node, struct.unpack_from("<Q", body)[0], body[8:])

    def _rename_by_flags(self, node: int, body: bytes, thread: int) -> bytes:
        new, flags = struct.unpack_from("<QI", body)
        if flags:  # NFS has neither an exchange nor RENAME_NOREPLACE
            raise failure(errno.EINVAL)
        return self._renamed(node, new, body[16:])

    def _renamed(self, old: int, new: int, names: bytes) -> bytes:
        name, target = (os.fsdecode(each) for each in names.split(b"\0")[:2])
        self.client.rename(old, name, new, target)
        return b""

    def _link(self, node: int, body: bytes, thread: int) -> bytes:
        return _entry(self.client.link(struct.unpack_from("<Q", body)[0], node, _name(body[8:])))

    def _open(self, node: int, body: bytes, thread: int) -> bytes:
        self.client.open(node)
        return struct.pack("<QII", 0, _DIRECT, 0)

    def _create(self, node: int, body: bytes, thread: int) -> bytes:
        flags, mode, mask, _ = struct.unpack_from("<IIII", body)
        is_exclusive = bool(flags & os.O_EXCL)
        made = self.client.create(node, _name(body[16:]), mode & ~mask & 0o7777, is_exclusive)
        return _entry(made) + struct.pack("<QII", 0, _DIRECT, 0)

    def _read(self, node: int, body: bytes, thread: int) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", body)
        return self.client.read(node, offset, size)

    def _write(self, node: int, body: bytes, thread: int) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", body)
        self.client.write(node, offset, body[40 : 40 + size])
        return struct.pack("<II", size, 0)

    def _flush(self, node: int, body: bytes, thread: int) -> bytes:
        self.client.write_back(node)
        return b""

    def _sync(self, node: int, body: bytes, thread: int) -> bytes:
        self.client.write_back(node, is_synced=True)
        return b""

    def _close(self, node: int, body: bytes, thread: int) -> bytes:
        self.client.close(node)
        return b""

    def _open_folder(self, node: int, body: bytes, thread: int) -> bytes:
        by_name = self._looked_up.pop(thread, None) == node or node == ROOT
        self.client.open_folder(node, by_name)
        return struct.pack("<QII", 0, 0, 0)

    def _read_folder(self, node: int, body: bytes, thread: int) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", body)
        names = {".": (node, True), "..": (node, True), **self.client.names_in(node)}
        content = b""
        for place, (name, (handle, is_folder)) in enumerate(names.items(), start=1):
            entry = _folder_entry(name, handle, is_folder, place)
            if place <= offset:
                continue
            if len(content) + len(entry) > size:
                break
            content += entry
        return content

    def _nothing(self, node: int, body: bytes, thread: int) -> bytes:
        return b""

    def _room(self, node: int, body: bytes, thread: int) -> bytes:
        return struct.pack("<QQQQQIIII24x", 1 << 20, 1 << 19, 1 << 19, 1 << 20, 1 << 19,
                           4096, 255, 4096, 0)  # fmt: skip

    _answers = {
        1: _look_up, 3: _get_attributes, 4: _set_attributes, 9: _make_folder, 10: _remove,
        11: _remove_folder, 12: _rename, 13: _link, 14: _open, 15: _read, 16: _write, 17: _room,
        18: _close, 20: _sync, 25: _flush, 26: _begin, 27: _open_folder, 28: _read_folder,
        29: _nothing, 30: _nothing, 35: _create, 45: _rename_by_flags,
    }  # fmt: skip


Answer = Callable[[Mount, int, bytes, int], bytes]
_WITHOUT_ANSWER = {2, 36, 38, 42}
"""FORGET, INTERRUPT (the call is answered when it is done), DESTROY, BATCH_FORGET."""


def _name(body: bytes) -> str:
    return os.fsdecode(body.split(b"\0", 1)[0])


def _packed(there: Attributes) -> bytes:
    kind = stat.S_IFDIR if there.is_folder else stat.S_IFREG
    mtime, mtime_ns = divmod(there.mtime_ns, 10**9)
    ctime, ctime_ns = divmod(there.ctime_ns, 10**9)
    blocks = -(-there.size // 512)
    return _ATTRIBUTES.pack(
        *(there.fileid, there.size, blocks, mtime, mtime, ctime, mtime_ns, mtime_ns, ctime_ns),
        *(kind | there.mode, there.links, 0, 0, 0, 4096, 0),
    )


def _entry(there: Attributes) -> bytes:
    return struct.pack("<QQQQII", there.fileid, 0, 0, 0, 0, 0) + _packed(there)


def _attribute_answer(there: Attributes) -> bytes:
    return struct.pack("<QII", 0, 0, 0) + _packed(there)


def _folder_entry(name: str, handle: int, is_folder: bool, place: int) -> bytes:
    encoded = os.fsencode(name)
    kind = (stat.S_IFDIR if is_folder else stat.S_IFREG) >> 12
    entry = struct.pack("<QQII", handle, place, len(encoded), kind) + encoded
    return entry + bytes(-len(entry) % 8)


def _is_making(thread: int) -> bool:
    """Whether the thread is about to make the name that it looks up: LOOKUP_EXCL, in Linux."""
    try:
        number, *words = Path(f"/proc/{thread}/syscall").read_text().split()
    except (OSError, ValueError):
        return False
    machine = platform.machine()
    if number in _MAKING_CALLS.get(machine, ()):
        return True
    if number not in _OPEN_CALLS.get(machine, ()) or number == "437":
        return False
    flags = int(words[_O_AT.get(number, 3) - (number == "2")], 16)
    return bool(flags & os.O_EXCL)
