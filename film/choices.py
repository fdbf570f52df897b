"""Pure: what can be chosen for a film, in the words of the command line and of the operator."""

from __future__ import annotations

from ..chunking.setting_values import Setting

GROUP = "Film"
REFUSE, HOLD, BLACK, CLOSE = "refuse", "hold", "black", "close"

GAPS = Setting(
    "gaps", REFUSE, GROUP, "Gaps", "What a film does where frames are not done",
    choices=(
        (REFUSE, "Refuse", "Make no film, and name the frames"),
        (HOLD, "Hold", "The picture before stays; at the start the first one comes early"),
        (BLACK, "Black", "Show black for the length of the gap"),
        (CLOSE, "Close", "Leave the frames out, which makes the film shorter"),
    ),
)  # fmt: skip
LOSSLESS = Setting(
    "lossless", False, GROUP, "Lossless Film",
    "Also make a film for keeping: FFV1 in Matroska, every pixel as in the frames, to 8 bits",
)  # fmt: skip
CHOICES = (GAPS, LOSSLESS)
