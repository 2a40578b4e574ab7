"""Both networks keep the same promises; the faults of a line are the same on both."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest

from cellkit.errors import TransportError
from cellkit.timing import Speed, now, run
from cellkit.transport import (
    ByteStream,
    FaultyNetwork,
    LinkFaults,
    MemoryNetwork,
    Network,
    RecordingNetwork,
    SocketNetwork,
)
from cellkit.transport.recording import Passed

HOST = "127.0.0.1"
NETWORKS = {"memory": (MemoryNetwork, "max"), "sockets": (SocketNetwork, 1.0)}


@pytest.fixture(params=NETWORKS)
def on_network(request: pytest.FixtureRequest) -> Callable[[Callable[[Network], Awaitable[None]]], None]:
    """Runs a coroutine function on a network, in the time that suits it."""
    make, speed = NETWORKS[request.param]

    def play(test: Callable[[Network], Awaitable[None]]) -> None:
        async def limited() -> None:
            async with asyncio.timeout(30.0):
                await test(make())

        chosen: Speed = speed  # type: ignore[assignment]
        run(limited(), speed=chosen)

    return play


async def echo(stream: ByteStream) -> None:
    while data := await stream.read():
        stream.write(data)


async def exactly(stream: ByteStream, count: int) -> bytes:
    data = b""
    while len(data) < count:
        got = await stream.read()
        assert got, "the stream ended early"
        data += got
    return data


def test_a_stream_carries_bytes_both_ways_and_ends(on_network) -> None:
    async def test(network: Network) -> None:
        ended = asyncio.Event()

        async def handler(stream: ByteStream) -> None:
            await echo(stream)
            ended.set()

        listener = await network.listen(HOST, 0, handler)
        stream = await network.connect(HOST, listener.port)
        assert stream.peer == (HOST, listener.port)
        stream.write(b"hello ")
        stream.write(b"world")
        await stream.drain()
        assert await exactly(stream, 11) == b"hello world"
        stream.close()
        stream.close()
        await ended.wait()
        with pytest.raises(TransportError):
            stream.write(b"x")
        with pytest.raises(TransportError):
            await stream.read()
        listener.close()

    on_network(test)


def test_what_was_written_before_closing_still_arrives(on_network) -> None:
    async def test(network: Network) -> None:
        async def handler(stream: ByteStream) -> None:
            stream.write(b"x" * 100_000)
            await stream.drain()

        listener = await network.listen(HOST, 0, handler)
        stream = await network.connect(HOST, listener.port)
        assert len(await exactly(stream, 100_000)) == 100_000
        assert await stream.read() == b""
        assert await stream.read() == b""
        stream.close()
        listener.close()

    on_network(test)


def test_a_reader_that_waits_hears_of_its_own_closing(on_network) -> None:
    async def test(network: Network) -> None:
        listener = await network.listen(HOST, 0, echo)
        stream = await network.connect(HOST, listener.port)
        reading = asyncio.ensure_future(stream.read())
        await asyncio.sleep(0.01)
        stream.close()
        with pytest.raises(TransportError):
            await reading
        listener.close()

    on_network(test)


def test_nobody_listens(on_network) -> None:
    async def test(network: Network) -> None:
        listener = await network.listen(HOST, 0, echo)
        port = listener.port
        listener.close()
        await asyncio.sleep(0.01)
        with pytest.raises(TransportError, match=str(port)):
            await network.connect(HOST, port)

    on_network(test)


def test_a_port_in_use_is_named(on_network) -> None:
    async def test(network: Network) -> None:
        listener = await network.listen(HOST, 0, echo)
        with pytest.raises(TransportError, match=f"port {listener.port} of {HOST} is in use"):
            await network.listen(HOST, listener.port, echo)
        socket = await network.datagram(HOST)
        with pytest.raises(TransportError, match="in use"):
            await network.datagram(HOST, socket.local[1])
        listener.close()
        socket.close()
        again = await network.listen(HOST, listener.port, echo)
        again.close()

    on_network(test)


def test_closing_a_listener_ends_its_connections(on_network) -> None:
    async def test(network: Network) -> None:
        listener = await network.listen(HOST, 0, echo)
        stream = await network.connect(HOST, listener.port)
        stream.write(b"a")
        assert await stream.read() == b"a"
        listener.close()
        assert await stream.read() == b""
        stream.close()

    on_network(test)


def test_datagrams_keep_their_borders_and_their_sender(on_network) -> None:
    async def test(network: Network) -> None:
        one, two = await network.datagram(HOST), await network.datagram(HOST)
        one.send(b"first", two.local)
        one.send(b"second", two.local)
        assert await two.receive() == (b"first", one.local)
        assert await two.receive() == (b"second", one.local)
        waiting = asyncio.ensure_future(two.receive())
        await asyncio.sleep(0.01)
        two.close()
        with pytest.raises(TransportError):
            await waiting
        with pytest.raises(TransportError):
            two.send(b"x", one.local)
        one.send(b"to nobody", two.local)
        one.close()

    on_network(test)


def test_a_handler_that_fails_closes_its_stream_and_is_told(on_network) -> None:
    async def test(network: Network) -> None:
        told: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["exception"]))

        async def broken(_stream: ByteStream) -> None:
            raise ValueError("a mistake in the handler")

        listener = await network.listen(HOST, 0, broken)
        stream = await network.connect(HOST, listener.port)
        assert await stream.read() == b""
        await asyncio.sleep(0.01)
        assert [type(error) for error in told] == [ValueError]
        stream.close()
        listener.close()

    on_network(test)


def test_a_slow_reader_holds_the_writer_back(on_network) -> None:
    async def test(network: Network) -> None:
        async def handler(stream: ByteStream) -> None:
            await asyncio.sleep(10.0)

        listener = await network.listen(HOST, 0, handler)
        stream = await network.connect(HOST, listener.port)
        stream.write(b"x" * 20_000_000)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stream.drain(), 0.2)
        stream.close()
        listener.close()
        await asyncio.sleep(0.1)

    on_network(test)


def test_a_cut_line_ends_connections_and_refuses_new_ones(on_network) -> None:
    async def test(network: Network) -> None:
        faults = LinkFaults()
        line = FaultyNetwork(network, faults)
        over = asyncio.Event()

        async def handler(stream: ByteStream) -> None:
            with contextlib.suppress(TransportError):
                await echo(stream)
            over.set()

        listener = await network.listen(HOST, 0, handler)
        stream, socket = await line.connect(HOST, listener.port), await line.datagram(HOST)
        reads = asyncio.ensure_future(stream.read()), asyncio.ensure_future(socket.receive())
        await asyncio.sleep(0.01)
        faults.drop()
        for read in reads:
            with pytest.raises(TransportError, match="cut"):
                await read
        await over.wait()
        with pytest.raises(TransportError, match="cut"):
            await line.connect(HOST, listener.port)
        with pytest.raises(TransportError, match="cut"):
            await line.datagram(HOST)
        faults.restore()
        stream = await line.connect(HOST, listener.port)
        stream.write(b"again")
        assert await exactly(stream, 5) == b"again"
        stream.close()
        listener.close()

    on_network(test)


def test_a_silent_line_carries_nothing_and_closes_nothing(on_network) -> None:
    async def test(network: Network) -> None:
        faults = LinkFaults()
        listener = await network.listen(HOST, 0, echo)
        stream = await FaultyNetwork(network, faults).connect(HOST, listener.port)
        faults.silent = True
        stream.write(b"lost")
        reading = asyncio.ensure_future(stream.read())
        await asyncio.wait({reading}, timeout=0.1)
        assert not reading.done()
        faults.restore()
        stream.write(b"heard")
        assert await reading == b"heard"
        stream.close()
        listener.close()

    on_network(test)


def test_a_late_line_and_garbage() -> None:
    async def test() -> None:
        network, faults = MemoryNetwork(), LinkFaults()
        listener = await network.listen(HOST, 0, echo)
        stream = await FaultyNetwork(network, faults).connect(HOST, listener.port)
        faults.delay = 0.5
        stream.write(b"late")
        assert await stream.read() == b"late"
        assert now() == pytest.approx(0.5)
        faults.restore()
        faults.garbage(b"\xff\x00")
        assert await stream.read() == b"\xff\x00"
        stream.close()
        listener.close()

    run(test())


def test_memory_is_the_same_every_time() -> None:
    def once() -> list[tuple[float, bytes]]:
        seen: list[tuple[float, bytes]] = []

        async def test() -> None:
            network = MemoryNetwork()
            listener = await network.listen(HOST, 9, echo)
            streams = [await network.connect(HOST, 9) for _ in range(5)]

            async def talk(number: int, stream: ByteStream) -> None:
                for turn in range(4):
                    await asyncio.sleep(0.1)
                    stream.write(f"{number}:{turn}".encode())
                    seen.append((now(), await stream.read()))

            await asyncio.gather(*(talk(*one) for one in enumerate(streams)))
            listener.close()

        run(test())
        return seen

    assert once() == once()


def test_a_recording_holds_every_byte() -> None:
    passed: list[Passed] = []

    async def test() -> None:
        inner = MemoryNetwork()
        network = RecordingNetwork(inner, passed.append)
        listener = await inner.listen(HOST, 9, echo)
        stream = await network.connect(HOST, 9)
        stream.write(b"ping")
        await stream.read()
        stream.close()
        listener.close()

    run(test())
    assert [(one.direction, one.data) for one in passed] == [("sent", b"ping"), ("received", b"ping")]


def test_an_unread_memory_socket_is_bounded() -> None:
    async def test() -> None:
        network = MemoryNetwork()
        one, two = await network.datagram(HOST), await network.datagram(HOST)
        for number in range(5000):
            one.send(number.to_bytes(2, "big"), two.local)
        for number in range(1000):
            assert (await two.receive())[0] == number.to_bytes(2, "big")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(two.receive(), 0.1)

    run(test())


def test_the_basis_of_answers_is_known_in_memory_alone_with_nothing_between() -> None:
    async def known(network: Network, of: Network) -> object:
        async def handle(stream: ByteStream) -> None:
            stream.basis = lambda: "answers"
            await echo(stream)

        listener = await of.listen(HOST, 0, handle)
        try:
            stream = await network.connect(HOST, listener.port)
            stream.write(b"x")
            assert await stream.read() == b"x"
            found = stream.far_basis()
            stream.close()
            assert stream.far_basis() is None
            return found
        finally:
            listener.close()

    async def test() -> None:
        memory = MemoryNetwork()
        assert await known(memory, memory) == "answers"
        assert await known(FaultyNetwork(memory, LinkFaults()), memory) is None
        assert await known(memory, FaultyNetwork(memory, LinkFaults())) is None
        assert await known(RecordingNetwork(memory, lambda _passed: None), memory) is None
        sockets = SocketNetwork()
        assert await known(sockets, sockets) is None

    run(test(), speed=1.0)
