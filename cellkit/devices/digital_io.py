"""The open interface of digital signals, named by their meaning."""

from __future__ import annotations

import asyncio
import contextlib
import math
from abc import abstractmethod
from collections.abc import Callable, Sequence

from cellkit.devices.device import to_completion
from cellkit.devices.observed import Observed
from cellkit.errors import CommandRejected, DeviceError
from cellkit.yamlfile import near_names


class DigitalIO(Observed):
    """Named digital inputs and outputs, from the side of the cell: it reads inputs and writes outputs."""

    def __init__(self, name: str, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        super().__init__(name)
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)

    async def read(self, signal: str) -> bool:
        """Return the value of an input, or the value that an output is set to.

        Raises ``CommandRejected`` for an unknown signal and ``ConnectionLost``.
        """
        self._require_open()
        self._known(signal, (*self.inputs, *self.outputs))
        return await self._read(signal)

    async def write(self, signal: str, value: bool) -> None:
        """Set an output. Raises ``CommandRejected`` for an input or an unknown signal, and ``ConnectionLost``."""
        self._require_open()
        if not isinstance(value, bool):
            raise CommandRejected(self.name, f"{signal}: a digital signal is True or False, not {value!r}")
        self._known(signal, self.outputs, "output")
        await self._write(signal, value)
        self._emit("written", signal=signal, value=value)

    async def wait_for(self, signal: str, value: bool = True, *, timeout: float = 60.0) -> None:
        """Wait until a signal has ``value``, for at most ``timeout`` s.

        Raises ``MotionTimeout``, ``CommandRejected`` for an unknown signal, and ``ConnectionLost``.
        """
        self._known(signal, (*self.inputs, *self.outputs))

        async def reached() -> bool:
            return await self._read(signal) == value

        await self._wait_until(
            reached,
            lambda on_change: self._watch(signal, on_change),
            timeout,
            f"{signal} did not become {value}",
            awaited=signal,
        )

    async def pulse(self, signal: str, seconds: float = 0.1) -> None:
        """Set an output for ``seconds`` s, then reset it; it is reset also when the call is cancelled.

        Raises ``CommandRejected`` for a negative or infinite time, and the errors of ``write``.
        """
        if not 0.0 <= seconds < math.inf:
            raise CommandRejected(self.name, f"{signal}: a pulse of {seconds:g} s; it must be finite and at least 0 s")
        try:
            await self.write(signal, True)
            self._emit("waiting", awaited=signal)
            try:
                await asyncio.sleep(seconds)
            finally:
                self._emit("waited", awaited=signal)
        except asyncio.CancelledError:
            with contextlib.suppress(DeviceError):  # the caller must receive the cancellation instead
                await to_completion(self.write(signal, False))
            raise
        await to_completion(self.write(signal, False))

    def _known(self, signal: str, valid: Sequence[str], noun: str = "signal") -> None:
        if signal not in valid:
            raise CommandRejected(self.name, f"has no {noun} {signal!r}; {near_names(signal, valid)}")

    @abstractmethod
    async def _read(self, signal: str) -> bool:
        """Return the newest value (driver hook)."""

    @abstractmethod
    async def _write(self, signal: str, value: bool) -> None:
        """Set an output (driver hook)."""

    def _watch(self, signal: str, on_change: Callable[[], None]) -> Callable[[], None]:
        """Call ``on_change`` whenever the signal may have changed; return a function that ends this (driver hook).

        The default calls it when the driver calls ``_notify_observers``.
        """
        return self._observe(on_change)
