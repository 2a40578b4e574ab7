"""asyncio's transports over the network in memory: the promises of asyncio, kept as sockets keep them."""

from __future__ import annotations

import asyncio
import errno
import gc
import random
import socket
import warnings
from collections.abc import Awaitable, Callable

import pytest

from cellkit.timing import memory_of, now, run

HOST = "127.0.0.1"


class Log(asyncio.Protocol):
    """Writes down every call."""

    def __init__(self, keep_open: bool = False) -> None:
        self.calls: list[str] = []
        self.data = bytearray()
        self.keep_open = keep_open
        self.transport: asyncio.Transport
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.calls.append("made")
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.calls.append("data")
        self.data += data

    def eof_received(self) -> bool:
        self.calls.append("eof")
        return self.keep_open

    def connection_lost(self, exc: Exception | None) -> None:
        self.calls.append("lost")
        self.lost.set_result(exc)

    def pause_writing(self) -> None:
        self.calls.append("pause")

    def resume_writing(self) -> None:
        self.calls.append("resume")


async def pair(keep_open: bool = False) -> tuple[Log, Log]:
    """Client and server of one connection."""
    loop = asyncio.get_running_loop()
    made: list[Log] = []

    def factory() -> Log:
        made.append(Log(keep_open))
        return made[-1]

    server = await loop.create_server(factory, HOST, 0)
    port = server.sockets[0].getsockname()[1]
    _, client = await loop.create_connection(lambda: Log(keep_open), HOST, port)
    await asyncio.sleep(0)
    server.close()
    return client, made[0]


def both_times(test: Callable[[], Awaitable[None]]) -> None:
    """The same in memory and over sockets: what is asserted is asyncio's behaviour."""

    async def limited() -> None:
        async with asyncio.timeout(30.0):
            await test()

    run(limited())
    run(limited(), speed=1.0)


