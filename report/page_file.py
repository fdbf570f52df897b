"""Pure: where the page lies, and how it gets there in one step."""

from __future__ import annotations

from pathlib import Path

from ..publishing.places import (
    film_path,
    made_aside,
)


def report_path(output_folder: Path) -> Path:
    """The report of `/x/shot.v2` is `/x/shot.v2-report.html`, beside its film.

    Raises BadSetting for a folder that has nothing beside it.
    """
    film = film_path(output_folder)
    return film.with_name(f"{film.stem}-report.html")


def write_page(target: Path, page: str) -> None:
    """Put the page under its name: whole, on disk, replacing an older one. Raises OutputFailed."""
    with made_aside(target) as made:
        made.write_text(page, encoding="utf-8", newline="\n")
