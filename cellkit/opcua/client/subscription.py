"""A subscription: the newest value of every monitored variable."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol

from asyncua import ua
from asyncua.client.client import Client
from asyncua.ua.attribute_ids import AttributeIds

from cellkit.errors import ConnectionLost
from cellkit.opcua.client.errors import ServerRefused
from cellkit.opcua.client.sample import Sample
from cellkit.opcua.client.settings import ClientSettings

KEEP_ALIVE = 0.5  # s without a change after which the server sends a keep-alive message
LIFETIME = 60.0  # s without a Publish request after which the server deletes the subscription
AT_ONCE = 200  # variables in one request


class SubscriptionClient(Protocol):
    """The part of an ``OpcuaClient`` that a subscription uses."""

    name: str
    settings: ClientSettings

    async def read(self, nodes: Sequence[str]) -> list[Sample]:
        """Read variables."""

    async def ask(self, subject: str, request: Callable[[Client], Coroutine[Any, Any, Any]], limit: float = 0.0) -> Any:
        """Send a request."""

    def node_id(self, text: str) -> ua.NodeId:
        """Return the NodeId of a node's text."""

    def sample(self, value: ua.DataValue) -> Sample:
        """Return a value with its source time in cell time."""

    def note_message(self, server_time: Any) -> None:
        """Note a message of the server."""

    def subscription_lost(self, status: str) -> None:
        """Treat the server as lost."""


class Subscription:
    """A subscription of an ``OpcuaClient``; make it with ``OpcuaClient.subscribe``."""

    def __init__(
        self, client: SubscriptionClient, nodes: Sequence[str], on_change: Callable[[], None], stamps: bool
    ) -> None:
        self._filter: Any = None
        if stamps:
            trigger = ua.DataChangeTrigger.StatusValueTimestamp
            self._filter = ua.DataChangeFilter(Trigger=trigger, DeadbandType=0, DeadbandValue=0.0)
        self._client = client
        self._nodes = list(dict.fromkeys(nodes))
        self._on_change = on_change
        self._latest: dict[str, Sample] = {}
        self._id: int | None = None

    @property
    def latest(self) -> Mapping[str, Sample]:
        """The newest value of every node."""
        return self._latest

    async def begin(self) -> None:
        """Read all nodes, then monitor them. Raises ``ServerRefused`` for a node that cannot be monitored."""
        client, interval = self._client, self._client.settings.publishing
        await self.refresh()
        parameters = ua.CreateSubscriptionParameters(
            RequestedPublishingInterval=interval * 1000,
            RequestedMaxKeepAliveCount=max(1, round(KEEP_ALIVE / interval)),
            RequestedLifetimeCount=max(10, round(LIFETIME / interval)),
            MaxNotificationsPerPublish=0,
            PublishingEnabled=True,
        )
        created = await client.ask(
            "a subscription", lambda stack: stack.uaclient.create_subscription(parameters, self._published)
        )
        self._id = created.SubscriptionId
        try:
            for start in range(0, len(self._nodes), AT_ONCE):
                await self._monitor(start, self._nodes[start : start + AT_ONCE])
        except BaseException:
            await self.end()
            raise

    async def refresh(self) -> None:
        """Read all nodes now. Raises ``ConnectionLost``."""
        for start in range(0, len(self._nodes), AT_ONCE):
            nodes = self._nodes[start : start + AT_ONCE]
            self._latest |= zip(nodes, await self._client.read(nodes), strict=True)

    async def end(self) -> None:
        """Delete the subscription."""
        number, self._id = self._id, None
        if number is not None:
            with contextlib.suppress(ConnectionLost, ServerRefused):
                await self._client.ask("a subscription", lambda stack: stack.uaclient.delete_subscriptions([number]))

    async def _monitor(self, first: int, nodes: Sequence[str]) -> None:
        items = [
            ua.MonitoredItemCreateRequest(
                ItemToMonitor=ua.ReadValueId(NodeId=self._client.node_id(node), AttributeId=AttributeIds.Value),
                MonitoringMode=ua.MonitoringMode.Reporting,
                RequestedParameters=ua.MonitoringParameters(
                    ClientHandle=first + number,
                    SamplingInterval=self._client.settings.publishing * 1000,
                    QueueSize=1,
                    DiscardOldest=True,
                    Filter=self._filter,
                ),
            )
            for number, node in enumerate(nodes)
        ]
        parameters = ua.CreateMonitoredItemsParameters(
            SubscriptionId=self._id, TimestampsToReturn=ua.TimestampsToReturn.Both, ItemsToCreate=items
        )
        results = await self._client.ask("a subscription", lambda s: s.uaclient.create_monitored_items(parameters))
        for node, result in zip(nodes, results, strict=True):
            if not result.StatusCode.is_good():
                raise ServerRefused(self._client.name, f"{node} cannot be monitored", result.StatusCode.name)

    def _published(self, result: ua.PublishResult) -> None:
        message = result.NotificationMessage
        self._client.note_message(message.PublishTime)
        if self._id is None:
            return
        changed = False
        for part in message.NotificationData or []:
            if isinstance(part, ua.DataChangeNotification):
                for item in part.MonitoredItems:
                    self._latest[self._nodes[item.ClientHandle]] = self._client.sample(item.Value)
                    changed = True
            elif isinstance(part, ua.StatusChangeNotification):
                self._client.subscription_lost(_name(part.Status))
        if changed:
            self._on_change()


def _name(status: Any) -> str:
    return str(getattr(status, "name", status))
