"""A subscriber with little load: it uses asyncua's channel and session, and publishes by itself."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from asyncua.ua.ua_binary import struct_from_binary
from asyncua.ua.uaerrors import UaError
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from bench.notifications import Published, published
from bench.opcua_state import CLIENT_URI, PASSWORD, PATIENCE
from cellkit.opcua.security.pki import Pki

REQUESTS = 4
"""The number of publish requests that wait at the server."""
MOST_ITEMS = 1000
"""The number of items in one request; the gateway takes no more."""


@cache
def _keys(state: Path) -> tuple[bytes, x509.Certificate, Any]:
    """Return the server's certificate, the client's, and its key; cached, because checking a key takes a while."""
    own, server = Pki(state / "client"), Pki(state / "pki")
    certificate = x509.load_der_x509_certificate(own.certificate_file.read_bytes())
    key = serialization.load_pem_private_key(own.key_file.read_bytes(), None)
    return server.certificate_file.read_bytes(), certificate, key


class LightClient(Client):  # type: ignore[misc]
    """A client with long timeouts that counts how often it renewed its channel."""

    renewals = 0

    async def open_secure_channel(self, renew: bool = False) -> None:
        """Open the channel as asyncua does, and count the renewals."""
        await super().open_secure_channel(renew)
        self.renewals += renew


def secure_client(url: str, state: Path, user: str | None, channel: float = 3600.0) -> LightClient:
    """Return a client that signs, encrypts and logs in. ``channel``: lifetime of its channel in s."""
    client = LightClient(url, timeout=60.0, watchdog_intervall=20.0)
    client.application_uri = CLIENT_URI
    client.secure_channel_timeout = int(channel * 1000)
    client.session_timeout = 60_000
    server, certificate, key = _keys(state)
    client.security_policy = SecurityPolicyBasic256Sha256(
        server, certificate, key, ua.MessageSecurityMode.SignAndEncrypt
    )
    client.uaclient.set_security(client.security_policy)
    if user is not None:
        client.set_user(user)
        client.set_password(PASSWORD)
    return client


class Subscriber:
    """A subscription of a connected client; ``on_published`` receives every answer, in order."""

    def __init__(self, client: Client, on_published: Callable[[Published], None]) -> None:
        self._client = client
        self._on_published = on_published
        self._acknowledge: list[ua.SubscriptionAcknowledgement] = []
        self._waiting: set[asyncio.Future[Any]] = set()
        self._closing = False
        self.number = 0
        self.acknowledging = True
        """Off: received notifications are not acknowledged."""
        self.trouble: list[str] = []
        self.sequence_gaps = 0
        self.published = 0
        self.longest_wait = 0.0
        """The wall time between two answers in s."""
        self._next: int | None = None
        self._answered_at: float | None = None

    async def create(self, interval: float, lifetime: int = 10_000, keep_alive: int = 100, most: int = 0) -> None:
        """Create the subscription; ``interval`` in ms."""
        request = ua.CreateSubscriptionRequest()
        request.Parameters = ua.CreateSubscriptionParameters(
            RequestedPublishingInterval=interval,
            RequestedLifetimeCount=lifetime,
            RequestedMaxKeepAliveCount=keep_alive,
            MaxNotificationsPerPublish=most,
            PublishingEnabled=True,
        )
        response = await self._ask(request, ua.CreateSubscriptionResponse)
        self.number = response.Parameters.SubscriptionId

    async def monitor(self, nodes: Sequence[ua.NodeId], queue: int = 50, first_handle: int = 0) -> list[ua.StatusCode]:
        """Monitor the values of nodes; their handles count from ``first_handle``."""
        if len(nodes) > MOST_ITEMS:
            rest = await self.monitor(nodes[MOST_ITEMS:], queue, first_handle + MOST_ITEMS)
            return await self.monitor(nodes[:MOST_ITEMS], queue, first_handle) + rest
        request = ua.CreateMonitoredItemsRequest()
        request.Parameters.SubscriptionId = self.number
        request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
        for handle, node in enumerate(nodes, first_handle):
            item = ua.MonitoredItemCreateRequest(
                ItemToMonitor=ua.ReadValueId(node, ua.AttributeIds.Value), MonitoringMode=ua.MonitoringMode.Reporting
            )
            item.RequestedParameters = ua.MonitoringParameters(ClientHandle=handle, QueueSize=queue, DiscardOldest=True)
            request.Parameters.ItemsToCreate.append(item)
        response = await self._ask(request, ua.CreateMonitoredItemsResponse)
        return [result.StatusCode for result in response.Results]

    async def watch_events(self, node: ua.NodeId, paths: Sequence[str], handle: int) -> None:
        """Subscribe to the events of a node, with the fields of these paths."""
        wanted = ua.EventFilter()
        for path in paths:
            names = [ua.QualifiedName(name) for name in path.split("/")]
            operand = ua.SimpleAttributeOperand(
                TypeDefinitionId=ua.NodeId(ua.ObjectIds.BaseEventType),
                BrowsePath=names,
                AttributeId=ua.AttributeIds.Value,
            )
            wanted.SelectClauses.append(operand)
        item = ua.MonitoredItemCreateRequest(
            ItemToMonitor=ua.ReadValueId(node, ua.AttributeIds.EventNotifier),
            MonitoringMode=ua.MonitoringMode.Reporting,
        )
        item.RequestedParameters = ua.MonitoringParameters(ClientHandle=handle, Filter=wanted, QueueSize=100)
        request = ua.CreateMonitoredItemsRequest()
        request.Parameters.SubscriptionId = self.number
        request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
        request.Parameters.ItemsToCreate = [item]
        response = await self._ask(request, ua.CreateMonitoredItemsResponse)
        response.Results[0].StatusCode.check()

    def publish(self, requests: int = REQUESTS) -> None:
        """Begin to publish, and continue."""
        for _ in range(requests):
            self._request()

    async def close(self) -> None:
        """End publishing."""
        self._closing = True
        for future in self._waiting:
            future.cancel()
        self._waiting.clear()

    async def _ask(self, request: Any, response: Any) -> Any:
        body = await self._client.uaclient.protocol.send_request(request, timeout=60.0)
        found = struct_from_binary(response, body)
        found.ResponseHeader.ServiceResult.check()
        return found

    def _request(self) -> None:
        request = ua.PublishRequest()
        request.Parameters.SubscriptionAcknowledgements = self._acknowledge
        self._acknowledge = []
        try:
            future = self._client.uaclient.protocol._send_request(request, timeout=60.0)
        except ConnectionError as error:
            self.trouble.append(f"asking: {error}")
            return
        self._waiting.add(future)
        future.add_done_callback(self._answered)

    def _answered(self, future: asyncio.Future[Any]) -> None:
        self._waiting.discard(future)
        if self._closing or future.cancelled():
            return
        try:
            answer = published(bytes(future.result()))
        except (UaError, ConnectionError) as error:
            self.trouble.append(f"{type(error).__name__}: {error}")
            return
        self.published += 1
        moment = time.monotonic()
        self.longest_wait = max(self.longest_wait, moment - (self._answered_at or moment))
        self._answered_at = moment
        if answer.changes or answer.events or answer.others:
            self.sequence_gaps += self._next is not None and answer.sequence != self._next
            self._next = answer.sequence + 1
            if self.acknowledging:
                self._acknowledge.append(ua.SubscriptionAcknowledgement(self.number, answer.sequence))
        self._request()
        self._on_published(answer)


async def together(*work: Awaitable[Any], at_once: int = 4) -> list[Any]:
    """Run all work, ``at_once`` at a time."""
    gate = asyncio.Semaphore(at_once)

    async def one(job: Awaitable[Any]) -> Any:
        async with gate:
            return await job

    return await asyncio.gather(*(one(job) for job in work))


async def settled(look: Callable[[], Any], wanted: Callable[[Any], bool], patience: float = PATIENCE) -> Any:
    """Poll rarely until the result is as wanted, and return the last result: polling is load as well."""
    end = time.monotonic() + patience
    while True:
        found = look()
        if inspect.isawaitable(found):
            found = await found
        if wanted(found) or time.monotonic() > end:
            return found
        await asyncio.sleep(0.1)
