"""A whole picture file of every structure that the checks know, by name."""

from __future__ import annotations

from array_chunk_render.publishing.formats import Picture

from . import formats_avif as avif
from . import formats_common as common
from . import formats_film as film
from .formats_common import HEIGHT, WIDTH

LINES = [(line,) for line in range(-2, HEIGHT - 2)]
"""The chunks of one line each: ZIPS."""
TILES = [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (0, 2), (1, 2), (2, 2)]
"""9x5 pixels in tiles of 4x2."""
ONE_LEVEL = [(*tile, 0, 0) for tile in TILES]
# Halved and rounded down: 9x5, 4x2, 2x1, 1x1; rounded up: 9x5, 5x3, 3x2, 2x1, 1x1.
MIP_DOWN = [*ONE_LEVEL, (0, 0, 1, 1), (0, 0, 2, 2), (0, 0, 3, 3)]
MIP_UP = [
    *ONE_LEVEL,
    *[(column, row, 1, 1) for row in range(2) for column in range(2)],
    *[(0, 0, level, level) for level in (2, 3, 4)],
]
RIP_DOWN = [
    *ONE_LEVEL,
    *[(0, row, level, 0) for level in (1, 2, 3) for row in range(3)],
    *[(column, 0, 0, 1) for column in range(3)],
    *[(0, 0, level, 1) for level in (1, 2, 3)],
    *[(column, 0, 0, 2) for column in range(3)],
    *[(0, 0, level, 2) for level in (1, 2, 3)],
]
TILED, LONG_NAMES, PARTS = 0x200, 0x400, 0x1000


def exr_in_tiles(mode: int, places: list[tuple[int, int, int, int]]) -> bytes:
    return film.exr(film.exr_header(tiles=film.exr_tiles(mode)), places, flags=TILED | LONG_NAMES)


def exr_in_parts() -> bytes:
    """Three parts: of one line a chunk, of all lines in one, of tiles."""
    tiles = film.exr_part(2, 9, b"tiledimage").removesuffix(b"\0")
    tiles += film.exr_attribute("tiles", *film.exr_tiles(film.ONE_LEVEL)) + b"\0"
    headers = film.exr_part(0, HEIGHT) + film.exr_part(1, 1, compression=film.DWAB) + tiles
    places = [*((0, *line) for line in LINES), (1, -2), *((2, *tile) for tile in ONE_LEVEL)]
    return film.exr(headers + b"\0", places, flags=PARTS)


SCAN_LINES = film.radiance_line() * HEIGHT
TILE_PARTS = (film.j2c_tile_part(b"first"), film.j2c_tile_part(b""))
RUNS = bytes((0x80 | WIDTH * 4 - 1, 1, 2, 3, WIDTH - 1)) + bytes(WIDTH * 3)
"""Four lines of one colour, a line of different ones."""

