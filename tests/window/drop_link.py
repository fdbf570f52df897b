"""Drop a link on the window at a place of the screen, as a browser does: drop_link.py URL X Y.

It speaks XDND, the protocol of drag and drop between X clients, and offers the link as plain text:
of the forms that browsers offer, the one in which Blender takes links that are no files. It ends
when the window has taken the link. Run by Debian's Python, whose python3-xlib it needs; DISPLAY
names the screen.
"""

from __future__ import annotations

import sys

from Xlib import X, Xatom
from Xlib.display import Display
from Xlib.protocol import event
from Xlib.xobject.drawable import Window

XDND_VERSION = 3
"""The highest that Blender's windows speak."""


class Dragging:
    """The browser's side of one drag."""

    def __init__(self, link: str) -> None:
        self._link = link.encode()
        self._display = Display()
        self._root = self._display.screen().root
        self._source = self._root.create_window(-9, -9, 1, 1, 0, X.CopyFromParent)
        self._source.set_selection_owner(self._atom("XdndSelection"), X.CurrentTime)

    def drop(self, x: int, y: int) -> None:
        """Drop the link at this place of the screen, in pixels; wait until it has been taken."""
        target = self._window_at(x, y)
        self._send(target, "XdndEnter", XDND_VERSION << 24, self._atom("text/plain"), 0, 0)
        copy = self._atom("XdndActionCopy")
        self._send(target, "XdndPosition", 0, x << 16 | y, X.CurrentTime, copy)
        accepted = self._await_message("XdndStatus")[1] & 1
        if not accepted:
            sys.exit(f"The window at {x}, {y} does not take the link {self._link.decode()}")
        self._send(target, "XdndDrop", 0, X.CurrentTime, 0, 0)
        self._await_message("XdndFinished")

    def _atom(self, name: str) -> int:
        return self._display.intern_atom(name)

    def _window_at(self, x: int, y: int) -> Window:
        """The one below the pointer that takes drops."""
        self._root.warp_pointer(x, y)
        window = self._root.query_pointer().child
        while window and not window.get_full_property(self._atom("XdndAware"), Xatom.ATOM):
            window = window.query_pointer().child
        if not window:
            sys.exit(f"No window that takes drops is at {x}, {y}")
        return window

    def _send(self, target: Window, kind: str, *words: int) -> None:
        message = event.ClientMessage(
            window=target, client_type=self._atom(kind), data=(32, [self._source.id, *words])
        )
        target.send_event(message)

    def _await_message(self, kind: str) -> list[int]:
        """Return the message's words; give out the link to who asks for it meanwhile."""
        while True:
            happened = self._display.next_event()
            if happened.type == X.SelectionRequest:
                self._give_out(happened)
            elif happened.type == X.ClientMessage and happened.client_type == self._atom(kind):
                return list(happened.data[1])

    def _give_out(self, request: event.SelectionRequest) -> None:
        request.requestor.change_property(request.property, request.target, 8, self._link)
        notice = event.SelectionNotify(
            time=request.time,
            requestor=request.requestor,
            selection=request.selection,
            target=request.target,
            property=request.property,
        )
        request.requestor.send_event(notice)


if __name__ == "__main__":
    Dragging(sys.argv[1]).drop(int(sys.argv[2]), int(sys.argv[3]))
