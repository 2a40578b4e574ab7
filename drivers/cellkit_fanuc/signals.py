"""The signals of a FANUC controller, by RMI."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from typing_extensions import override

from cellkit.devices import OwnSignals
from cellkit.devices.wired import WiredArm
from cellkit.errors import CommandRejected, ProtocolError
from cellkit_fanuc.config import FanucConfig
from cellkit_fanuc.protocol.catalogue import PORTS, number
from cellkit_fanuc.protocol.errors import RmiRefused
from cellkit_fanuc.session import Fields


class FanucSignals(WiredArm[FanucConfig], OwnSignals):
    """Terminals are the port numbers of DI, DO, AI and AO.

    A controller has as many ports as it has modules, and refuses the others (RMIT-038). DI is asked for and DO set by
    the commands that every RMI has; what DO is set to, AI and AO take version 7.
    """

    digital_inputs = range(1, PORTS + 1)
    digital_outputs = range(1, PORTS + 1)
    analog_inputs = range(1, PORTS + 1)
    analog_outputs = range(1, PORTS + 1)

    @abstractmethod
    async def _ask(self, name: str, **fields: Any) -> Fields:
        """Return the answer to a command. Raises ``ConnectionLost`` and ``RmiRefused``."""

    @override
    async def digital_input(self, terminal: int) -> bool:
        return bool(await self._port_value("FRC_ReadDIN", f"DI[{terminal}]", PortNumber=terminal))

    @override
    async def digital_output(self, terminal: int) -> bool:
        return bool(await self._read_port("DO", terminal))

    @override
    async def set_digital_output(self, terminal: int, value: bool) -> None:
        word = "ON" if value else "OFF"
        await self._signal("FRC_WriteDOUT", f"DO[{terminal}]", PortNumber=terminal, PortValue=word)

    @override
    async def analog_input(self, terminal: int) -> float:
        """Read an analog input. The count at the end of the module's range is ``analog_counts`` in the settings."""
        return await self._read_port("AI", terminal) / self.config.analog_counts

    @override
    async def analog_output(self, terminal: int) -> float:
        return await self._read_port("AO", terminal) / self.config.analog_counts

    @override
    async def set_analog_output(self, terminal: int, share: float) -> None:
        """Modules count whole steps."""
        counts = round(share * self.config.analog_counts)
        text = f"AO[{terminal}]"
        await self._signal("FRC_WriteIOPort", text, PortType="AO", PortNumber=terminal, PortValue=counts)

    async def _read_port(self, kind: str, terminal: int) -> float:
        return await self._port_value("FRC_ReadIOPort", f"{kind}[{terminal}]", PortType=kind, PortNumber=terminal)

    async def _port_value(self, command: str, text: str, **fields: Any) -> float:
        answer = await self._signal(command, text, **fields)
        value: Any = answer.get("PortValue")
        if not number(value):
            raise ProtocolError(self.name, f"{text}: an answer without a proper PortValue", data=repr(answer).encode())
        return float(value)

    async def _signal(self, command: str, text: str, **fields: Any) -> Fields:
        try:
            return await self._ask(command, **fields)
        except RmiRefused as error:
            raise CommandRejected(self.name, f"{text}: the controller refuses: {error}") from None