FILES: dict[str, tuple[str, bytes]] = {
    "png": ("PNG", common.png()),
    "png, several IDAT": ("PNG", common.png(pieces=5)),
    "jpeg": ("JPEG", common.jpeg(common.jpeg_frame(), common.jpeg_scan())),
    "jpeg, empty segment": (
        "JPEG",
        common.jpeg(common.jpeg_segment(0xFE, b""), common.jpeg_frame(), common.jpeg_scan()),
    ),
    "jpeg, progressive": ("JPEG", common.jpeg(common.jpeg_frame(0xC2), common.jpeg_scan() * 3)),
    "webp, lossy": ("WEBP", common.webp(common.webp_lossy())),
    "webp, lossless": ("WEBP", common.webp(common.webp_lossless())),
    "webp, extended": (
        "WEBP",
        common.webp(
            common.webp_canvas(), common.riff_chunk(b"ICCP", b"odd"), common.webp_lossless()
        ),
    ),
    "avif": ("AVIF", avif.avif()),
    "avif, a place in version 1": ("AVIF", avif.avif(version=1)),
    "avif, with its alpha's size": ("AVIF", avif.avif(avif.size(), avif.size())),
    "avif, as Blender's": ("AVIF", avif.of_blender()),
    "avif, long box": ("AVIF", avif.avif(is_long=True)),
    "tiff": ("TIFF", common.tiff()),
    "tiff, high byte first": ("TIFF", common.tiff(order=">")),
    "tiff, tiles": ("TIFF", common.tiff(common.tiff_in_tiles(common.tiff_tags(3, 8)))),
    "tiff, planes": ("TIFF", common.tiff({**common.tiff_tags(9, 8, 2), 277: [3], 284: [2]})),
    "tiff, big": ("TIFF", common.tiff(big=True)),
    "tiff, big, high byte first": ("TIFF", common.tiff(order=">", big=True)),
    "bmp": ("BMP", common.bmp()),
    "bmp, from the top down": ("BMP", common.bmp(height=-HEIGHT)),
    "targa": ("TARGA", common.targa()),
    "targa, runs": ("TARGA", common.targa(RUNS, kind=10)),
    "targa, palette in runs": ("TARGA", common.targa(b"\xac\1", 9, palette=1, depth=8)),
    "targa, palette": ("TARGA", common.targa(bytes(WIDTH * HEIGHT), 1, palette=1, depth=8)),
    "openexr": ("OPEN_EXR", film.exr(film.exr_header(), LINES, flags=LONG_NAMES)),
    "openexr, one chunk": ("OPEN_EXR", film.exr(film.exr_header(film.DWAB), [(-2,)])),
    "openexr, from below": ("OPEN_EXR", film.exr(film.exr_header(), LINES, order=[4, 3, 2, 1, 0])),
    "openexr, tiles": ("OPEN_EXR", exr_in_tiles(film.ONE_LEVEL, ONE_LEVEL)),
    "openexr, mip map": ("OPEN_EXR", exr_in_tiles(film.MIP_MAP, MIP_DOWN)),
    "openexr, mip map up": ("OPEN_EXR", exr_in_tiles(film.MIP_MAP | film.ROUND_UP, MIP_UP)),
    "openexr, rip map": ("OPEN_EXR", exr_in_tiles(film.RIP_MAP, RIP_DOWN)),
    "openexr, parts": ("OPEN_EXR", exr_in_parts()),
    "radiance hdr": ("HDR", film.radiance(SCAN_LINES)),
    "radiance hdr, flat": ("HDR", film.radiance(bytes(WIDTH * HEIGHT * 4))),
    "dpx": ("DPX", film.dpx()),
    "dpx, low byte first": ("DPX", film.dpx(order="<")),
    "cineon": ("CINEON", film.cineon()),
    "jpeg 2000, bare": ("JPEG2000", film.j2c(*TILE_PARTS)),
    "jpeg 2000, open end": ("JPEG2000", film.j2c(film.j2c_tile_part(b"all", length=0))),
    "jpeg 2000": (
        "JPEG2000",
        film.jp2(film.jp2_box(b"free", b""), film.jp2_box(b"jp2c", film.j2c(*TILE_PARTS))),
    ),
    "jpeg 2000, long box": ("JPEG2000", film.jp2(film.jp2_box(b"jp2c", film.j2c(*TILE_PARTS), 1))),
    "jpeg 2000, last box": ("JPEG2000", film.jp2(film.jp2_box(b"jp2c", film.j2c(*TILE_PARTS), 0))),
    "iris": ("IRIS", film.iris_header() + bytes(WIDTH * HEIGHT * 3)),
    "iris, one channel": ("IRIS", film.iris_header(dimensions=2) + bytes(WIDTH * HEIGHT)),
    "iris, runs": ("IRIS", film.iris_in_runs()),
}

PICTURES = {name: (Picture(kind, WIDTH, HEIGHT), data) for name, (kind, data) in FILES.items()}
