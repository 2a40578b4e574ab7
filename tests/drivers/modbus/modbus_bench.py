"""Virtual couplers in memory and virtual time, a client that says whatever a test wants, and own drivers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from cellkit_modbus.config import ModbusConfig
from cellkit_modbus.driver import ModbusAnalogIO, ModbusDigitalIO
from cellkit_modbus.virtual import VirtualAnalogCoupler, VirtualDigitalCoupler

from cellkit.controller.plants.signal_image import AnalogImage, IoImage
from cellkit.devices import AnalogSignal, DeviceEvent
from cellkit.timing import run
from cellkit.transport import ByteStream, FaultyNetwork, LinkFaults, MemoryNetwork

HOST, PORT = "127.0.0.1", 502
INPUTS, OUTPUTS = {"ready": 0, "door": 5}, {"clamp": 0, "lamp": 9}
ANALOG_INPUTS = {"pressure": AnalogSignal(0, 0.0, 10.0, "bar"), "level": AnalogSignal(3, 100.0, -100.0, "mm")}
ANALOG_OUTPUTS = {"speed": AnalogSignal(0, 0.0, 3000.0, "1/min"), "valve": AnalogSignal(2, -1.0, 1.0)}


class Raw:
    """One connection to a coupler."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self._received = b""
        self._number = 0

    async def ask(self, pdu: str, unit: int = 1, patience: float = 0.3) -> str | None:
        """A reply to a request, both without their headers, in hex; None: silence."""
        self._number += 1
        body = bytes((unit, *bytes.fromhex(pdu)))
        self.stream.write(self._number.to_bytes(2, "big") + b"\0\0" + len(body).to_bytes(2, "big") + body)
        try:
            async with asyncio.timeout(patience):
                while len(self._received) < 6 or len(self._received) < self._size():
                    more = await self.stream.read()
                    if not more:
                        raise EOFError
                    self._received += more
        except TimeoutError:
            return None
        reply, self._received = self._received[: self._size()], self._received[self._size() :]
        assert reply[:4] == self._number.to_bytes(2, "big") + b"\0\0"
        assert reply[6] == unit
        return reply[7:].hex(" ")

    def _size(self) -> int:
        return 6 + int.from_bytes(self._received[4:6], "big")


class Bench:
    """A coupler of either kind, and what its drivers need."""

    def __init__(self, virtual: VirtualDigitalCoupler | VirtualAnalogCoupler, image: Any) -> None:
        self.network = MemoryNetwork()
        self.faults = LinkFaults()
        self.virtual = virtual
        self.image = image

    async def client(self) -> Raw:
        return Raw(await self.network.connect(HOST, PORT))

    @property
    def line(self) -> FaultyNetwork:
        return FaultyNetwork(self.network, self.faults)

    def io(
        self, inputs: Mapping[str, int] = INPUTS, outputs: Mapping[str, int] = OUTPUTS, **settings: Any
    ) -> ModbusDigitalIO:
        return ModbusDigitalIO("panel", inputs, outputs, ModbusConfig(host=HOST, **settings), self.line)

    def analog(
        self,
        inputs: Mapping[str, AnalogSignal] = ANALOG_INPUTS,
        outputs: Mapping[str, AnalogSignal] = ANALOG_OUTPUTS,
        **settings: Any,
    ) -> ModbusAnalogIO:
        return ModbusAnalogIO("gauges", inputs, outputs, ModbusConfig(host=HOST, **settings), self.line)

    def alter(self, table: str, values: Mapping[int, int]) -> None:
        """From now on these addresses of a table read so, whatever they are."""
        true = self.virtual._get

        def told(asked: Any, address: int, count: int) -> Sequence[int]:
            found = list(true(asked, address, count))
            if asked == table:
                found = [values.get(address + at, value) for at, value in enumerate(found)]
            return found

        self.virtual._get = told  # type: ignore[method-assign]


def heard_from(device: Any) -> list[DeviceEvent]:
    """What a device tells from now on."""
    events: list[DeviceEvent] = []
    device.on_event(events.append)
    return events


def digital(test: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
    """Run a test over a coupler with digital terminals."""
    image = IoImage([*INPUTS, *OUTPUTS])
    _play(lambda: Bench(VirtualDigitalCoupler(INPUTS, OUTPUTS, image), image), test)


def analog(test: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
    """Run a test over a coupler with analog terminals."""
    image = AnalogImage([*ANALOG_INPUTS, *ANALOG_OUTPUTS])
    _play(lambda: Bench(VirtualAnalogCoupler(ANALOG_INPUTS, ANALOG_OUTPUTS, image), image), test)


def _play(make: Callable[[], Bench], test: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
    async def play() -> None:
        bench = make()
        await bench.virtual.start(bench.network, HOST)
        try:
            async with asyncio.timeout(600.0):
                await test(bench)
        finally:
            await bench.virtual.stop()

    run(play(), speed="max")
