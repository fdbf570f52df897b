"""Pure: finished frames brought from where a farm renders them, as they are finished.

Of a frame the record is read first, then its files are copied and checked by their digests, and
put in place as a child does it (publishing/publish.py): so an interruption costs the frame in work.
What is here by a record that has the same mark there as when it was fetched is not read again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ..chunking.errors import SceneRefused
from ..chunking.frames import FrameSet
from ..publishing import pin as pins
from ..publishing import record as records
from ..publishing.durable import sync_written
from ..publishing.fingerprint import Fingerprint
from ..publishing.held_folder import HeldFolder
from ..publishing.output_folder import PIN, RECORDS, frame_of, record_name
from ..publishing.pin import Pin, pin_from_json
from ..publishing.record import Record, RecordedFile, record_from_json
from .bringing import groups
from .fetched_folder import FetchedFolder, InTheWay, contents_of
from .fetched_traces import Traces
from .frame_names import is_of_picture
from .frame_source import Damaged, FrameSource, OnBytes, SourceAway
from .manifest import Mark
from .progress import Progress

MOST_TRIES = 3
"""How often in one look a frame is tried that is rendered again meanwhile."""
MOST_FILES = 100_000
"""Of how many files the records are in memory at a time."""


@dataclass(frozen=True)
class FetchedFile:
    """A file of a frame at the source, to be put here when it is as its record says."""

    source: FrameSource
    file: RecordedFile
    on_bytes: OnBytes

    @property
    def name(self) -> str:
        return self.file.name

    def copy_to(self, folder: HeldFolder, temporary: str) -> str:
        """Raises Damaged for other bytes than those recorded, SourceAway, and OSError."""
        with folder.create(temporary) as writer:
            digest = self.source.copy(self.name, self.file.size, writer, self.on_bytes)
            sync_written(writer)
        if digest != self.file.digest:
            raise Damaged(f"{self.name} holds other bytes than those recorded")
        return digest


@dataclass
class Fetched:
    """What has come so far."""

    here: set[int] = field(default_factory=set)
    """All frames of the render that are here, whenever they were fetched."""
    frames: list[int] = field(default_factory=list)
    """Those that were fetched now, in their order."""
    bytes: int = 0
    damaged: dict[int, str] = field(default_factory=dict)
    """Frames that can't be fetched as they are there by now, and why."""
    in_the_way: set[int] = field(default_factory=set)
    """Those of them that can't come because of what lies in their place here."""

    def advice(self, frame: int) -> str:
        """What a person can do about a frame that did not come."""
        if frame in self.in_the_way:
            return "Move it away, or fetch to another folder"
        return "Have it rendered again"


