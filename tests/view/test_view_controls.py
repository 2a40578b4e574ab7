"""The controls of the page: a client sets values, and nothing else of them."""

from __future__ import annotations

import asyncio
import io
from contextlib import redirect_stdout

from viser import _messages

from cellkit.view.guard import LOOPBACK
from cellkit.view.page import Server
from cellkit.view.process import free_port


def test_a_client_cannot_replace_a_callback() -> None:
    with redirect_stdout(io.StringIO()):
        server = Server(LOOPBACK, free_port(0), verbose=False)
    try:
        box = server.gui.add_checkbox("box", False)
        handler = server.gui._handle_gui_updates
        asyncio.run(handler(1, _messages.GuiUpdateMessage(box._impl.uuid, {"update_cb": ["theirs"], "value": True})))
        assert (box.value, box._impl.update_cb) == (False, [])
        asyncio.run(handler(1, _messages.GuiUpdateMessage(box._impl.uuid, {"value": True})))
        assert box.value
    finally:
        with redirect_stdout(io.StringIO()):
            server.stop()
