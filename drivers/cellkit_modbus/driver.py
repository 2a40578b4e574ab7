"""Signals of a Modbus TCP coupler: they are polled periodically, which also serves the coupler's watchdog.

Outputs are read back. The event ``output_changed`` reports an output that has no longer the value that this driver set,
because the coupler's watchdog dropped it or another client wrote it. An output that does not take its value is a
``DeviceFault``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Awaitable, Iterable, Mapping
from typing import Generic, TypeVar

from cellkit.devices import AnalogIO, AnalogSignal, DigitalIO
from cellkit.devices.observed import Observed
from cellkit.devices.polling import Poller
from cellkit.devices.wired import Wired
from cellkit.errors import ConfigError, ConnectionLost, DeviceFault, ProtocolError
from cellkit.transport import Network
from cellkit.transport.modbus import ModbusClient
from cellkit_modbus.config import ModbusConfig
from cellkit_modbus.protocol.tables import (
    LAST_ADDRESS,
    MOST_BITS,
    MOST_REGISTERS,
    stretches,
    to_register,
    to_share,
)

ValueT = TypeVar("ValueT", bool, int)

SAME = 0.01  # share of its range within which an analog output counts as set: some couplers store fewer bits


class _Coupler(Wired[ModbusConfig], Observed, Generic[ValueT]):
    """The shared part of digital and analog signals."""

    _client: ModbusClient
    _poller: Poller[dict[str, ValueT]]

    def _start(self, config: ModbusConfig, network: Network) -> None:
        self._use(config, network)
        self._seen: dict[str, ValueT] = {}
        self._set: dict[str, ValueT] = {}  # the outputs that this driver has set
        self._writing: Counter[str] = Counter()  # writes under way: a value that is read meanwhile may be older

    def _require_addresses(self, terminals: Iterable[int], setting: str) -> None:
        first, last = getattr(self.config, setting), max(terminals, default=0)
        if first + last > LAST_ADDRESS:
            raise ConfigError(
                f"{self.name}: terminal {last} counted from {setting} {first} is address {first + last}; "
                f"the highest is {LAST_ADDRESS}"
            )

    def _title(self) -> str:
        return "Modbus TCP coupler"

    async def _open_link(self) -> None:
        config = self.config
        stream = await self._open_stream(config.modbus_port, "Modbus coupler")
        self._client = ModbusClient(self.name, stream, config.unit, "tcp", config.answer_timeout)
        poller = Poller(self.name, self._look, config.poll_period, self._noticed, self._client.basis)
        self._poller = self._pending(poller)
        await self._poller.once()
        self._background(self._poller.run(), "Modbus coupler")

    @abstractmethod
    async def _look(self) -> dict[str, ValueT]:
        """Return the present values of all signals."""

    @abstractmethod
    def _same(self, read: ValueT, wanted: ValueT) -> bool:
        """Return whether the values ``read`` and ``wanted`` of an output are equal."""

    @abstractmethod
    def _cell_value(self, signal: str, value: ValueT) -> bool | float:
        """Return the value of a signal in the cell's unit."""

    async def _output(self, signal: str, value: ValueT, write: Awaitable[None]) -> None:
        """Set an output and check that it is set."""
        self._set[signal] = value
        self._writing[signal] += 1
        try:
            await write
            await self._poller.once()
        except BaseException as error:
            self._set.pop(signal, None)  # the state of the output is not known
            if isinstance(error, ConnectionLost | ProtocolError):
                self._link_lost(error.message)
            raise
        finally:
            self._writing[signal] -= 1
        actual = self._poller.latest[signal]
        if not self._writing[signal] and not self._same(actual, value):
            self._set[signal] = actual
            wanted, read = self._cell_value(signal, value), self._cell_value(signal, actual)
            text = f"{signal} was set to {wanted}, and the coupler has {read}"
            raise DeviceFault(self.name, text, code="not-set")

    def _noticed(self, values: dict[str, ValueT]) -> None:
        changed, self._seen = values != self._seen, values
        for signal, wanted in tuple(self._set.items()):
            actual = values[signal]
            if not self._writing[signal] and not self._same(actual, wanted):
                self._set[signal] = actual
                self._emit(
                    "output_changed",
                    signal=signal,
                    value=self._cell_value(signal, actual),
                    was=self._cell_value(signal, wanted),
                )
        if changed:
            self._notify_observers()


