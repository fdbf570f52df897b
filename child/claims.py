"""Pure: claims on frames, by which the processes of one array share frames without a server.

A claim is a file that one process alone can make (O_EXCL). While its frame is in work the process
renews its time; one whose time is old was left by a process that is gone. Claims save work and
decide nothing else: where one is lost, broken or wrong, a frame is rendered twice, and publishing
is safe for that.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from ..chunking.errors import OutputFailed
from ..chunking.plan import Child
from ..machine.processes import is_running
from ..publishing.durable import write_whole
from ..publishing.json_object import MOST_NAME, json_object, text_in
from ..publishing.notes import read_notes
from ..publishing.output_folder import CLAIMS, TEMPORARIES, OutputFolder, frame_name, process_name
from ..publishing.sweep import folder_time

HEARTBEAT_SECONDS = 60.0
CLAIM_EXPIRY_SECONDS = 150.0
"""How long a claim is believed that is not renewed: two heartbeats, and time for a slow disk."""
MOST_BYTES = 1 << 16
"""No claim is longer: what stands in such a file was not written by us."""
HALF_MADE_LOOKS = 10
HALF_MADE_SECONDS = 0.02
"""How often, and in which steps, an empty claim is looked at again: its maker may just write it."""


@dataclass(frozen=True)
class Claimant:
    """Who claims a frame."""

    child: str
    """Which child of which array, such as `3 of 20 of job-1`."""
    run: str
    """What the lanes of one child share, and no other attempt or copy of it has."""
    process: str
    pid: int

    @classmethod
    def this_process(cls, child: Child, run: str) -> Claimant:
        return cls(f"{child} of {child.render_id}", run, process_name(), os.getpid())


_CLAIMANT_FIELDS = {field.name for field in dataclasses.fields(Claimant)}


class Claim(NamedTuple):
    """A claim that was found."""

    by: Claimant
    failed: bool
    """Whether its process failed on the frame: only the child whose frame it is tries again."""
    time: float
    """When it was made or renewed, in seconds by the output folder's clock."""


UNREADABLE = Claim(Claimant("", "", "", 0), failed=True, time=0.0)


