"""What Check for Farm found last, kept while the window lives."""

from __future__ import annotations

from typing import Any

import bpy

from ..scene.preflight import DataBlock, Finding


class ArrayChunkFinding(bpy.types.PropertyGroup):
    """A finding, kept in the window manager: it is not saved with the file (tried)."""

    __annotations__ = {
        name: bpy.props.StringProperty(name=label)
        for name, label in (
            ("severity", "Severity"),
            ("kind", "Kind"),
            ("message", "Message"),
            ("collection", "Collection"),
            ("data_name", "Data-Block"),
            ("library", "Library"),
            ("part", "Part"),
            ("fix", "Fix"),
        )
    }


def open_file() -> str:
    """What stands for the open file, never empty: findings about another one are not shown."""
    return repr(bpy.data.filepath)


def keep_findings(manager: Any, findings: list[Finding]) -> None:
    """Put findings into the window manager's list, in place of those that are there."""
    manager.array_chunk_findings.clear()
    for finding in findings:
        item = manager.array_chunk_findings.add()
        item.severity, item.kind, item.message = finding.severity, finding.kind, finding.message
        item.collection, item.data_name = finding.data.collection, finding.data.name
        item.library, item.part, item.fix = finding.data.library, finding.data.part, finding.fix
    manager.array_chunk_checked = open_file()


def kept_finding(manager: Any, index: int) -> Finding:
    """A finding of that list. Raises IndexError where there is none of that number."""
    item = manager.array_chunk_findings[index]
    data = DataBlock(item.collection, item.data_name, item.library, item.part)
    return Finding(item.severity, item.kind, item.message, data, item.fix)


def register() -> None:
    bpy.utils.register_class(ArrayChunkFinding)
    manager: Any = bpy.types.WindowManager
    manager.array_chunk_findings = bpy.props.CollectionProperty(
        type=ArrayChunkFinding, name="Findings", options={"SKIP_SAVE"}
    )
    manager.array_chunk_checked = bpy.props.StringProperty(
        name="Checked", description="The file that the findings are about", options={"SKIP_SAVE"}
    )


def unregister() -> None:
    manager: Any = bpy.types.WindowManager
    del manager.array_chunk_checked
    del manager.array_chunk_findings
    bpy.utils.unregister_class(ArrayChunkFinding)
