"""The driver of the vendor's scales: it asks for the mass over TCP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from acme_scale.interface import Scale, Weight
from acme_scale.protocol import ASK, decode
from cellkit.devices.wired import DriverConfig, Wired
from cellkit.errors import ConnectionLost, DeviceFault, ProtocolError, TransportError
from cellkit.timing import Periodic, now
from cellkit.transport import ByteStream, Network

PATIENCE = 0.3
"""s within which an answer must come."""
PERIOD = 0.05
"""s between two questions while a program waits, and at most between two looks at the line."""
LONGEST = 64
"""bytes of a line."""


class ScaleConfig(DriverConfig):
    """Where the scale is."""

    scale_port: int = 4305


class AcmeScale(Wired[ScaleConfig], Scale):
    """A scale behind a TCP port, one question at a time."""

    def __init__(self, name: str, config: ScaleConfig, network: Network) -> None:
        Scale.__init__(self, name)
        self._use(config, network)
        self._turn = asyncio.Lock()
        self._answer: asyncio.Future[bytes] | None = None

    def _title(self) -> str:
        return "ACME scale"

    async def _open_link(self) -> None:
        self._stream = await self._open_stream(self.config.scale_port, "scale")
        self._background(self._listen(self._stream), "scale")
        await self._read()
        self._background(self._look(), "scale")

    async def _listen(self, stream: ByteStream) -> None:
        rest = b""
        while data := await stream.read():
            *lines, rest = (rest + data).split(b"\r\n")
            if len(rest) > LONGEST:
                raise ProtocolError(self.name, "a line that does not end", data=rest)
            for line in lines:
                if self._answer is not None and not self._answer.done():
                    self._answer.set_result(line)

    async def _look(self) -> None:
        """Ask again and again, so that a silent line is noticed."""
        while True:
            await asyncio.sleep(PERIOD)
            try:
                await self._read()
            except DeviceFault:
                continue

    async def _read(self) -> Weight:
        async with self._turn:
            self._answer = asyncio.get_running_loop().create_future()
            try:
                self._stream.write(ASK)
                async with asyncio.timeout(PATIENCE):
                    line = await self._answer
                mass = decode(line)
            except TimeoutError:
                why = f"no answer within {PATIENCE:g} s"
            except TransportError as error:
                why = str(error)
            except ValueError as error:
                why = str(error)
            else:
                if mass is None:
                    raise DeviceFault(self.name, "the scale is overloaded", code="overload")
                return Weight(now(), mass)
            finally:
                self._answer = None
        self._link_lost(why)
        raise ConnectionLost(self.name, why)

    def _watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        return Periodic(PERIOD, on_change).close
