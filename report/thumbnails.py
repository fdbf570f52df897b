"""Pure: small pictures of frames on the page: parts of one large picture, or each by itself."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from ..publishing.sheet_layout import SheetLayout
from .markup import Html, element, joined
from .words import counted

INSET = 0.5
"""Pixels left off at each edge, so that no neighbour shines in where the browser scales."""


@dataclass(frozen=True)
class Thumbnails:
    """A contact sheet as JPEG, and which frames are on it, in the layout's order."""

    jpeg: bytes
    frames: tuple[int, ...]
    layout: SheetLayout

    def style(self) -> Html:
        """The rules that the page's style sheet needs for them."""
        width, height = self._picture
        return Html(
            f".thumbnail{{background-image:{_data_url(self.jpeg)};"
            f"background-size:{100 * self.layout.width / width:.4f}% "
            f"{100 * self.layout.height / height:.4f}%;aspect-ratio:{width:.0f}/{height:.0f}}}"
        )

    def figures(self) -> Html:
        """How many they are, and all of them, each with its frame's number."""
        places = enumerate(self.frames)
        figures = [_figure(frame, self._position(place)) for place, frame in places]
        shown = counted(len(self.frames), "frame")
        return joined(
            [element("p", f"{shown}, evenly spread"), element("div", *figures, class_="sheet")]
        )

    @property
    def _picture(self) -> tuple[float, float]:
        layout = self.layout
        width, height = layout.picture_width * layout.scale, layout.picture_height * layout.scale
        return max(1.0, width - 2 * INSET), max(1.0, height - 2 * INSET)

    def _position(self, place: int) -> str:
        """CSS counts from the top left, in percent of what the sheet is larger than the picture."""
        cell, (width, height) = self.layout.cell(place), self._picture
        left = self.layout.width / 2 + cell.x - width / 2
        top = self.layout.height / 2 - cell.picture_y - height / 2
        right = 100 * left / (self.layout.width - width)
        down = 100 * top / (self.layout.height - height)
        return f"background-position:{right:.4f}% {down:.4f}%"


@dataclass(frozen=True)
class SinglePictures:
    """Small pictures as JPEG, each by itself, by frame: those of the newest frames, and others."""

    newest: Mapping[int, bytes]
    spread: Mapping[int, bytes]

    def style(self) -> Html:
        """The rules that the page's style sheet needs for them."""
        return Html(
            ".thumbnail{background-size:contain;background-position:center;"
            "background-repeat:no-repeat;aspect-ratio:16/9}"
        )

    def figures(self) -> Html:
        """The newest, the last of them first, then the others as they follow in the film."""
        parts = []
        newest = list(self.newest.items())[::-1]
        for title, pictures in (("Newest", newest), ("Evenly spread", list(self.spread.items()))):
            if pictures:
                urls = ((frame, _data_url(jpeg)) for frame, jpeg in pictures)
                figures = [_figure(frame, f"background-image:{url}") for frame, url in urls]
                parts += [element("h3", title), element("div", *figures, class_="sheet")]
        return joined(parts)


def _figure(frame: int, style: str) -> Html:
    picture = element(
        "div", class_="thumbnail", role="img", aria_label=f"Frame {frame}", style=style
    )
    return element("figure", picture, element("figcaption", str(frame), aria_hidden="true"))


def _data_url(jpeg: bytes) -> str:
    return f"url(data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')})"