def test_bytes_arrive_in_order_however_they_were_split() -> None:
    async def test() -> None:
        client, server = await pair()
        dice = random.Random(1)
        sent = bytes(dice.randrange(256) for _ in range(50_000))
        at = 0
        while at < len(sent):
            size = dice.choice((0, 1, 7, 1000, 9000))
            if dice.random() < 0.3:
                client.transport.writelines([sent[at : at + size // 2], memoryview(sent)[at + size // 2 : at + size]])
            else:
                client.transport.write(bytearray(sent[at : at + size]))
            at += size
            if dice.random() < 0.5:
                await asyncio.sleep(0)
        client.transport.close()
        assert await server.lost is None
        assert bytes(server.data) == sent
        assert server.calls[-2:] == ["eof", "lost"]
        assert [client.calls.count(one) for one in ("made", "lost")] == [1, 1]

    both_times(test)


def test_back_pressure_stops_the_writer_and_lets_it_go_on() -> None:
    async def test() -> None:
        client, server = await pair()
        server.transport.pause_reading()
        assert not server.transport.is_reading()
        client.transport.write(bytes(20_000_000))
        assert client.calls == ["made", "pause"]
        assert client.transport.get_write_buffer_size() > 64 * 1024
        await asyncio.sleep(0.05)
        server.transport.resume_reading()
        while "resume" not in client.calls:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        client.transport.close()
        await server.lost
        assert len(server.data) == 20_000_000
        assert client.calls == ["made", "pause", "resume", "lost"]

    both_times(test)


def test_a_half_closed_connection_still_answers() -> None:
    async def test() -> None:
        client, server = await pair(keep_open=True)
        assert client.transport.can_write_eof()
        client.transport.write(b"question")
        client.transport.write_eof()
        with pytest.raises(RuntimeError):
            client.transport.write(b"more")
        while "eof" not in server.calls:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        server.transport.write(b"answer to " + bytes(server.data))
        server.transport.close()
        while "eof" not in client.calls:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert bytes(client.data) == b"answer to question"
        client.transport.close()
        assert await client.lost is None
        assert await server.lost is None

    both_times(test)


def test_who_writes_to_a_closed_connection_is_notified() -> None:
    async def test() -> None:
        client, server = await pair(keep_open=True)
        server.transport.close()
        await server.lost
        while not client.lost.done():
            client.transport.write(b"into the void")
            await asyncio.sleep(0.01)
        assert isinstance(await client.lost, ConnectionError)
        client.transport.write(b"ignored")
        client.transport.close()
        await asyncio.sleep(0.01)
        assert client.calls.count("lost") == 1

    both_times(test)


def test_abort_ends_both_sides_once() -> None:
    async def test() -> None:
        client, server = await pair()
        client.transport.abort()
        client.transport.abort()
        client.transport.close()
        assert client.transport.is_closing()
        assert client.calls == ["made"], "never inside the call"
        await client.lost
        await server.lost
        await asyncio.sleep(0.01)
        assert client.calls == ["made", "lost"]
        assert server.calls.count("lost") == 1

    both_times(test)


def test_names_and_addresses() -> None:
    async def test() -> None:
        client, server = await pair()
        here, there = client.transport.get_extra_info("sockname"), client.transport.get_extra_info("peername")
        assert (server.transport.get_extra_info("sockname"), server.transport.get_extra_info("peername")) == (
            there,
            here,
        )
        assert client.transport.get_extra_info("socket").getsockname() == here
        assert client.transport.get_extra_info("nonsense", 7) == 7
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo("localhost", 80, family=socket.AF_INET, type=socket.SOCK_STREAM)
        assert found[0][4] == (HOST, 80)
        assert (await loop.getnameinfo((HOST, 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)) == (HOST, "80")
        with pytest.raises(socket.gaierror):
            await loop.getaddrinfo("no.such.host.invalid", 80)
        client.transport.close()
        await server.lost

    both_times(test)


def test_nothing_listens_or_the_port_is_in_use() -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Log, HOST, 0)
        port = server.sockets[0].getsockname()[1]
        assert port > 0
        with pytest.raises(OSError, match="in use") as used:
            await loop.create_server(Log, HOST, port)
        assert used.value.errno == errno.EADDRINUSE
        assert server.is_serving()
        server.close()
        await server.wait_closed()
        assert not server.is_serving()
        assert not server.sockets
        with pytest.raises(ConnectionRefusedError):
            await loop.create_connection(Log, HOST, port)
        waits = await loop.create_server(Log, HOST, port, start_serving=False)
        with pytest.raises(ConnectionRefusedError):
            await loop.create_connection(Log, HOST, port)
        await waits.start_serving()
        transport, _ = await loop.create_connection(Log, HOST, port)
        transport.close()
        waits.close()

    both_times(test)


def test_who_gives_up_connecting_leaves_nothing_open() -> None:
    async def test() -> None:
        import ssl

        loop = asyncio.get_running_loop()
        made: list[Log] = []

        def factory() -> Log:
            made.append(Log())
            return made[-1]

        server = await loop.create_server(factory, HOST, 0)
        port = server.sockets[0].getsockname()[1]
        context = ssl.create_default_context()
        with pytest.raises(TimeoutError):  # the server never answers the TLS handshake
            await asyncio.wait_for(loop.create_connection(Log, HOST, port, ssl=context), 0.05)
        await made[0].lost
        server.close()

    both_times(test)


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.seen: asyncio.Queue[object] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.seen.put_nowait((data, addr))

    def error_received(self, exc: Exception) -> None:
        self.seen.put_nowait(type(exc))


def test_datagrams_arrive_whole_or_are_reported_lost() -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        one, first = await loop.create_datagram_endpoint(Datagrams, local_addr=(HOST, 0))
        there = one.get_extra_info("sockname")
        two, second = await loop.create_datagram_endpoint(Datagrams, remote_addr=there)
        two.sendto(b"a")
        two.sendto(b"bc")
        assert await first.seen.get() == (b"a", two.get_extra_info("sockname"))
        one.sendto(b"back", (await first.seen.get())[1])
        assert await second.seen.get() == (b"back", there)
        with pytest.raises(OSError, match="in use"):
            await loop.create_datagram_endpoint(Datagrams, local_addr=there)
        one.close()
        await asyncio.sleep(0.01)
        two.sendto(b"to a missing peer")
        assert await second.seen.get() is ConnectionRefusedError
        other, third = await loop.create_datagram_endpoint(Datagrams, local_addr=(HOST, 0))
        other.sendto(b"nobody hears", there)
        await asyncio.sleep(0.01)
        assert third.seen.empty()
        two.abort()
        other.close()

    both_times(test)


def test_open_transports_at_the_end_of_the_loop_are_closed_without_a_warning() -> None:
    ended: list[Log] = []
    kept: list[object] = []  # a StreamWriter that is dropped while it is open warns of itself

    async def test() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Log, HOST, 7)
        _, client = await loop.create_connection(Log, HOST, 7)
        await loop.create_datagram_endpoint(Datagrams, local_addr=(HOST, 8))
        _reader, writer = await asyncio.open_connection(HOST, 7)
        kept.append(writer)
        writer.write(b"unread")
        ended.append(client)
        assert server.is_serving()
        client.transport.get_extra_info("socket").fileno()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(test())
        kept.clear()
        gc.collect()
    assert ended[0].calls == ["made", "lost"]


def test_memory_in_real_time_and_sockets_in_virtual_time() -> None:
    async def in_memory() -> None:
        client, _ = await pair()
        assert memory_of(asyncio.get_running_loop()).transports
        client.transport.close()

    run(in_memory(), speed=1000.0, memory=True)

    async def by_socket() -> None:
        client, server = await pair()
        assert not memory_of(asyncio.get_running_loop()).transports
        client.transport.close()
        await server.lost

    run(by_socket(), memory=False)
    assert now.__module__ == "cellkit.timing.clock"
