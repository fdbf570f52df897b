"""By which Blender a .blend was saved: plain, and compressed in each way."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest
from array_chunk_render.chunking.errors import BlendUnreadable
from array_chunk_render.command_line.blend_file import refuse_newer, saved_by
from array_chunk_render.command_line.zstd_start import first_bytes
from blend_bytes import frame
from hypothesis import given
from hypothesis import strategies as st

HEADERS = [
    pytest.param(b"BLENDER-v405RENDH   ", (4, 5), id="4.5"),
    pytest.param(b"BLENDER_v279REND", (2, 79), id="2.79, 32 bits"),
    pytest.param(b"BLENDER-V280REND", (2, 80), id="2.80, big endian"),
    pytest.param(b"BLENDER17-01v0502REND", (5, 2), id="5.2"),
    pytest.param(b"BLENDER17-01v1000REND", (10, 0), id="10.0"),
    pytest.param(b"BLENDER18-02v0600REND", (6, 0), id="a header of another format"),
    pytest.param(b"BLENDER-v4", None, id="cut off"),
    pytest.param(b"%PDF-1.7", None, id="none"),
    pytest.param(b"", None, id="empty"),
]


@pytest.mark.parametrize(("content", "version"), HEADERS)
def test_headers(content: bytes, version: tuple[int, int] | None, tmp_path: Path) -> None:
    path = tmp_path / "scene.blend"
    noise = random.Random(1).randbytes(99)
    packings = (content + noise, gzip.compress(content + noise), frame((0, content + noise)))
    for packed in packings if version else (content, gzip.compress(content), frame((0, content))):
        path.write_bytes(packed)
        assert saved_by(path) == version


@pytest.mark.parametrize("saved", [(4, 5), (5, 0), (10, 0)])
def test_newer_is_refused_with_both_versions(saved: tuple[int, int]) -> None:
    with pytest.raises(BlendUnreadable) as caught:
        refuse_newer(Path("/shots/a.blend"), saved, (4, 2), "4.2.23 LTS")
    assert caught.value.exit_code == 66
    for words in ("/shots/a.blend", f"Blender {saved[0]}.{saved[1]}", "Blender 4.2.23 LTS"):
        assert words in str(caught.value)


@pytest.mark.parametrize("saved", [None, (2, 79), (4, 1), (4, 2)])
def test_older_is_taken(saved: tuple[int, int] | None) -> None:
    refuse_newer(Path("/shots/a.blend"), saved, (4, 2), "4.2.23 LTS")


# By zstd's own program: literals packed by a tree, whose weights are packed, too.
PACKED = {
    "4.5": (
        "28b52ffd0058c50300820c1d16a0a5e90f3e40459a04a0480c4a4488dc1be0507f0103846dc2aeaf"
        "37d93f59de26ab612d3a77d0be36bbec306e8bf6306f567bbdd792c73d93d13a05603cf142c8c757"
        "a122539ab53ecfbf38fddee12ec7f04b6cc21af17a32a151c6d2cab9d051b6f1ebf4f0e690200802"
        "ba1fa602022fddb300"
    ),
    "5.2": (
        "28b52ffd0058bd030092cc1c16a02549070f3e203dc09428e4ccb4ad35d2c82555757ac44f3c2fec"
        "f4edc6f5a92828122a33802cafe738cc64410e5eab58256521e99965aa158708d44a541874598940"
        "640c5745de756d516a2987ce8de072fc188b56587a4c406a5c09658106e49a4bba677d439b1d33cc"
        "000d4041e566a900"
    ),
}


@pytest.mark.parametrize("version", PACKED)
def test_literals_packed_by_a_tree(version: str) -> None:
    header = {"4.5": b"BLENDER-v405RENDH", "5.2": b"BLENDER17-01v0502"}[version]
    assert first_bytes(bytes.fromhex(PACKED[version]), 17) == header


@given(st.binary(max_size=300), st.integers(0, 40))
def test_any_bytes_are_taken(tail: bytes, kept: int) -> None:
    """Whatever follows a frame's magic number, there is an answer and no error."""
    whole = bytes.fromhex(PACKED["5.2"])
    first_bytes(whole[:kept] + tail, 17)
