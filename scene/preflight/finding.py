"""One thing that a person should know before rendering, and the data-block that it is about."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import bpy

from .kinds import ERROR, KINDS, MISSING, WARNING


@dataclass(frozen=True)
class DataBlock:
    """A data-block by its address, which outlives undo and can be written down."""

    collection: str = ""
    """Where bpy.data has it, such as ``objects``; empty: the finding is about no data-block."""
    name: str = ""
    library: str = ""
    """Path of the library that it is linked from, as stored; empty: it is the file's own."""
    part: str = ""
    """Name of the view layer, node, marker or strip in it that is meant, if any."""

    @classmethod
    def of(cls, data_block: Any, part: str = "") -> DataBlock:
        collections = _collections()
        kind = data_block.bl_rna
        while kind is not None and kind.identifier not in collections:
            kind = kind.base
        collection = "" if kind is None else collections[kind.identifier]
        library = data_block.library.filepath if data_block.library else ""
        return cls(collection, data_block.name, library, part)

    def find(self) -> Any:
        """The data-block itself, or None where it is gone by now."""
        if not self.collection:
            return None
        key = (self.name, self.library or None)
        return getattr(bpy.data, self.collection).get(key)

    @property
    def label(self) -> str:
        """What it is called in a list, such as ``scenes / Scene / View Layer``."""
        return " / ".join(filter(None, (self.collection, self.name, self.part)))


@functools.cache
def _collections() -> Mapping[str, str]:
    """For each type of data-block the collection of bpy.data that holds it."""
    every = bpy.types.BlendData.bl_rna.properties
    return {
        each.fixed_type.identifier: each.identifier for each in every if each.type == "COLLECTION"
    }


@dataclass(frozen=True)
class Finding:
    """One thing that a person should know before rendering."""

    severity: str
    kind: str
    """Name of its kind, see `kinds`."""
    message: str
    """One sentence or two: what is the matter with what, and what to do."""
    data: DataBlock = DataBlock()
    fix: str = ""
    """Name of what can put it right, see `fixes`; empty: it takes a person."""

    def as_fields(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "severity": self.severity,
            "kind": self.kind,
            "data": {
                "collection": self.data.collection,
                "name": self.data.name,
                "library": self.data.library,
                "part": self.data.part,
            },
            "message": self.message,
            "fix": self.fix,
        }


def finding(
    kind: str, message: str, data_block: Any = None, part: str = "", **more: str
) -> Finding:
    """A finding with its kind's severity and fix, unless `more` says others.

    A kind whose severity depends on the settings needs it in `more`.
    """
    usual = KINDS[kind]
    severity = more.get("severity", usual.severity)
    assert severity in {ERROR, WARNING}, f"{kind}: {MISSING} is no severity"
    data = DataBlock() if data_block is None else DataBlock.of(data_block, part)
    return Finding(severity, kind, message, data, more.get("fix", usual.fix))
