"""The vendor's scale as a virtual device."""

from __future__ import annotations

import math
from typing import ClassVar

from acme_scale.plant import ScalePlant
from acme_scale.protocol import ASK, encode
from cellkit.controller.virtual_device import Endpoint, VirtualDevice
from cellkit.transport import ByteStream


class VirtualAcmeScale(VirtualDevice):
    """A scale that answers one line to each question, and closes the connection for any other line."""

    ENDPOINTS: ClassVar = {"scale": Endpoint("tcp", 4305, "scale")}
    title = "ACME scale"

    def __init__(self, plant: ScalePlant) -> None:
        super().__init__()
        self._plant = plant

    async def _open(self) -> None:
        await self._serve("scale", self._answer)

    async def _answer(self, stream: ByteStream) -> None:
        rest = b""
        while data := await stream.read():
            *lines, rest = (rest + data).split(b"\r\n")
            for line in lines:
                if line + b"\r\n" != ASK:
                    return
                mass = self._plant.mass()
                stream.write(encode(None if math.isnan(mass) else mass))

    def status_line(self) -> str:
        """Return the present mass for a person."""
        return f"{self._plant.mass():.3f} kg"
