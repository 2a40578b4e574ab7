"""The open interface of analog signals, in the unit of the quantity that they measure or set."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cellkit.devices.observed import Observed
from cellkit.errors import CommandRejected, LimitViolation
from cellkit.yamlfile import near_names


@dataclass(frozen=True, slots=True)
class AnalogSignal:
    """One signal: ``low`` and ``high``, in ``unit``, are the values at the ends of the terminal's range."""

    terminal: int
    low: float
    high: float
    unit: str = ""

    def share(self, value: float) -> float:
        """Convert a value to a share of the range: 0 at ``low``, 1 at ``high``."""
        return (value - self.low) / (self.high - self.low)

    def value(self, share: float) -> float:
        """Convert a share of the range (0 to 1) to a value in ``unit``."""
        return self.low + share * (self.high - self.low)


class AnalogIO(Observed):
    """Named analog inputs and outputs, from the side of the cell: it reads inputs and writes outputs."""

    def __init__(self, name: str, inputs: Mapping[str, AnalogSignal], outputs: Mapping[str, AnalogSignal]) -> None:
        super().__init__(name)
        self.inputs = dict(inputs)
        self.outputs = dict(outputs)

    async def read(self, signal: str) -> float:
        """Return the value of an input, or the value that an output is set to, in the signal's unit.

        Raises ``CommandRejected`` for an unknown signal, ``ConnectionLost``, and ``DeviceFault`` for an input whose
        wire is broken, if the terminal detects that.
        """
        self._require_open()
        self._known(signal, {**self.inputs, **self.outputs})
        return await self._read(signal)

    async def write(self, signal: str, value: float) -> None:
        """Set an output to ``value``, in the signal's unit.

        Raises ``LimitViolation`` outside the output's range, ``CommandRejected`` for an input or an unknown signal,
        and ``ConnectionLost``.
        """
        self._require_open()
        self._known(signal, self.outputs, "output")
        output = self.outputs[signal]
        low, high = sorted((output.low, output.high))
        if not low <= value <= high:
            text = f"{signal}: {value:g} {output.unit} is outside {low:g} to {high:g} {output.unit}"
            raise LimitViolation(self.name, " ".join(text.split()))
        await self._write(signal, float(value))
        self._emit("written", signal=signal, value=float(value))

    async def wait_for(
        self, signal: str, *, above: float | None = None, below: float | None = None, timeout: float = 60.0
    ) -> float:
        """Wait until a signal is above ``above``, below ``below``, or between both, and return its value.

        The bounds and the value are in the signal's unit, ``timeout`` is in s. Raises ``MotionTimeout``,
        ``CommandRejected`` without any bound, and the errors of ``read``.
        """
        self._known(signal, {**self.inputs, **self.outputs})
        if above is None and below is None:
            raise CommandRejected(self.name, f"{signal}: wait_for() needs `above`, `below` or both")
        low, high = -math.inf if above is None else above, math.inf if below is None else below
        newest = math.nan

        async def reached() -> bool:
            nonlocal newest
            newest = await self._read(signal)
            return low < newest < high

        words = [f"{word} {bound:g}" for word, bound in (("above", above), ("below", below)) if bound is not None]
        complaint = f"{signal} did not come {' and '.join(words)}"
        await self._wait_until(reached, lambda on_change: self._watch(signal, on_change), timeout, complaint, signal)
        return newest

    def _known(self, signal: str, valid: Mapping[str, AnalogSignal], noun: str = "signal") -> None:
        if signal not in valid:
            raise CommandRejected(self.name, f"has no {noun} {signal!r}; {near_names(signal, valid)}")

    @abstractmethod
    async def _read(self, signal: str) -> float:
        """Return the newest value, in the signal's unit (driver hook)."""

    @abstractmethod
    async def _write(self, signal: str, value: float) -> None:
        """Set an output to a value in the signal's unit (driver hook)."""

    def _watch(self, signal: str, on_change: Callable[[], None]) -> Callable[[], None]:
        """Call ``on_change`` whenever the signal may have changed; return a function that ends this (driver hook).

        The default calls it when the driver calls ``_notify_observers``.
        """
        return self._observe(on_change)