class Claims:
    """The claims of one process, and what it sees of the others'."""

    def __init__(
        self,
        folder: OutputFolder,
        claimant: Claimant,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        expiry_seconds: float = CLAIM_EXPIRY_SECONDS,
    ) -> None:
        self._folder = folder
        self._claimant = claimant
        self._expiry_seconds = expiry_seconds
        self._ahead: float | None = None
        """How far the output folder's clock is ahead of this process' monotonic one."""
        self._held: set[int] = set()
        self._in_work: int | None = None
        self._ended = threading.Event()
        self._heartbeat_seconds = heartbeat_seconds
        self._heart: threading.Thread | None = None

    def take(self, frame: int, is_own: bool) -> bool:
        """Claim a frame; return whether it is this process'.

        A frame is taken from whoever is gone, one of the own chunk at once from an earlier attempt
        or a copy of this child. One of another child is left alone if a process failed on it, or
        left evidence against it. Where claims can't be made, the own frames are rendered without.
        """
        try:
            if self._make(frame):
                return True
            if self.is_taken(frame, is_own) or not (is_own or self._is_harmless(frame)):
                return False
            self._folder.held.remove(self._name(frame))
            return self._make(frame)
        except OSError:
            return is_own

    def is_taken(self, frame: int, is_own: bool) -> bool:
        """Whether the frame is to be left to another process, as far as its claim says."""
        claim = self._of_another(frame)
        if claim is None:
            return False
        if claim.failed:
            return not is_own
        if is_own and claim.by.child == self._claimant.child:
            return self._is_of_lane(claim)
        return not self._is_expired(claim, default=is_own)

    def is_in_lane(self, frame: int) -> bool:
        """Whether a living lane of this very run holds the claim, and renews it."""
        claim = self._of_another(frame)
        return claim is not None and not claim.failed and self._is_of_lane(claim)

    def begin(self, frame: int) -> None:
        """From here on the frame is in work, and its claim is renewed."""
        self._in_work = frame
        if self._heart is None:
            self._heart = threading.Thread(target=self._beat, daemon=True)
            self._heart.start()

    def release(self, frame: int) -> None:
        """The frame is done, or given back."""
        self._end_work(frame)
        if frame in self._held:
            self._held.discard(frame)
            with contextlib.suppress(OSError):  # it expires
                self._folder.held.remove(self._name(frame))

    def leave(self, frame: int) -> None:
        """The frame failed: its claim stays, to keep other children from it."""
        self._end_work(frame)
        if frame in self._held:
            self._held.discard(frame)
            with contextlib.suppress(OSError):  # then they may try it, too
                content = self._content(failed=True)
                write_whole(self._folder.held, self._name(frame), content, TEMPORARIES)

    def close(self) -> None:
        """Give all back, and end the heartbeat."""
        self._ended.set()
        for frame in tuple(self._held):
            self.release(frame)

    def _end_work(self, frame: int) -> None:
        if frame == self._in_work:
            self._in_work = None

    @staticmethod
    def _name(frame: int) -> str:
        return f"{CLAIMS}/{frame_name(frame)}"

    def _make(self, frame: int) -> bool:
        name = self._name(frame)
        try:
            claim = self._folder.held.create(name)
        except FileExistsError:
            return False
        try:
            with claim as file:
                file.write(self._content(failed=False))
                file.flush()
                self._ahead = os.fstat(file.fileno()).st_mtime - time.monotonic()
        except OSError:
            with contextlib.suppress(OSError):  # nobody is to be kept away by half a claim
                self._folder.held.remove(name)
            raise
        self._held.add(frame)
        return True

    def _content(self, failed: bool) -> bytes:
        return json.dumps({"by": asdict(self._claimant), "failed": failed}).encode()

    def _of_another(self, frame: int) -> Claim | None:
        """The claim of another process on the frame; None: there is none.

        One that can't be read was left by nobody who will finish the frame.
        """
        content, modified = b"", 0.0
        try:
            for look in range(HALF_MADE_LOOKS):
                if look:
                    time.sleep(HALF_MADE_SECONDS)
                content, state = self._folder.held.read_with_state(self._name(frame), MOST_BYTES)
                modified = state.st_mtime
                if content:
                    break
            claim = _claim(content, modified)
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            return UNREADABLE
        return None if claim.by == self._claimant else claim

    def _is_harmless(self, frame: int) -> bool:
        """Whether whoever began the frame was only killed: a crash would have left evidence.

        Rare enough to look through all the notes.
        """
        try:
            noted = read_notes(self._folder, {frame}).get(frame)
        except OutputFailed:
            return False
        return noted is None or not noted.evidence

    def _is_of_lane(self, claim: Claim) -> bool:
        if claim.by.run != self._claimant.run:
            return False
        runs = is_running(claim.by.pid)
        if runs is None:
            return not self._is_expired(claim, default=True)
        # One that is there may have been stopped, or hang.
        return runs and not self._is_expired(claim, default=False)

    def _is_expired(self, claim: Claim, default: bool) -> bool:
        """Whether the claim is old; `default` is the answer where the folder tells no time."""
        if self._ahead is None:
            try:
                self._ahead = folder_time(self._folder) - time.monotonic()
            except OSError:
                return default
        return time.monotonic() + self._ahead - claim.time >= self._expiry_seconds

    def _beat(self) -> None:
        while not self._ended.wait(self._heartbeat_seconds):
            frame = self._in_work
            if frame is not None and frame in self._held:
                with contextlib.suppress(OSError):  # gone: another took the frame from us
                    # By no time of ours: a network file system then takes its server's.
                    self._folder.held.renew(self._name(frame))


def _claim(content: bytes, modified: float) -> Claim:
    """Raises ValueError for what no claimant has written."""
    fields = json_object(content)
    by, failed = fields.get("by"), fields.get("failed")
    if not isinstance(by, dict) or not isinstance(failed, bool):
        raise ValueError("not a claim")
    return Claim(_claimant(by), failed, modified)


def _claimant(fields: Mapping[str, Any]) -> Claimant:
    pid = fields.get("pid")
    if fields.keys() != _CLAIMANT_FIELDS or type(pid) is not int:
        raise ValueError("not a claimant")
    return Claimant(
        text_in(fields, "child"),
        text_in(fields, "run"),
        text_in(fields, "process", MOST_NAME),
        pid,
    )


def new_run() -> str:
    """A name for one run of one child, which its lanes share."""
    return uuid.uuid4().hex
