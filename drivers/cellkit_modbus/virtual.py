"""A virtual Modbus TCP coupler: its tables over an image of signals, and the watchdog that drops its outputs."""

from __future__ import annotations

import asyncio
import math
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from typing_extensions import override

from cellkit.controller.plants.signal_image import AnalogImage, IoImage
from cellkit.controller.virtual_device import Endpoint, VirtualDevice
from cellkit.devices import AnalogSignal
from cellkit.transport import ByteStream
from cellkit.transport.modbus import NO_TARGET, ModbusServer, ModbusUnit, Table
from cellkit_modbus.config import ModbusConfig
from cellkit_modbus.protocol.tables import to_register, to_share

UNIT = 1
WATCHDOG = 1.0
"""s without a request after which the outputs go to their rest position, as in the vendors' usual setting."""
TERMINALS = 64
"""Smallest number of terminals of each kind, wired or not."""


class _VirtualCoupler(VirtualDevice, ModbusUnit):
    """The shared part of virtual couplers.

    Any client serves the watchdog, by reading or writing; requests to another unit or for other functions do not.
    """

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {"modbus": Endpoint("tcp", 502, "Modbus TCP, unit 1")}

    _image: IoImage | AnalogImage

    def __init__(self) -> None:
        super().__init__()
        self._watchdog: asyncio.TimerHandle | None = None
        self._spare: dict[int, int] = {}
        """Values of outputs without a signal, by address."""
        self.dropped = 0
        """Number of times that the watchdog has dropped the outputs."""

    @property
    @override
    def title(self) -> str:
        return "Modbus TCP coupler"

    async def _open(self) -> None:
        # 0 and 255 address the coupler itself; for any other unit it is a gateway without that target.
        units = {UNIT: self, 0: self, 255: self}
        self._server = ModbusServer(units, "tcp", NO_TARGET, lambda: not self.mute, basis=self._basis)
        await self._serve("modbus", self._client)

    @override
    async def stop(self) -> None:
        await super().stop()
        if self._watchdog is not None:
            self._watchdog.cancel()
            self._watchdog = None

    async def _client(self, stream: ByteStream) -> None:
        await self._server.serve(stream)

    @override
    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        self._feed()
        return self._get(table, address, count)

    @override
    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        self._feed()
        self._put(table, address, values)

    def _basis(self) -> object:
        self._feed()
        return self._image.values(), dict(self._spare)

    def _feed(self) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()
        self._watchdog = asyncio.get_running_loop().call_later(WATCHDOG, self._silent)

    def _silent(self) -> None:
        self._watchdog = None
        self.dropped += 1
        self._rest()

    @abstractmethod
    def _rest(self) -> None:
        """Switch all outputs off."""

    @abstractmethod
    def _get(self, table: Table, address: int, count: int) -> Sequence[int]:
        """Return bits or registers. Raises ``KeyError`` for an address that does not exist."""

    @abstractmethod
    def _put(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Set outputs, all of them or none. Raises ``KeyError`` and ``ValueError``."""

    @override
    def switches(self) -> dict[str, Callable[..., object]]:
        return self._mute_switches()


class VirtualDigitalCoupler(_VirtualCoupler):
    """Discrete inputs and coils from address 0 on."""

    def __init__(self, inputs: Mapping[str, int], outputs: Mapping[str, int], image: IoImage) -> None:
        super().__init__()
        self._image: IoImage = image
        self._in = {terminal: signal for signal, terminal in inputs.items()}
        self._out = {terminal: signal for signal, terminal in outputs.items()}
        self._count = max([TERMINALS, *(terminal + 1 for terminal in (*self._in, *self._out))])

    def _get(self, table: Table, address: int, count: int) -> Sequence[int]:
        signals = {"inputs": self._in, "coils": self._out}.get(table)
        if signals is None or address + count > self._count:
            raise KeyError(address)
        wanted = range(address, address + count)
        spare = self._spare if table == "coils" else {}
        return [int(self._image[signals[at]]) if at in signals else spare.get(at, 0) for at in wanted]

    def _put(self, table: Table, address: int, values: Sequence[int]) -> None:
        if table != "coils" or address + len(values) > self._count:
            raise KeyError(address)
        for at, value in enumerate(values, address):
            if at in self._out:
                self._image[self._out[at]] = bool(value)
            else:
                self._spare[at] = value

    def _rest(self) -> None:
        self._spare.clear()
        for signal in self._out.values():
            self._image[signal] = False

    @override
    def status_line(self) -> str:
        words = [
            f"{kind} " + (" ".join(f"{signal}={int(self._image[signal])}" for signal in signals.values()) or "-")
            for kind, signals in (("in", self._in), ("out", self._out))
        ]
        return ", ".join(words)

    @override
    def switches(self) -> dict[str, Callable[..., object]]:

        def put(signal: str, value: str) -> None:
            if signal not in self._in.values() or value not in ("0", "1"):
                raise ValueError(f"set SIGNAL 0|1, with an input of {', '.join(self._in.values())}")
            self._image[signal] = value == "1"

        return super().switches() | {"set": put}


class VirtualAnalogCoupler(_VirtualCoupler):
    """Input registers and holding registers from address 0 on; 0 to 32767 is the whole range, below 0 is negative."""

    def __init__(
        self, inputs: Mapping[str, AnalogSignal], outputs: Mapping[str, AnalogSignal], image: AnalogImage
    ) -> None:
        super().__init__()
        self._image: AnalogImage = image
        self._in = {described.terminal: signal for signal, described in inputs.items()}
        self._out = {described.terminal: signal for signal, described in outputs.items()}
        defaults = ModbusConfig()
        assert defaults.analog_broken is not None
        self._full, self._broken = defaults.analog_full, defaults.analog_broken
        self._count = max([TERMINALS, *(terminal + 1 for terminal in (*self._in, *self._out))])

    def _get(self, table: Table, address: int, count: int) -> Sequence[int]:
        signals = {"input_registers": self._in, "holding": self._out}.get(table)
        if signals is None or address + count > self._count:
            raise KeyError(address)
        spare = self._spare if table == "holding" else {}
        wanted = range(address, address + count)
        return [self._register(signals[at]) if at in signals else spare.get(at, 0) for at in wanted]

    def _register(self, signal: str) -> int:
        share = self._image[signal]
        return self._broken if share is None else to_register(share, self._full)

    def _put(self, table: Table, address: int, values: Sequence[int]) -> None:
        if table != "holding" or address + len(values) > self._count:
            raise KeyError(address)
        if any(value > self._full for value in values):
            raise ValueError("beyond the range")
        for at, value in enumerate(values, address):
            if at in self._out:
                self._image[self._out[at]] = to_share(value, self._full)
            else:
                self._spare[at] = value

    def _rest(self) -> None:
        self._spare.clear()
        for signal in self._out.values():
            self._image[signal] = 0.0

    @override
    def status_line(self) -> str:
        signals = (*self._in.values(), *self._out.values())
        return " ".join(f"{signal}={self._register(signal)}" for signal in signals) or "no signals"

    @override
    def switches(self) -> dict[str, Callable[..., object]]:

        def put(signal: str, share: str) -> None:
            if signal not in self._in.values():
                raise ValueError(f"set SIGNAL SHARE|broken, with an input of {', '.join(self._in.values())}")
            value = None if share == "broken" else float(share)
            if value is not None and not math.isfinite(value):
                raise ValueError(f"set SIGNAL SHARE|broken, with a share of the range, not {share}")
            self._image[signal] = value

        return super().switches() | {"set": put}
