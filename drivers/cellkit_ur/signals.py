"""The signals of a Universal Robots control box and tool, by RTDE."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from cellkit.devices import AnalogIO, AnalogSignal, DigitalIO, OwnSignals
from cellkit_ur.control_interface import ANALOG_OUTPUTS, DIGITAL_OUTPUTS
from cellkit_ur.protocol.signals import ANALOG, DIGITAL, output_masks
from cellkit_ur.session import UrSession

SAME = 1e-4
"""Share of an analog range within which an output is where it was set to: the state carries it as a double."""


class UrSignals(UrSession, OwnSignals):
    """Terminals: 0 to 7 standard, 8 to 15 configurable, 16 and 17 at the tool; analog 0 and 1 of the control box.

    RTDE gives each field to one client: the outputs are asked for only where a cell uses them.
    """

    digital_inputs = DIGITAL
    digital_outputs = DIGITAL
    analog_inputs = ANALOG
    analog_outputs = ANALOG
    signal_period = 0.01

    @override
    def digital_io(self, name: str, inputs: Mapping[str, int], outputs: Mapping[str, int]) -> DigitalIO:
        if outputs and DIGITAL_OUTPUTS not in self._more_inputs:
            self._more_inputs += (DIGITAL_OUTPUTS,)
        return super().digital_io(name, inputs, outputs)

    @override
    def analog_io(self, name: str, inputs: Mapping[str, AnalogSignal], outputs: Mapping[str, AnalogSignal]) -> AnalogIO:
        if outputs and ANALOG_OUTPUTS not in self._more_inputs:
            self._more_inputs += (ANALOG_OUTPUTS,)
        return super().analog_io(name, inputs, outputs)

    @override
    async def digital_input(self, terminal: int) -> bool:
        return self._row.digital(terminal, output=False)

    @override
    async def digital_output(self, terminal: int) -> bool:
        return self._row.digital(terminal, output=True)

    @override
    async def set_digital_output(self, terminal: int, value: bool) -> None:
        self._send(DIGITAL_OUTPUTS, *output_masks(terminal, value))
        await self._react(lambda row: row.digital(terminal, output=True) is value, f"does not set output {terminal}")

    @override
    async def analog_input(self, terminal: int) -> float:
        return self._row.analog(terminal, output=False)

    @override
    async def analog_output(self, terminal: int) -> float:
        return self._row.analog(terminal, output=True)

    @override
    async def set_analog_output(self, terminal: int, share: float) -> None:
        """Volts: 0 to 10 V is the whole range."""
        shares = [share if one == terminal else self._row.analog(one, output=True) for one in ANALOG]
        self._send(ANALOG_OUTPUTS, 1 << terminal, 1 << terminal, *(min(1.0, max(0.0, one)) for one in shares))
        await self._react(
            lambda row: abs(row.analog(terminal, output=True) - share) < SAME, f"does not set analog output {terminal}"
        )
