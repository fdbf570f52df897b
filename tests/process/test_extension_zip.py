"""The extension's zip: made, checked, installed and enabled by Blender's own tools."""

from __future__ import annotations

import os
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from children import Door, MakeBlend, frames_in

EXTENSION = "array_chunk_render"
INSTALLED = f"bl_ext.user_default.{EXTENSION}"

# Exactly what a user gets. A new package needs its lines in the manifest, too.
FILES = """
LICENSE
README.md
__init__.py
blender_manifest.toml
main.py
preferences.py
properties.py
child/__init__.py
child/blender_words.py
child/board.py
child/chunk_lanes.py
child/claims.py
child/completeness.py
child/delivery.py
child/helping.py
child/in_work.py
child/lane_choice.py
child/lane_processes.py
child/loop.py
child/renderer.py
child/session.py
child/setup_script.py
child/share.py
child/taking.py
child/unwritten_slots.py
child/watched_environment.py
chunking/__init__.py
chunking/array_environment.py
chunking/errors.py
chunking/file_names.py
chunking/forecast.py
chunking/frames.py
chunking/plain_text.py
chunking/plan.py
chunking/regular_files.py
chunking/runs.py
chunking/setting_values.py
chunking/settings.py
command_line/__init__.py
command_line/blend_file.py
command_line/blocked_reads.py
command_line/chatter.py
command_line/doors.py
command_line/ending.py
command_line/farm_commands.py
command_line/fetch_command.py
command_line/folder_commands.py
command_line/following.py
command_line/lane_command.py
command_line/opened_file.py
command_line/options.py
command_line/picture_commands.py
command_line/printing.py
command_line/project_sending.py
command_line/render_command.py
command_line/report_command.py
command_line/run.py
command_line/run_array_command.py
command_line/scene_commands.py
command_line/send_command.py
command_line/sources.py
command_line/transfer_progress.py
command_line/window_words.py
command_line/words.py
command_line/zstd_start.py
engines/__init__.py
engines/aws_batch/__init__.py
engines/aws_batch/answers.py
engines/aws_batch/batch_engine.py
engines/aws_batch/batch_options.py
engines/aws_batch/batch_requests.py
engines/aws_batch/checks.py
engines/aws_batch/export.py
engines/background.py
engines/engine.py
engines/farms.py
engines/local/__init__.py
engines/local/children.py
engines/local/local_engine.py
engines/local/local_job.py
engines/open_job_description/__init__.py
engines/open_job_description/job_bundle.py
engines/options.py
engines/request.py
engines/slurm/__init__.py
engines/slurm/answers.py
engines/slurm/script.py
engines/slurm/slurm_engine.py
engines/slurm/slurm_options.py
engines/submissions.py
engines/watching.py
film/__init__.py
film/choices.py
film/contact_sheet.py
film/decoding.py
film/encoder.py
film/film_file.py
film/film_frames.py
film/live_report.py
film/making.py
film/report_making.py
film/sequencer.py
film/small_pictures.py
film/sound.py
film/whole_pictures.py
machine/__init__.py
machine/aws_command.py
machine/child_process.py
machine/client_program.py
machine/control_groups.py
machine/cores.py
machine/end_requests.py
machine/environment.py
machine/headless_drawing.py
machine/main_command.py
machine/memory.py
machine/output_lines.py
machine/process_lock.py
machine/processes.py
machine/session_folder.py
operators/__init__.py
operators/array_chunk.py
operators/array_watch.py
operators/background.py
operators/check.py
operators/fetch.py
operators/film.py
operators/output_folder.py
operators/send.py
operators/submit.py
publishing/__init__.py
publishing/belonging.py
publishing/destination.py
publishing/done_counter.py
publishing/durable.py
publishing/fingerprint.py
publishing/folder_handles.py
publishing/folder_identity.py
publishing/formats/__init__.py
publishing/formats/avif.py
publishing/formats/chunked.py
publishing/formats/jpeg.py
publishing/formats/openexr.py
publishing/formats/openexr_header.py
publishing/formats/openexr_tiles.py
publishing/formats/openexr_values.py
publishing/formats/plain_headers.py
publishing/formats/run_lengths.py
publishing/formats/source.py
publishing/formats/still_formats.py
publishing/formats/tiff.py
publishing/held_folder.py
publishing/json_object.py
publishing/maker_mark.py
publishing/notes.py
publishing/output_folder.py
publishing/patience.py
publishing/pin.py
publishing/places.py
publishing/proof.py
publishing/publish.py
publishing/record.py
publishing/sheet_layout.py
publishing/stage.py
publishing/stage_folder.py
publishing/sweep.py
publishing/verdict.py
publishing/verify.py
rendering/__init__.py
rendering/carried.py
rendering/chunk_render.py
rendering/clear_hair.py
rendering/dependency_cycles.py
rendering/devices.py
rendering/farm_check.py
rendering/film_handlers.py
rendering/frame.py
rendering/loose_edges.py
rendering/motion_faults.py
rendering/persistent.py
rendering/persistent_faults.py
rendering/preparing.py
rendering/proof_plan.py
rendering/proving.py
rendering/trial.py
rendering/window_render.py
report/__init__.py
report/charts.py
report/children.py
report/facts.py
report/film_strip.py
report/live_facts.py
report/markup.py
report/page.py
report/progress.py
report/starts.py
report/status.py
report/style.py
report/thumbnails.py
report/troubles.py
report/words.py
report/work.py
scene/__init__.py
scene/blender_versions/__init__.py
scene/blender_versions/builds.py
scene/blender_versions/compositing.py
scene/blender_versions/files.py
scene/blender_versions/geometry_nodes.py
scene/blender_versions/release.py
scene/blender_versions/render.py
scene/blender_versions/sequencer.py
scene/chosen_scene.py
scene/color_config.py
scene/compiled_shaders.py
scene/compositor.py
scene/due_files.py
scene/external_files.py
scene/files/__init__.py
scene/files/cache_paths.py
scene/files/data_block_paths.py
scene/files/gapped_text.py
scene/files/import_nodes.py
scene/files/lz4_block.py
scene/files/named_files.py
scene/files/named_paths.py
scene/files/node_values.py
scene/files/numbered_names.py
scene/files/rewriting.py
scene/files/stereo_names.py
scene/files/stored_path.py
scene/files/text_nodes.py
scene/files/texture_cache.py
scene/files/used_by_render.py
scene/frame_drivers.py
scene/identity.py
scene/lacking_colors.py
scene/ocio_files.py
scene/other_scripts.py
scene/picture_sizes.py
scene/pixel_preferences.py
scene/pixel_variables.py
scene/preflight/__init__.py
scene/preflight/camera.py
scene/preflight/contents.py
scene/preflight/contradictions.py
scene/preflight/finding.py
scene/preflight/fixes.py
scene/preflight/kinds.py
scene/preflight/layers.py
scene/preflight/missing.py
scene/preflight/paths.py
scene/preflight/pictures.py
scene/preflight/registry.py
scene/preflight/render_engine.py
scene/preflight/scripts.py
scene/project.py
scene/read_back.py
scene/render_reach.py
scene/rendered_scenes.py
scene/restoring.py
scene/sent_project.py
scene/simulations/__init__.py
scene/simulations/baked_copy.py
scene/simulations/baking.py
scene/simulations/detecting.py
scene/simulations/packed_bakes.py
scene/simulations/simulation.py
scene/simulations/unbaked_parts.py
scene/simulations/warming_up.py
scene/slot_sources.py
scene/stored_colors.py
transport/__init__.py
transport/bringing.py
transport/bucket_address.py
transport/bucket_client.py
transport/comparing.py
transport/destinations.py
transport/entity_tags.py
transport/fetched_folder.py
transport/fetched_traces.py
transport/fetching.py
transport/followed_fetching.py
transport/frame_bucket.py
transport/frame_folder.py
transport/frame_names.py
transport/frame_source.py
transport/layout.py
transport/manifest.py
transport/progress.py
transport/project.py
transport/project_bucket.py
transport/project_destination.py
transport/project_folder.py
transport/rewriting_process.py
transport/sending.py
ui/__init__.py
ui/array_state.py
ui/chunk_table.py
ui/findings_list.py
ui/groups.py
ui/panel.py
ui/transfer_bar.py
window/__init__.py
window/array_watch.py
window/chunk_status.py
window/chunk_table.py
window/chunk_trial.py
window/drawing_trial.py
window/findings.py
window/frame_previews.py
window/slow_work.py
window/transfers.py
window/wanted_frames.py
""".split()

