"""Pure: texts of which only pieces are known, as geometry nodes put paths together."""

from __future__ import annotations

import enum
import glob
import itertools
import re
import string
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

MOST_TEXTS = 64
MOST_CHARACTERS = 4096
"""So long is a text at the most: no system knows longer paths."""


class Gap(enum.Enum):
    """What is not known of a text."""

    NUMBER = "a number"
    ANYTHING = "any characters"


@dataclass(frozen=True)
class Text:
    """What is known of a text, piece by piece, and what is not."""

    pieces: tuple[str | Gap, ...]

    @classmethod
    def of(cls, text: str) -> Text:
        return cls((text,))

    @property
    def known(self) -> str | None:
        """The whole text; None where it has a gap."""
        every = [piece for piece in self.pieces if isinstance(piece, str)]
        return "".join(every) if len(every) == len(self.pieces) else None

    @property
    def file_pattern(self) -> str | None:
        """A path whose name is a pattern, with a star for each number.

        None where more than numbers of the name is not known: the files can't be listed then.
        """
        first = next((at for at, one in enumerate(self.pieces) if isinstance(one, Gap)), None)
        if first is None or Gap.ANYTHING in self.pieces:
            return None
        before = "".join(str(piece) for piece in self.pieces[:first])
        name = re.split(r"[/\\]", before)[-1]
        ending = "".join("*" if one is Gap.NUMBER else _escaped(one) for one in self.pieces[first:])
        is_in_name = not re.search(r"[/\\]", ending)
        return before.removesuffix(name) + _escaped(name) + ending if is_in_name else None

    @property
    def is_unknowable(self) -> bool:
        return self.known is None and self.file_pattern is None


def _escaped(piece: str | Gap) -> str:
    return glob.escape(str(piece))


ANYTHING = Text((Gap.ANYTHING,))
A_NUMBER = Text((Gap.NUMBER,))
Texts = frozenset[Text]
"""All that a text can be; where it is one alone, it surely is that."""
UNKNOWN: Texts = frozenset({ANYTHING})


def texts_of(text: str) -> Texts:
    return frozenset({Text.of(text)})


def combinations(parts: Sequence[Texts], combined: Callable[[tuple[Text, ...]], Text]) -> Texts:
    """What is made of each choice of a text for each part; UNKNOWN where that are too many."""
    count = 1
    for part in parts:
        count *= len(part)
        if count > MOST_TEXTS:
            return UNKNOWN
    texts = frozenset(combined(choice) for choice in itertools.product(*parts))
    # A gap counts as one character.
    lengths = [sum(len(each) if isinstance(each, str) else 1 for each in t.pieces) for t in texts]
    return UNKNOWN if any(each > MOST_CHARACTERS for each in lengths) else texts


def joined(texts: Iterable[Text], delimiter: Text = Text(())) -> Text:
    pieces: list[str | Gap] = []
    for position, text in enumerate(texts):
        pieces.extend(delimiter.pieces if position else ())
        pieces.extend(text.pieces)
    return Text(tuple(pieces))


def changed(function: Callable[..., str | None], texts: Iterable[Text]) -> Text:
    """What a function makes of texts; nothing is known of that where one of them has a gap.

    Nor where the function gives None.
    """
    every = [text.known for text in texts]
    text = None if None in every else function(*every)
    return ANYTHING if text is None else Text.of(text)


def of_number(value: float | None, spec: str) -> Text:
    """A number as a format such as ``04d`` or ``.2f`` writes it."""
    if value is None or not re.fullmatch(r"0?\d{0,2}d?|0?\d{0,2}\.\d{1,2}f", spec):
        return A_NUMBER
    if "f" not in spec and not isinstance(value, int):
        return A_NUMBER
    return Text.of(format(value, spec))


def formatted(pattern: Text, items: Callable[[str, str], Text]) -> Text:
    """A pattern such as ``mesh_{frame:04}.obj``, with its items filled in.

    `items` is asked for each by what stands in the braces before and behind the colon; an item
    without a name is called by the number of its place.
    """
    if pattern.known is None:
        return ANYTHING
    parts: list[Text] = []
    place = 0
    try:
        for literal, name, spec, _ in string.Formatter().parse(pattern.known):
            parts.append(Text.of(literal))
            if name is not None:
                parts.append(items(name or str(place), spec or ""))
                place += not name
    except ValueError:  # braces that have no end: Blender makes nothing of it
        return ANYTHING
    return joined(parts)
