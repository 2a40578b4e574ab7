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
from cellkit_abb.protocol.signals import logical_text, logical_value, read_event
from cellkit_abb.session import RwsSession

TERMINALS = range(1, 513)
ASKING = 0.1  # s between two requests for signals that the controller does not report
ResultT = TypeVar("ResultT")


class AbbSignals(StreamingArm[AbbConfig], OwnSignals):
    """Signals of an ABB controller.

    Terminals are the ``{n}`` of the names in the settings; the controller refuses a name of a signal that it does not
    have. It reports the signals that a cell uses, like all other resources, by subscription. An I/O device that is
    created when the arm is connected already polls instead, ten times a second at most: ABB's controllers refuse more
    than some 20 requests a second.
    """

    digital_inputs = TERMINALS
    digital_outputs = TERMINALS
    analog_inputs = TERMINALS
    analog_outputs = TERMINALS

    def __init__(self, name: str, model: ArmModel, config: AbbConfig, network: Network) -> None:
        super().__init__(name, model, config, network)
        self._signal_paths: dict[str, None] = {}  # ordered
        self._values: dict[str, float] = {}
        self._asking = asyncio.Lock()
        self._last_asked = -ASKING

    @property
    @abstractmethod
    def _web(self) -> RwsSession:
        """The session. Raises ``ConnectionLost``."""

    @abstractmethod
    async def _ask(self, request: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Return the answer to a request; when the line fails, the link is lost."""

    @override
    def digital_io(self, name: str, inputs: Mapping[str, int], outputs: Mapping[str, int]) -> DigitalIO:
        io = super().digital_io(name, inputs, outputs)
        self._watch_signals(self.config.digital_input, inputs.values())
        self._watch_signals(self.config.digital_output, outputs.values())
        return io

    @override
    def analog_io(self, name: str, inputs: Mapping[str, AnalogSignal], outputs: Mapping[str, AnalogSignal]) -> AnalogIO:
        io = super().analog_io(name, inputs, outputs)
        self._watch_signals(self.config.analog_input, (signal.terminal for signal in inputs.values()))
        self._watch_signals(self.config.analog_output, (signal.terminal for signal in outputs.values()))
        return io

    def _watch_signals(self, pattern: str, terminals: Iterable[int]) -> None:
        self._signal_paths.update(dict.fromkeys(_path(pattern, terminal) for terminal in terminals))

    async def _read_signals(self) -> None:
        """Read the signals once, after the subscription: from then on the controller reports changes."""
        self._values = {}
        for path in self._signal_paths:
            value = await self._asked(path)
            self._values.setdefault(path, value)  # unless an event came earlier, which is newer

    def _take_signal_event(self, item: Item) -> None:
        """Take over the value of an event of the subscription."""
        event = read_event(item)
        if event is not None:
            path, value = event
            self._values[path] = value

    async def _asked(self, path: str) -> float:
        items = await self._ask(self._web.get(self._web.dialect.signal(path)))
        if not items:
            raise ProtocolError(self.name, f"an answer does not contain signal {path}")
        return logical_value(items[0])

    async def _value(self, pattern: str, terminal: int) -> float:
        path = _path(pattern, terminal)
        value = self._values.get(path)
        if value is not None:
            return value
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
            self._values.setdefault(path, value)  # a value that an event has reported meanwhile is newer

    @override
    async def digital_input(self, terminal: int) -> bool:
        return bool(await self._value(self.config.digital_input, terminal))

    @override
    async def digital_output(self, terminal: int) -> bool:
        return bool(await self._value(self.config.digital_output, terminal))

    @override
    async def set_digital_output(self, terminal: int, value: bool) -> None:
        """Set a digital output; in manual mode the controller refuses."""
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
