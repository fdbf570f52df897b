"""Operators, thin: poll, translate, call, report."""

from __future__ import annotations

from . import array_chunk

register, unregister = array_chunk.register, array_chunk.unregister
