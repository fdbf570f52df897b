"""What the .blend names, or the .blend itself, is a pipe: said before Blender waits for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from children import MakeBlend, StartChild
from no_files import finish, make_no_file
from pictures import RED, plain


@pytest.mark.parametrize("kind", ["a named pipe", "a device"])
@pytest.mark.parametrize("words", [(), ("--missing", "warn"), ("check",)])
def test_a_texture_that_is_no_file(
    make_blend: MakeBlend,
    start_child: StartChild,
    tmp_path: Path,
    kind: str,
    words: tuple[str, ...],
) -> None:
    texture = plain(tmp_path / "texture.png", RED)
    blend = make_blend("textured", into=tmp_path / "scene.blend", texture=str(texture))
    make_no_file(texture, kind)
    ended = finish(start_child(blend, tmp_path / "out", *words))
    assert ended.code == 65, ended
    assert f"texture.png, which is {kind} and not a file" in ended.everything


@pytest.mark.parametrize("kind", ["a named pipe", "a device"])
def test_a_blend_that_is_no_file(start_child: StartChild, tmp_path: Path, kind: str) -> None:
    blend = tmp_path / "scene.blend"
    blend.touch()
    make_no_file(blend, kind)
    ended = finish(start_child(blend, tmp_path / "out", door="named"))
    assert ended.code == 66, ended
    assert f"can't be read: it is {kind}, not a file" in ended.everything
