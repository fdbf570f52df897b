"""Memory: the machine's, the limits of control groups of both versions, and what is resident."""

from __future__ import annotations

from pathlib import Path

import pytest
from array_chunk_render.machine.memory import (
    MIB,
    WELL_USED,
    Growth,
    MemoryLimit,
    MemoryUse,
    Step,
    cgroup_memory,
    memory_limit,
    memory_use,
)
from hypothesis import given
from hypothesis import strategies as st

VERSION_2 = "30 24 0:26 {mounted} {at} ro,nosuid shared:4 - cgroup2 cgroup rw,nsdelegate"
VERSION_1 = "33 25 0:28 {mounted} {at} rw,nosuid master:9 - cgroup cgroup rw,memory"
OTHER_MOUNT = "34 25 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct"
NONE_OF_VERSION_1 = "9223372036854771712"

MEMINFO = "MemTotal:       65536000 kB\nMemFree:         1234 kB\nHugePages_Total:       0\n"
MACHINE = 65_536_000 << 10
STATUS = "Name:\tblender\nVmPeak:\t 9000000 kB\nVmHWM:\t 3000000 kB\nVmRSS:\t 2000000 kB\n"


def tree(root: Path, own: list[str], mounts: list[str], files: dict[str, str]) -> Path:
    """Make a `/proc` and control groups below a folder."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/meminfo").write_text(MEMINFO)
    (root / "proc/self/status").write_text(STATUS)
    (root / "proc/self/cgroup").write_text("".join(f"{line}\n" for line in own))
    lines = [OTHER_MOUNT, *mounts]
    (root / "proc/self/mountinfo").write_text("".join(f"{line}\n" for line in lines))
    for name, content in files.items():
        path = root / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n")
    return root


def version_2(root: Path, own: str, files: dict[str, str]) -> Path:
    mount = VERSION_2.format(mounted="/", at="/sys/fs/cgroup")
    return tree(root, [f"0::{own}"], [mount], files)


def version_1(root: Path, own: str, files: dict[str, str], mounted: str = "/") -> Path:
    mount = VERSION_1.format(mounted=mounted, at="/sys/fs/cgroup/memory")
    groups = [f"9:cpu,cpuacct:{own}", f"4:memory:{own}"]
    return tree(root, groups, [mount], {f"memory/{name}": text for name, text in files.items()})


@pytest.mark.parametrize(
    ("own", "files", "limit"),
    [
        pytest.param("/", {}, None, id="root group has no file"),
        pytest.param("/", {"memory.max": "max"}, None, id="no limit"),
        pytest.param("/", {"memory.max": "1048576"}, MIB, id="container sees its group as root"),
        pytest.param("/job", {"job/memory.max": "1048576"}, MIB, id="own group"),
        pytest.param(
            "/job/step",
            {"job/memory.max": "1048576", "job/step/memory.max": "max"},
            MIB,
            id="limit of the group above",
        ),
        pytest.param(
            "/job/step",
            {"job/memory.max": "9048576", "job/step/memory.max": "1048576"},
            MIB,
            id="own limit is smaller",
        ),
        pytest.param("/job", {"other/memory.max": "1048576"}, None, id="limit of another group"),
        pytest.param("/job", {"job/memory.max": ""}, None, id="empty file"),
        pytest.param("/job", {"job/memory.max": "0"}, None, id="zero"),
    ],
)
def test_limit_of_version_2(
    tmp_path: Path, own: str, files: dict[str, str], limit: int | None
) -> None:
    assert cgroup_memory(version_2(tmp_path, own, files)) == limit


@pytest.mark.parametrize(
    ("own", "mounted", "group"),
    [
        pytest.param("/job", "/", "job", id="own group"),
        pytest.param("/job/step", "/", "job", id="group above"),
        pytest.param("/docker/1a2b", "/docker/1a2b", ".", id="container's mount"),
        pytest.param("/docker/1a2b", "/", ".", id="path not visible"),
    ],
)
def test_limit_of_version_1(tmp_path: Path, own: str, mounted: str, group: str) -> None:
    files = {f"{group}/memory.limit_in_bytes": "1048576"}
    assert cgroup_memory(version_1(tmp_path, own, files, mounted)) == MIB


def test_the_number_that_means_none(tmp_path: Path) -> None:
    version_1(tmp_path, "/job", {"job/memory.limit_in_bytes": NONE_OF_VERSION_1})
    assert memory_limit(root=tmp_path) == MemoryLimit(MACHINE, "all 64000 MiB")
    (tmp_path / "proc/meminfo").unlink()
    assert memory_limit(root=tmp_path) is None


def test_the_smallest_limit_counts(tmp_path: Path) -> None:
    version_2(tmp_path, "/", {"memory.max": str(4096 * MIB)})
    expected = MemoryLimit(4096 * MIB, "cgroup limit 4096 of 64000 MiB")
    assert memory_limit(root=tmp_path) == expected
    (tmp_path / "sys/fs/cgroup/memory.max").write_text(str(1 << 50))
    assert memory_limit(root=tmp_path) == MemoryLimit(MACHINE, "all 64000 MiB")


def test_a_limit_where_the_machine_tells_nothing(tmp_path: Path) -> None:
    version_2(tmp_path, "/", {"memory.max": str(4096 * MIB)})
    (tmp_path / "proc/meminfo").unlink()
    assert memory_limit(root=tmp_path) == MemoryLimit(4096 * MIB, "cgroup limit 4096 MiB")


@pytest.mark.parametrize("told", [1, 100_000])
def test_what_is_told_wins(told: int, tmp_path: Path) -> None:
    version_2(tmp_path, "/", {"memory.max": str(4096 * MIB)})
    assert memory_limit(told, tmp_path) == MemoryLimit(told * MIB, f"--memory {told} MiB")


def test_use_of_this_process(tmp_path: Path) -> None:
    version_2(tmp_path, "/", {})
    assert memory_use(tmp_path) == MemoryUse(2_000_000 << 10, 3_000_000 << 10)
    (tmp_path / "proc/self/status").write_text("VmRSS:\t 2000000 kB\n")
    assert memory_use(tmp_path) == MemoryUse(2_000_000 << 10, 2_000_000 << 10)


def test_no_proc_at_all(tmp_path: Path) -> None:
    assert (memory_limit(root=tmp_path), memory_use(tmp_path)) == (None, None)


def test_this_machine() -> None:
    limit, use = memory_limit(), memory_use()
    assert limit is not None
    assert use is not None
    assert 0 < use.resident <= use.peak < limit.bytes


def steps(resident: list[int], limit: int) -> list[Step]:
    """What is decided after each frame, where dropping frees nothing that these don't tell."""
    growth, taken = Growth(), []
    for each in resident:
        growth = growth.after_frame(each)
        taken.append(growth.step(limit))
        if taken[-1] is Step.DROP:
            growth = growth.dropped()
        if taken[-1] is Step.STOP:
            break
    return taken


