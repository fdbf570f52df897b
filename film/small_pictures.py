"""Small pictures of frames, made one by one as the frames come."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

import bpy

from ..chunking.errors import SceneRefused
from ..publishing.sheet_layout import SheetLayout
from ..scene.blender_versions.render import set_file_format
from ..scene.blender_versions.sequencer import strips_of
from .report_making import JPEG_QUALITY
from .sequencer import add_alike, add_pictures, picture_size, render, sequencer_scene
from .whole_pictures import whole_pictures


class SmallPictures:
    """Makes them in a scene of its own, which is there until the end of the block.

    A picture is decoded once, the first one once more: by it Blender tells the color space.
    """

    def __init__(self, seen_in: bpy.types.Scene) -> None:
        """OpenEXR is seen through the view of the scene `seen_in`."""
        self._seen_in = seen_in
        self._stack = contextlib.ExitStack()
        self._scene: Any = None
        self._one: Any = None
        """A strip of the first picture, which is not shown."""
        self._folder = ""

    def __enter__(self) -> SmallPictures:
        folder = tempfile.TemporaryDirectory(prefix="array_chunk-report-")
        self._folder = self._stack.enter_context(folder)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def jpeg_of(self, frame: int, picture: Path) -> bytes:
        """The small picture of a frame. Raises SceneRefused for what is no whole picture.

        Raises OutputFailed where Blender can't make it.
        """
        whole = whole_pictures({frame: picture})
        if not whole.pictures:
            raise SceneRefused(f"{whole.reasons}.")
        if self._scene is None:
            self._begin(picture)
        layout = SheetLayout(1, *whole.size)
        self._scene.render.resolution_x = max(1, round(layout.picture_width * layout.scale))
        self._scene.render.resolution_y = max(1, round(layout.picture_height * layout.scale))
        strip = add_alike(self._scene, self._one, picture, channel=2)
        strip.transform.scale_x = strip.transform.scale_y = layout.scale
        made = Path(self._folder, "small")
        try:
            render(self._scene, made, animation=False)
            return made.read_bytes()
        finally:
            strips_of(self._scene.sequence_editor).remove(strip)
            made.unlink(missing_ok=True)

    def _begin(self, picture: Path) -> None:
        scene = self._stack.enter_context(sequencer_scene([picture], self._seen_in))
        self._one = add_pictures(scene, [picture])
        picture_size(self._one)  # refuses what the sequencer can't read
        self._one.mute = True
        scene.frame_start = scene.frame_end = 1
        image: Any = scene.render.image_settings
        set_file_format(image, "JPEG")
        image.color_mode, image.quality = "RGB", JPEG_QUALITY
        self._scene = scene
