"""Signals of a Modbus TCP coupler: looked at again and again, which also keeps the coupler's watchdog content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from cellkit.devices import AnalogIO, AnalogSignal, DigitalIO
from cellkit.devices.observed import Observed
from cellkit.devices.polling import Poller
from cellkit.devices.wired import Wired
from cellkit.errors import ConnectionFailed, ConnectionLost, DeviceFault, ProtocolError
from cellkit.transport import Network
from cellkit.transport.modbus import ModbusClient, ModbusRefused
from cellkit_modbus.config import ModbusConfig
from cellkit_modbus.protocol.tables import MOST_BITS, MOST_REGISTERS, stretches, to_counts, to_share

ValueT = TypeVar("ValueT", bool, int)


class _Coupler(Wired[ModbusConfig], Observed, Generic[ValueT]):
    """What digital and analog signals have in common."""

    def _start(self, config: ModbusConfig, network: Network) -> None:
        self._use(config, network)
        self._modbus: ModbusClient | None = None
        self._watchers: list[Callable[[], None]] = []
        self._seen: dict[str, ValueT] = {}
        self._poller: Poller[dict[str, ValueT]] = Poller(self._look, config.poll_period, self._noticed)

    def _title(self) -> str:
        return "Modbus TCP coupler"

    async def _open_link(self) -> None:
        config = self.config
        stream = await self._open_stream(config.modbus_port, "Modbus coupler")
        self._modbus = ModbusClient(self.name, stream, config.unit, "tcp", config.answer_timeout)
        try:
            await self._poller.once()
        except (ConnectionLost, ProtocolError, ModbusRefused) as error:
            raise ConnectionFailed(self.name, f"the coupler: {error.message}") from None
        self._background(self._poller.run(), "Modbus coupler")

    @property
    def _client(self) -> ModbusClient:
        if self._modbus is None:
            raise ConnectionLost(self.name, "the connection is closed")
        return self._modbus

    async def _look(self) -> dict[str, ValueT]:
        """Hook: all signals as they are now."""
        raise NotImplementedError

    def _noticed(self, values: dict[str, ValueT]) -> None:
        changed, self._seen = values != self._seen, values
        if changed:
            for watcher in tuple(self._watchers):
                watcher()

    def _subscribe(self, on_change: Callable[[], None]) -> Callable[[], None]:
        self._watchers.append(on_change)
        return lambda: self._watchers.remove(on_change)


class ModbusDigitalIO(_Coupler[bool], DigitalIO):
    """Discrete inputs and coils."""

    def __init__(
        self, name: str, inputs: Mapping[str, int], outputs: Mapping[str, int], config: ModbusConfig, network: Network
    ) -> None:
        DigitalIO.__init__(self, name, tuple(inputs), tuple(outputs))
        self._in, self._out = dict(inputs), dict(outputs)
        self._start(config, network)

    async def _look(self) -> dict[str, bool]:
        config, client = self.config, self._client
        found: dict[str, bool] = {}
        for signals, first, read in (
            (self._in, config.first_input, client.read_inputs),
            (self._out, config.first_output, client.read_coils),
        ):
            values: dict[int, bool] = {}
            for start, count in stretches(signals.values(), MOST_BITS):
                values |= dict(enumerate(await read(first + start, count), start))
            found |= {signal: values[terminal] for signal, terminal in signals.items()}
        return found

    async def _read(self, signal: str) -> bool:
        value: bool = self._poller.latest[signal]
        return value

    async def _write(self, signal: str, value: bool) -> None:
        await self._client.write_coil(self.config.first_output + self._out[signal], value)
        await self._poller.once()

    def _watch(self, signal: str, on_change: Callable[[], None]) -> Callable[[], None]:
        return self._subscribe(on_change)


class ModbusAnalogIO(_Coupler[int], AnalogIO):
    """Input registers and holding registers."""

    def __init__(
        self,
        name: str,
        inputs: Mapping[str, AnalogSignal],
        outputs: Mapping[str, AnalogSignal],
        config: ModbusConfig,
        network: Network,
    ) -> None:
        AnalogIO.__init__(self, name, inputs, outputs)
        self._start(config, network)

    async def _look(self) -> dict[str, int]:
        config, client = self.config, self._client
        found: dict[str, int] = {}
        for signals, first, read in (
            (self.inputs, config.first_analog_input, client.read_input_registers),
            (self.outputs, config.first_analog_output, client.read_holding),
        ):
            values: dict[int, int] = {}
            for start, count in stretches([one.terminal for one in signals.values()], MOST_REGISTERS):
                values |= dict(enumerate(await read(first + start, count), start))
            found |= {signal: values[described.terminal] for signal, described in signals.items()}
        return found

    async def _read(self, signal: str) -> float:
        counts, config = self._poller.latest[signal], self.config
        if signal in self.inputs and counts == config.analog_broken:
            raise DeviceFault(self.name, f"{signal}: the wire is broken ({counts:#06x})", code="wire-break")
        return (self.inputs | self.outputs)[signal].value(to_share(counts, config.analog_full))

    async def _write(self, signal: str, value: float) -> None:
        described, config = self.outputs[signal], self.config
        counts = to_counts(described.share(value), config.analog_full)
        await self._client.write_register(config.first_analog_output + described.terminal, counts)
        await self._poller.once()

    def _watch(self, signal: str, on_change: Callable[[], None]) -> Callable[[], None]:
        return self._subscribe(on_change)
