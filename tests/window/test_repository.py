"""The static repository: its link is dropped on Blender's window, installed, and updated."""

from __future__ import annotations

import functools
import os
import queue
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import pytest

if TYPE_CHECKING:
    from conftest import Window

EXTENSION = "array_chunk_render"
DROP_LINK = Path(__file__).with_name("drop_link.py")
DEBIAN_PYTHON = "/usr/bin/python3"
"""The one that has python3-xlib, whatever comes first on the PATH."""
DROP_AT = (600, 400)
ANSWER_SECONDS = 120.0
"""How long Blender may take to take a link, or to ask the server for a file."""

ONLY_OUR_REPOSITORY = """
from bl_pkg.bl_extension_notify import update_in_progress
repositories = bpy.context.preferences.extensions.repos
for repository in list(repositories):
    repositories.remove(repository)
bpy.context.preferences.system.use_online_access = True
"""
"""Blender asks every repository that it knows, so that the test would go out to blender.org."""

INSTALLED = f"[name for name in bpy.context.preferences.addons.keys() if {EXTENSION!r} in name]"
VERSION_ON_DISK = f"""
import pathlib, tomllib
def version_on_disk():
    folder = pathlib.Path(repositories[0].directory)
    manifest = folder / {EXTENSION!r} / "blender_manifest.toml"
    return tomllib.loads(manifest.read_text())["version"]
"""
UPDATE = """
bpy.ops.extensions.repo_sync_all()
bpy.ops.extensions.package_upgrade_all()
"""
"""What Check for Updates and Install Available Updates in the preferences call."""


class Served:
    """A repository's folder on a server of this machine's own, and what is asked of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._asked: queue.Queue[str] = queue.Queue()
        handler = functools.partial(asked_handler(self._asked), directory=str(folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}/index.html"

    def link(self) -> str:
        """Return where the page's link to the extension leads, as a browser drags it."""
        links = links_of((self.folder / "index.html").read_text(encoding="utf-8"))
        (link,) = (link for link in links if urlsplit(link).path.endswith(".zip"))
        return urljoin(self.address, link)

    def wait_until_asked(self, name: str) -> None:
        while self._asked.get(timeout=ANSWER_SECONDS) != name:
            pass

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def asked_handler(asked: queue.Queue[str]) -> type[SimpleHTTPRequestHandler]:
    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            asked.put(urlsplit(self.path).path.lstrip("/"))

    return Handler


def links_of(page: str) -> list[str]:
    links: list[str] = []

    class Page(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            links.extend(value for name, value in attrs if (tag, name) == ("a", "href") and value)

    Page().feed(page)
    return links


def make_repository(source: Path, folder: Path) -> Path:
    """Make the repository of a checkout, by its own means, anew; return its folder."""
    served = folder / "repository"
    folders = [f"ZIP_FOLDER={folder / 'zip'}", f"REPOSITORY_FOLDER={served}"]
    # Not those of a make that runs this ring.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--silent", "repository", *folders]
    subprocess.run(command, cwd=source, env=inherited, check=True)
    return served


def next_version(repository: Path, copy: Path) -> Path:
    """Copy the checkout and give it a higher version."""
    left_out = shutil.ignore_patterns(".git", ".build", "__pycache__")
    shutil.copytree(repository, copy, ignore=left_out)
    (copy / ".build").symlink_to(repository / ".build")
    manifest = copy / "blender_manifest.toml"
    raised = re.sub(r'^version = ".*"', 'version = "7.0.0"', manifest.read_text(), flags=re.M)
    manifest.write_text(raised, encoding="utf-8")
    return copy


@pytest.fixture
def served(repository: Path, tmp_path: Path) -> Iterator[Served]:
    served = Served(make_repository(repository, tmp_path))
    yield served
    served.close()


def drop(window: Window, link: str) -> None:
    window.mouse_and_keys("mousemove", *DROP_AT)
    window.settle()
    command = [DEBIAN_PYTHON, str(DROP_LINK), link, *map(str, DROP_AT)]
    environment = {**os.environ, "DISPLAY": window.display}
    subprocess.run(command, env=environment, check=True, timeout=ANSWER_SECONDS)
    window.settle()


def press_return_in_dialog(window: Window) -> None:
    window.mouse_and_keys("key", "Return")
    window.settle()


def add_repository(window: Window, served: Served) -> None:
    """Drop the link; Blender does not know where it leads, and asks whether to add that."""
    drop(window, served.link())
    press_return_in_dialog(window)  # Add Repository…
    press_return_in_dialog(window)  # the end of the address, which can be edited
    press_return_in_dialog(window)  # Create
    window.wait_until("len(repositories) == 1")


def install(window: Window, served: Served) -> None:
    """Drop the link again; Blender reads the repository, and asks whether to install."""
    drop(window, served.link())
    served.wait_until_asked("index.json")
    window.wait_until("not update_in_progress()")
    window.settle()
    window.settle()
    press_return_in_dialog(window)
    window.wait_until(INSTALLED)


def test_the_link_is_dropped_into_blender_which_updates_from_there(
    bare_window: Window, served: Served, repository: Path, tmp_path: Path
) -> None:
    window = bare_window
    window.execute(ONLY_OUR_REPOSITORY)
    window.execute(VERSION_ON_DISK)
    add_repository(window, served)
    install(window, served)
    assert window.evaluate("version_on_disk()") in served.link()
    make_repository(next_version(repository, tmp_path / "next"), tmp_path)
    assert "7.0.0" in served.link()
    window.execute(UPDATE)
    window.wait_until(INSTALLED)
    assert window.evaluate("version_on_disk()") == "7.0.0"
    assert "Chunk" in window.evaluate("bpy.ops.render.array_chunk.get_rna_type().name")
