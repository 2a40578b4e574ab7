"""The signals of a UFACTORY control box, by the private protocol."""

from __future__ import annotations

from abc import abstractmethod

from typing_extensions import override

from cellkit.devices import OwnSignals
from cellkit.devices.wired import WiredArm
from cellkit.errors import CommandRejected
from cellkit_ufactory.config import UfactoryConfig
from cellkit_ufactory.protocol.frames import Reply
from cellkit_ufactory.protocol.numbers import Function
from cellkit_ufactory.protocol.signals import AT_ONCE, STEPS, IoState, output_words, steps, word
from cellkit_ufactory.protocol.version import ControllerVersion

ANALOG_IN = (Function.GET_ANALOG_IN_1, Function.GET_ANALOG_IN_2)
ANALOG_OUT = (Function.SET_ANALOG_OUT_1, Function.SET_ANALOG_OUT_2)


class UfactorySignals(WiredArm[UfactoryConfig], OwnSignals):
    """Signals of a control box.

    Terminals: 0 to 7 are CI and CO, 8 to 15 DI and DO, which older control boxes do not have; AI and AO 0 and 1.

    An input is ``True`` while a contact pulls it to ground: the vendor has them high when open. An output is ``True``
    while it is high, or low where the settings say so (``outputs_active_low``).

    Firmware below 2.4.101 switches outputs when the motions that were sent before are done, later firmware at once.
    """

    digital_inputs = range(16)
    digital_outputs = range(16)
    analog_inputs = range(2)
    analog_outputs = range(2)
    _version: ControllerVersion | None = None

    @abstractmethod
    async def _request(self, function: Function, parameters: bytes = b"", *, at_once: bool = False) -> Reply:
        """Send a request. Raises ``ConnectionLost`` when the control box does not answer."""

    @override
    async def digital_input(self, terminal: int) -> bool:
        self._require(terminal, "digital input")
        return not word((await self._request(Function.GET_DIGITAL_IN)).data) >> terminal & 1

    @override
    async def digital_output(self, terminal: int) -> bool:
        self._require(terminal, "digital output")
        state = IoState.decode((await self._request(Function.GET_IO_STATE)).data)
        return bool(state.outputs >> terminal & 1) is not self.config.outputs_active_low

    @override
    async def set_digital_output(self, terminal: int, value: bool) -> None:
        self._require(terminal, "digital output")
        words = output_words(terminal, value is not self.config.outputs_active_low)
        await self._set(Function.SET_DIGITAL_OUT, words, f"output {terminal}")

    @override
    async def analog_input(self, terminal: int) -> float:
        return word((await self._request(ANALOG_IN[terminal])).data) / STEPS

    @override
    async def analog_output(self, terminal: int) -> float:
        state = IoState.decode((await self._request(Function.GET_IO_STATE)).data)
        return state.analog_outputs[terminal] / STEPS

    @override
    async def set_analog_output(self, terminal: int, share: float) -> None:
        await self._set(ANALOG_OUT[terminal], steps(share), f"analog output {terminal}")

    async def _set(self, function: Function, parameters: bytes, output: str) -> None:
        at_once = self._version is not None and self._version.switches_at_once
        reply = await self._request(function, parameters + (AT_ONCE if at_once else b""))
        if reply.invalid:
            raise CommandRejected(self.name, f"the control box does not set {output}")

    def _require(self, terminal: int, kind: str) -> None:
        if self._version is not None and terminal >= self._version.signals:
            text = f"there is no {kind} {terminal}: this control box ({self._version.box}) has {self._version.signals}"
            raise CommandRejected(self.name, text)
