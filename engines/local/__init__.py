"""Pure: arrays on this machine, whose children are processes of it."""

from __future__ import annotations

from ..engine import Engine, Farm
from ..options import NoOptions


def _engine(options: NoOptions, output: str) -> Engine:
    from .local_engine import LocalEngine

    return LocalEngine()


FARM = Farm(
    name="local",
    label="This Machine",
    help="One child after the other, in the background",
    options=NoOptions,
    engine=_engine,
    is_here=True,
)