K, D, S = Step.KEEP, Step.DROP, Step.STOP


@pytest.mark.parametrize(
    ("resident", "expected"),
    [
        pytest.param([70, 70, 70], [K, K, K], id="it doesn't grow"),
        pytest.param([70, 60, 70, 79], [K, K, K, D], id="by the worst growth"),
        pytest.param([10, 40, 50, 50, 51], [K, K, K, K, D], id="a growth long ago"),
        pytest.param([10, 40, 41, 52, 20, 51], [K, K, K, D, K, D], id="dropped now and then"),
        pytest.param([81, 81], [D, S], id="of no use from the start"),
        pytest.param([10, 60, 60], [K, D, S], id="dropping frees nothing"),
        pytest.param([10, 60, 30, 60, 30], [K, D, K, D, K], id="every second frame"),
    ],
)
def test_steps(resident: list[int], expected: list[Step]) -> None:
    assert steps(resident, 100) == expected


BYTES = st.integers(0, 1 << 40)


@given(st.lists(BYTES, min_size=1, max_size=30), st.integers(1, 1 << 40))
def test_what_passes_the_share_is_never_kept(resident: list[int], limit: int) -> None:
    for each, step in zip(resident, steps(resident, limit), strict=False):
        assert step is not Step.KEEP or each <= WELL_USED * limit


@given(BYTES, BYTES, st.integers(0, 20))
def test_steady_growth_is_stopped_one_frame_before(first: int, added: int, frames: int) -> None:
    """All frames that grow alike fit: nothing is dropped. With one more, it is dropped in time."""
    resident = [first + added * number for number in range(frames + 2)]
    fitting = (resident[-1] + added) / WELL_USED
    assert set(steps(resident, int(fitting) + 2)) == {Step.KEEP}
    if added > 4:
        assert steps(resident, int(fitting) - 4)[-1] is not Step.KEEP


@given(st.lists(BYTES, min_size=1, max_size=30), st.integers(1, 1 << 40), st.integers(1, 64))
def test_less_room_never_keeps_longer(resident: list[int], limit: int, lanes: int) -> None:
    def kept(room: int) -> int:
        taken = steps(resident, room)
        return next((at for at, step in enumerate(taken) if step is not Step.KEEP), len(taken))

    assert kept(limit // lanes) <= kept(limit)


@given(st.lists(BYTES, min_size=1, max_size=30), st.integers(1, 1 << 40))
def test_it_stops_only_right_after_a_drop(resident: list[int], limit: int) -> None:
    taken = steps(resident, limit)
    for at, step in enumerate(taken):
        if step is Step.STOP:
            assert at
            assert taken[at - 1] is Step.DROP
