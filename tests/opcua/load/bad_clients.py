"""Clients that break off, send garbage, or don't listen. They are let down by the server, never the other way round."""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary, uatcp_to_binary
from asyncua.ua.uaerrors import UaError

from bench.light_client import LightClient, Subscriber, secure_client

LET_DOWN = (UaError, ConnectionError, TimeoutError, OSError, asyncio.CancelledError)
"""What a client meets whose server has had enough of it."""
TIMEOUT = 5.0
"""s that a session lives without its client: the shortest that the server gives."""


@dataclass(frozen=True)
class Address:
    """Where a bad client goes. ``nodes``: what it could watch."""

    url: str
    state: Path
    nodes: Sequence[ua.NodeId]
    user: str = "mes"

    @property
    def port(self) -> int:
        """The server's."""
        return int(self.url.rpartition(":")[2].rstrip("/"))

    def client(self) -> LightClient:
        """Not connected yet."""
        client = secure_client(self.url, self.state, self.user)
        client.session_timeout = int(TIMEOUT * 1000)
        return client


@asynccontextmanager
async def breaking_off(address: Address) -> AsyncIterator[LightClient]:
    """A client whose socket is cut at the end of the block, with nothing said."""
    client = address.client()
    try:
        yield client
    finally:
        protocol = client.uaclient.protocol
        if protocol is not None and protocol.transport is not None:
            protocol.transport.abort()


async def break_off(address: Address, phase: int) -> None:
    """Get so far, and be gone: phase 0 to ``PHASES`` - 1."""
    if phase < 3:
        _, writer = await asyncio.open_connection("127.0.0.1", address.port)
        hello = _hello(address)
        if phase:
            writer.write(hello if phase == 2 else hello[: len(hello) // 2])
            await writer.drain()
        writer.transport.abort()
        return
    async with breaking_off(address) as client:
        await client.connect_socket()
        await client.send_hello()
        if phase == 3:
            opening = asyncio.ensure_future(client.open_secure_channel())
            await asyncio.sleep(0)
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            return
        await client.open_secure_channel()
        if phase == 4:
            return
        await client.create_session()
        if phase == 5:
            return
        await client._activate_with_credentials()
        if phase == 6:
            return
        subscriber = Subscriber(client, lambda answer: None)
        await subscriber.create(100.0)
        await subscriber.monitor(address.nodes)
        if phase == 8:
            subscriber.publish()
            await asyncio.sleep(0.05)
        await subscriber.close()


PHASES = 9


def _hello(address: Address) -> bytes:
    return bytes(
        uatcp_to_binary(
            ua.MessageType.Hello,
            ua.Hello(ReceiveBufferSize=65_535, SendBufferSize=65_535, EndpointUrl=address.url),
        )
    )


# --- garbage ------------------------------------------------------------------------------------------------------


async def send_raw(address: Address, data: bytes) -> None:
    """Send bytes before there is a channel, and wait until the server hangs up or for a moment."""
    reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
    with suppress(*LET_DOWN):
        writer.write(data)
        writer.write_eof()
        await asyncio.wait_for(reader.read(), 5.0)
    writer.transport.abort()


def raw_garbage(address: Address, chance: random.Random) -> bytes:
    """Something that no client would send before its channel is open."""
    hello = _hello(address)
    noise = chance.randbytes(chance.randrange(1, 300))
    kinds = [
        noise,
        hello[: chance.randrange(1, len(hello))],
        b"HELF" + struct.pack("<I", 0xFFFF_FFF0) + noise,
        b"HELF" + struct.pack("<I", chance.randrange(16)) + noise,
        hello + hello,
        hello + b"OPNF" + struct.pack("<II", 12 + len(noise), 0) + noise,
        hello + b"MSGF" + struct.pack("<II", 12 + len(noise), 0) + noise,
        hello + b"OPNC" + struct.pack("<II", 60_000, 0) + noise,
        _damaged(hello, chance),
    ]
    return chance.choice(kinds)


def _damaged(data: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(chance.randrange(1, 5)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged)


def requests(address: Address) -> list[Any]:
    """One good request of many kinds; what is damaged are their bytes."""
    node = address.nodes[0]
    read = ua.ReadRequest()
    read.Parameters.NodesToRead = [ua.ReadValueId(node, ua.AttributeIds.Value)] * 5
    browse = ua.BrowseRequest()
    browse.Parameters.NodesToBrowse = [ua.BrowseDescription(NodeId=node)] * 3
    monitor = ua.CreateMonitoredItemsRequest()
    item = ua.MonitoredItemCreateRequest(ItemToMonitor=ua.ReadValueId(node, ua.AttributeIds.Value))
    monitor.Parameters.ItemsToCreate = [item] * 3
    write = ua.WriteRequest()
    value = ua.DataValue(ua.Variant([1.0, 2.0], ua.VariantType.Double))
    write.Parameters.NodesToWrite = [ua.WriteValue(node, ua.AttributeIds.Value, Value=value)]
    call = ua.CallRequest()
    call.Parameters.MethodsToCall = [ua.CallMethodRequest(node, node, [ua.Variant(1.0, ua.VariantType.Double)])]
    subscribe = ua.CreateSubscriptionRequest()
    subscribe.Parameters.RequestedPublishingInterval = 1e300
    translate = ua.TranslateBrowsePathsToNodeIdsRequest()
    translate.Parameters.BrowsePaths = [ua.BrowsePath(StartingNode=node)]
    return [read, browse, monitor, write, call, subscribe, translate, ua.PublishRequest()]


async def send_damaged(client: LightClient, address: Address, chance: random.Random) -> None:
    """A request on a good channel whose bytes are damaged behind its header, or cut off, or with huge lengths."""
    protocol = client.uaclient.protocol
    request = chance.choice(requests(address))
    protocol._setup_request_header(request.RequestHeader, 1)
    data = bytearray(struct_to_binary(request))
    head = len(struct_to_binary(request.RequestHeader)) + 4
    kind = chance.randrange(4)
    if kind == 0 and len(data) > head:
        data[head:] = _damaged(bytes(data[head:]), chance)
    elif kind == 1:
        del data[chance.randrange(head, len(data) + 1) :]
    elif kind == 2 and len(data) >= head + 4:
        at = chance.randrange(head, len(data) - 3)
        data[at : at + 4] = struct.pack("<i", chance.choice((-2, 0x7FFF_FFFF, 1_000_000)))
    else:
        data += chance.randbytes(200)
    protocol._request_id += 1
    future = asyncio.get_running_loop().create_future()
    protocol._callbackmap[protocol._request_id] = future
    protocol.revolve_security_token()
    if protocol.transport is None:
        raise ConnectionError
    protocol.transport.write(protocol._connection.message_to_binary(bytes(data), request_id=protocol._request_id))
    if not isinstance(request, ua.PublishRequest):
        await asyncio.wait_for(future, 5.0)


async def send_oversized(client: LightClient, address: Address) -> None:
    """One request with more than the server takes, in many chunks."""
    request = ua.ReadRequest()
    request.Parameters.NodesToRead = [ua.ReadValueId(address.nodes[0], ua.AttributeIds.Value)] * 60_000
    await client.uaclient.protocol.send_request(request, timeout=5.0)


async def send_tampered(client: LightClient) -> None:
    """A message whose signature is wrong."""
    protocol = client.uaclient.protocol
    message = bytearray(
        protocol._connection.message_to_binary(struct_to_binary(ua.GetEndpointsRequest()), request_id=77)
    )
    message[-1] ^= 0xFF
    protocol.transport.write(bytes(message))
    await asyncio.sleep(0.01)
