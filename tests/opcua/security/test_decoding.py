"""Malformed bytes, in frames and inside messages: the server refuses them, stays quick, and others notice nothing."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import random
import struct
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import NotEnoughData
from asyncua.ua import ua_binary
from asyncua.ua.ua_binary import struct_from_binary, struct_to_binary, uatcp_to_binary
from attacks import REFUSED
from hypothesis import given, settings
from hypothesis import strategies as st
from secure_rig import PASSWORDS, RigClient, card, connected, run
from served import Loop, Target, serve_gateway

from cellkit.opcua.security.decoding import READS, BoundedBuffer, harden_decoder
from cellkit.opcua.security.processor import MALFORMED
from cellkit.opcua.security.services import SERVICES
from tests.patience import PATIENCE

REQUESTS = [service.parameters for service in SERVICES.values()] + [
    ua.CreateSessionParameters,
    ua.ActivateSessionParameters,
    ua.PublishParameters,
    ua.RequestHeader,
    ua.Hello,
    ua.OpenSecureChannelRequest,
    ua.AsymmetricAlgorithmHeader,
]
ARRAY, DIMENSIONS = 0x80, 0x40
ENDLESS = struct.pack("<i", 2**31 - 1)

BOMBS = {
    "nulls": bytes([ARRAY]) + ENDLESS,
    "backwards": bytes([ARRAY | 12]) + ENDLESS + struct.pack("<i", -4),
    "dimensions": bytes([ARRAY | DIMENSIONS | 6]) + struct.pack("<iiii", 0, 2, 1000, 1000),
    "many dimensions": bytes([ARRAY | DIMENSIONS | 6]) + struct.pack("<iii", 1, 1, 500) + struct.pack("<i", 1) * 500,
    "variants in variants": (bytes([ARRAY | 24]) + struct.pack("<i", 1)) * 20_000,
    "diagnostics in diagnostics": bytes([25]) + b"\x40" * 20_000,
    "values in values": bytes([23]) + b"\x01\x17" * 20_000,
    "many parts": bytes([ARRAY | 23]) + struct.pack("<i", 900_000) + bytes(900_000),
    "endless text": bytes([12]) + ENDLESS,
    "negative object": bytes([22, 0, 0, 1]) + struct.pack("<i", -5),
    "endless numbers": bytes([ARRAY | 11]) + ENDLESS,
    "negative array": bytes([ARRAY | 12]) + struct.pack("<i", -(2**31)),
    "no such type": bytes([63]),
}


@pytest.mark.parametrize("bomb", BOMBS, ids=str)
def test_a_bomb_does_not_go_off(bomb: str) -> None:
    harden_decoder()
    if bomb != "many parts":  # tracing so many takes long
        tracemalloc.start()
    try:
        value = ua_binary.variant_from_binary(BoundedBuffer(BOMBS[bomb]))
    except MALFORMED:
        pass
    else:
        # asyncua cuts some of these off itself, which is fine as long as little comes of it.
        assert bomb in {"diagnostics in diagnostics", "values in values", "negative object", "negative array"}, value
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 120 * len(BOMBS[bomb]) + 20_000_000


@pytest.mark.long
def test_the_bombs_are_real() -> None:
    """Without our changes the same bytes keep the decoder busy for hours."""
    program = """
import signal, sys
from asyncua.common.utils import Buffer
from asyncua.ua import ua_binary

def enough(*_):
    raise TimeoutError

signal.signal(signal.SIGVTALRM, enough)
for bomb in sys.argv[1:]:
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.5)
    try:
        ua_binary.variant_from_binary(Buffer(bytes.fromhex(bomb)))
    except TimeoutError:
        print("endless")
