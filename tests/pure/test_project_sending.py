"""A project that is sent, as the window shows it: how far it is, and that it can be ended."""

from __future__ import annotations

import pytest
from array_chunk_render.chunking.errors import Interrupted
from array_chunk_render.window.project_sending import Sending, show_sending, shown_sending

WOOD = "tex/wood.png"


def test_how_far_it_is() -> None:
    sending = Sending("/mnt/farm")
    assert (sending.factor, sending.text) == (
        0.0,
        "Sending to /mnt/farm: looking at what is there…",
    )
    sending.begin(2, 100)
    sending.start(WOOD)
    sending.advance(25)
    assert (sending.factor, sending.text) == (0.25, "Sending tex/wood.png: 25%, file 1 of 2")
    sending.advance(100)  # a file that has grown
    assert sending.factor == 1.0


def test_one_that_is_cancelled_ends_at_the_next_bytes() -> None:
    sending, ended = Sending("/mnt/farm"), []
    sending.ends = lambda: ended.append("Blender")
    sending.begin(1, 100)
    sending.start(WOOD)
    sending.cancel()
    assert ended == ["Blender"]
    assert sending.text == "Sending is being cancelled…"
    with pytest.raises(Interrupted):
        sending.advance(1)


def test_the_one_that_goes_on_is_shown() -> None:
    sending = show_sending(Sending("/mnt/farm"))
    assert shown_sending() is sending
    sending.is_over = True
    assert shown_sending() is None
