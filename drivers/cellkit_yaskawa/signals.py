"""The signals of a Yaskawa controller, over the High-Speed Ethernet Server.

The server reads all signals and writes network inputs only. An output is therefore written as a network input, which
the controller's ladder program has to copy to the general output of the same place: network input 27010 to general
output 10010, which is OT#(1), and so on. The driver looks whether the general output follows.
"""

from __future__ import annotations

import asyncio

from typing_extensions import override

from cellkit.devices import OwnSignals
from cellkit.devices.wired import WiredArm
from cellkit.errors import CommandRejected
from cellkit.timing import now
from cellkit_yaskawa.client import HsesClient, HsesRefused
from cellkit_yaskawa.config import YaskawaConfig
from cellkit_yaskawa.protocol.signals import (
    GENERAL,
    GENERAL_INPUT,
    GENERAL_OUTPUT,
    NETWORK,
    logical,
    place,
)

FOLLOWS = 0.5  # s that the ladder program may take to copy a network input


class YaskawaSignals(WiredArm[YaskawaConfig], OwnSignals):
    """Terminals are the numbers of general inputs, IN#(1) and on, and of general outputs, OT#(1) and on."""

    client: HsesClient
    digital_inputs = range(1, GENERAL + 1)
    digital_outputs = range(1, NETWORK + 1)

    @override
    async def digital_input(self, terminal: int) -> bool:
        return await self._signal(GENERAL_INPUT, terminal)

    @override
    async def digital_output(self, terminal: int) -> bool:
        """Read the general output itself."""
        return await self._signal(GENERAL_OUTPUT, terminal)

    @override
    async def set_digital_output(self, terminal: int, value: bool) -> None:
        """Set a digital output. Raises ``CommandRejected`` when the general output does not follow."""
        first = self.config.network_input
        instance, mask = place(first, terminal)
        try:
            await self.client.set_signal(instance, mask, value)
        except HsesRefused as error:
            text = f"network input {logical(first, terminal)}, for OT#({terminal}): {error.message}"
            raise CommandRejected(self.name, text) from None
        deadline = now() + FOLLOWS
        while await self.digital_output(terminal) is not value:
            if now() > deadline:
                raise CommandRejected(
                    self.name,
                    f"OT#({terminal}) does not follow network input {logical(first, terminal)}: the ladder program "
                    f"has to copy it to general output {logical(GENERAL_OUTPUT, terminal)}",
                )
            await asyncio.sleep(self.config.poll_period)

    async def _signal(self, first: int, terminal: int) -> bool:
        instance, mask = place(first, terminal)
        return bool(await self.client.signals(instance) & mask)
