"""The signals of a Commonplace Robotics controller, by CRI."""

from __future__ import annotations

from abc import abstractmethod

from typing_extensions import override

from cellkit.devices import OwnSignals
from cellkit.devices.wired import WiredArm
from cellkit.errors import CommandRejected
from cellkit_igus.config import IgusConfig
from cellkit_igus.protocol.status import SIGNALS, Status


class IgusSignals(WiredArm[IgusConfig], OwnSignals):
    """Terminals are the numbers that CRI has: bits of DIN and DOUT, 0 to 63.

    The controller reports them in its status, ten times a second, so an input is known up to a tenth of a second late.
    """

    digital_inputs = range(SIGNALS)
    digital_outputs = range(SIGNALS)

    @abstractmethod
    async def _fresh(self) -> Status:
        """Return the newest status that came after the last request."""

    @abstractmethod
    async def _tell(self, text: str) -> None:
        """Send a command and wait until it is acknowledged; from then on only a later status counts."""

    @override
    async def digital_input(self, terminal: int) -> bool:
        return bool((await self._fresh()).din >> terminal & 1)

    @override
    async def digital_output(self, terminal: int) -> bool:
        return bool((await self._fresh()).dout >> terminal & 1)

    @override
    async def set_digital_output(self, terminal: int, value: bool) -> None:
        """Set a digital output. Raises ``CommandRejected`` where another client is the active one."""
        try:
            await self._tell(f"DOUT {terminal} {str(value).lower()}")
        except CommandRejected as error:
            raise CommandRejected(self.name, f"output {terminal} is not set: {error.message}") from None
