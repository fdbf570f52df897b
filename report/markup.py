"""Pure: HTML in which nothing that came from a file can be anything but text."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

MOST_CHARACTERS = 500
"""How much is shown of one text from a file: a reason, a warning, a line of a log."""


class Html(str):
    """Markup that was made here; every other text is escaped where it goes into an element."""

    __slots__ = ()


def cut(text: str) -> str:
    """A text from a file, cut off where it is too long to be read by anyone."""
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


def shown(text: str) -> str:
    """The text with a visible mark for each character that isn't.

    Control characters and half characters don't belong into HTML, and marks that turn the
    direction of writing could make a text look like another one.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in "\n\t" else "�" for each in text)


def markup(content: str) -> Html:
    """The content for an element: markup as it is, all else as text."""
    return content if isinstance(content, Html) else Html(html.escape(shown(content)))


def joined(parts: Iterable[str]) -> Html:
    """Parts one behind the other, each as `markup` gives it."""
    return Html("".join(map(markup, parts)))


def element(name: str, *content: str, **attributes: str) -> Html:
    """An element; in attributes' names a `_` stands for `-`, and a last one is left out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(shown(value))}"'
        for key, value in attributes.items()
    )
    return Html(f"<{name}{written}>{joined(content)}</{name}>")


def section(title: str, *content: str) -> Html:
    return element("section", element("h2", title), *content)


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 0
) -> Html:
    """A table that scrolls by itself where it is too wide; its last `numbers` columns are numbers.

    The first cell of each row is its heading.
    """
    first_number = len(head) - numbers

    def cells(row: Sequence[str]) -> Html:
        return joined(
            element("td", cell, class_="number" if place >= first_number else "text")
            if place
            else element("th", cell, scope="row")
            for place, cell in enumerate(row)
        )

    titles = [
        element("th", title, scope="col", class_="number" if place >= first_number else "text")
        for place, title in enumerate(head)
    ]
    whole = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *titles)),
        element("tbody", *(element("tr", cells(row)) for row in rows)),
    )
    return element("div", whole, class_="scrolls", tabindex="0", role="region", aria_label=caption)


def folded(summary: str, *content: str) -> Html:
    """What is shown when it is asked for."""
    return element("details", element("summary", summary), *content)
