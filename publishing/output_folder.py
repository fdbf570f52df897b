"""Pure: where everything lies in the output folder."""

from __future__ import annotations

import functools
import os
import re
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path

from ..chunking.runs import FRAME_LIMIT
from .durable import output_errors
from .folder_handles import sync_name_of
from .held_folder import HeldFolder

PRIVATE = ".array_chunk"
"""The folder for all that is no picture; its dot keeps file browsers and video steps out of it."""
PIN = f"{PRIVATE}/render.json"
"""The file that says of which render the frames in the folder are."""
FOLDER_ID = f"{PRIVATE}/folder_id"
"""The file by which the folder is known again when its file system was mounted anew."""
PROOF = f"{PRIVATE}/kept_data.json"
"""The file that says whether the data kept between frames give right pictures."""
FETCHED = f"{PRIVATE}/fetched.json"
"""The file that says by which records the frames were fetched, where the folder was."""
RECORDS = f"{PRIVATE}/frames"
TEMPORARIES = f"{PRIVATE}/tmp"
CHILDREN = f"{PRIVATE}/children"
NOTES = f"{PRIVATE}/notes"
"""Notes of frames that were begun and not ended."""
CLAIMS = f"{PRIVATE}/claims"
"""Claims on frames, where several processes share them."""
PRIVATE_FOLDERS = (RECORDS, TEMPORARIES, CHILDREN, NOTES, CLAIMS)

COMPOSITOR = "compositor"
"""The folder for File Output nodes; Brender Studio's video step skips folders of this name."""

_FRAME = re.compile(r"-?[0-9]{4,7}")
_TOKEN_CHARACTERS = 8
_PROCESS = re.compile(rf"(?P<host>.+)-[0-9]+-[0-9a-f]{{{_TOKEN_CHARACTERS}}}", re.DOTALL)


def frame_name(frame: int) -> str:
    """The number as it stands in file names: -0003, 00001, 123456."""
    return f"{frame:05d}"


def frame_of(name: str) -> int | None:
    """The frame that `frame_name` gives this name; None: there is none."""
    if not _FRAME.fullmatch(name) or frame_name(int(name)) != name or abs(int(name)) > FRAME_LIMIT:
        return None
    return int(name)


@dataclass(frozen=True)
class OutputFolder:
    """The output folder of one render: pictures in it, everything else in its `.array_chunk`.

    Whatever is read or written there goes through `held`, by names below the folder. The paths are
    for messages.
    """

    root: Path

    @functools.cached_property
    def held(self) -> HeldFolder:
        return HeldFolder(self.root)

    @property
    def private(self) -> Path:
        return self.root / PRIVATE

    @property
    def pin(self) -> Path:
        return self.root / PIN

    @property
    def records(self) -> Path:
        return self.root / RECORDS

    @property
    def temporaries(self) -> Path:
        return self.root / TEMPORARIES

    @property
    def children(self) -> Path:
        return self.root / CHILDREN

    @property
    def notes(self) -> Path:
        return self.root / NOTES

    @property
    def claims(self) -> Path:
        return self.root / CLAIMS

    def record(self, frame: int) -> Path:
        return self.root / record_name(frame)

    def make(self) -> None:
        """Make the folder and its private ones, and have their names on disk.

        Whoever made them: another child may have, and have had no time to. A folder that has to be
        one and the same by now is not made again: where it is gone, its disk is.
        Raises OutputFailed where that can't be done.
        """
        self.held.let_go()  # what is at its place by now counts, not what was there
        with output_errors(self.root, "make"):
            if not self.held.is_known:
                missing = [folder for folder in self.root.parents if not folder.exists()]
                self.root.mkdir(parents=True, exist_ok=True)
                for folder in (self.root, *missing):
                    sync_name_of(folder)
        for name in PRIVATE_FOLDERS:
            with output_errors(self.held.path(name), "make"):
                self.held.make(name)
        for name in ("", PRIVATE):
            with output_errors(self.held.path(name), "make"):
                self.held.sync(name)


def record_name(frame: int) -> str:
    return f"{RECORDS}/{frame_name(frame)}.json"


def temporary_name(frame: int) -> str:
    """Where this process gathers the files of one frame before they get their names."""
    return f"{TEMPORARIES}/{frame_name(frame)}.{process_name()}"


def process_name() -> str:
    """What tells this process from others that write to the same folder.

    Host and process id are for people. Containers may share both, so a random part follows.
    """
    return _process_name(os.getpid())


@functools.lru_cache(maxsize=1)
def _process_name(pid: int) -> str:
    host = re.sub(r"[^\w-]", "_", socket.gethostname()) or "host"
    return f"{host}-{pid}-{uuid.uuid4().hex[:_TOKEN_CHARACTERS]}"


def host_of(process: str) -> str:
    """The host in a process' name, also in one that has no random part yet."""
    match = _PROCESS.fullmatch(process)
    return match["host"] if match else process.rpartition("-")[0]
