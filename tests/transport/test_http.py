"""HTTP, TLS and WebSocket over byte streams: in memory and on sockets, whole and broken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest

from cellkit.errors import TransportError
from cellkit.timing import Speed, now, run
from cellkit.transport import ByteStream, FaultyNetwork, LinkFaults, MemoryNetwork, Network, SocketNetwork
from cellkit.transport.http_client import LARGEST_BODY, http_client
from cellkit.transport.http_server import LARGEST_BODY as LARGEST_REQUEST
from cellkit.transport.http_server import serve_http
from cellkit.transport.tls import ANY_CERTIFICATE, self_signed, tls_client, tls_server
from cellkit.transport.websocket import LARGEST_MESSAGE, open_websocket

HOST = "127.0.0.1"
NETWORKS: dict[str, tuple[type[Network], Speed]] = {"memory": (MemoryNetwork, "max"), "sockets": (SocketNetwork, 1.0)}
Test = Callable[[Network], Awaitable[None]]


@pytest.fixture(params=NETWORKS)
def on_network(request: pytest.FixtureRequest) -> Callable[[Test], None]:
    make, speed = NETWORKS[request.param]

    def play(test: Test) -> None:
        async def limited() -> None:
            async with asyncio.timeout(30.0):
                await test(make())

        run(limited(), speed=speed)

    return play


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Echoes: the path, the query and the body; on a WebSocket every text."""
    if scope["type"] == "websocket":
        await receive()
        if "echo" not in scope["subprotocols"]:
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.accept", "subprotocol": "echo"})
        while (message := await receive())["type"] == "websocket.receive":
            if message["text"] == "bye":
                await send({"type": "websocket.close", "code": 1000})
                return
            await send({"type": "websocket.send", "text": message["text"]})
        return
    body = (await receive())["body"]
    if scope["path"] == "/slow":
        await asyncio.sleep(5.0)
    size = LARGEST_BODY + 1 if scope["path"] == "/huge" else 0
    text = f"{scope['method']} {scope['path']} {scope['query_string'].decode()} ".encode() + body + bytes(size)
    length = (b"content-length", str(len(text)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": text})


IDENTITY = self_signed("test")


@asynccontextmanager
async def served(network: Network, secure: bool = False) -> AsyncIterator[int]:
    async def handle(stream: ByteStream) -> None:
        with suppress(TransportError):
            if secure:
                await serve_http(await tls_server(stream, IDENTITY), app, "https")
            else:
                await serve_http(stream, app)

    listener = await network.listen(HOST, 0, handle)
    try:
        yield listener.port
    finally:
        listener.close()
        await asyncio.sleep(0)


def faulty_client(network: Network, faults: LinkFaults, port: int) -> httpx.AsyncClient:
    return http_client(FaultyNetwork(network, faults), f"http://{HOST}:{port}", timeout=2.0)


@pytest.mark.parametrize("secure", [False, True])
def test_requests_reach_the_application_on_one_connection(on_network: Any, secure: bool) -> None:
    async def test(network: Network) -> None:
        async with served(network, secure) as port:
            url = f"{'https' if secure else 'http'}://{HOST}:{port}"
            async with http_client(network, url, certificate=IDENTITY.fingerprint) as client:
                for number in range(3):
                    answer = await client.post(f"/a%20b?n={number}", content=b"x" * 100_000)
                    assert answer.text == f"POST /a b n={number} " + "x" * 100_000
                head = await client.head("/")
                assert head.content == b""

    on_network(test)


def test_a_certificate_is_known_by_its_fingerprint(on_network: Any) -> None:
    async def test(network: Network) -> None:
        async with served(network, secure=True) as port:
            for certificate, refused in (
                (IDENTITY.fingerprint, None),
                (":".join(IDENTITY.fingerprint[i : i + 2] for i in range(0, 64, 2)).upper(), None),
                (ANY_CERTIFICATE, None),
                ("0" * 64, IDENTITY.fingerprint),
                (None, "certificate verify failed"),
            ):
                stream = await network.connect(HOST, port)
                if refused is None:
                    tls = await tls_client(stream, HOST, certificate)
                    tls.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    assert (await tls.read()).startswith(b"HTTP/1.1 200 OK")
                    tls.close()
                else:
                    with pytest.raises(TransportError, match=refused):
                        await tls_client(stream, HOST, certificate)

    on_network(test)


def test_who_speaks_no_tls_is_sent_away(on_network: Any) -> None:
    async def test(network: Network) -> None:
        async with served(network, secure=True) as port:
            stream = await network.connect(HOST, port)
            stream.write(b"GET / HTTP/1.1\r\n\r\n" + bytes(300))
            with suppress(TransportError):
                while await stream.read():
                    pass
            stream.close()

    on_network(test)


@pytest.mark.parametrize(
    "request_bytes",
    [
        bytes(range(256)) * 8,
        b"GET / HTTP/1.1\r\n\r\n",  # no host
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nLong: " + b"x" * 100_000,
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n" + b"x" * (LARGEST_REQUEST + 1),
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    ],
)
def test_broken_requests_get_an_error_and_no_further_hearing(request_bytes: bytes) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        async with asyncio.timeout(10.0), served(network) as port:
            stream = await network.connect(HOST, port)
            stream.write(request_bytes)
            said = b""
            while data := await stream.read():
                said += data
            assert said.startswith((b"HTTP/1.1 4", b"HTTP/1.1 431")), said[:60]

    run(main())


@pytest.mark.parametrize("step", [1, 7])
def test_requests_may_come_in_pieces_or_several_at_once(step: int) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        async with served(network) as port:
            stream = await network.connect(HOST, port)
            request = b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
            for start in range(0, len(request), step):
                stream.write(request[start : start + step])
                await asyncio.sleep(0.001)
            assert (await stream.read()).endswith(b"POST /x  abc")
            stream.write(request * 2)
            await asyncio.sleep(0.01)
            assert (await stream.read()).count(b"POST /x  abc") == 2
            stream.close()

    run(main())


def test_time_outs_count_in_cell_time() -> None:
    async def main() -> None:
        network, faults = MemoryNetwork(), LinkFaults()
        async with served(network) as port, faulty_client(network, faults, port) as client:
            with pytest.raises(httpx.TimeoutException, match="no answer for 2 s"):
                await client.get("/slow")
            assert now() == pytest.approx(2.0)
            faults.delay = 1.0
            await client.get("/")
            assert now() == pytest.approx(3.0)

    run(main())


def test_what_goes_wrong_on_the_way_is_a_transport_error() -> None:
    async def main() -> None:
        network, faults = MemoryNetwork(), LinkFaults()
        async with served(network) as port, faulty_client(network, faults, port) as client:
            with pytest.raises(httpx.RemoteProtocolError, match="more than"):
                await client.get("/huge")
            await client.get("/")
            faults.garbage(b"\0nonsense\r\n\r\n")
            with pytest.raises(httpx.TransportError):
                await client.get("/")
            asking = asyncio.ensure_future(client.get("/slow"))
            await asyncio.sleep(1.0)
            faults.drop()
            with pytest.raises(httpx.TransportError, match="cut"):
                await asking
            with pytest.raises(httpx.ConnectError):
                await client.get("/")

    run(main())


@pytest.mark.parametrize("secure", [False, True])
def test_websockets_carry_texts_both_ways(on_network: Any, secure: bool) -> None:
    async def test(network: Network) -> None:
        async with served(network, secure) as port:
            stream: ByteStream = await network.connect(HOST, port)
            if secure:
                stream = await tls_client(stream, HOST, IDENTITY.fingerprint)
            socket = await open_websocket(stream, HOST, "/", subprotocol="echo")
            for text in ("hello", "", "ü" * 50_000):
                socket.send(text)
                assert await socket.receive() == text
            socket.ping()
            socket.send("after")
            assert await socket.receive() == "after"
            assert socket.pongs == 1
            socket.send("bye")
            assert await socket.receive() is None
            socket.close()

    on_network(test)


def test_websockets_that_are_refused_or_broken() -> None:
    async def main() -> None:
        network, faults = MemoryNetwork(), LinkFaults()
        faulty = FaultyNetwork(network, faults)
        async with served(network) as port:
            with pytest.raises(TransportError, match="HTTP 403"):
                await open_websocket(await faulty.connect(HOST, port), HOST, "/", subprotocol="other")
            for garbage in (bytes(range(256)) * 8, b"\x81\xfe" + b"\xff" * 50, b"\x82\x01x"):
                socket = await open_websocket(await faulty.connect(HOST, port), HOST, "/", subprotocol="echo")
                faults.garbage(garbage)
                with pytest.raises(TransportError, match="WebSocket"):
                    await socket.receive()
                socket.close()
            socket = await open_websocket(await faulty.connect(HOST, port), HOST, "/", subprotocol="echo")
            part = b"\x01\x7e\xff\xff" + b"x" * 65535  # a message that never ends
            reading = asyncio.ensure_future(socket.receive())
            for _ in range(LARGEST_MESSAGE // 65535 + 2):
                faults.garbage(part)
                part = b"\x00" + part[1:]
            with pytest.raises(TransportError, match="more than"):
                await reading
            socket.close()
            faults.silent = True
            with pytest.raises(TransportError, match="no answer for 5 s"):
                await open_websocket(await faulty.connect(HOST, port), HOST, "/", subprotocol="echo")

    run(main())
