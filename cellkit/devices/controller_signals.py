"""The signals of an arm's own controller, behind the interfaces of all other signals."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from cellkit.devices.analog_io import AnalogIO, AnalogSignal
from cellkit.devices.arm import Arm
from cellkit.devices.device import DeviceEvent, Lifecycle
from cellkit.devices.digital_io import DigitalIO
from cellkit.devices.observed import Observed
from cellkit.errors import CommandRejected, ConfigError, ConnectionFailed, DeviceError


class OwnSignals(ABC):
    """The ability of an arm whose controller has inputs and outputs. Terminals have the vendor's own numbers."""

    digital_inputs: range = range(0)
    digital_outputs: range = range(0)
    analog_inputs: range = range(0)
    analog_outputs: range = range(0)
    signal_period: float = 0.02
    """s between two readings of a signal for whose change a program waits."""

    def digital_io(self, name: str, inputs: Mapping[str, int], outputs: Mapping[str, int]) -> DigitalIO:
        """Make digital signals, each with its terminal. Raises ``ConfigError`` for a terminal that does not exist."""
        for kind, signals, valid in (
            ("digital input", inputs, self.digital_inputs),
            ("digital output", outputs, self.digital_outputs),
        ):
            for signal, terminal in signals.items():
                _require(name, signal, kind, terminal, valid)
        return _ArmDigitalIO(name, self, inputs, outputs)

    def analog_io(self, name: str, inputs: Mapping[str, AnalogSignal], outputs: Mapping[str, AnalogSignal]) -> AnalogIO:
        """Make analog signals, each with its terminal. Raises ``ConfigError`` for a terminal that does not exist."""
        for kind, signals, valid in (
            ("analog input", inputs, self.analog_inputs),
            ("analog output", outputs, self.analog_outputs),
        ):
            for signal, described in signals.items():
                _require(name, signal, kind, described.terminal, valid)
        return _ArmAnalogIO(name, self, inputs, outputs)

    # A driver overrides the methods of the signals that its controller has; the ranges are the terminals that exist.

    @abstractmethod
    async def digital_input(self, terminal: int) -> bool:
        """Return the newest value of an input."""

    @abstractmethod
    async def digital_output(self, terminal: int) -> bool:
        """Return the value that an output is set to."""

    @abstractmethod
    async def set_digital_output(self, terminal: int, value: bool) -> None:
        """Set an output and return when the controller has accepted it."""

    async def analog_input(self, terminal: int) -> float:
        """Return the newest value of an input, as a share of its range (0 to 1)."""
        raise CommandRejected("analog input", f"terminal {terminal} does not exist")

    async def analog_output(self, terminal: int) -> float:
        """Return the value that an output is set to, as a share of its range (0 to 1)."""
        raise CommandRejected("analog output", f"terminal {terminal} does not exist")

    async def set_analog_output(self, terminal: int, share: float) -> None:
        """Set an output to a share of its range (0 to 1)."""
        raise CommandRejected("analog output", f"terminal {terminal} does not exist")


def _require(name: str, signal: str, kind: str, terminal: int, valid: range) -> None:
    if terminal not in valid:
        known = f"{valid.start} to {valid.stop - 1}" if len(valid) else "none"
        raise ConfigError(f"{name}: {signal}: no {kind} {terminal}; the controller has {known}")


class _Shared(Observed):
    """Signals that use the link of their arm: they are lost and closed together with it."""

    _arm: Arm
    _signals: OwnSignals
    _forget: Callable[[], None] | None = None

    def _on_arm(self, signals: OwnSignals) -> None:
        assert isinstance(signals, Arm)
        self._arm, self._signals = signals, signals

    async def _connect(self) -> None:
        try:
            await self._arm.connect()  # does nothing when the arm is connected already
        except DeviceError as error:
            raise ConnectionFailed(self.name, f"the arm that it belongs to: {error.message}") from None
        self._forget = self._arm.on_event(self._on_arm_event)

    async def _close(self) -> None:
        forget, self._forget = self._forget, None
        if forget is not None:
            forget()

    def _on_arm_event(self, event: DeviceEvent) -> None:
        if event.what in ("connection_lost", "closed"):
            self._link_lost(str(event.data.get("why", "the arm that it belongs to was closed")))

    def _look(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Call ``on_change`` every ``signal_period`` s; return a function that ends this."""

        async def beat() -> None:
            while self._lifecycle is Lifecycle.OPEN:
                await asyncio.sleep(self._signals.signal_period)
                on_change()

        task = asyncio.get_running_loop().create_task(beat())
        return lambda: _cancel(task)


class _ArmDigitalIO(_Shared, DigitalIO):
    def __init__(self, name: str, arm: OwnSignals, inputs: Mapping[str, int], outputs: Mapping[str, int]) -> None:
        DigitalIO.__init__(self, name, tuple(inputs), tuple(outputs))
        self._on_arm(arm)
        self._in, self._out = dict(inputs), dict(outputs)

    async def _read(self, signal: str) -> bool:
        if signal in self._in:
            return await self._signals.digital_input(self._in[signal])
        return await self._signals.digital_output(self._out[signal])

    async def _write(self, signal: str, value: bool) -> None:
        await self._signals.set_digital_output(self._out[signal], value)

    def _watch(self, signal: str, on_change: Callable[[], None]) -> Callable[[], None]:
        return self._look(on_change)


class _ArmAnalogIO(_Shared, AnalogIO):
    def __init__(
        self, name: str, arm: OwnSignals, inputs: Mapping[str, AnalogSignal], outputs: Mapping[str, AnalogSignal]
    ) -> None:
        AnalogIO.__init__(self, name, inputs, outputs)
        self._on_arm(arm)

    async def _read(self, signal: str) -> float:
        if signal in self.inputs:
            described = self.inputs[signal]
            return described.value(await self._signals.analog_input(described.terminal))
        described = self.outputs[signal]
        return described.value(await self._signals.analog_output(described.terminal))

    async def _write(self, signal: str, value: float) -> None:
        described = self.outputs[signal]
        await self._signals.set_analog_output(described.terminal, described.share(value))

    def _watch(self, signal: str, on_change: Callable[[], None]) -> Callable[[], None]:
        return self._look(on_change)


def _cancel(task: asyncio.Task[None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop may be closed already
        task.cancel()
