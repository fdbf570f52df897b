"""Pure: one picture of many small ones, each shown by itself on the page."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from ..publishing.sheet_layout import SheetLayout
from .markup import Html, element, joined

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
        data = base64.b64encode(self.jpeg).decode("ascii")
        return Html(
            f".thumbnail{{background-image:url(data:image/jpeg;base64,{data});"
            f"background-size:{100 * self.layout.width / width:.4f}% "
            f"{100 * self.layout.height / height:.4f}%;aspect-ratio:{width:.0f}/{height:.0f}}}"
        )

    def figures(self) -> Html:
        """All of them, each with its frame's number."""
        figures = []
        for place, frame in enumerate(self.frames):
            picture = element(
                "div",
                class_="thumbnail",
                role="img",
                aria_label=f"Frame {frame}",
                style=self._position(place),
            )
            number = element("figcaption", str(frame), aria_hidden="true")
            figures.append(element("figure", picture, number))
        return element("div", joined(figures), class_="sheet")

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