"""
    bombs = [BOMBS["nulls"].hex(), BOMBS["backwards"].hex()]
    command = [sys.executable, "-c", program, *bombs]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["endless", "endless"]


def sample(kind: Any) -> bytes:
    """A valid encoding with something in every list."""
    harden_decoder()
    made = kind()
    for field in dataclasses.fields(kind):
        value = getattr(made, field.name)
        if value == [] and "list" in str(field.type):
            name = str(field.type).partition("[ua.")[2].rstrip("]'\"")
            inner = getattr(ua, name, None)
            if inner is not None and dataclasses.is_dataclass(inner):
                with suppress(TypeError):
                    setattr(made, field.name, [inner(), inner()])
    return bytes(struct_to_binary(made))


SAMPLES = {kind: sample(kind) for kind in REQUESTS}


@given(st.sampled_from(REQUESTS), st.randoms(use_true_random=False), st.integers(0, 6))
@settings(max_examples=600, deadline=None)
def test_broken_requests_end_in_an_error_that_is_expected(kind: Any, chance: random.Random, changes: int) -> None:
    harden_decoder()
    data = bytearray(SAMPLES[kind])
    for _ in range(changes):
        if data and chance.random() < 0.7:
            data[chance.randrange(len(data))] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        elif chance.random() < 0.5:
            del data[chance.randrange(len(data) + 1) :]
        else:
            data[chance.randrange(len(data) + 1) :] = chance.randbytes(20)
    buffer = BoundedBuffer(bytes(data))
    with suppress(*MALFORMED):
        struct_from_binary(kind, buffer)
    assert buffer._budget[0] > READS - 20_000


def test_a_buffer_never_reads_backwards() -> None:
    buffer = BoundedBuffer(b"abcdef")
    assert buffer.read(2) == b"ab"
    for step in (lambda: buffer.read(-1), lambda: buffer.skip(-1), lambda: buffer.read(5)):
        with pytest.raises(NotEnoughData):
            step()
    assert buffer.copy(-1).read(4) == b"cdef"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    stack = AsyncExitStack()
    with Loop() as loop:
        made = loop.do(serve_gateway(stack, tmp_path_factory.mktemp("wire")))
        made.loop, made.do = loop.loop, loop.do
        yield made
        loop.do(stack.aclose())


def frame(kind: bytes, body: bytes, size: int | None = None) -> bytes:
    return kind + struct.pack("<I", 8 + len(body) if size is None else size) + body


HELLO = uatcp_to_binary(
    ua.MessageType.Hello, ua.Hello(ReceiveBufferSize=65_535, SendBufferSize=65_535, EndpointUrl="opc.tcp://x")
)
TINY = uatcp_to_binary(
    ua.MessageType.Hello, ua.Hello(ReceiveBufferSize=0, SendBufferSize=16, EndpointUrl="opc.tcp://x")
)

FRAMES = {
    "web request": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "no size": frame(b"HELF", b"", 0),
    "size of the header": frame(b"HELF", b"", 8),
    "size below the header": frame(b"MSGF", b"", 9),
    "4 GiB": frame(b"HELF", bytes(100), 2**32 - 1),
    "larger than allowed": frame(b"MSGF", bytes(70_000)),
    "unknown type": frame(b"XXXF", bytes(30)),
    "unknown chunk": frame(b"MSGX", bytes(30)),
    "hello cut off": frame(b"HELF", bytes(10)),
    "hello with an endless text": frame(b"HELF", bytes(20) + ENDLESS),
    "hello with a negative text": frame(b"HELF", bytes(20) + struct.pack("<i", -9)),
    "tiny buffers": TINY,
    "hello twice": HELLO + HELLO,
    "message first": frame(b"MSGF", bytes(40)),
    "channel first": frame(b"OPNF", bytes(60)),
    "message without a channel": HELLO + frame(b"MSGF", bytes(40)),
    "close without a channel": HELLO + frame(b"CLOF", bytes(40)),
    "empty channel": HELLO + frame(b"OPNF", bytes(4)),
    "channel of an unknown policy": HELLO + frame(b"OPNF", bytes(4) + struct.pack("<I", 3) + b"urn" + b"\xff" * 8),
    "channel with nonsense": HELLO + frame(b"OPNF", bytes(range(200))),
    "acknowledge": HELLO + frame(b"ACKF", bytes(20)),
    "error": HELLO + frame(b"ERRF", bytes(8)),
    "abort": HELLO + frame(b"MSGA", bytes(40)),
}


@pytest.mark.parametrize("name", FRAMES, ids=str)
def test_a_bad_frame_ends_its_connection(gateway: Target, name: str) -> None:
    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(FRAMES[name])
        with suppress(ConnectionError):
            while await asyncio.wait_for(reader.read(1000), PATIENCE):
                pass
        writer.close()

    run(work)


def test_bytes_may_come_one_by_one(gateway: Target) -> None:
    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        for number in HELLO:
            writer.write(bytes([number]))
            await writer.drain()
        assert (await asyncio.wait_for(reader.readexactly(28), PATIENCE))[:4] == b"ACKF"
        writer.close()

    run(work)


async def _raw(client: RigClient, body: bytes) -> None:
    """Send a body through the client's channel, whatever it is."""
    protocol = client.uaclient.protocol
    if protocol.transport is None:
        raise ConnectionError
    protocol._request_id += 1
    protocol._callbackmap[protocol._request_id] = asyncio.get_running_loop().create_future()
    protocol.transport.write(
        protocol._connection.message_to_binary(
            body, message_type=ua.MessageType.SecureMessage, request_id=protocol._request_id
        )
    )


