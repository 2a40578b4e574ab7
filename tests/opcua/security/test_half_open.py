"""Connections that never become sessions: they keep no client out, and they end soon."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from asyncua import ua
from asyncua.ua.ua_binary import uatcp_to_binary
from secure_rig import connected, rig, run

from cellkit.opcua.security.settings import ServerLimits

HALF_OPEN = 200


async def half_open(port: int, greeting: bytes) -> list[asyncio.StreamWriter]:
    writers = []
    for _ in range(HALF_OPEN):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(greeting)
        writers.append(writer)
    return writers


def hello(url: str) -> bytes:
    return bytes(
        uatcp_to_binary(
            ua.MessageType.Hello, ua.Hello(ReceiveBufferSize=65_535, SendBufferSize=65_535, EndpointUrl=url)
        )
    )


@pytest.mark.parametrize("greets", [False, True])
def test_half_open_connections_keep_no_operator_out(tmp_path: Path, greets: bool) -> None:
    async def work() -> None:
        async with rig(tmp_path, ServerLimits()) as gateway:
            url = gateway.url
            writers = await half_open(gateway.server.port, hello(url) if greets else b"")
            async with connected(url, "otto") as first, connected(url, "olga") as second:
                for client in (first, second):
                    assert await client.get_node(gateway.node("count")).read_value() == 3
                writers += await half_open(gateway.server.port, hello(url))
                assert await first.get_node(gateway.node("count")).read_value() == 3, "sessions stay"
            assert len(gateway.server.bserver.connections()) <= ServerLimits().connections
            for writer in writers:
                writer.close()

    run(work)


@pytest.mark.parametrize("greets", [False, True])
def test_a_connection_without_a_channel_ends_before_one_with_a_channel(tmp_path: Path, greets: bool) -> None:
    limits = ServerLimits(channel_seconds=0.5, pending_seconds=60.0)

    async def work() -> None:
        async with rig(tmp_path, limits) as gateway:
            reader, writer = await asyncio.open_connection("127.0.0.1", gateway.server.port)
            began = time.monotonic()
            if greets:
                writer.write(hello(gateway.url))
                assert (await reader.read(100))[:3] == b"ACK"
            assert await asyncio.wait_for(reader.read(100), 20.0) == b""
            assert time.monotonic() - began < 20.0
            writer.close()

    run(work)