class Fetching:
    """Looks at one source, once or again and again, and fetches what is finished there."""

    def __init__(
        self,
        source: FrameSource,
        target: FetchedFolder,
        frames: FrameSet | None,
        progress: Progress,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """`frames` are those that are wanted; None: all that there are.

        `check` is called between pieces of work, from several threads, one at a time; what it
        raises ends the look.
        """
        self.done = Fetched()
        self.frames = frames
        self.pin: Pin | None = None
        """The render that frames are fetched of; None: there was none yet."""
        self._source = source
        self._target = target
        self._progress = progress
        self._check = check
        self._traces = Traces(source, target, check)
        self._settled: dict[str, Mark] = {}
        """By name the marks of the records whose frames are here."""
        self._tries: dict[int, tuple[Mark, int]] = {}
        """Of frames that are damaged the marks of their records, and how often they were tried."""
        self._lock = threading.Lock()

    @property
    def looks(self) -> int:
        """At how many looks a frame is tried that is not as its record says."""
        return self._source.looks

    @property
    def is_complete(self) -> bool:
        """Whether all frames that are wanted are here."""
        return self.frames is not None and len(self.done.here) == len(self.frames)

    @property
    def is_settled(self) -> bool:
        """Whether of the frames that are wanted each is here, or was tried often enough."""
        known = self.done.here | self.done.damaged.keys()
        is_known = self.frames is not None and len(known) == len(self.frames)
        return is_known and all(self._tries[frame][1] >= self.looks for frame in self.done.damaged)

    def look(self, anew: bool = False) -> None:
        """Fetch all that is finished by now; `anew`: also what was exchanged since it was fetched.

        Raises SceneRefused where the source is of another render than before, or the target is;
        SourceAway, OutputFailed, and what `check` raises. What has
        come by then stays.
        """
        self._source.let_go()
        pin = read_source_pin(self._source, self._check)
        if self.pin is None and pin is not None:
            self._target.claim(pin)
            self.pin = pin
        if self.pin is None:
            return
        self._refuse_another_render(self.pin, pin)
        try:
            self._fetch_frames(anew)
            self._traces.fetch()
        finally:
            self._target.store()

    def _refuse_another_render(self, before: Pin, now: Pin | None) -> None:
        if now is None:
            raise SourceAway(f"{str(self._source)!r} is gone: see that it is mounted.")
        if now.fingerprint != before.fingerprint:
            raise SceneRefused(
                f"{str(self._source)!r} was taken over by the render {now.render_id!r}: "
                f"{pins.changes_between(now, before)}. Fetch that one to another folder."
            )

    def _fetch_frames(self, anew: bool) -> None:
        marks = self._source.marks(RECORDS, {} if anew else self._settled)
        there = _frames_in(marks)
        for frame in self.done.damaged.keys() - there.keys():
            del self.done.damaged[frame]  # it is being rendered again
            self.done.in_the_way.discard(frame)
        due = []
        for frame in sorted(there) if self.frames is None else self.frames:
            if frame not in there or self._is_settled(frame, there[frame]):
                continue
            self._check()
            is_known = self._target.marks.get(record_name(frame)) == there[frame]
            if is_known and self._target.record(frame) is not None:
                self._settle(frame, there[frame])
            else:
                due.append(frame)
        for batch in self._batches(due, there):
            self._fetch_batch(batch)

    def _is_settled(self, frame: int, mark: Mark) -> bool:
        if self._settled.get(record_name(frame)) == mark:
            return True
        before, tries = self._tries.get(frame, (mark, 0))
        return before == mark and tries >= self.looks

    def _batches(self, due: list[int], marks: Mapping[int, Mark]) -> Iterator[list[_Due]]:
        """Records of frames that are to be fetched, as many at a time as memory may hold."""
        batch: list[_Due] = []
        count = 0
        for frame in self._brought_records(due, marks):
            self._check()
            try:
                record = self._read(frame)
            except Damaged as damaged:
                self._give_up(frame, marks[frame], str(damaged))
                continue
            if record is None:
                continue
            here = self._target.record(frame)
            if here is not None and contents_of(here) == contents_of(record):
                self._settle(frame, marks[frame])
                continue
            batch.append(_Due(record, marks[frame]))
            count += len(record.files)
            if count >= MOST_FILES:
                yield batch
                batch, count = [], 0
        if batch:
            yield batch

    def _brought_records(self, due: list[int], marks: Mapping[int, Mark]) -> Iterator[int]:
        """These frames, when their records are at hand."""
        for together in groups(due, lambda frame: marks[frame].bytes):
            names = map(record_name, together)
            self._source.bring(dict.fromkeys(names, records.MOST_BYTES), self._check)
            yield from together

    def _read(self, frame: int) -> Record | None:
        """The record of a frame; None: it is of another render. Raises Damaged."""
        name = record_name(frame)
        try:
            record = record_from_json(self._source.read(name, records.MOST_BYTES))
        except ValueError as error:
            raise Damaged(f"{name} is no record: {error}") from None
        if record.frame != frame:
            raise Damaged(f"{name} is the record of frame {record.frame}")
        for file in record.files:
            if not is_of_picture(file.name):
                raise Damaged(f"{file.name!r} in its record is no name of a picture")
        is_ours = self.pin is not None and record.fingerprint == self.pin.fingerprint
        return record if is_ours else None

    def _fetch_batch(self, batch: list[_Due]) -> None:
        files = [file for due in batch for file in due.record.files]
        self._progress.begin(len(files), sum(file.size for file in files))
        try:
            for together in groups(batch, lambda due: sum(file.size for file in due.record.files)):
                brought = [file for due in together for file in due.record.files]
                self._source.bring({file.name: file.size for file in brought}, self._check)
                for due in together:
                    self._fetch(due.record, due.mark)
        finally:
            self._progress.end()

    def _fetch(self, record: Record, mark: Mark) -> None:
        frame, reason = record.frame, ""
        for _ in range(MOST_TRIES):
            try:
                self._put(record)
            except InTheWay as refusal:
                self.done.in_the_way.add(frame)
                return self._give_up(frame, mark, str(refusal))
            except Damaged as damaged:
                reason = str(damaged)
            else:
                return self._settle(frame, mark)
            before = record
            try:
                self._source.bring({record_name(frame): records.MOST_BYTES}, self._check)
                now = self._read(frame)
            except Damaged:
                break
            if now is None or contents_of(now) == contents_of(before):
                break
            record = now  # it was rendered again meanwhile
            self._source.bring({file.name: file.size for file in record.files}, self._check)
        return self._give_up(frame, mark, reason)

    def _put(self, record: Record) -> None:
        files = []
        for file in record.files:
            self._check()
            self._progress.start(file.name)
            files.append(FetchedFile(self._source, file, self._on_bytes))
        self._target.put(record, files)
        self.done.frames.append(record.frame)
        self.done.bytes += sum(file.size for file in record.files)

    def _on_bytes(self, count: int) -> None:
        with self._lock:
            self._check()
            self._progress.advance(count)

    def _settle(self, frame: int, mark: Mark) -> None:
        self._settled[record_name(frame)] = mark
        self._target.set_mark(record_name(frame), mark)
        self.done.here.add(frame)
        self.done.damaged.pop(frame, None)
        self.done.in_the_way.discard(frame)

    def _give_up(self, frame: int, mark: Mark, reason: str) -> None:
        """Leave a frame that is not as its record says, perhaps till the next look."""
        before, tries = self._tries.get(frame, (mark, 0))
        self._tries[frame] = mark, tries + 1 if before == mark else 1
        self.done.damaged[frame] = reason


@dataclass(frozen=True)
class _Due:
    record: Record
    mark: Mark


def _frames_in(marks: Mapping[str, Mark]) -> dict[int, Mark]:
    """The marks of records, by their frames; what has no record's name is left out."""
    frames = {}
    for name, mark in marks.items():
        frame = frame_of(name.rpartition("/")[2].removesuffix(".json"))
        if frame is not None and record_name(frame) == name:
            frames[frame] = mark
    return frames


def read_source_pin(source: FrameSource, check: Callable[[], None]) -> Pin | None:
    """The render that a source is of; None: of none, yet. Raises SourceAway, and what `check` does,
    which is called now and then.
    """
    source.bring({PIN: pins.MOST_BYTES}, check)
    try:
        pin = pin_from_json(source.read(PIN, pins.MOST_BYTES))
    except (Damaged, ValueError):
        return None
    return pin if Fingerprint(pin.parts).digest == pin.fingerprint else None
