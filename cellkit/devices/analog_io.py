"""The open interface of analog signals, in the unit of what they measure or set."""

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
    """One signal: ``low`` and ``high`` are what the ends of the terminal's range stand for, in ``unit``."""

    terminal: int
    low: float
    high: float
    unit: str = ""

    def share(self, value: float) -> float:
        """Where a value lies in the range: 0 at ``low``, 1 at ``high``."""
        return (value - self.low) / (self.high - self.low)

    def value(self, share: float) -> float:
        """The value at a share of the range."""
        return self.low + share * (self.high - self.low)


class AnalogIO(Observed):
    """Named analog inputs and outputs, as the cell sees them: it reads inputs and writes outputs."""

    def __init__(self, name: str, inputs: Mapping[str, AnalogSignal], outputs: Mapping[str, AnalogSignal]) -> None:
        super().__init__(name)
        self.inputs = dict(inputs)
        self.outputs = dict(outputs)

    async def read(self, signal: str) -> float:
        """The value of an input, or what an output was last set to, in the signal's unit.

        Raises ``DeviceFault`` for an input whose wire is broken, where the terminal notices.
        """
        self._require_open()
        self._known(signal, {**self.inputs, **self.outputs})
        return await self._read(signal)

    async def write(self, signal: str, value: float) -> None:
        """Set an output. Raises ``LimitViolation`` outside its range and ``CommandRejected`` for an input."""
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
        """Wait until a signal is above (or below, or between) what is given, and return its value.

        Raises ``MotionTimeout`` and what ``read`` raises.
        """
        self._known(signal, {**self.inputs, **self.outputs})
        if above is None and below is None:
            raise CommandRejected(self.name, f"{signal}: wait_for() needs `above`, `below` or both")
        low, high = -math.inf if above is None else above, math.inf if below is None else below
        found = math.nan

        async def reached() -> bool:
            nonlocal found
            found = await self._read(signal)
            return low < found < high

        words = [f"{word} {bound:g}" for word, bound in (("above", above), ("below", below)) if bound is not None]
        complaint = f"{signal} did not come {' and '.join(words)}"
        await self._wait_until(reached, lambda on_change: self._watch(signal, on_change), timeout, complaint, signal)
        return found

    def _known(self, signal: str, valid: Mapping[str, AnalogSignal], what: str = "signal") -> None:
        if signal not in valid:
            raise CommandRejected(self.name, f"has no {what} {signal!r}; {near_names(signal, valid)}")

    @abstractmethod
    async def _read(self, signal: str) -> float:
        """Hook: the newest value, in the signal's unit."""

    @abstractmethod
    async def _write(self, signal: str, value: float) -> None:
        """Hook: set an output."""

    def _watch(self, signal: str, on_change: Callable[[], None]) -> Callable[[], None]:
        """Hook: call ``on_change`` whenever the signal may have changed; return what ends that.

        Without one of its own, a driver calls ``_notify_observers``.
        """
        return self._observe(on_change)
