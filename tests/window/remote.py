"""Run by the Blender under test: do what the test asks for, between the window's own events.

The test holds the other end of a socket that Blender was started with (its number is in
REMOTE_SOCKET). A request is a line of JSON: an expression to evaluate, statements to execute, or an
expression to wait for until it is true. The answer is a line too: the value, or the traceback.
"""

from __future__ import annotations

import json
import os
import socket
import traceback
from typing import Any

import bpy

POLL_SECONDS = 0.05

connection = socket.socket(fileno=int(os.environ["REMOTE_SOCKET"]))
connection.setblocking(False)
names: dict[str, Any] = {"bpy": bpy}
received = b""
awaited: str | None = None


def answer(request: dict[str, str]) -> None:
    global awaited
    if "execute" in request:
        exec(request["execute"], names)
        reply(value=None)
    elif "quit" in request:
        with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
            bpy.ops.wm.quit_blender()
    elif "evaluate" in request:
        reply(value=eval(request["evaluate"], names))
    else:
        awaited = request["wait_until"]


def reply(**what: Any) -> None:
    connection.sendall(json.dumps(what).encode() + b"\n")


def look() -> None:
    """Answer what has come in; look again whether what is awaited has come true."""
    global awaited, received
    if awaited is not None:
        if eval(awaited, names):
            awaited = None
            reply(value=True)
        return
    try:
        received += connection.recv(1 << 16)
    except BlockingIOError:
        return
    line, end, rest = received.partition(b"\n")
    if end:
        received = rest
        answer(json.loads(line))


def poll() -> float:
    global awaited
    try:
        look()
    except Exception:  # noqa: BLE001 -- the test is told, whatever it was
        awaited = None
        reply(error=traceback.format_exc())
    return POLL_SECONDS


bpy.context.preferences.view.show_splash = False
bpy.app.timers.register(poll, persistent=True)
