"""Names of colors in a .blend file, read by the file's own description of its structures."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from array_chunk_render.scene.stored_colors import StoredName, stored_names

NAMES = ["id", "name[66]", "view_settings", "look[64]", "view_transform[64]", "*next", "exposure"]
TYPES = {
    "char": 1,
    "float": 4,
    "ID": 74,
    "Scene": 206,
    "ColorManagedViewSettings": 132,
}
STRUCTURES = [
    ("ID", [("ID", "*next"), ("char", "name[66]")]),
    (
        "ColorManagedViewSettings",
        [("float", "exposure"), ("char", "look[64]"), ("char", "view_transform[64]")],
    ),
    ("Scene", [("ID", "id"), ("ColorManagedViewSettings", "view_settings")]),
]


def strings(tag: bytes, texts: list[str]) -> bytes:
    data = tag + struct.pack("<i", len(texts)) + b"".join(each.encode() + b"\0" for each in texts)
    return data + bytes(-len(data) % 4)


def dna() -> bytes:
    types = list(TYPES)
    data = b"SDNA" + strings(b"NAME", NAMES) + strings(b"TYPE", types)
    sizes = b"TLEN" + struct.pack(f"<{len(types)}H", *TYPES.values())
    data += sizes + bytes(-len(sizes) % 4) + b"STRC" + struct.pack("<i", len(STRUCTURES))
    for kind, fields in STRUCTURES:
        data += struct.pack("<HH", types.index(kind), len(fields))
        for field_type, name in fields:
            data += struct.pack("<HH", types.index(field_type), NAMES.index(name))
    return data


def block(large: bool, code: bytes, content: bytes, structure: int = 0) -> bytes:
    if large:
        return struct.pack("<4siQqq", code, structure, 1, len(content), 1) + content
    return struct.pack("<4siQii", code, len(content), 1, structure, 1) + content


def blend(large: bool) -> bytes:
    scene = bytes(8) + b"SCFilm".ljust(66, b"\0") + bytes(4)
    scene += b"Punchy".ljust(64, b"\0") + b"AgX".ljust(64, b"\0")
    blocks = [(b"SC\0\0", scene, 2), (b"DNA1", dna(), 0), (b"ENDB", b"", 0)]
    header = b"BLENDER17-01v0500" if large else b"BLENDER-v402"
    return header + b"".join(block(large, *each) for each in blocks)


@pytest.mark.parametrize("large", [False, True], ids=["up to 4.5", "from 5.0"])
def test_names_with_their_owner(large: bool, tmp_path: Path) -> None:
    path = tmp_path / "film.blend"
    path.write_bytes(blend(large))
    assert stored_names(path) == [
        StoredName("SCFilm", "look", "Punchy", "view_settings.look"),
        StoredName("SCFilm", "view", "AgX", "view_settings.view_transform"),
    ]


def test_what_is_not_understood_has_no_names(tmp_path: Path) -> None:
    """Cut off anywhere, with each byte another one, and no .blend at all."""
    path = tmp_path / "film.blend"
    whole = blend(large=True)
    broken = [whole[:length] for length in range(0, len(whole), 7)]
    broken += [whole[:at] + b"\xff" + whole[at + 1 :] for at in range(0, len(whole), 3)]
    for data in [b"", b"\x28\xb5\x2f\xfd", b"rubbish", *broken]:
        path.write_bytes(data)
        stored_names(path)
    assert stored_names(tmp_path / "gone.blend") == []
