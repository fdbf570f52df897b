"""Every still format of this Blender, in every depth, colour mode and codec: written by a render,
accepted whole, refused cut.

Broken files are never given to Blender itself: its readers crash or hang on them.
"""

from __future__ import annotations

import contextlib
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
from array_chunk_render.publishing.formats.still_formats import (
    STILL_FORMATS,
    unknown_part,
    unsaved_part,
)
from array_chunk_render.scene.blender_versions.builds import can_write

WIDTH, HEIGHT = 49, 37
"""No multiples of anything, and more than 32, below which Blender can't write JPEG 2000."""

OFFERED = bpy.types.ImageFormatSettings.bl_rna.properties["file_format"].enum_items.keys()

MOVIES = {"AVI_JPEG", "AVI_RAW", "FFMPEG"}

FORMATS = [name for name in OFFERED if name not in MOVIES and can_write(name)]
"""Of those that it offers, distributions leave some out: Debian's 5.2 writes no AVIF."""

UNSAVED = {("CINEON", "BW"), ("WEBP", "BW")}
"""What Blender offers, and then says it can't save."""

Case = tuple[tuple[str, str | bool | int], ...]
"""Image settings and their values, in the order in which they have to be set."""


def choices(settings: bpy.types.ImageFormatSettings, name: str) -> list[str]:
    """What a setting may be now: Blender tells it in its error only."""
    with pytest.raises(TypeError) as refused:
        setattr(settings, name, "?")
    return re.findall(r"'(\w+)'", str(refused.value).partition("not found in")[2])


def kind_of(file_format: str) -> str:
    return STILL_FORMATS[file_format].kind


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
    known = STILL_FORMATS.get(file_format)
    codec = known and known.codec_property
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
    base_scene.render.resolution_x, base_scene.render.resolution_y = WIDTH, HEIGHT
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
    assert set(STILL_FORMATS) - set(FORMATS) <= {"AVIF"}
    assert set(FORMATS) <= set(STILL_FORMATS)


def test_all_choices_are_known() -> None:
    """What a newer Blender lets one choose, such as a codec of AVIF, has to be gone through too."""
    every = bpy.types.ImageFormatSettings.bl_rna.properties
    chosen = {name for name, each in every.items() if each.type == "ENUM"}
    codecs = {each.codec_property for each in STILL_FORMATS.values()} - {""}
    others = {"media_type", "file_format", "color_mode", "color_depth"}
    no_part_of_the_file = {"views_format", "color_management"}
    assert chosen - others - no_part_of_the_file == codecs


@pytest.mark.parametrize("case", all_cases(), ids=name_of)
def test_a_still_is_whole_and_its_cuts_are_not(
    scene: bpy.types.Scene, tmp_path: Path, case: Case
) -> None:
    settings = scene.render.image_settings
    apply(settings, case)
    assert unknown_part(settings) == ""
    unsaved = unsaved_part(settings, {(WIDTH, HEIGHT)})
    assert bool(unsaved) == ((settings.file_format, settings.color_mode) in UNSAVED)
    if unsaved:
        with pytest.raises(RuntimeError, match="cannot save"):
            render(scene, tmp_path)
        return
    (path,) = render(scene, tmp_path)
    assert path.suffix in SUFFIXES
    assert_whole_and_cuts_refused(path, Picture(kind_of(settings.file_format), WIDTH, HEIGHT))


@pytest.mark.parametrize("quality", [0, 50, 100])
@pytest.mark.parametrize(
    "file_format", [name for name in ("PNG", "JPEG", "WEBP", "JPEG2000", "AVIF") if name in FORMATS]
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


@pytest.mark.parametrize(
    ("file_format", "size", "is_saved"),
    [
        pytest.param("JPEG2000", (32, 32), True, id="JPEG2000, small"),
        pytest.param("JPEG2000", (31, 64), False, id="JPEG2000, too narrow"),
        pytest.param("JPEG2000", (64, 31), False, id="JPEG2000, too low"),
        pytest.param("WEBP", (16383, 4), True, id="WEBP, wide"),
        pytest.param("WEBP", (16384, 4), False, id="WEBP, too wide"),
        pytest.param("WEBP", (4, 16384), False, id="WEBP, too high"),
        *(
            pytest.param(name, (4, 4), True, id=f"{name}, tiny")
            for name in FORMATS
            if name != "JPEG2000"
        ),
    ],
)
def test_sizes_that_can_t_be_saved(
    scene: bpy.types.Scene,
    tmp_path: Path,
    file_format: str,
    size: tuple[int, int],
    is_saved: bool,
) -> None:
    settings = scene.render.image_settings
    apply(settings, with_media(settings, file_format))
    settings.color_mode = "RGB"
    scene.render.resolution_x, scene.render.resolution_y = size
    assert (unsaved_part(settings, {size}) == "") is is_saved
    if is_saved:
        (path,) = render(scene, tmp_path)
        assert inspect(path) == Picture(kind_of(file_format), *size)
    else:
        with contextlib.suppress(RuntimeError):  # none for a WebP in 4.2, which says "Saved"
            render(scene, tmp_path)
        for path in tmp_path.iterdir():
            with pytest.raises(BrokenPicture):
                pytest.fail(f"{inspect(path)} was saved")


@pytest.mark.skipif("AVIF" not in FORMATS, reason="this Blender writes no AVIF: it came with 5.1")
@pytest.mark.parametrize("mode", ["BW", "RGB", "RGBA"])
def test_all_cuts_and_changed_bits_of_an_avif(
    scene: bpy.types.Scene, tmp_path: Path, mode: str
) -> None:
    """In all of it that says what is where: behind that are the pixels."""
    settings = scene.render.image_settings
    apply(settings, (*with_media(settings, "AVIF"), ("color_mode", mode)))
    (path,) = render(scene, tmp_path)
    content = path.read_bytes()
    for length in reversed(range(len(content))):
        os.truncate(path, length)
        with pytest.raises(BrokenPicture):
            pytest.fail(f"{inspect(path)} was accepted, cut to {length} bytes")
    for bit in range(8 * (content.index(b"mdat") + 4)):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        with contextlib.suppress(BrokenPicture):
            assert inspect(path).format == "AVIF", bit


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
    picture = Picture(kind_of(file_format), int(WIDTH * 0.75), HEIGHT)
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
        assert_whole_and_cuts_refused(path, Picture(kind_of(file_format), WIDTH, HEIGHT))


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
