"""A third party's connections to the page keep no viewer out and are bounded."""

from __future__ import annotations

import contextlib
import socket
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from test_view_page import message_types, port_of, viewer
from view_rig import prepared
from websockets.exceptions import ConnectionClosed, InvalidStatus

from cellkit.view.launch import PageOptions
from cellkit.view.live import LiveView
from cellkit.view.visitors import CONNECTIONS, LONGEST, VIEWERS
from tests.patience import PATIENCE

HALF_OPEN = 300


@pytest.fixture(scope="module")
def view() -> Iterator[LiveView]:
    with LiveView(PageOptions(port=0)) as view:
        view.execute(prepared())
        yield view


def closed(line: socket.socket) -> bool:
    """Return whether the server has closed a connection."""
    line.setblocking(False)
    try:
        return line.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: "], ids=["silent", "half a request"])
def test_half_open_connections_keep_no_viewer_out_and_are_bounded(view: LiveView, sent: bytes) -> None:
    with viewer(view, view.url) as first, ExitStack() as lines:
        assert message_types(first)
        half_open = []
        for _ in range(HALF_OPEN):
            line = lines.enter_context(socket.create_connection(("127.0.0.1", port_of(view))))
            line.sendall(sent)
            half_open.append(line)
        begun = time.monotonic()
        with viewer(view, view.url) as second:
            assert message_types(second)
        while sum(map(closed, half_open)) < HALF_OPEN - CONNECTIONS:
            # websockets itself gives a handshake up after 10 s: the bound must act before
            assert time.monotonic() < begun + 9.0, "the oldest connections are still open"
            time.sleep(0.01)
        assert message_types(first), "a viewer stays"


def test_the_number_of_viewers_is_bounded(view: LiveView) -> None:
    with ExitStack() as viewers:
        for _ in range(VIEWERS):
            viewers.enter_context(viewer(view, view.url))
        with pytest.raises(InvalidStatus, match="503"):
            viewer(view, view.url)
    end = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(InvalidStatus), viewer(view, view.url) as again:
            assert message_types(again)
            return
        assert time.monotonic() < end, "viewers that have left still take places"


def test_a_viewers_message_is_bounded(view: LiveView) -> None:
    with viewer(view, view.url) as one:
        one.send(bytes(LONGEST + 1))
        with pytest.raises(ConnectionClosed, match="1009"):
            deque(iter(one.recv, None), maxlen=0)
