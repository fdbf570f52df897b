"""What is wrong with a broken picture is found, and said: one case for each check."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from array_chunk_render.publishing.formats import BrokenPicture, Picture, inspect
from array_chunk_render.publishing.formats.source import BLOCK_BYTES, Source
from array_chunk_render.tests.pure import formats_avif as avif
from array_chunk_render.tests.pure import formats_common as common
from array_chunk_render.tests.pure.formats_common import HEIGHT, WIDTH
from array_chunk_render.tests.pure.formats_pictures import PICTURES


def changed(name: str, old: bytes, new: bytes) -> bytes:
    """A whole picture in which some bytes, found once, are others."""
    _, data = PICTURES[name]
    assert data.count(old) == 1
    return data.replace(old, new)


def tiff_tag(tag: int, *values: int) -> bytes:
    return common.tiff({**common.tiff_tags(3, 8), tag: list(values)})


FRAME, SCAN = common.jpeg_frame(), common.jpeg_scan()
END = common.png_chunk(b"IEND", b"")

PNG = [
    pytest.param(b"\x89PNG\r\n\x1a\n" + END, "does not begin with an IHDR", id="no IHDR"),
    pytest.param(
        b"\x89PNG\r\n\x1a\n" + common.png_chunk(b"IHDR", bytes(14)) + END,
        "does not begin with an IHDR",
        id="long IHDR",
    ),
    pytest.param(common.png_header() + END, "no pixels before its IEND", id="no IDAT"),
    pytest.param(
        common.png_header() + common.png_chunk(b"IDAT", b"") + END,
        "no pixels before its IEND",
        id="empty IDAT",
    ),
    pytest.param(
        common.png_header(width=0) + common.png_chunk(b"IDAT", b"x") + END,
        f"says 0x{HEIGHT} pixels",
        id="no width",
    ),
    pytest.param(
        changed("png", b"Frame\x00001", b"Frame\x00002"), "tEXt.*its CRC", id="changed text"
    ),
]

JPEG = [
    pytest.param(common.jpeg(SCAN), "no picture before its end", id="no frame"),
    pytest.param(common.jpeg(FRAME), "no picture before its end", id="no scan"),
    pytest.param(common.jpeg(FRAME, common.jpeg_scan(b"")), "scan is empty", id="empty scan"),
    pytest.param(common.jpeg(FRAME, SCAN, b"\xff\xe0\0\1"), "1 bytes long", id="short segment"),
    pytest.param(common.jpeg(FRAME, b"\xff\xd0"), "FF D0 are no JPEG marker", id="restart outside"),
    pytest.param(common.jpeg(FRAME, b"zero"), "7A 65 are no JPEG marker", id="no marker"),
    pytest.param(
        common.jpeg(FRAME, SCAN).removesuffix(b"\xff\xd9"), "no end marker", id="no end marker"
    ),
]

WEBP = [
    pytest.param(
        common.webp(common.riff_chunk(b"VP8X", b"four"), common.webp_lossy()),
        "VP8X header is 4 bytes",
        id="short canvas",
    ),
    pytest.param(common.webp(common.webp_canvas()), "no picture before its end", id="canvas only"),
    pytest.param(
        common.webp(common.webp_canvas(WIDTH + 1), common.webp_lossy()),
        "sizes that differ",
        id="two sizes",
    ),
    pytest.param(
        common.webp(common.webp_lossy(start_code=b"abc")), "VP8 frame header", id="no start code"
    ),
    pytest.param(
        common.webp(common.webp_lossy(partition=b"los")), "VP8 frame header", id="short partition"
    ),
    pytest.param(common.webp(common.webp_lossless(0x2E)), "VP8L header", id="no signature"),
    pytest.param(common.webp(common.webp_lossless(pixels=b"")), "VP8L header", id="no pixels"),
    pytest.param(
        common.webp(common.webp_lossy() + b"EXIF\4\0\0\0two"), "chunk b'EXIF'", id="chunk too long"
    ),
    pytest.param(
        changed("webp, lossy", b"RIFF\x1c", b"RIFF\x1e"), "RIFF data ends at byte", id="RIFF length"
    ),
]

AVIF = [
    pytest.param(avif.avif(avif.size(), avif.size(WIDTH + 1)), "as its size", id="two sizes"),
    pytest.param(avif.avif(b""), "as its size", id="no size"),
    pytest.param(avif.avif(shift=1), "part of the AVIF's picture", id="place past the end"),
    pytest.param(avif.avif(shift=-1), "not in its data", id="place before the data"),
    pytest.param(
        changed("avif", struct.pack(">I", len(avif.PIXELS)), bytes(4)), "fill 0 bytes", id="empty"
    ),
    pytest.param(
        changed("avif, as Blender's", b"\x44\x00\0\3", b"\x44\x00\0\2"),
        "tells of 2 parts, and holds 14 bytes more",
        id="a picture too many",
    ),
    pytest.param(
        changed("avif", b"iloc" + bytes(4), b"iloc\3\0\0\0"), "the version 3", id="iloc's version"
    ),
    pytest.param(
        changed("avif, a place in version 1", b"DD\0\1\0\1\0\0", b"DD\0\1\0\1\0\1"),
        "made by method 1",
        id="method",
    ),
    pytest.param(changed("avif", b"ipma", b"free"), "whose they are", id="nobody's properties"),
    pytest.param(avif.of_parts(1001), "more than 1000 parts", id="parts"),
    pytest.param(changed("avif", b"iprp", b"free"), "0 boxes b'iprp'", id="no properties"),
    pytest.param(changed("avif", b"mdat", b"free"), "no picture before its end", id="no data"),
    pytest.param(changed("avif", b"\x44\x00\0\1", b"\x44\x00\0\2"), "too soon", id="short iloc"),
    pytest.param(avif.avif() + struct.pack(">I4s", 7, b"free"), "should fill 7", id="size below 8"),
    pytest.param(avif.avif() + avif.box(b"free") * 1000, "more than 1000 boxes", id="boxes"),
]

TIFF = [
    pytest.param(b"II*\0" + bytes(4), "has no directory", id="no directory"),
    pytest.param(common.tiff(next_directory=50), "round in a circle", id="circle"),
    pytest.param(b"II*\0\x08\0\0\0\xff\xff", "claims 65535 entries", id="huge directory"),
    pytest.param(tiff_tag(256), r"tag 256 .* is \(\)", id="no width"),
    pytest.param(tiff_tag(257, 0), r"tag 257 .* is \(0,\)", id="no height"),
    pytest.param(tiff_tag(278, 5), "3 places and 3 lengths of its 1 strips", id="too many strips"),
    pytest.param(tiff_tag(279, 6, 6), "3 places and 2 lengths", id="a length is missing"),
    pytest.param(tiff_tag(279, 6, 0, 6), "1 of the TIFF was never written", id="empty strip"),
    pytest.param(tiff_tag(273, 8, 14, 0), "2 of the TIFF was never written", id="strip nowhere"),
    pytest.param(tiff_tag(273, 8, 14, 2**31), "tile 2 of the TIFF should fill", id="strip outside"),
    pytest.param(tiff_tag(270, 1, 2)[:-4] + b"next", "directory's length", id="next outside"),
    pytest.param(
        common.tiff({**common.tiff_tags(3, 8), 270: [1, 2]}).replace(
            struct.pack("<HHI", 270, 4, 2), struct.pack("<HHI", 270, 4, 99)
        ),
        "value of tag 270 should fill",
        id="value outside",
    ),
    pytest.param(
        changed("tiff", struct.pack("<HHI", 256, 4, 1), struct.pack("<HHI", 256, 11, 1)),
        r"tag 256 .* is \(\)",
        id="a fraction for a width",
    ),
    pytest.param(
        changed("tiff", struct.pack("<HHI", 257, 4, 1), struct.pack("<HHI", 256, 4, 1)),
        "there twice",
        id="two widths",
    ),
]

BMP = [
    pytest.param(common.bmp(compression=1), "none that Blender writes", id="BMP in runs"),
    pytest.param(common.bmp(height=HEIGHT + 1), "the BMP's rows should fill", id="BMP lacks a row"),
    pytest.param(common.bmp(height=-(2**31)), "the BMP's rows should fill", id="BMP's huge height"),
    pytest.param(common.bmp(info=12), "header of 12 bytes", id="BMP's older header"),
    pytest.param(common.bmp(depth=7), "depth 7", id="BMP's depth"),
]

TARGA = [
    pytest.param(common.targa(bytes(9)), "pixels end at byte", id="Targa without pixels"),
    pytest.param(common.targa(b"\xff\0\0\0", kind=10), "83 pixels too many", id="Targa's long run"),
    pytest.param(
        common.targa(b"\x80\0\0\0", kind=10), "pixels", id="Targa's pixels stop in the footer"
    ),
    pytest.param(
        PICTURES["targa"][1][:-26], "does not end in its footer", id="Targa of version 1.0"
    ),
    pytest.param(
        changed("targa", b"are" + struct.pack("<I", 155), b"are" + struct.pack("<I", 154)),
        "byte 154 should lie between",
        id="Targa's area in its pixels",
    ),
]


@pytest.mark.parametrize(("data", "message"), [*PNG, *JPEG, *WEBP, *AVIF, *TIFF, *BMP, *TARGA])
def test_damage_is_named(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(BrokenPicture, match=message) as broken:
        inspect(path)
    assert "byte" in str(broken.value)


@pytest.mark.parametrize("at", [*avif.box_starts(avif.of_blender(), 0, len(avif.of_blender()))])
def test_any_changed_bit_of_a_boxs_length_is_seen(tmp_path: Path, at: int) -> None:
    path = tmp_path / "file"
    for bit in range(32):
        content = bytearray(avif.of_blender())
        content[at + bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        with pytest.raises(BrokenPicture, match="byte"):
            pytest.fail(f"{inspect(path)} was accepted, with bit {bit} changed at {at}")


def test_any_changed_bit_of_an_avif_is_refused_or_does_not_matter(tmp_path: Path) -> None:
    """But of the size: whoever knows the scene's compares it."""
    path = tmp_path / "file"
    size_at = avif.of_blender().index(b"ispe") + 8
    for bit in range(8 * len(avif.of_blender())):
        content = bytearray(avif.of_blender())
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        try:
            picture = inspect(path)
        except BrokenPicture:
            continue
        is_size = size_at <= bit // 8 < size_at + 8
        assert (picture == Picture("AVIF", WIDTH, HEIGHT)) != is_size, bit


