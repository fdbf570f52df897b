"""Pure: text that others wrote, made fit for a line of a log, a terminal or a label.

Names, paths, reasons and log lines come from .blend files, folders and farms. A terminal obeys
control characters (colours, a title, the clipboard), a line break makes two lines of one, and marks
that are not seen, or turn the direction of writing, make a text look like another one.
"""

from __future__ import annotations

import json
import re

_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
"""What Python calls printable although it shows nothing: fillers and selectors (Unicode's
Default_Ignorable_Code_Point, and the empty Braille pattern)."""
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def plain_line(text: str) -> str:
    r"""The text on one line, each character that is not seen written as Python does: `\x1b`.

    All that is seen stays as it is, in any language: letters, signs, and the blank. What is plain
    already stays so, too, and a backslash is one.
    """
    if _is_plain(text):
        return text
    return "".join(each if _is_plain(each) else _escaped(each) for each in text)


def json_line(value: object) -> str:
    r"""The value as JSON on one line, what is not seen escaped in JSON's way: `\u001b`."""
    text = json.dumps(value, ensure_ascii=False)
    if _is_plain(text):
        return text
    # json.dumps by itself takes DEL for a character that can be seen.
    return "".join(
        each if _is_plain(each) else r"\u007f" if each == "\x7f" else json.dumps(each)[1:-1]
        for each in text
    )


def _is_plain(text: str) -> bool:
    # Not printable: controls, format characters, separators but the blank, half characters, and
    # what is assigned to nobody.
    return text.isprintable() and not _UNSEEN.search(text)


def _escaped(each: str) -> str:
    if each in _SHORT:
        return _SHORT[each]
    number = ord(each)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
