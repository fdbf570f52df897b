"""Files that are sent or fetched, as the window shows it: how far it is, and how it is ended."""

from __future__ import annotations

import pytest
from array_chunk_render.chunking.errors import Interrupted
from array_chunk_render.window.transfers import (
    FETCHING,
    SENDING,
    Transfer,
    show_transfer,
    shown_transfer,
)

WOOD = "tex/wood.png"


@pytest.fixture
def sending() -> Transfer:
    return Transfer(SENDING, "to /mnt/farm")


def shown(transfer: Transfer) -> tuple[float, str]:
    return transfer.factor, transfer.text


def test_how_far_it_is(sending: Transfer) -> None:
    assert shown(sending) == (0.0, "Sending to /mnt/farm: looking at what is there…")
    sending.begin(2, 100)
    sending.start(WOOD)
    sending.advance(25)
    assert shown(sending) == (0.25, "Sending tex/wood.png: 25%, file 1 of 2")
    sending.advance(100)  # a file that has grown
    assert sending.factor == 1.0


def test_one_that_waits_for_more() -> None:
    fetching = Transfer(FETCHING, "from /mnt/farm")
    fetching.begin(1, 100)
    fetching.start("00001.png")
    fetching.advance(100)
    fetching.wait(0.0, "Fetched 1 of 4 frames: waiting for more", 1, 4)
    assert shown(fetching) == (0.25, "Fetched 1 of 4 frames: waiting for more")
    fetching.begin(1, 100)
    fetching.start("00002.png")
    assert shown(fetching) == (0.0, "Fetching 00002.png: 0%, file 1 of 1")
    fetching.cancel()
    with pytest.raises(Interrupted):
        fetching.wait(60.0, "no more", 1, 4)


def test_one_that_is_cancelled_ends_at_the_next_bytes(sending: Transfer) -> None:
    ended = []
    sending.ends = lambda: ended.append("Blender")
    sending.begin(1, 100)
    sending.start(WOOD)
    sending.cancel()
    assert ended == ["Blender"]
    assert sending.text == "Sending is being cancelled…"
    with pytest.raises(Interrupted):
        sending.advance(1)


def test_those_that_go_on_are_shown(sending: Transfer) -> None:
    fetching = show_transfer(Transfer(FETCHING, "from /mnt/farm"))
    assert show_transfer(sending) is shown_transfer(SENDING) is sending
    sending.is_over = True
    assert shown_transfer(SENDING) is None
    assert shown_transfer(FETCHING) is fetching
    fetching.is_over = True