class ModbusDigitalIO(_Coupler[bool], DigitalIO):
    """Digital signals: discrete inputs and coils."""

    def __init__(
        self, name: str, inputs: Mapping[str, int], outputs: Mapping[str, int], config: ModbusConfig, network: Network
    ) -> None:
        DigitalIO.__init__(self, name, tuple(inputs), tuple(outputs))
        self._in, self._out = dict(inputs), dict(outputs)
        self._start(config, network)
        self._require_addresses(inputs.values(), "first_input")
        self._require_addresses(outputs.values(), "first_output")

    async def _look(self) -> dict[str, bool]:
        config, client = self.config, self._client
        state: dict[str, bool] = {}
        for signals, first, read in (
            (self._in, config.first_input, client.read_inputs),
            (self._out, config.first_output, client.read_coils),
        ):
            values: dict[int, bool] = {}
            for start, count in stretches(signals.values(), MOST_BITS):
                values |= dict(enumerate(await read(first + start, count), start))
            state |= {signal: values[terminal] for signal, terminal in signals.items()}
        return state

    def _same(self, read: bool, wanted: bool) -> bool:
        return read is wanted

    def _cell_value(self, _signal: str, value: bool) -> bool:
        return value

    async def _read(self, signal: str) -> bool:
        value: bool = self._poller.latest[signal]
        return value

    async def _write(self, signal: str, value: bool) -> None:
        address = self.config.first_output + self._out[signal]
        await self._output(signal, value, self._client.write_coil(address, value))


class ModbusAnalogIO(_Coupler[int], AnalogIO):
    """Analog signals: input registers and holding registers.

    An input a little outside its range is reported as it is. One that is further outside, or whose wire is broken, is a
    ``DeviceFault`` with the code ``over-range``, ``under-range`` or ``wire-break``.
    """

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
        for signals, setting in ((inputs, "first_analog_input"), (outputs, "first_analog_output")):
            self._require_addresses([described.terminal for described in signals.values()], setting)

    async def _look(self) -> dict[str, int]:
        config, client = self.config, self._client
        state: dict[str, int] = {}
        for signals, first, read in (
            (self.inputs, config.first_analog_input, client.read_input_registers),
            (self.outputs, config.first_analog_output, client.read_holding),
        ):
            values: dict[int, int] = {}
            for start, count in stretches([described.terminal for described in signals.values()], MOST_REGISTERS):
                values |= dict(enumerate(await read(first + start, count), start))
            state |= {signal: values[described.terminal] for signal, described in signals.items()}
        return state

    def _same(self, read: int, wanted: int) -> bool:
        full = self.config.analog_full
        return abs(to_share(read, full) - to_share(wanted, full)) <= SAME

    def _cell_value(self, signal: str, value: int) -> float:
        return (self.inputs | self.outputs)[signal].value(to_share(value, self.config.analog_full))

    async def _read(self, signal: str) -> float:
        register, config = self._poller.latest[signal], self.config
        if signal in self.inputs:
            if register == config.analog_broken:
                raise self._fault(signal, "wire-break", "the wire is broken", register)
            share = to_share(register, config.analog_full)
            if share < -config.analog_beyond:
                raise self._fault(signal, "under-range", "too far below its range", register)
            if share > 1.0 + config.analog_beyond:
                raise self._fault(signal, "over-range", "too far above its range", register)
        return self._cell_value(signal, register)

    def _fault(self, signal: str, code: str, why: str, register: int) -> DeviceFault:
        return DeviceFault(self.name, f"{signal}: {why} ({register:#06x})", code=code)

    async def _write(self, signal: str, value: float) -> None:
        described, config = self.outputs[signal], self.config
        register = to_register(described.share(value), config.analog_full)
        address = config.first_analog_output + described.terminal
        await self._output(signal, register, self._client.write_register(address, register))
