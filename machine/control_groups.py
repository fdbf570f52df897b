"""Pure: where the limits of this process' control groups stand, of both versions of them.

Version 2 keeps all limits of a group in one folder, version 1 has a folder for each controller
(`cpu`, `memory`). proc(5) and cgroups(7) describe how a process finds its own.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger(__name__)

_GROUP = re.compile(r"[0-9]+:(?P<controllers>[^:]*):(?P<path>/.*)")
_MOUNT = re.compile(
    r"\S+ \S+ \S+ (?P<mounted>\S+) (?P<mount_point>\S+) .*"
    r"- cgroup(?P<version>2?) \S+ (?P<options>\S+)"
)


def control_groups(root: Path, controller: str) -> Iterator[Path]:
    """Yield the folders of this process' control groups and of all groups above them.

    Of version 1 those of one `controller`. `root` is the folder that holds `proc` and `sys`.
    """
    own = _own_groups(root)
    for line in text_of(root / "proc/self/mountinfo").splitlines():
        if mount := _MOUNT.fullmatch(line):
            controllers = (
                {""} if mount["version"] else {controller} & {*mount["options"].split(",")}
            )
            for each in controllers & own.keys():
                mount_point = root / mount["mount_point"].lstrip("/")
                yield from _upwards(mount_point, mount["mounted"], own[each])


def text_of(path: Path) -> str:
    """Return a file's text, or nothing: the root group has no limit, and other systems no /proc."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        log.debug("no limit can be read there: %s", error)
        return ""


def _own_groups(root: Path) -> dict[str, str]:
    """Return the groups in /proc/self/cgroup by controller; version 2 has the controller ''."""
    lines = map(_GROUP.fullmatch, text_of(root / "proc/self/cgroup").splitlines())
    return {
        controller: line["path"]
        for line in lines
        if line is not None
        for controller in line["controllers"].split(",")
    }


def _upwards(mount_point: Path, mounted: str, own: str) -> Iterator[Path]:
    """Yield the group's folder and those above it, as far as they are mounted here.

    In a container the own path is often one of the host's, of which nothing is mounted but the
    container's group itself: then that one, the mount point, is all that can be looked at.
    """
    inside = Path(own)
    below = inside.relative_to(mounted) if inside.is_relative_to(mounted) else Path()
    group = Path() if ".." in below.parts else below
    yield mount_point / group
    for parent in group.parents:
        yield mount_point / parent
