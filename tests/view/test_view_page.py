"""The served page: on loopback, for its own pages alone, and without waiting for slow viewers."""

from __future__ import annotations

import contextlib
import http.client
import socket
import struct
import threading
from collections.abc import Iterator

import msgspec
import pytest
import zstandard
from view_rig import prepared
from viser import __version__ as viser_version
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from cellkit.errors import ConfigError
from cellkit.view.launch import PageOptions
from cellkit.view.live import LiveView
from cellkit.view.page import Server

ALIVE = 0.5  # s


@pytest.fixture(scope="module")
def view() -> Iterator[LiveView]:
    with LiveView(PageOptions(port=0, alive=ALIVE)) as view:
        record = view.execute(prepared())
        assert record is not None
        assert record.success
        yield view


def port_of(view: LiveView) -> int:
    return int(view.url.rpartition(":")[2])


def get(view: LiveView, headers: dict[str, str]) -> http.client.HTTPResponse:
    line = http.client.HTTPConnection("127.0.0.1", port_of(view), timeout=60.0)
    line.putrequest("GET", "/", skip_host=True)
    for name, value in headers.items():
        line.putheader(name, value)
    line.endheaders()
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer


def viewer(view: LiveView, origin: str | None = None, host: str | None = None) -> ClientConnection:
    port = port_of(view)
    with socket.create_connection(("127.0.0.1", port)) as line:
        return connect(
            f"ws://{host or '127.0.0.1'}:{port}",
            sock=line.dup(),
            origin=None if origin is None else Origin(origin),
            subprotocols=[Subprotocol(f"viser-v{viser_version}")],
            max_size=None,
        )


def test_it_is_served_on_loopback_alone(view: LiveView) -> None:
    port = port_of(view)
    assert view.url == f"http://127.0.0.1:{port}"
    for host in (f"127.0.0.1:{port}", f"localhost:{port}"):
        answer = get(view, {"Host": host})
        assert answer.status == 200
        policy = answer.headers["Content-Security-Policy"]
        assert f"connect-src 'self' ws://{host}" in policy
        assert "frame-ancestors 'none'" in policy
    with socket.socket() as probe:  # any address of this machine that is not 127.0.0.1
        assert probe.connect_ex(("127.0.0.2", port)) != 0


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "evil.example:8808", "127.0.0.1.evil.example:1"])
def test_a_name_from_elsewhere_is_refused(view: LiveView, host: str) -> None:
    assert get(view, {"Host": host}).status == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", "https://127.0.0.1:{port}"]
)
def test_a_page_from_elsewhere_cannot_connect(view: LiveView, origin: str) -> None:
    port = port_of(view)
    with pytest.raises(InvalidStatus, match="403"):
        viewer(view, origin.format(port=port))
    assert get(view, {"Host": f"127.0.0.1:{port}", "Origin": origin.format(port=port)}).status == 403


def message_types(connection: ClientConnection) -> list[str]:
    """Return the types of the messages in the next frame."""
    frame = connection.recv(timeout=60.0)
    assert isinstance(frame, bytes)
    size = struct.unpack("<Q", frame[8:16])[0]
    inner = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(frame[16 : 16 + size]))
    return [message["type"] for message in inner["messages"]]


def test_its_own_page_receives_the_run(view: LiveView) -> None:
    with viewer(view, view.url) as one:
        kinds = set(message_types(one))
        while "ReplayDoneMessage" not in kinds:
            kinds |= set(message_types(one))
    assert {"BoxMessage", "FrameMessage", "GuiSliderMessage", "GuiHtmlMessage"} <= kinds


def test_the_page_cannot_be_shared_over_a_public_server(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr("viser._viser.ViserTunnel", lambda *given: opened.append(given))
    server = Server.__new__(Server)
    server.request_share_url()
    server.disconnect_share_url()
    assert not opened


def test_a_viewer_that_stops_reading_is_dropped(view: LiveView) -> None:
    port = port_of(view)
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(
            f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {view.url}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: viser-v{viser_version}\r\n\r\n".encode()
        )
        threading.Event().wait(4 * ALIVE)  # silent, without an answer to pings
        line.settimeout(60.0)
        with contextlib.suppress(ConnectionResetError):
            while line.recv(1 << 16):
                pass  # ends only for a viewer that does not answer
    with viewer(view, view.url) as other:
        assert message_types(other)


def test_a_port_in_use_is_an_error() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"port {port} cannot be used"):
            LiveView(PageOptions(port=port))
    with pytest.raises(ConfigError, match="0 to 65535"):
        LiveView(PageOptions(port=70000))
