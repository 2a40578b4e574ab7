"""The shared part of all devices behind a server: a client, and the newest value of every node of the device."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import TypeVar

from cellkit.devices.observed import Observed
from cellkit.devices.wired import Wired
from cellkit.errors import CommandRejected, ConnectionFailed, ConnectionLost, DeviceFault
from cellkit.opcua.client.client import OpcuaClient
from cellkit.opcua.client.sample import Sample
from cellkit.opcua.client.subscription import Subscription
from cellkit.timing import now
from cellkit.transport import Network
from cellkit_opcua.config import OpcuaConfig

ConfigT = TypeVar("ConfigT", bound=OpcuaConfig)
FOREVER = 1e9  # s
GLANCE = 0.02  # s between two checks of a wait for more than one condition
UNREACHED = (
    "BadNoCommunication", "BadCommunicationError", "BadNotConnected", "BadConnectionClosed", "BadServerNotConnected",
)  # fmt: skip
"""Statuses with which a server reports that it does not reach the device itself."""


class WatchedDevice(Wired[ConfigT]):
    """A device whose nodes are subscribed.

    A status that the server does not reach the device counts as a lost link; reading any other value that is not good
    raises a ``DeviceFault`` with its status as the code.
    """

    def _start(self, config: ConfigT, network: Network) -> None:
        self._use(config, network)
        self._client: OpcuaClient | None = None
        self._subscription: Subscription | None = None
        self._forget: Callable[[], None] = lambda: None

    def _title(self) -> str:
        return "OPC UA server with such a device"

    # --- hooks ------------------------------------------------------------------------------------------------

    @abstractmethod
    async def _reach(self) -> OpcuaClient:
        """Return a connected client. Raises ``ConnectionFailed``."""

    @abstractmethod
    async def _leave(self, client: OpcuaClient) -> None:
        """Release the client."""

    @abstractmethod
    def _nodes(self) -> Mapping[str, str]:
        """Return all nodes by their names for messages."""

    async def _verify(self, client: OpcuaClient) -> None:
        """Raise ``ConnectionFailed`` for a wrong node or device."""

    def _noticed(self) -> None:
        """Handle a change of a value."""

    def _oldest(self) -> float | None:
        """Return s after which a reported value is too old; None: unchanged values are not reported again."""
        return self.config.max_age

    # --- life cycle -------------------------------------------------------------------------------------------

    async def _open_link(self) -> None:
        client = self._client = await self._reach()
        self._forget = client.on_lost(self._link_lost)
        try:
            await self._verify(client)
            nodes = list(self._nodes().values())
            self._subscription = await client.subscribe(nodes, self._changed, self._oldest() is not None)
            for label in self._nodes():
                self._require_reached(label)
        except (CommandRejected, ConnectionLost) as error:
            raise ConnectionFailed(self.name, error.message) from None

    async def _close(self) -> None:
        client, self._client = self._client, None
        subscription, self._subscription = self._subscription, None
        await super()._close()
        self._forget()
        self._forget = lambda: None
        if client is not None:
            if subscription is not None:
                await subscription.end()
            await self._leave(client)

    # --- values -----------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        if self._subscription is None:
            return
        try:
            for label in self._nodes():
                self._require_reached(label)
        except ConnectionLost as error:
            self._link_lost(error.message)
            return
        self._noticed()
        if isinstance(self, Observed):
            self._notify_observers()

    def _connected(self) -> OpcuaClient:
        if self._client is None:
            raise ConnectionLost(self.name, "the connection is closed")
        return self._client

    def _newest(self, label: str) -> Sample:
        if self._subscription is None:
            raise ConnectionLost(self.name, "the connection is closed")
        return self._subscription.latest[self._nodes()[label]]

    def _require_reached(self, label: str) -> None:
        status = self._newest(label).status
        if status in UNREACHED:
            raise ConnectionLost(self.name, f"{label}: the server does not reach the device ({status})")

    def _sample(self, label: str) -> Sample:
        """Return the newest good value of a node. Raises ``ConnectionLost`` and ``DeviceFault``."""
        client = self._connected()
        if client.lost is not None:
            self._link_lost(client.lost)
            raise ConnectionLost(self.name, client.lost)
        self._require_reached(label)
        sample = self._newest(label)
        if sample.status != "Good":
            raise DeviceFault(self.name, f"{label}: the server reports {sample.status}", code=sample.status)
        oldest = self._oldest()
        if oldest is not None and sample.stamp is not None and now() - sample.stamp > client.cell_seconds(oldest):
            raise ConnectionLost(self.name, f"{label}: the newest value is older than {oldest:g} s (max_age)")
        return sample

    def _stamp(self, *labels: str) -> float:
        """Return the time (s) of the newest of some values."""
        samples = [self._sample(label) for label in labels or self._nodes()]
        return max((sample.received if sample.stamp is None else sample.stamp for sample in samples), default=now())

    async def _refresh(self) -> None:
        """Read all values now: values from before a command do not show its result."""
        if self._subscription is not None:
            await self._subscription.refresh()

    async def _until(self, reached: Callable[[], bool], limit: float) -> bool:
        """Wait for a condition, at most ``limit`` s; return whether it holds. Raises the errors of the condition."""
        end = now() + limit
        while not reached():
            if now() >= end:
                return False
            await asyncio.sleep(GLANCE)
        return True
