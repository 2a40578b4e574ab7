"""The signals of a KUKA controller, as variables over KUKAVARPROXY."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from cellkit.controller.setpoint_streaming import StreamingArm
from cellkit.devices import DigitalIO, OwnSignals
from cellkit.errors import ConfigError
from cellkit_kuka.config import KukaConfig
from cellkit_kuka.kvp_client import Variables
from cellkit_kuka.protocol.signals import ANALOG, DIO, SIGNALS, bool_text, read_bool, read_real, real_text


class KukaSignals(StreamingArm[KukaConfig], OwnSignals):
    """Terminals are the numbers of ``$IN``, ``$OUT``, ``$ANIN`` and ``$ANOUT``; analogue ranges are 0 to 10 V.

    The outputs that RSI sets from ``DiO``, which this driver leaves at zero, are not available.
    """

    digital_inputs = range(1, SIGNALS + 1)
    digital_outputs = range(1, SIGNALS + 1)
    analog_inputs = range(1, ANALOG + 1)
    analog_outputs = range(1, ANALOG + 1)
    _variables: Variables

    @override
    def digital_io(self, name: str, inputs: Mapping[str, int], outputs: Mapping[str, int]) -> DigitalIO:
        for signal, terminal in outputs.items():
            if terminal in DIO:
                text = (
                    f"digital output {terminal} is RSI's own; the driver can set all but {DIO.start} to {DIO.stop - 1}"
                )
                raise ConfigError(f"{name}: {signal}: {text}")
        return super().digital_io(name, inputs, outputs)

    @override
    async def digital_input(self, terminal: int) -> bool:
        return read_bool(await self._variables.read(f"$IN[{terminal}]"))

    @override
    async def digital_output(self, terminal: int) -> bool:
        return read_bool(await self._variables.read(f"$OUT[{terminal}]"))

    @override
    async def set_digital_output(self, terminal: int, value: bool) -> None:
        await self._variables.write(f"$OUT[{terminal}]", bool_text(value))

    @override
    async def analog_input(self, terminal: int) -> float:
        """Read an analog input. Voltages below zero are shares below zero."""
        return read_real(await self._variables.read(f"$ANIN[{terminal}]"))

    @override
    async def analog_output(self, terminal: int) -> float:
        return read_real(await self._variables.read(f"$ANOUT[{terminal}]"))

    @override
    async def set_analog_output(self, terminal: int, share: float) -> None:
        await self._variables.write(f"$ANOUT[{terminal}]", real_text(share))