ENABLE_AND_FIND = f"""
import addon_utils, bpy
addon_utils.enable({INSTALLED!r}, default_set=True)
operator = bpy.ops.render.array_chunk.get_rna_type()
assert {INSTALLED!r} in bpy.context.preferences.addons, "not enabled"
assert "Chunk" in operator.name, operator.name
"""

INSTALL_FROM_REPOSITORY = f"""
import sys, bpy
# Blender counts a repository on this very disk among what needs the network.
bpy.context.preferences.system.use_online_access = True
repositories = bpy.context.preferences.extensions.repos
repository = repositories.new(name="Farm", module="farm", remote_url=sys.argv[-1])
index = list(repositories).index(repository)
bpy.ops.extensions.repo_sync(repo_index=index)
bpy.ops.extensions.package_install(repo_index=index, pkg_id={EXTENSION!r}, enable_on_install=True)
assert "bl_ext.farm.{EXTENSION}" in bpy.context.preferences.addons, "not enabled"
bpy.ops.render.array_chunk.get_rna_type()
"""

Blender = Callable[..., str]


@pytest.fixture(scope="module")
def user_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Blender configuration of this module's own."""
    return tmp_path_factory.mktemp("user")


@pytest.fixture(scope="module")
def blender(blender_executable: Path, user_folder: Path) -> Blender:
    """Run Blender with that configuration; return what it printed."""

    def run(*arguments: str | Path) -> str:
        process = subprocess.run(
            [blender_executable, *arguments],
            env={**os.environ, "BLENDER_USER_RESOURCES": str(user_folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stdout
        return process.stdout

    return run


@pytest.fixture(scope="module")
def extension_zip(
    blender: Blender, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The zip, built from the checkout by the Blender under test."""
    folder = tmp_path_factory.mktemp("zip")
    build = ("--command", "extension", "build", "--source-dir", repository, "--output-dir", folder)
    blender(*build)
    (path,) = folder.iterdir()
    return path


def test_the_zip_holds_exactly_what_a_user_needs(extension_zip: Path) -> None:
    with zipfile.ZipFile(extension_zip) as archive:
        names = archive.namelist()
    files = {name for name in names if not name.endswith("/")}
    assert (files - set(FILES), set(FILES) - files) == (set(), set())


def test_blender_finds_the_zip_valid(blender: Blender, extension_zip: Path) -> None:
    assert "Success" in blender("--command", "extension", "validate", extension_zip)


@pytest.fixture(scope="module")
def installed(blender: Blender, extension_zip: Path, user_folder: Path) -> Path:
    """The folder of the extension, installed from its zip and enabled."""
    install = ("--command", "extension", "install-file", "--repo", "user_default", "--enable")
    blender(*install, extension_zip)
    return user_folder / "extensions" / "user_default" / EXTENSION


@pytest.mark.usefixtures("installed")
def test_it_installs_and_enables_from_the_zip(blender: Blender) -> None:
    blender("--background", "--python-exit-code", "1", "--python-expr", ENABLE_AND_FIND)


@pytest.mark.parametrize("copy", ["the checkout", "the installed one"])
def test_main_py_uses_its_own_copy_where_one_is_installed(
    copy: str,
    installed: Path,
    user_folder: Path,
    repository: Path,
    blender_executable: Path,
    make_blend: MakeBlend,
    tmp_path: Path,
) -> None:
    home = repository if copy == "the checkout" else installed
    words = (str(blender_executable), "-b", str(make_blend("film")))
    enabled = Door("enabled", (*words, "--python-expr", ENABLE_AND_FIND))
    variables = {
        "BLENDER_USER_RESOURCES": str(user_folder),
        "EFS_BLENDER_OUTPUT_FOLDER_PATH": str(tmp_path / "out"),
    }
    child = enabled.start(home / "main.py", "", (), variables)
    log, errors = child.communicate()
    assert child.returncode == 0, log + errors
    assert "Traceback" not in log + errors
    assert len(frames_in(tmp_path / "out")) == 4
    assert f"uses its own copy, 0.1.0, in {home}" in log


def test_it_installs_and_enables_from_a_static_repository(
    blender: Blender, extension_zip: Path
) -> None:
    folder = extension_zip.parent
    blender("--command", "extension", "server-generate", "--repo-dir", folder)
    install = ("--python-exit-code", "1", "--python-expr", INSTALL_FROM_REPOSITORY)
    blender("--background", *install, "--", (folder / "index.json").as_uri())
