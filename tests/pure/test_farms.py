"""Each farm's engine gets what is its own of what submitting was told."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest
from array_chunk_render.chunking.errors import BadSetting, OutputFailed
from array_chunk_render.chunking.setting_values import Value
from array_chunk_render.engines.engine import Farm, Work
from array_chunk_render.engines.farms import FARM_SETTING, FARMS, engine_of, export
from array_chunk_render.engines.options import settings_of

WORK = Work("shot", 3, "/mnt/efs/a.blend", "/mnt/efs/out", "blender", "/mnt/efs/main.py")


def exported(folder: Path, farm: str, **options: Value) -> str:
    """All that is written for a farm."""
    return "".join(path.read_text() for path in export(farm, options, WORK, folder))


def test_every_farm_that_can_be_chosen_has_an_engine() -> None:
    for farm, _, _ in FARM_SETTING.choices:
        if farm == "open_job_description":
            with pytest.raises(BadSetting, match="a format, not a farm"):
                engine_of(farm, {})
        else:
            assert engine_of(farm, {}).name == farm


def test_slurm_gets_its_own(tmp_path: Path) -> None:
    told = {"slurm_partition": "long", "cpus": 7, "job_memory": 2048, "job_timeout": 7250}
    script = exported(tmp_path, "slurm", **told)
    for word in ("--partition=long", "--cpus-per-task=7", "--mem=2048M", "--time=120"):
        assert word in script
    as_it_comes = exported(tmp_path, "slurm")
    assert "--cpus-per-task=4\n" in as_it_comes
    assert "--mem" not in as_it_comes


def test_the_film_s_script_is_there_where_a_film_is_wanted(tmp_path: Path) -> None:
    for makes_film, names in ((True, ["array.sbatch", "film.sbatch"]), (False, ["array.sbatch"])):
        work = dataclasses.replace(WORK, makes_film=makes_film)
        written = export("slurm", {}, work, tmp_path / str(makes_film))
        assert [path.name for path in written] == names
        assert all(path.exists() for path in written)


def test_a_time_that_slurm_could_not_keep(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="--job-timeout is 119: write at least 120 seconds"):
        engine_of("slurm", {"job_timeout": 119})
    assert "--time=2" in exported(tmp_path, "slurm", job_timeout=120)


def test_aws_batch_gets_its_own(tmp_path: Path) -> None:
    disk = {"file_system": "fs-01234567", "queue": "films"}
    text = exported(tmp_path, "aws_batch", image="worker", tags="film=one, team=light", **disk)
    for word in ('"films"', '"worker"', "fs-01234567", '"team": "light"', '"8192"', '"4"'):
        assert word in text


def test_a_named_definition_says_how_much_a_child_gets(tmp_path: Path) -> None:
    text = exported(tmp_path, "aws_batch", job_definition="worker:3", queue="films")
    assert "resourceRequirements" not in text
    more = exported(tmp_path, "aws_batch", job_definition="worker:3", queue="films", cpus=16)
    assert '"16"' in more
    with_gpus = exported(tmp_path, "aws_batch", job_definition="worker:3", queue="films", gpus=2)
    assert '"GPU"' in with_gpus


@pytest.mark.parametrize("tags", ["film", "=one", "film="])
def test_tags_are_names_and_values(tags: str) -> None:
    with pytest.raises(BadSetting, match="write each as name=value"):
        engine_of("aws_batch", {"tags": tags})


def test_a_farm_that_takes_no_files(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="takes no files"):
        export("local", {}, WORK, tmp_path)


BATCH = {"queue": "films", "image": "worker", "file_system": "fs-01234567"}


@pytest.mark.parametrize("farm", [each.name for each in FARMS if each.files is not None])
def test_a_folder_that_can_t_be_written_to(farm: str, tmp_path: Path) -> None:
    """It is the output that fails, not the words: one exit code, whatever the farm."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputFailed, match="--export is .* can't be written to") as caught:
        export(farm, BATCH, WORK, tmp_path / "file" / "folder")
    assert caught.value.exit_code == 74


def test_a_script_that_is_run_by_hand_may_be_run(tmp_path: Path) -> None:
    files = export("aws_batch", BATCH, WORK, tmp_path / "job")
    assert [path.name for path in files if os.access(path, os.X_OK)] == ["submit.sh"]


@pytest.mark.parametrize("farm", FARMS, ids=lambda farm: farm.name)
def test_what_the_dialog_shows_at_first_are_options_of_the_farm(farm: Farm[Any]) -> None:
    assert farm.essential <= {each.name for each in settings_of(farm.options)}
