"""Files and records that are not what they seem, put there behind the children's backs."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from .checker import pictures_in
from .conftest import MakeFilm, NewTrial
from .scale import FULL, chance

FRAMES = 4
Plant = Callable[[Path], None]
"""Does something to a folder of frames."""


def record(output: Path, frame: int) -> Path:
    return output / ".array_chunk" / "frames" / f"{frame:05d}.json"


def cut(path: Path, size: int) -> None:
    os.truncate(path, size)


def cut_all(output: Path) -> None:
    for path in pictures_in(output):
        cut(path, chance("cut", path.name).randrange(1, path.stat().st_size))


def empty_all(output: Path) -> None:
    for path in pictures_in(output):
        cut(path, 0)


def cut_last_byte(output: Path) -> None:
    for path in pictures_in(output):
        cut(path, path.stat().st_size - 1)


def cut_keeping_time(output: Path) -> None:
    for path in pictures_in(output):
        there = path.stat()
        cut(path, there.st_size // 2)
        os.utime(path, ns=(there.st_atime_ns, there.st_mtime_ns))


def change_a_byte(output: Path) -> None:
    for path in pictures_in(output):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        path.write_bytes(content)


def swap_frames(output: Path) -> None:
    for path in list(pictures_in(output)):
        if path.stem.endswith("00001"):
            other = path.with_name(path.name.replace("00001", "00003"))
            path.rename(output / "aside")
            other.rename(path)
            (output / "aside").rename(other)


def swap_records(output: Path) -> None:
    one, other = record(output, 1), record(output, 2)
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)


def swap_node_files(output: Path) -> None:
    first = output / "compositor" / "first"
    second = output / "compositor" / "second"
    first.rename(output / "aside")
    second.rename(first)
    (output / "aside").rename(second)


def remove_files(output: Path) -> None:
    (output / "00002.png").unlink()
    shutil.rmtree(output / "compositor" / "second")


def remove_records(output: Path) -> None:
    for path in (output / ".array_chunk" / "frames").iterdir():
        path.unlink()


def spoil_records(output: Path) -> None:
    for frame, content in enumerate((b"", b"{", b"[]", b'{"frame": 4}'), start=1):
        record(output, frame).write_bytes(content)


def records_of_another_render(output: Path) -> None:
    for frame in range(1, FRAMES + 1):
        fields = json.loads(record(output, frame).read_bytes())
        record(output, frame).write_text(json.dumps({**fields, "fingerprint": "0" * 64}))


def older_files(output: Path) -> None:
    for path in (*pictures_in(output), *(output / ".array_chunk" / "frames").iterdir()):
        os.utime(path, (0, 0))


def spoil_pin(output: Path) -> None:
    (output / ".array_chunk" / "render.json").write_bytes(b"\x00" * 100)


def remove_pin(output: Path) -> None:
    (output / ".array_chunk" / "render.json").unlink()


def some(names: Collection[str], wanted: int) -> list[str]:
    return list(names) if FULL else sorted(chance("planted").sample(list(names), wanted))


WITHOUT_RECORD = {
    "cut off anywhere": cut_all,
    "empty": empty_all,
    "without their last byte": cut_last_byte,
    "with a changed byte": change_a_byte,
    "of two frames swapped": swap_frames,
    "whole": lambda output: None,
}
WITH_RECORD = {
    **{f"files {name}": plant for name, plant in WITHOUT_RECORD.items()},
    "files cut off, their time put back": cut_keeping_time,
    "files of two nodes swapped": swap_node_files,
    "files with their time set to 1970": older_files,
    "records without their files": remove_files,
    "files without their records": remove_records,
    "records of two frames swapped": swap_records,
    "broken records": spoil_records,
    "records of another render": records_of_another_render,
    "a broken pin": spoil_pin,
    "no pin": remove_pin,
}


@pytest.mark.parametrize("name", some(WITHOUT_RECORD, 2))
def test_files_planted_before(name: str, make_film: MakeFilm, new_trial: NewTrial) -> None:
    film = make_film(end=FRAMES)
    with new_trial(film, "planted before", f"files {name}") as trial:
        with trial.reader.looking_away():
            shutil.copytree(film.blend.with_name("reference"), trial.output)
            WITHOUT_RECORD[name](trial.output)
        ended = trial.complete()
        assert ended.hits.count("begun") == FRAMES, "none of them had a record"


@pytest.mark.parametrize("name", some(WITH_RECORD, 5))
def test_changed_behind_the_records(name: str, make_film: MakeFilm, new_trial: NewTrial) -> None:
    with new_trial(make_film(end=FRAMES), "changed afterwards", name) as trial:
        trial.complete()
        with trial.reader.looking_away():
            WITH_RECORD[name](trial.output)
        ended = trial.complete()
        rendered = ended.hits.count("begun")
        assert (rendered == 0) == (WITH_RECORD[name] in HARMLESS), rendered


HARMLESS = {WITHOUT_RECORD["whole"], older_files, spoil_pin, remove_pin}
"""What needs no frame to be rendered again."""


def test_only_verify_deep_sees_other_bytes_of_the_same_size_and_time(
    make_film: MakeFilm, new_trial: NewTrial
) -> None:
    with new_trial(
        make_film(end=FRAMES), "changed afterwards", "bytes; size and time kept"
    ) as trial:
        trial.complete()
        path = trial.output / "00002.png"
        there, content = path.stat(), bytearray(path.read_bytes())
        with trial.reader.looking_away():
            content[len(content) // 2] ^= 0xFF
            path.write_bytes(content)
            os.utime(path, ns=(there.st_atime_ns, there.st_mtime_ns))
        checked = trial.begin(words=("verify", "--deep")).end()
        assert checked.code == 65, checked
        assert "2" in checked.log
        assert trial.run(words=("--existing", "overwrite")).code == 0
        trial.hold_complete()


@pytest.mark.parametrize("name", some(["cut off anywhere", "empty", "without their last byte"], 1))
def test_broken_files_are_never_adopted(
    name: str, make_film: MakeFilm, new_trial: NewTrial
) -> None:
    film = make_film(end=FRAMES)
    with new_trial(film, "planted before, --existing keep", f"files {name}") as trial:
        with trial.reader.looking_away():
            shutil.copytree(film.blend.with_name("reference"), trial.output)
            WITHOUT_RECORD[name](trial.output)
        ended = trial.run(words=("--existing", "keep"))
        assert ended.code == 0
        trial.hold_complete()
        assert ended.hits.count("begun") == FRAMES
