"""What is rendered of a scene, what is refused, and that nothing lands beside the .blend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from children import MakeBlend, RunChild, frames_in, record_of, verdicts_of

NUMBERS = ("00001", "00002")


@pytest.mark.parametrize(
    ("scene", "settings", "names"),
    [
        pytest.param("two_layers", {}, ["{}.png"], id="two view layers"),
        pytest.param("stereo", {}, ["{}_L.png", "{}_R.png"], id="stereo, two files"),
        pytest.param("stereo", {"views_format": "STEREO_3D"}, ["{}.png"], id="stereo, one file"),
        pytest.param("multilayer", {}, ["{}.exr"], id="multilayer EXR"),
        pytest.param("one_view", {}, ["{}.png"], id="stereo with one view off"),
        pytest.param("other_layers", {}, ["{}.png"], id="another scene's layers"),
        pytest.param(
            "scene_strip", {}, ["{}.png", "compositor/leak/Image{}.png"], id="scene strip"
        ),
        pytest.param(
            "file_outputs", {}, ["{}.png", "compositor/passes/Image{}.exr"], id="relative folder"
        ),
        pytest.param(
            "file_outputs",
            {"folder": "/no/such/folder"},
            ["{}.png", "compositor/no/such/folder/Image{}.exr"],
            id="absolute folder",
        ),
        pytest.param(
            "file_outputs",
            {"folder": "M:/Film/out"},
            ["{}.png", "compositor/M/Film/out/Image{}.exr"],
            id="Windows drive",
        ),
        pytest.param(
            "grouped_output", {}, ["{}.png", "compositor/passes/Image{}.exr"], id="node in a group"
        ),
    ],
)
def test_every_file_of_every_frame(
    scene: str,
    settings: dict[str, Any],
    names: list[str],
    make_blend: MakeBlend,
    run_child: RunChild,
    tmp_path: Path,
) -> None:
    blend = make_blend(scene, into=tmp_path / "project" / "scene.blend", end=2, **settings)
    ended = run_child(blend, tmp_path / "out")
    assert ended.code == 0, ended
    wanted = [name.format(number) for name in names for number in NUMBERS]
    assert frames_in(tmp_path / "out") == sorted(wanted)
    assert [path.name for path in (tmp_path / "project").iterdir()] == ["scene.blend"]
    recorded = {file["name"] for file in record_of(tmp_path / "out", 1)["files"]}
    assert recorded == {name.format("00001") for name in names}


@pytest.mark.parametrize(
    ("scene", "settings", "named"),
    [
        pytest.param("movie", {}, ["movie", "--format"], id="movie"),
        pytest.param("no_camera", {}, ["no camera"], id="no camera"),
        pytest.param("no_layer", {}, ["view layer"], id="no view layer"),
        pytest.param("eevee", {}, ["EEVEE", "--engine cycles", "USE_EEVEE"], id="EEVEE"),
        pytest.param(
            "other_layers",
            {"engine": "BLENDER_WORKBENCH"},
            ["'Other'", "USE_EEVEE"],
            id="other scene's engine",
        ),
        pytest.param(
            "other_layers", {"camera": False}, ["'Other'", "no camera"], id="other scene's camera"
        ),
        pytest.param(
            "film", {"width": 4, "height": 4, "percentage": 1}, ["4x4", "1 %"], id="no pixel"
        ),
        pytest.param("no_output", {}, ["compositor", "no output"], id="no output"),
        pytest.param(
            "file_outputs", {"twice": True}, ["File Output", "Image"], id="one name twice"
        ),
        pytest.param(
            "file_outputs", {"folder": "//../up"}, ["'..'", "//../up"], id="dots in folder"
        ),
        pytest.param("file_outputs", {"name": "../up"}, ["'..'"], id="dots in name"),
    ],
)
def test_refused_before_the_first_frame(
    scene: str,
    settings: dict[str, Any],
    named: list[str],
    make_blend: MakeBlend,
    run_child: RunChild,
    tmp_path: Path,
) -> None:
    ended = run_child(make_blend(scene, **settings), tmp_path / "out")
    assert ended.code == 65, ended
    assert "Traceback" not in ended.everything
    for word in named:
        assert word in ended.log
    assert frames_in(tmp_path / "out") == []
    assert [verdict["exit_code"] for verdict in verdicts_of(tmp_path / "out")] == [65]


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        pytest.param("movie", ["--format", "png"], id="movie as PNG"),
        pytest.param("eevee", ["--engine", "cycles"], id="EEVEE scene by Cycles"),
        pytest.param("film", ["--format", "exr", "--depth", "16", "--codec", "dwaa"], id="EXR"),
        pytest.param("film", ["--format", "multilayer"], id="multilayer"),
        pytest.param("film", ["--format", "jpeg", "--quality", "80"], id="JPEG"),
        pytest.param("film", ["--format", "tiff", "--codec", "LZW"], id="TIFF"),
        pytest.param("film", ["--format", "webp"], id="WebP"),
        pytest.param("multilayer", ["--format", "png", "--depth", "16"], id="PNG of multilayer"),
        pytest.param("film", ["--resolution", "32x18", "--percentage", "50"], id="size"),
        pytest.param("two_layers", ["--layers", "Second"], id="view layer"),
        pytest.param("film", ["--samples", "2", "--seed", "3", "--simplify", "on"], id="sampling"),
    ],
)
def test_settings_cure_and_change(
    scene: str, words: list[str], make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    ended = run_child(make_blend(scene), tmp_path / "out", "--frames", "2", *words)
    assert ended.code == 0, ended
    assert len(frames_in(tmp_path / "out")) == 1


@pytest.mark.parametrize(
    ("words", "named"),
    [
        pytest.param(["--scene", "Sceen"], ["'Sceen'", "'Scene'"], id="scene"),
        pytest.param(["--camera", "Cam"], ["'Cam'", "'Camera'"], id="camera"),
        pytest.param(["--layers", "Layer"], ["'Layer'", "'ViewLayer'"], id="view layer"),
        pytest.param(["--gpu"], ["USE_GPU"], id="GPU where there is none"),
    ],
)
def test_what_is_not_there(
    words: list[str], named: list[str], make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    ended = run_child(make_blend("film"), tmp_path / "out", *words)
    assert ended.code == 65, ended
    for word in named:
        assert word in ended.log


def test_python_drivers(make_blend: MakeBlend, run_child: RunChild, tmp_path: Path) -> None:
    blend = make_blend("python_driver", end=1)
    held = run_child(blend, tmp_path / "out", door="named")
    assert held.code == 65, held
    assert "--enable-autoexec" in held.log
    for number, words in enumerate([("--scripts", "off"), ("--enable-autoexec",)]):
        ended = run_child(blend, tmp_path / str(number), *words, door="named")
        assert ended.code == 0, ended


def test_registered_text_is_a_warning(
    make_blend: MakeBlend, run_child: RunChild, tmp_path: Path
) -> None:
    ended = run_child(make_blend("registered_text", end=1), tmp_path / "out", door="named")
    assert ended.code == 0, ended
    assert "startup.py" in ended.log
    (verdict,) = verdicts_of(tmp_path / "out")
    assert any("startup.py" in warning for warning in verdict["warnings"])
