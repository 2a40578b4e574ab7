"""A virtual device: it opens all of its ports or none, ends its own clients only, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, ClassVar

import pytest

from cellkit.controller.virtual_device import Endpoint, VirtualDevice
from cellkit.errors import ConfigError, ProtocolError, TransportError
from cellkit.timing import now, run
from cellkit.transport import MemoryNetwork
from cellkit.transport.network import ByteStream


class Echo(VirtualDevice):
    """Gives back what it gets; what begins with ``!`` breaks its protocol."""

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "talk": Endpoint("tcp", 4000, "echo"),
        "more": Endpoint("tcp", 4001, "echo"),
        "state": Endpoint("udp", 4002, "state on request"),
        "push": Endpoint("udp", 5000, "state, sent by itself", outgoing=True),
        "bus": Endpoint("serial", 19200, "echo"),
    }

    def __init__(self) -> None:
        super().__init__()
        self.beats: list[float] = []
        self.clients = 0
        self.work: Coroutine[Any, Any, None] | None = None

    async def _open(self) -> None:
        await self._serve("talk", self._echo)
        await self._serve("more", self._echo)
        self.push = await self._bind("push")
        self.state = await self._bind("state")
        await self._attach("bus", self._echo)
        self._every(0.1, lambda: self.beats.append(now()))
        if self.work is not None:
            self._background(self.work)

    async def _echo(self, stream: ByteStream) -> None:
        self.clients += 1
        try:
            while data := await stream.read():
                if data.startswith(b"!"):
                    raise ProtocolError("echo", "no such thing", data=data)
                stream.write(data)
                await stream.drain()
        finally:
            self.clients -= 1
            stream.close()

    @property
    def title(self) -> str:
        return "Echo"

    def status_line(self) -> str:
        return f"{self.clients} clients"


async def left_over() -> set[asyncio.Task[Any]]:
    """What still runs when everything that ends has had its turn."""
    await asyncio.sleep(0.01)
    own = asyncio.current_task()
    return {task for task in asyncio.all_tasks() if task is not own}


async def answer(network: MemoryNetwork, port: int, host: str = "127.0.0.1", text: bytes = b"hello") -> bytes:
    stream = await network.connect(host, port)
    try:
        stream.write(text)
        return await stream.read()
    finally:
        stream.close()


def test_the_vendors_ports_are_the_usual_ones() -> None:
    async def main() -> None:
        network, echo = MemoryNetwork(), Echo()
        await echo.start(network)
        assert echo.ports == {"talk": 4000, "more": 4001, "state": 4002, "push": 5000}
        assert await answer(network, 4000) == b"hello"
        assert await answer(network, 4001) == b"hello"
        bus = await network.serial(echo.lines["bus"], 19200)
        bus.write(b"x")
        assert await bus.read() == b"x"
        bus.close()
        await echo.stop()
        assert not await left_over()

    run(main())


def test_ports_can_be_others_or_any() -> None:
    async def main() -> None:
        network, echo = MemoryNetwork(), Echo()
        await echo.start(network, "127.0.0.5", {"talk": 4100, "more": 0, "state": 0}, lines={"bus": "mine"})
        assert echo.ports["talk"] == 4100
        assert echo.ports["more"] not in (0, 4001)
        assert echo.ports["state"] == echo.state.local[1] != 0
        assert echo.lines == {"bus": "mine"}
        assert await answer(network, echo.ports["more"], "127.0.0.5") == b"hello"
        with pytest.raises(TransportError):
            await network.connect("127.0.0.1", 4100)
        await echo.stop()

    run(main())


def test_a_port_of_the_computers_is_not_bound_by_the_device() -> None:
    """It sends from any port of its own to that one, at ``pc_host``."""

    async def main() -> None:
        network, echo = MemoryNetwork(), Echo()
        computer = await network.datagram("127.0.0.9", 5000)
        await echo.start(network, "127.0.0.5", pc_host="127.0.0.9")
        assert echo.push.local[1] != 5000
        echo.push.send(b"state", (echo.pc_host, echo.ports["push"]))
        data, sender = await computer.receive()
        assert data == b"state"
        assert sender == echo.push.local
        computer.close()
        await echo.stop()

    run(main())


@pytest.mark.parametrize("given", [{"ports": {"tok": 1}}, {"lines": {"tok": "x"}}])
def test_an_endpoint_there_is_not(given: dict[str, Any]) -> None:
    async def main() -> None:
        network = MemoryNetwork()
        with pytest.raises(ConfigError, match="no endpoint 'tok'; did you mean talk"):
            await Echo().start(network, **given)
        await network.listen("127.0.0.1", 4000, lambda stream: asyncio.sleep(0))  # nothing was opened

    run(main())


def test_two_devices_that_want_one_address() -> None:
    """The second one receives an error, and takes nothing: not even the ports that were still free."""

    async def main() -> None:
        network, first, second = MemoryNetwork(), Echo(), Echo()
        await first.start(network)
        before = await left_over()
        with pytest.raises(TransportError, match=r"4001"):
            await second.start(network, ports={"talk": 4100})
        assert await left_over() == before
        with pytest.raises(TransportError):
            await network.connect("127.0.0.1", 4100)
        assert await answer(network, 4001) == b"hello", "the first one goes on"
        await second.start(network, "127.0.0.2")
        assert await answer(network, 4000, "127.0.0.2") == b"hello"
        await first.stop()
        await second.stop()
        assert not await left_over()

    run(main())


def test_stopping_frees_everything_and_does_nothing_twice() -> None:
    async def main() -> None:
        network, echo = MemoryNetwork(), Echo()
        await echo.start(network)
        client = await network.connect("127.0.0.1", 4000)
        await asyncio.sleep(0.25)
        assert echo.status_line() == "1 clients"
        assert echo.beats == pytest.approx([0.1, 0.2])
        await echo.stop()
        await echo.stop()
        assert await client.read() == b"", "its clients are let go"
        await asyncio.sleep(0.5)
        assert len(echo.beats) == 2
        assert not await left_over()
        await echo.start(network)
        assert await answer(network, 4000) == b"hello", "and it starts again"
        await echo.stop()

    run(main())


def test_who_breaks_the_protocol_ends_his_own_connection_only() -> None:
    async def main() -> None:
        network, echo = MemoryNetwork(), Echo()
        await echo.start(network)
        good, bad = await network.connect("127.0.0.1", 4000), await network.connect("127.0.0.1", 4000)
        bad.write(b"!")
        assert await bad.read() == b""
        good.write(b"still here")
        assert await good.read() == b"still here"
        bus = await network.serial(echo.lines["bus"], 19200)
        bus.write(b"!")
        await asyncio.sleep(0.1)
        assert await answer(network, 4001) == b"hello"
        good.close()
        bus.close()
        await echo.stop()
        assert not await left_over()

    run(main())


@pytest.mark.parametrize("at_once", [True, False])
def test_what_runs_in_the_background_ends_with_it(at_once: bool) -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            ended.append("here")

    async def broken() -> None:
        raise TransportError("gone")

    async def main() -> None:
        network, echo = MemoryNetwork(), Echo()
        echo.work = work()
        await echo.start(network)
        if not at_once:
            await asyncio.sleep(0.1)
        await echo.stop()
        assert not await left_over()
        assert ended == ([] if at_once else ["here"]), "what has not begun has nothing to end"
        echo.work = broken()
        await echo.start(network)
        await asyncio.sleep(0.1)
        assert await answer(network, 4000) == b"hello", "a broken connection is nothing to die of"
        await echo.stop()

    run(main())


def test_it_was_not_started() -> None:
    with pytest.raises(RuntimeError, match="was not started"):
        _ = Echo().network
    assert Echo().switches() == {}
