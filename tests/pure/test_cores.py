"""Usable cores: the host's, the affinity, and the quotas of control groups of both versions."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from array_chunk_render.machine.cores import Cores, cgroup_quota, usable_cores

VERSION_2 = "30 24 0:26 {mounted} {at} ro,nosuid shared:4 - cgroup2 cgroup rw,nsdelegate"
VERSION_1 = "33 25 0:28 {mounted} {at} rw,nosuid master:9 - cgroup cgroup rw,cpu,cpuacct"
OTHER_MOUNTS = [
    "24 1 8:1 / / rw,relatime - ext4 /dev/root rw",
    "34 25 0:29 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset",
    "35 25 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd",
]


def tree(root: Path, own: list[str], mounts: list[str], files: dict[str, str]) -> Path:
    """Make a `/proc/self` and control groups below a folder."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text("".join(f"{line}\n" for line in own))
    lines = [*OTHER_MOUNTS, *mounts]
    (root / "proc/self/mountinfo").write_text("".join(f"{line}\n" for line in lines))
    for name, content in files.items():
        path = root / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n")
    return root


def version_2(root: Path, own: str, files: dict[str, str], mounted: str = "/") -> Path:
    mount = VERSION_2.format(mounted=mounted, at="/sys/fs/cgroup")
    return tree(root, [f"0::{own}"], [mount], files)


def version_1(root: Path, own: str, files: dict[str, str], mounted: str = "/") -> Path:
    groups = [f"9:cpuset:{own}", "1:name=systemd:/init.scope", f"4:cpu,cpuacct:{own}"]
    mount = VERSION_1.format(mounted=mounted, at="/sys/fs/cgroup/cpu,cpuacct")
    return tree(
        root, groups, [mount], {f"cpu,cpuacct/{name}": text for name, text in files.items()}
    )


@pytest.mark.parametrize(
    ("own", "files", "quota"),
    [
        pytest.param("/", {}, None, id="root group has no file"),
        pytest.param("/", {"cpu.max": "max 100000"}, None, id="no quota"),
        pytest.param("/", {"cpu.max": "800000 100000"}, 8.0, id="container sees its group as root"),
        pytest.param("/job", {"job/cpu.max": "150000 100000"}, 1.5, id="own group"),
        pytest.param(
            "/job/step",
            {"job/cpu.max": "200000 100000", "job/step/cpu.max": "max 100000"},
            2.0,
            id="quota of the group above",
        ),
        pytest.param(
            "/job/step",
            {"job/cpu.max": "400000 100000", "job/step/cpu.max": "50000 50000"},
            1.0,
            id="own quota is smaller",
        ),
        pytest.param(
            "/job/step",
            {"job/cpu.max": "50000 50000", "job/step/cpu.max": "400000 100000"},
            1.0,
            id="quota above is smaller",
        ),
        pytest.param(
            "/host.slice/docker-1a2b", {"cpu.max": "300000 100000"}, 3.0, id="path not visible"
        ),
        pytest.param(
            "/../../other",
            {"cpu.max": "300000 100000", "../../other/cpu.max": "100000 100000"},
            3.0,
            id="path above the root",
        ),
        pytest.param("/job", {"other/cpu.max": "100000 100000"}, None, id="quota of another group"),
        pytest.param("/job", {"job/cpu.max": ""}, None, id="empty file"),
        pytest.param("/job", {"job/cpu.max": "100000"}, None, id="no period"),
        pytest.param("/job", {"job/cpu.max": "0 0"}, None, id="zeros"),
    ],
)
def test_quota_of_version_2(
    tmp_path: Path, own: str, files: dict[str, str], quota: float | None
) -> None:
    assert cgroup_quota(version_2(tmp_path, own, files)) == quota


@pytest.mark.parametrize(
    ("own", "mounted", "group", "microseconds", "quota"),
    [
        pytest.param("/", "/", ".", "-1", None, id="no quota"),
        pytest.param("/job", "/", "job", "250000", 2.5, id="own group"),
        pytest.param("/job/step", "/", "job", "250000", 2.5, id="group above"),
        pytest.param("/docker/1a2b", "/docker/1a2b", ".", "250000", 2.5, id="container's mount"),
        pytest.param("/docker/1a2b/in", "/docker/1a2b", "in", "250000", 2.5, id="group inside"),
        pytest.param("/docker/1a2b", "/", ".", "250000", 2.5, id="path not visible"),
        pytest.param("/ecs/task", "/docker/1a2b", ".", "250000", 2.5, id="mount of another path"),
    ],
)
def test_quota_of_version_1(
    tmp_path: Path, own: str, mounted: str, group: str, microseconds: str, quota: float | None
) -> None:
    files = {
        f"{group}/cpu.cfs_quota_us": microseconds,
        f"{group}/cpu.cfs_period_us": "100000",
    }
    assert cgroup_quota(version_1(tmp_path, own, files, mounted)) == quota


def test_quotas_of_both_versions(tmp_path: Path) -> None:
    mounts = [
        VERSION_2.format(mounted="/", at="/sys/fs/cgroup/unified"),
        VERSION_1.format(mounted="/", at="/sys/fs/cgroup/cpu"),
    ]
    files = {
        "unified/job/cpu.max": "700000 100000",
        "cpu/cpu.cfs_quota_us": "600000",
        "cpu/cpu.cfs_period_us": "100000",
    }
    assert cgroup_quota(tree(tmp_path, ["4:cpu:/", "0::/job"], mounts, files)) == 6.0


def test_no_proc_at_all(tmp_path: Path) -> None:
    assert cgroup_quota(tmp_path) is None


def test_lines_of_another_kind(tmp_path: Path) -> None:
    assert cgroup_quota(tree(tmp_path, ["", "none", "0::relative"], ["", "none"], {})) is None


@pytest.mark.parametrize(
    ("allowed", "quota", "count", "reason"),
    [
        pytest.param(64, None, 64, "all 64 cores", id="no limit"),
        pytest.param(4, None, 4, "affinity 4 of 64 cores", id="affinity"),
        pytest.param(64, 8.0, 8, "cgroup quota 8 of 64 cores", id="quota"),
        pytest.param(64, 1.5, 2, "cgroup quota 1.5 of 64 cores", id="quota is rounded up"),
        pytest.param(64, 0.25, 1, "cgroup quota 0.25 of 64 cores", id="one thread at least"),
        pytest.param(4, 8.0, 4, "affinity 4 of 64 cores", id="affinity below quota"),
        pytest.param(8, 4.0, 4, "cgroup quota 4 of 64 cores", id="quota below affinity"),
        pytest.param(64, 100.0, 64, "all 64 cores", id="quota above the host"),
    ],
)
def test_the_narrowest_limit_counts(
    allowed: int, quota: float | None, count: int, reason: str
) -> None:
    assert Cores.least(64, allowed, quota) == Cores(count, 64, reason)


def test_quota_of_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: range(48), raising=False)
    assert usable_cores(tmp_path) == Cores(48, 64, "affinity 48 of 64 cores")
    version_2(tmp_path, "/", {"cpu.max": "800000 100000"})
    assert usable_cores(tmp_path) == Cores(8, 64, "cgroup quota 8 of 64 cores")


def test_a_system_without_affinity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 12)
    assert usable_cores(tmp_path) == Cores(12, 12, "all 12 cores")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_cores(tmp_path).count == 1


def test_this_machine() -> None:
    cores = usable_cores()
    assert 1 <= cores.count <= cores.host_count
