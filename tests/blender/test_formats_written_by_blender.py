"""Every still format of this Blender, in every depth, colour mode and codec: written by a render,
accepted whole, refused cut.

Broken files are never given to Blender itself: its readers crash or hang on them.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest
from array_chunk_render.publishing.formats import (
    SUFFIXES,
    VIDEO_SUFFIXES,
    BrokenPicture,
    Picture,
    inspect,
)

WIDTH, HEIGHT = 49, 37
"""No multiples of anything, and more than 32, below which Blender can't write JPEG 2000."""

OFFERED = bpy.types.ImageFormatSettings.bl_rna.properties["file_format"].enum_items.keys()

KNOWN = {
    "AVIF": "AVIF",
    "BMP": "BMP",
    "CINEON": "CINEON",
    "DPX": "DPX",
    "HDR": "HDR",
    "IRIS": "IRIS",
    "JPEG": "JPEG",
    "JPEG2000": "JPEG2000",
    "OPEN_EXR": "OPEN_EXR",
    "OPEN_EXR_MULTILAYER": "OPEN_EXR",
    "PNG": "PNG",
    "TARGA": "TARGA",
    "TARGA_RAW": "TARGA",
    "TIFF": "TIFF",
    "WEBP": "WEBP",
}
"""What Blender calls it, and what kind of file it is; AVIF is known to it from 5.1 on."""

FORMATS = {name: kind for name, kind in KNOWN.items() if name in OFFERED}

CODECS = {
    "JPEG2000": "jpeg2k_codec",
    "OPEN_EXR": "exr_codec",
    "OPEN_EXR_MULTILAYER": "exr_codec",
    "TIFF": "tiff_codec",
}

NEVER_WRITTEN = {("CINEON", "BW"), ("WEBP", "BW")}
"""What Blender offers, and then says it can't save."""

Case = tuple[tuple[str, str | bool | int], ...]
"""Image settings and their values, in the order in which they have to be set."""


def choices(settings: bpy.types.ImageFormatSettings, name: str) -> list[str]:
    """What a setting may be now: Blender tells it in its error only."""
    with pytest.raises(TypeError) as refused:
        setattr(settings, name, "?")
    return re.findall(r"'(\w+)'", str(refused.value).partition("not found in")[2])


def apply(settings: bpy.types.ImageFormatSettings, case: Case) -> None:
    for name, value in case:
        setattr(settings, name, value)


def with_media(settings: bpy.types.ImageFormatSettings, file_format: str) -> Case:
    """The settings that choose a format: since 5.0 its medium goes first."""
    choice: Case = (("file_format", file_format),)
    if not hasattr(settings, "media_type"):
        return choice
    is_multilayer = file_format == "OPEN_EXR_MULTILAYER"
    return (("media_type", "MULTI_LAYER_IMAGE" if is_multilayer else "IMAGE"), *choice)


def more_settings(settings: bpy.types.ImageFormatSettings, file_format: str) -> list[Case]:
    """Codecs, and since 5.0 whether the passes of a multilayer picture are parts of the file."""
    codec = CODECS.get(file_format)
    cases: list[Case] = [((codec, name),) for name in choices(settings, codec)] if codec else [()]
    if file_format == "OPEN_EXR_MULTILAYER" and hasattr(settings, "use_exr_interleave"):
        interleave = [(("use_exr_interleave", value),) for value in (False, True)]
        return [(*case, *more) for case, more in itertools.product(cases, interleave)]
    return cases


def all_cases() -> Iterator[Case]:
    """All that this Blender offers, found out on a scene of its own."""
    scene = bpy.data.scenes.new("cases")
    settings = scene.render.image_settings
    for file_format in FORMATS:
        chosen = with_media(settings, file_format)
        apply(settings, chosen)
        for depth in choices(settings, "color_depth"):
            settings.color_depth = depth
            modes = choices(settings, "color_mode")
            for mode, more in itertools.product(modes, more_settings(settings, file_format)):
                yield (*chosen, ("color_depth", depth), ("color_mode", mode), *more)
    bpy.data.scenes.remove(scene)


def name_of(case: Case) -> str:
    return "-".join(str(value) for name, value in case if name != "media_type")


@pytest.fixture(scope="module")
def base_scene() -> Iterator[bpy.types.Scene]:
    """A scene with something to see, which takes milliseconds to render."""
    scene = bpy.data.scenes.new("formats")
    mesh = bpy.data.meshes.new("triangle")
    mesh.from_pydata([(-1, -1, -3), (1, -0.5, -3), (0.2, 1, -4)], [], [(0, 1, 2)])
    scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    for thing in (scene.camera, bpy.data.objects.new("triangle", mesh)):
        scene.collection.objects.link(thing)
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 1
    scene.cycles.use_denoising = False
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.view_layers[0].use_pass_z = scene.view_layers[0].use_pass_normal = True
    yield scene
    bpy.data.scenes.remove(scene)


@pytest.fixture
def scene(base_scene: bpy.types.Scene) -> Iterator[bpy.types.Scene]:
    """The scene, with what single tests switch on switched off again."""
    yield base_scene
    base_scene.render.use_multiview = False
    base_scene.render.use_border = base_scene.render.use_crop_to_border = False
    base_scene.render.use_stamp = False


