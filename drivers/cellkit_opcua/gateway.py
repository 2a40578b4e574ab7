"""Devices of another cell, through its gateway: the node names and commands are those of ``cellkit serve``.

Every command is a job in that cell: it is submitted and followed to its end; the error that ended it is raised here.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from cellkit.errors import CommandRejected, ConnectionFailed, ConnectionLost
from cellkit.models.load import AnyModel
from cellkit.opcua.client.client import OpcuaClient
from cellkit.timing import now
from cellkit.transport import Network
from cellkit_opcua.config import GatewayConfig
from cellkit_opcua.link import GatewayLink, JobResult, errors_of, join
from cellkit_opcua.watched import WatchedDevice

NOT_REPORTED = "BadNotSupported"
"""Status of a value that the other cell's device does not report, or does not have now."""
LOOK = 0.5  # s between two checks of the values' age
CATCH_UP = 2.0  # s within which the values must show the result of a job


class GatewayDevice(WatchedDevice[GatewayConfig]):
    """A device of another cell. ``FOLDER`` is the folder of its nodes, below the cell's name."""

    FOLDER: ClassVar = "Devices"
    FRESH: ClassVar[str | None] = None
    """A value that its cell reads periodically, so that its time shows whether the device there works."""

    def _start_gateway(self, config: GatewayConfig, network: Network, model: AnyModel | None = None) -> None:
        self._start(config, network)
        self._expected = model
        self._link: GatewayLink | None = None
        self._reported = asyncio.Event()

    @property
    def role(self) -> str:
        """The device's role in its own cell."""
        return self.config.device or self.name

    @abstractmethod
    def _paths(self) -> Mapping[str, str]:
        """Return the watched nodes by their names here; paths are below the cell's name."""

    def _at(self, *names: str) -> dict[str, str]:
        """Return paths of variables in the device's own parameter set."""
        return {name: f"{self.FOLDER}/{self.role}/ParameterSet/{name}" for name in names}

    # --- life cycle -------------------------------------------------------------------------------------------

    async def _reach(self) -> OpcuaClient:
        with errors_of(self.name):
            self._link = await join(self.config.client(), self.config.cell, self.config.lease)
        return self._link.client

    async def _leave(self, client: OpcuaClient) -> None:
        link, self._link = self._link, None
        if link is not None:
            await link.leave()

    def _nodes(self) -> Mapping[str, str]:
        link = self._joined()
        active = {"ActiveOperationState": f"Services/Commands/{self.role}/ActiveOperationState"}
        return {label: link.node(path) for label, path in (dict(self._paths()) | active).items()}

    async def _verify(self, client: OpcuaClient) -> None:
        link = self._joined()
        for label, path in self._paths().items():
            try:
                await client.describe(link.node(path))
            except CommandRejected as error:
                text = f"cell {link.cell!r} has no such device in role {self.role!r}; {label}: {error.message}"
                raise ConnectionFailed(self.name, text) from None
        if self._expected is not None:
            [code] = await client.read([link.node(f"{self.FOLDER}/{self.role}/ProductCode")])
            if code.good and code.value and code.value != self._expected.id:
                text = f"{self.role!r} of cell {link.cell!r} is a {code.value}, not a {self._expected.id}"
                raise ConnectionFailed(self.name, text)

    def _joined(self) -> GatewayLink:
        if self._link is None:
            raise ConnectionLost(self.name, "the connection is closed")
        return self._link

    def _oldest(self) -> float | None:
        return None  # unchanged values are not reported again: the time is read

    async def _open_link(self) -> None:
        await super()._open_link()
        if self.FRESH is not None and self.config.max_age is not None:
            self._background(self._stay_fresh(self.FRESH, self.config.max_age), "cell")

    async def _stay_fresh(self, label: str, oldest: float) -> None:
        client = self._connected()
        while True:
            await asyncio.sleep(client.cell_seconds(LOOK))
            [sample] = await client.read([self._nodes()[label]])
            if sample.good and sample.stamp is not None and now() - sample.stamp > client.cell_seconds(oldest):
                raise ConnectionLost(self.name, f"the newest {label} is older than {oldest:g} s (max_age)")

    # --- values and commands ----------------------------------------------------------------------------------

    def _noticed(self) -> None:
        self._reported.set()

    def _value(self, label: str) -> Any:
        """Return the newest value. Raises ``ConnectionLost`` and ``DeviceFault``."""
        return self._sample(label).value

    def _value_or_none(self, label: str) -> Any:
        """Return the newest value; None: the device there does not report it."""
        return None if self._newest(label).status == NOT_REPORTED else self._value(label)

    async def _job(self, command: str, *arguments: Any) -> JobResult:
        """Carry out a command in the other cell. Raises the error that ended it."""
        try:
            with errors_of(self.name):
                return await self._joined().run(self.role, command, list(arguments), self._change)
        except ConnectionLost as error:  # a link is lost: in the other cell, or to the other cell
            self._link_lost(error.message)
            raise

    async def _change(self, limit: float) -> None:
        """Wait for the next report, at most ``limit`` s."""
        self._reported.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self._reported.wait()

    async def _stop_there(self) -> bool:
        """Stop the device, whichever client moves it; return whether it was stopped.

        Closing stops only a command of this driver: another client may move the device now.
        """
        link = self._joined()
        if self._closing and not link.owns:
            return False
        with errors_of(self.name):
            await link.stop(self.role)
        await self._refresh()
        return True
