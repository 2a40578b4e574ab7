"""An arm at the end of a wire: it closes what it opens, and reports an address that is not this machine's."""

from __future__ import annotations

import asyncio
import logging

import pytest

from cellkit import registry
from cellkit.devices import Lifecycle
from cellkit.devices.device import DeviceEvent
from cellkit.devices.wired import DriverConfig, Wired, WiredArm, is_loopback
from cellkit.errors import ConnectionFailed, ConnectionLost, ProtocolError, TransportError
from cellkit.models.load import load_arm
from cellkit.timing import run
from cellkit.transport import MemoryNetwork
from cellkit.transport.network import ByteStream


def arm(host: str, network: MemoryNetwork) -> WiredArm:  # type: ignore[type-arg]
    (wire,) = registry.driver("fanuc").wires_of("arm")
    config = registry.load_object(wire.config)(host=host)
    return registry.load_object(wire.device)("arm", load_arm("crx-10ia"), config, network)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("10.0.0.5", False),
        ("cell", False),
    ],
)
def test_what_loopback_is(host: str, here: bool) -> None:
    assert is_loopback(host) is here


@pytest.mark.parametrize(("host", "told"), [("192.168.7.2", True), ("127.0.0.3", False)])
def test_a_driver_without_hardware_evidence_says_so(host: str, told: bool, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        with pytest.raises(ConnectionFailed, match=host):
            await arm(host, MemoryNetwork()).connect()

    with caplog.at_level(logging.WARNING, "cellkit"):
        run(main())
    assert ("never on a real CRX-10iA" in caplog.text) is told


def test_a_failed_connection_leaves_nothing_open() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        ended = asyncio.Event()

        async def closes(stream: object) -> None:
            ended.set()

        await network.listen("127.0.0.3", 16001, closes)
        device = arm("127.0.0.3", network)
        with pytest.raises(ConnectionFailed):
            await device.connect()
        assert ended.is_set()
        assert device.lifecycle is Lifecycle.CLOSED
        own = asyncio.current_task()
        left = [task for task in asyncio.all_tasks() if task is not own]
        assert not left

    run(main())


class Talker(Wired[DriverConfig]):
    """Opens a stream, a serial line or a socket, and reads in the background."""

    def __init__(self, network: MemoryNetwork, way: str = "stream", host: str = "127.0.0.3") -> None:
        super().__init__("talker")
        self._use(DriverConfig(host=host), network)
        self.way = way
        self.heard: list[bytes] = []

    async def _open_link(self) -> None:
        if self.way == "serial":
            self.stream = await self._open_serial("far end", 9600, "talker's line")
        elif self.way == "datagram":
            await self._open_datagram(7000)
            return
        else:
            self.stream = await self._open_stream(7000, "talker's server")
        self._background(self._read(self.stream), "talk")

    async def _read(self, stream: ByteStream) -> None:
        while data := await stream.read():
            self.heard.append(data)
            if data == b"nonsense":
                raise ProtocolError(self.name, "no word of ours", data=data)

    def require(self) -> None:
        self._require_open()


def talking(*said: bytes, then: str) -> list[DeviceEvent]:
    """Return the device's events when a far end says something and then stays, goes, or is cut off."""
    events: list[DeviceEvent] = []

    async def main() -> None:
        network = MemoryNetwork()

        async def speak(stream: ByteStream) -> None:
            for data in said:
                stream.write(data)
                await asyncio.sleep(0.1)
            if then == "stays":
                await asyncio.sleep(100.0)
            stream.close()

        listener = await network.listen("127.0.0.3", 7000, speak)
        talker = Talker(network)
        talker.on_event(events.append)
        await talker.connect()
        await asyncio.sleep(1.0)
        if then == "stays" and b"nonsense" not in said:
            talker.require()
            assert talker.heard == list(said)
        else:
            with pytest.raises(ConnectionLost):
                talker.require()
            assert talker.lifecycle is Lifecycle.LOST
        await talker.close()
        listener.close()
        await asyncio.sleep(0.01)
        own = asyncio.current_task()
        assert not [task for task in asyncio.all_tasks() if task is not own]

    run(main())
    return events


def test_what_comes_is_read_in_the_background_until_it_is_closed() -> None:
    assert [event.what for event in talking(b"a", b"b", then="stays")] == ["connected", "closed"]


def test_a_far_end_that_goes_is_a_lost_link() -> None:
    events = talking(b"a", then="goes")
    assert [event.what for event in events] == ["connected", "connection_lost", "closed"]
    assert events[1].data["why"] == "talk: the controller closed the connection"


def test_a_far_end_that_talks_nonsense_is_a_lost_link_too() -> None:
    events = talking(b"nonsense", then="stays")
    assert [event.what for event in events] == ["connected", "connection_lost", "closed"]
    assert events[1].data["why"] == "talk: no word of ours"


@pytest.mark.parametrize(
    ("way", "words"),
    [("stream", "talker: no talker's server at 127.0.0.3:7000: "), ("serial", "talker: no talker's line on far end: ")],
)
def test_nobody_there_is_told_with_the_address(way: str, words: str) -> None:
    async def main() -> None:
        talker = Talker(MemoryNetwork(), way)
        with pytest.raises(ConnectionFailed) as told:
            await talker.connect()
        assert str(told.value).startswith(words)
        assert talker.lifecycle is Lifecycle.CLOSED

    run(main())


def test_a_port_of_this_machine_that_is_taken() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        other = await network.datagram("127.0.0.1", 7000)
        talker = Talker(network, "datagram")
        with pytest.raises(ConnectionFailed, match=r"talker: .*7000"):
            await talker.connect()
        other.close()
        await talker.connect()
        await talker.close()
        (await network.datagram("127.0.0.1", 7000)).close()  # it is free again

    run(main())


def test_connecting_again_after_a_loss_opens_anew() -> None:
    async def main() -> None:
        network, streams = MemoryNetwork(), []

        async def keep(stream: ByteStream) -> None:
            streams.append(stream)
            await stream.read()

        await network.listen("127.0.0.3", 7000, keep)
        talker = Talker(network)
        await talker.connect()
        await asyncio.sleep(0.01)
        streams[0].close()
        await asyncio.sleep(0.01)
        assert talker.lifecycle is Lifecycle.LOST
        first = talker.stream
        await talker.connect()
        assert talker.lifecycle is Lifecycle.OPEN
        assert talker.stream is not first
        with pytest.raises(TransportError):
            first.write(b"x")
        await talker.close()

    run(main())