def test_nonsense_of_a_logged_in_client_harms_nobody(gateway: Target, caplog: pytest.LogCaptureFixture) -> None:
    """Thousands of broken requests on real channels, while another client works."""
    chance = random.Random(4)
    caplog.set_level(logging.ERROR)

    async def nonsense() -> None:
        client = RigClient(gateway.url, card())
        client.set_user("otto")
        client.set_password(PASSWORDS["otto"][1])
        await client.connect()
        token = client.uaclient.protocol.authentication_token
        header = struct_to_binary(ua.RequestHeader(AuthenticationToken=token, RequestHandle=1))
        try:
            for _ in range(150):
                kind = chance.choice(list(SERVICES))
                service = SERVICES[kind]
                data = bytearray(SAMPLES[service.parameters])
                for _ in range(chance.randrange(4)):
                    if data:
                        data[chance.randrange(len(data))] = chance.choice([0, 1, 0x7F, 0x80, 0xFF])
                if chance.random() < 0.1:
                    data = bytearray(struct.pack("<i", 1) + chance.choice(list(BOMBS.values()))[:30_000])
                await _raw(client, ua_binary.nodeid_to_binary(ua.FourByteNodeId(kind)) + header + bytes(data))
                await asyncio.sleep(0)
            await client.get_node(gateway.node("count")).read_value()
        except REFUSED:
            pass
        finally:
            with suppress(*REFUSED, asyncio.CancelledError):
                await client.disconnect()

    async def work() -> None:
        async with connected(gateway.url, "olga") as good:
            jobs = [asyncio.create_task(nonsense()) for _ in range(4)]
            while not all(job.done() for job in jobs):
                assert await good.get_node(gateway.node("count")).read_value() == 3
                await asyncio.sleep(0.01)
            for job in jobs:
                job.result()

    run(work)
    loud = [record.getMessage() for record in caplog.records if record.name.startswith(("cellkit", "asyncua.server"))]
    assert not loud, "none of it is a fault of ours"


def test_a_client_that_never_reads_is_not_waited_for(gateway: Target) -> None:
    """It asks for more and more; what it is not taking stays bounded, and others go on."""

    async def work() -> None:
        greedy = RigClient(gateway.url, card())
        greedy.set_user("otto")
        greedy.set_password(PASSWORDS["otto"][1])
        await greedy.connect()
        protocol = greedy.uaclient.protocol
        protocol.transport.pause_reading()
        token = protocol.authentication_token
        request = ua.BrowseRequest()
        request.RequestHeader.AuthenticationToken = token
        request.Parameters.NodesToBrowse = [ua.BrowseDescription(ua.NodeId(ua.ObjectIds.Server), ResultMask=63)] * 200
        body = struct_to_binary(request)
        async with connected(gateway.url, "olga") as good:
            for _ in range(60):
                await _raw(greedy, body)
                await asyncio.sleep(0)
                assert await good.get_node(gateway.node("count")).read_value() == 3
            assert gateway.server.bserver is not None
            waiting = [each.transport.get_write_buffer_size() for each in gateway.server.bserver.clients]
            assert max(waiting) < 16 * 1024 * 1024
        protocol.transport.abort()
        with suppress(*REFUSED, asyncio.CancelledError):
            await greedy.disconnect()

    run(work)
