"""A reader that looks into the output folder all the while, as a video step or an artist would."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from .checker import PICTURE_SUFFIXES, PRIVATE, Half, pixels_of

PAUSE_SECONDS = 0.002
"""What it leaves the children of the machine between two rounds."""


class Reader:
    """Reads every picture and record that it has not seen in this state yet, until stopped."""

    def __init__(self, output: Path, pause_seconds: float = PAUSE_SECONDS) -> None:
        self.half: list[str] = []
        """What was not whole under its final name."""
        self.read = 0
        """How many files were read."""
        self._output = output
        self._pause_seconds = pause_seconds
        self._seen: dict[str, tuple[int, int, int]] = {}
        self._lock = threading.Lock()
        self._turned = threading.Condition()
        self._rounds = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @contextlib.contextmanager
    def looking_away(self) -> Iterator[None]:
        """For what the test itself puts into the folder: taken as seen, whatever it is."""
        with self._lock:
            kept = list(self.half)
            yield
            self._round()
            self.half = kept

    def wait_round(self) -> None:
        """Wait until everything that is there by now was looked at."""
        with self._turned:
            wanted = self._rounds + 2  # the one that is under way may have passed it already
            self._turned.wait_for(lambda: self._rounds >= wanted)

    def _run(self) -> None:
        while not self._stop.wait(self._pause_seconds):
            with self._lock:
                self._round()
            with self._turned:
                self._rounds += 1
                self._turned.notify_all()

    def _round(self) -> None:
        records = os.path.join(self._output, PRIVATE, "frames")
        # Hundreds of times a second. Where a folder goes away, this walk ends there.
        for folder, _, names in os.walk(self._output):
            for name in names:
                suffix = os.path.splitext(name)[1].lower()
                if suffix in PICTURE_SUFFIXES or folder == records:
                    self._look(os.path.join(folder, name), suffix)

    def _look(self, path: str, suffix: str) -> None:
        try:
            if self._seen.get(path) == _state(os.stat(path)):
                return
            with open(path, "rb") as file:
                # Of the open file: its name may pass to another one at any moment.
                state = _state(os.fstat(file.fileno()))
                content = file.read()
        except OSError:  # removed this very moment
            return
        self._seen[path] = state
        self.read += 1
        try:
            json.loads(content) if suffix == ".json" else pixels_of(content)
        except (Half, ValueError) as error:
            self.half.append(f"{os.path.basename(path)}: {error}")


def _state(there: os.stat_result) -> tuple[int, int, int]:
    return there.st_ino, there.st_size, there.st_mtime_ns