@pytest.mark.parametrize("before", range(-3, 4))
@pytest.mark.parametrize("escaped", [b"\xff\x00", b"\xff\xd0", b"\xff\xff\xff"])
def test_a_jpeg_marker_on_the_border_of_two_blocks(
    tmp_path: Path, before: int, escaped: bytes
) -> None:
    """Blocks are counted from the scan's first byte."""
    path = tmp_path / "file"
    scan = bytes(BLOCK_BYTES + before) + escaped
    path.write_bytes(common.jpeg(FRAME, common.jpeg_scan(scan)))
    assert inspect(path).width == WIDTH
    path.write_bytes(common.jpeg(FRAME, common.jpeg_scan(bytes(BLOCK_BYTES + before))))
    assert inspect(path).width == WIDTH


def test_a_png_chunk_longer_than_a_block(tmp_path: Path) -> None:
    data = common.png_header() + common.png_chunk(b"IDAT", bytes(3 * BLOCK_BYTES)) + END
    path = tmp_path / "file"
    path.write_bytes(data)
    assert inspect(path).width == WIDTH


@pytest.mark.parametrize("packet", [b"\x00abc", b"\x80abc"])
def test_targa_packets_across_blocks(tmp_path: Path, packet: bytes) -> None:
    """Packets of one pixel each, more of them than a block holds."""
    width, height = 400, 200
    data = common.targa(packet * width * height, kind=10)
    data = data[:12] + struct.pack("<HH", width, height) + data[16:]
    path = tmp_path / "file"
    path.write_bytes(data)
    assert (inspect(path).width, inspect(path).height) == (width, height)


def test_a_file_cut_while_it_is_read() -> None:
    with pytest.raises(BrokenPicture, match="cut to 3 bytes while it was read"):
        Source(io.BytesIO(b"abc"), 5).read(1, 4, "the header")
