"""Serial lines, in memory and as pseudo-terminals: the same promises, and the same faults."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cellkit.errors import TransportError
from cellkit.timing import Speed, run
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

NETWORKS: dict[str, tuple[type[MemoryNetwork] | type[SocketNetwork], Speed]] = {
    "memory": (MemoryNetwork, "max"),
    "terminals": (SocketNetwork, 1.0),
}
BAUD = 115200
Test = Callable[[Network], Awaitable[None]]


@pytest.fixture(params=NETWORKS)
def on_lines(request: pytest.FixtureRequest) -> Callable[[Test], None]:
    """Runs a coroutine function on a network, in the time that suits it."""
    make, speed = NETWORKS[request.param]

    def play(test: Test) -> None:
        async def limited() -> None:
            async with asyncio.timeout(30.0):
                await test(make())

        run(limited(), speed=speed)

    return play


async def echo(stream: ByteStream) -> None:
    while data := await stream.read():
        stream.write(data)


async def exactly(stream: ByteStream, count: int) -> bytes:
    data = b""
    while len(data) < count:
        data += await stream.read()
    return data


def test_every_byte_goes_through_unchanged_both_ways(on_lines: Callable[[Test], None]) -> None:
    async def test(network: Network) -> None:
        line = await network.line("", echo)
        stream = await network.serial(line.path, BAUD)
        every = bytes(range(256)) * 3  # among them those that a terminal would make something else of
        stream.write(every)
        await stream.drain()
        assert await exactly(stream, len(every)) == every
        stream.close()
        stream.close()
        with pytest.raises(TransportError):
            stream.write(b"x")
        line.close()
        line.close()

    on_lines(test)


def test_a_line_has_one_user_and_the_next_one_finds_it_free(on_lines: Callable[[Test], None]) -> None:
    async def test(network: Network) -> None:
        line = await network.line("", echo)
        first = await network.serial(line.path, BAUD)
        with pytest.raises(TransportError, match=r"use|lock|temporarily"):
            await network.serial(line.path, BAUD)
        first.close()
        second = await network.serial(line.path, BAUD)
        second.write(b"again")
        assert await exactly(second, 5) == b"again"
        second.close()
        line.close()

    on_lines(test)


def test_a_port_that_is_not_there_is_named(on_lines: Callable[[Test], None]) -> None:
    async def test(network: Network) -> None:
        with pytest.raises(TransportError, match="/dev/tty-nowhere"):
            await network.serial("/dev/tty-nowhere", BAUD)

    on_lines(test)


def test_a_reader_that_waits_hears_of_its_own_closing(on_lines: Callable[[Test], None]) -> None:
    async def test(network: Network) -> None:
        line = await network.line("", echo)
        stream = await network.serial(line.path, BAUD)
        reading = asyncio.ensure_future(stream.read())
        await asyncio.sleep(0.01)
        stream.close()
        with pytest.raises(TransportError):
            await reading
        line.close()

    on_lines(test)


def test_a_line_that_goes_away_is_an_error(on_lines: Callable[[Test], None]) -> None:
    async def test(network: Network) -> None:
        line = await network.line("", echo)
        stream = await network.serial(line.path, BAUD)
        reading = asyncio.ensure_future(stream.read())
        await asyncio.sleep(0.01)
        line.close()
        if network.__class__ is SocketNetwork:
            with pytest.raises(TransportError, match="gone"):
                await reading
        else:
            assert await reading == b""
        stream.close()

    on_lines(test)


def test_faults_of_the_line_and_a_record_of_it(on_lines: Callable[[Test], None]) -> None:
    async def test(network: Network) -> None:
        passed: list[Passed] = []
        faults = LinkFaults()
        line = await network.line("", echo)
        near = RecordingNetwork(FaultyNetwork(network, faults), passed.append)
        stream = await near.serial(line.path, BAUD)
        stream.write(b"one")
        assert await exactly(stream, 3) == b"one"
        faults.silent = True
        stream.write(b"lost")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await stream.read()
        faults.restore()
        faults.garbage(b"\xff\xff")
        assert await exactly(stream, 2) == b"\xff\xff"
        faults.drop()
        with pytest.raises(TransportError, match="cut"):
            await stream.read()
        with pytest.raises(TransportError, match="cut"):
            await near.serial(line.path, BAUD)
        stream.close()
        line.close()
        assert b"".join(one.data for one in passed if one.direction == "sent") == b"onelost"
        assert b"".join(one.data for one in passed if one.direction == "received") == b"one\xff\xff"

    on_lines(test)


def test_a_pseudo_terminal_can_have_a_name_of_its_own(tmp_path: Path) -> None:
    async def test() -> None:
        name = tmp_path / "gripper"
        network = SocketNetwork()
        line = await network.line(str(name), echo)
        assert name.is_symlink()
        stream = await network.serial(str(name), BAUD)
        stream.write(b"hello")
        assert await exactly(stream, 5) == b"hello"
        stream.close()
        with pytest.raises(TransportError, match="gripper"):
            await network.line(str(name), echo)
        line.close()
        assert not name.is_symlink()

    run(test(), speed=1.0)


def test_more_than_a_terminal_holds_is_kept_until_it_is_read() -> None:
    async def test() -> None:
        sent, got, everything = os.urandom(200_000), bytearray(), asyncio.Event()

        async def slow(stream: ByteStream) -> None:
            await asyncio.sleep(0.2)
            while data := await stream.read():
                got.extend(data)
                if len(got) >= len(sent):
                    everything.set()

        network = SocketNetwork()
        line = await network.line("", slow)
        stream = await network.serial(line.path, BAUD)
        stream.write(sent)
        await stream.drain()
        await everything.wait()
        assert bytes(got) == sent
        stream.close()
        line.close()

    run(test(), speed=1.0)