def render(scene: bpy.types.Scene, folder: Path) -> list[Path]:
    """Render into the folder; the files that are there then."""
    scene.render.filepath = str(folder / "picture")
    bpy.ops.render.render(write_still=True, scene=scene.name)
    return sorted(folder.iterdir())


def assert_whole_and_cuts_refused(path: Path, picture: Picture) -> None:
    assert inspect(path) == picture
    whole = path.stat().st_size
    for length in sorted({0, 10, 100, whole // 3, whole * 9 // 10, whole - 1}, reverse=True):
        if length < whole:
            os.truncate(path, length)
            with pytest.raises(BrokenPicture):
                pytest.fail(f"{inspect(path)} was accepted, cut from {whole} to {length} bytes")


def test_all_formats_are_known() -> None:
    """A format that a newer Blender brings needs a check of its own."""
    assert set(OFFERED) - {"AVI_JPEG", "AVI_RAW", "FFMPEG"} == set(FORMATS)
    assert set(KNOWN) - set(FORMATS) <= {"AVIF"}


@pytest.mark.parametrize("case", all_cases(), ids=name_of)
def test_a_still_is_whole_and_its_cuts_are_not(
    scene: bpy.types.Scene, tmp_path: Path, case: Case
) -> None:
    settings = scene.render.image_settings
    apply(settings, case)
    if (settings.file_format, settings.color_mode) in NEVER_WRITTEN:
        with pytest.raises(RuntimeError, match="cannot save"):
            render(scene, tmp_path)
        return
    (path,) = render(scene, tmp_path)
    assert path.suffix in SUFFIXES
    assert_whole_and_cuts_refused(path, Picture(FORMATS[settings.file_format], WIDTH, HEIGHT))


@pytest.mark.parametrize("quality", [0, 50, 100])
@pytest.mark.parametrize(
    "file_format", [name for name in ("PNG", "JPEG", "WEBP", "JPEG2000", "AVIF") if name in OFFERED]
)
def test_a_still_of_any_quality(
    scene: bpy.types.Scene, tmp_path: Path, file_format: str, quality: int
) -> None:
    """A WebP of quality 100 is lossless, which is another kind of chunk."""
    settings = scene.render.image_settings
    apply(settings, with_media(settings, file_format))
    settings.color_mode = "RGB"
    settings.quality = settings.compression = quality
    (path,) = render(scene, tmp_path)
    assert_whole_and_cuts_refused(path, Picture(file_format, WIDTH, HEIGHT))


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_still_with_its_metadata_burnt_in_and_cropped(
    scene: bpy.types.Scene, tmp_path: Path, file_format: str
) -> None:
    settings = scene.render.image_settings
    apply(settings, with_media(settings, file_format))
    settings.color_mode = "RGB"
    render_settings = scene.render
    render_settings.use_stamp = render_settings.use_border = True
    render_settings.use_crop_to_border = True
    render_settings.border_min_x, render_settings.border_max_x = 0.0, 0.75
    render_settings.border_min_y, render_settings.border_max_y = 0.0, 1.0
    (path,) = render(scene, tmp_path)
    picture = Picture(FORMATS[file_format], int(WIDTH * 0.75), HEIGHT)
    assert_whole_and_cuts_refused(path, picture)


@pytest.mark.parametrize(
    ("file_format", "views", "count"),
    [
        ("PNG", "INDIVIDUAL", 2),
        ("OPEN_EXR", "INDIVIDUAL", 2),
        ("OPEN_EXR", "MULTIVIEW", 1),
        ("OPEN_EXR_MULTILAYER", "MULTIVIEW", 1),
    ],
)
def test_stereo_views(
    scene: bpy.types.Scene, tmp_path: Path, file_format: str, views: str, count: int
) -> None:
    settings = scene.render.image_settings
    scene.render.use_multiview = True
    apply(settings, with_media(settings, file_format))
    settings.color_mode = "RGB"
    settings.views_format = views
    paths = render(scene, tmp_path)
    assert len(paths) == count
    for path in paths:
        assert_whole_and_cuts_refused(path, Picture(FORMATS[file_format], WIDTH, HEIGHT))


@pytest.mark.parametrize(
    ("display_mode", "size"),
    [
        ("ANAGLYPH", (WIDTH, HEIGHT)),
        ("SIDEBYSIDE", (2 * WIDTH, HEIGHT)),
        ("TOPBOTTOM", (WIDTH, 2 * HEIGHT)),
    ],
)
def test_a_picture_with_both_views_in_it_has_the_size_of_both(
    scene: bpy.types.Scene, tmp_path: Path, display_mode: str, size: tuple[int, int]
) -> None:
    settings = scene.render.image_settings
    scene.render.use_multiview = True
    apply(settings, with_media(settings, "PNG"))
    settings.views_format = "STEREO_3D"
    settings.stereo_3d_format.display_mode = display_mode
    (path,) = render(scene, tmp_path)
    assert_whole_and_cuts_refused(path, Picture("PNG", *size))


def test_the_suffixes_are_blenders() -> None:
    newer = set() if "AVIF" in OFFERED else {".avif"}
    assert SUFFIXES - newer <= bpy.path.extensions_image
    assert VIDEO_SUFFIXES.issuperset(bpy.path.extensions_movie)
