"""Connections that ask for nothing keep no client from the page, least of all from Stop."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from cellkit.errors import TransportError
from cellkit.transport.network import ByteStream, Handler
from cellkit.transport.sockets import SocketNetwork
from cellkit.view.commissioning import admission
from cellkit.view.commissioning.admission import Admission
from cellkit.view.commissioning.app import KEY_HEADER, PAGES_PER_USER, make_app
from tests.view.commissioning.browser_rig import Browser, Site, VirtualLine, make_state

HALF_OPEN = 200
STARTS = {
    "silent": b"",
    "half a head": b"POST /stop HTTP/1.1\r\nHost: 127.0.0.1",
    "a body to come": b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n",
    "a page without a key": (
        b"GET /line HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nOrigin: http://127.0.0.1:PORT\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ),
}


def handler(site: Site) -> Handler:
    door = Admission(make_app(site.frontend, ""))

    async def handle(stream: ByteStream) -> None:
        with contextlib.suppress(TransportError):  # the connection was closed
            await door.serve(stream)

    return handle


async def stop(port: int, browser: Browser) -> bytes:
    """Send the request that stops, as the page of a logged-in operator; return the status line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    cookie = "; ".join(f"cellkit_{port}={value}" for value in browser.cookies.values())
    host = f"127.0.0.1:{port}"
    head = (
        f"POST /stop HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookie}\r\n"
        f"{KEY_HEADER}: {browser.key}\r\nContent-Length: 0\r\n\r\n"
    )
    writer.write(head.encode())
    answer = await asyncio.wait_for(reader.readline(), 5.0)
    writer.close()
    return answer


@pytest.mark.parametrize("start", STARTS)
def test_stop_has_a_place_among_half_open_connections(tmp_path: Path, start: str) -> None:
    line = VirtualLine()

    async def main() -> None:
        site = Site(make_state(tmp_path), line)
        otto = site.browser()
        assert await otto.log_in("otto") == 200

        listener = await SocketNetwork().listen("127.0.0.1", 0, handler(site))
        begins = STARTS[start].replace(b"PORT", str(listener.port).encode())
        writers = []
        for _ in range(HALF_OPEN):
            _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            writer.write(begins)
            writers.append(writer)
        await asyncio.sleep(0.2)
        assert await stop(listener.port, otto) == b"HTTP/1.1 200 OK\r\n"
        for writer in writers:
            writer.close()
        listener.close()
        site.login.close()

    asyncio.run(main())
    assert ("stop", "otto", {"device": ""}) in line.asked


def test_a_connection_that_asks_for_nothing_ends_soon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(admission, "REQUEST_TIMEOUT", 0.2)

    async def main() -> None:
        site = Site(make_state(tmp_path), VirtualLine())

        listener = await SocketNetwork().listen("127.0.0.1", 0, handler(site))
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        assert await asyncio.wait_for(reader.read(), 20.0) == b""
        writer.close()
        listener.close()
        site.login.close()

    asyncio.run(main())


def test_one_user_does_not_take_every_page(tmp_path: Path) -> None:
    async def main() -> None:
        site = Site(make_state(tmp_path), VirtualLine())
        vera = site.browser()
        assert await vera.log_in("vera") == 200
        async with asyncio.TaskGroup() as group, asyncio.timeout(30.0):
            opened = asyncio.Semaphore(0)
            enough = asyncio.Event()

            async def open_page() -> None:
                async with vera.page() as page:
                    assert (await page.kind("hello"))["user"] == "vera"
                    opened.release()
                    await enough.wait()

            for _ in range(PAGES_PER_USER):
                group.create_task(open_page())
            for _ in range(PAGES_PER_USER):
                await opened.acquire()
            async with vera.page() as page:
                assert await page.closed() == 4008
            otto = site.browser()
            assert await otto.log_in("otto") == 200
            async with otto.page() as page:
                assert (await page.kind("hello"))["user"] == "otto"
            enough.set()
        site.login.close()

    asyncio.run(main())
