"""The I/O signals of an ABB controller, by Robot Web Services."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, TypeVar

from typing_extensions import override

from cellkit.controller.setpoint_streaming import StreamingArm
from cellkit.devices import AnalogIO, AnalogSignal, DigitalIO, OwnSignals
from cellkit.errors import ProtocolError
from cellkit.models.arm import ArmModel
from cellkit.timing import now
from cellkit.transport import Network
from cellkit_abb.config import AbbConfig
from cellkit_abb.protocol.rws import Item
from cellkit_abb.protocol.signals import logical_text, logical_value, told
from cellkit_abb.session import RwsSession

TERMINALS = range(1, 513)
ASKING = 0.1  # s between two questions for signals that the controller does not tell of
ResultT = TypeVar("ResultT")


class AbbSignals(StreamingArm[AbbConfig], OwnSignals):
    """Terminals are the ``{n}`` of the names in the settings; the controller says whether it has a signal of that name.

    The controller tells of the signals that a cell uses, as of everything else (a subscription). An I/O device that is
    made when the arm is connected already asks instead, ten times a second at most: ABB's controllers refuse more than
    some 20 requests a second.
    """

    digital_inputs = TERMINALS
    digital_outputs = TERMINALS
    analog_inputs = TERMINALS
    analog_outputs = TERMINALS

    def __init__(self, name: str, model: ArmModel, config: AbbConfig, network: Network) -> None:
        super().__init__(name, model, config, network)
        self._signal_paths: dict[str, None] = {}  # in order
        self._values: dict[str, float] = {}
        self._asking = asyncio.Lock()
        self._last_asked = -ASKING

    @property
    @abstractmethod
    def _web(self) -> RwsSession:
        """The session. Raises ``ConnectionLost``."""

    @abstractmethod
    async def _ask(self, request: Coroutine[Any, Any, ResultT]) -> ResultT:
        """A request's answer; when the line fails, the link is lost."""

    @override
    def digital_io(self, name: str, inputs: Mapping[str, int], outputs: Mapping[str, int]) -> DigitalIO:
        io = super().digital_io(name, inputs, outputs)
        self._watch_signals(self.config.digital_input, inputs.values())
        self._watch_signals(self.config.digital_output, outputs.values())
        return io

    @override
    def analog_io(self, name: str, inputs: Mapping[str, AnalogSignal], outputs: Mapping[str, AnalogSignal]) -> AnalogIO:
        io = super().analog_io(name, inputs, outputs)
        self._watch_signals(self.config.analog_input, (one.terminal for one in inputs.values()))
        self._watch_signals(self.config.analog_output, (one.terminal for one in outputs.values()))
        return io

    def _watch_signals(self, pattern: str, terminals: Iterable[int]) -> None:
        self._signal_paths.update(dict.fromkeys(_path(pattern, one) for one in terminals))

    async def _read_signals(self) -> None:
        """Once, after the subscription: from then on the controller tells of changes."""
        self._values = {}
        for path in self._signal_paths:
            value = await self._asked(path)
            self._values.setdefault(path, value)  # unless an event was faster, and is newer

    def _signal_told(self, item: Item) -> None:
        """An event of the subscription."""
        found = told(item)
        if found is not None:
            path, value = found
            self._values[path] = value

    async def _asked(self, path: str) -> float:
        items = await self._ask(self._web.get(self._web.dialect.signal(path)))
        if not items:
            raise ProtocolError(self.name, f"an answer without signal {path}")
        return logical_value(items[0])

    async def _value(self, pattern: str, terminal: int) -> float:
        path = _path(pattern, terminal)
        found = self._values.get(path)
        if found is not None:
            return found
        async with self._asking:
            await asyncio.sleep(max(0.0, self._last_asked + ASKING - now()))
            self._last_asked = now()
            return await self._asked(path)

    async def _set(self, pattern: str, terminal: int, value: float, *, analogue: bool = False) -> None:
        path = _path(pattern, terminal)
        post = self._web.dialect.set_signal(path, logical_text(value), analogue=analogue)
        before = self._values.pop(path, None)
        try:
            await self._ask(self._web.post(post))
        except BaseException:
            if before is not None:
                self._values.setdefault(path, before)
            raise
        if before is not None:
            self._values.setdefault(path, value)  # what an event has told meanwhile is newer

    @override
    async def digital_input(self, terminal: int) -> bool:
        return bool(await self._value(self.config.digital_input, terminal))

    @override
    async def digital_output(self, terminal: int) -> bool:
        return bool(await self._value(self.config.digital_output, terminal))

    @override
    async def set_digital_output(self, terminal: int, value: bool) -> None:
        """In manual mode the controller refuses."""
        await self._set(self.config.digital_output, terminal, float(value))

    @override
    async def analog_input(self, terminal: int) -> float:
        return self.config.share(await self._value(self.config.analog_input, terminal))

    @override
    async def analog_output(self, terminal: int) -> float:
        return self.config.share(await self._value(self.config.analog_output, terminal))

    @override
    async def set_analog_output(self, terminal: int, share: float) -> None:
        await self._set(self.config.analog_output, terminal, self.config.logical(share), analogue=True)


def _path(pattern: str, terminal: int) -> str:
    return pattern.replace("{n}", str(terminal))
