"""Other libraries' clients and servers, unmodified, in virtual time: much cell time in little, and twice the same."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Any

import httpx
import pytest
from pymodbus import ModbusException
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from cellkit.timing import memory_of, now, run
from cellkit.transport import ByteStream, LinkFaults, MemoryNetwork
from cellkit.transport.modbus import ModbusClient, ModbusServer
from cellkit.transport.recording import Passed, RecordedEnd
from cellkit.transport.tls import self_signed

HOST = "127.0.0.9"
Report = Callable[..., None]


def twice(test: Callable[[Report], Awaitable[None]]) -> list[tuple[Any, ...]]:
    """Run twice; both logs must be the same, times included."""
    logs: list[list[tuple[Any, ...]]] = []
    for _ in range(2):
        log: list[tuple[Any, ...]] = []

        def report(*what: Any, log: list[tuple[Any, ...]] = log) -> None:
            log.append((now(), *what))

        run(test(report))  # type: ignore[arg-type]
        logs.append(log)
    assert logs[0] == logs[1]
    return logs[0]


def faulty(faults: LinkFaults) -> LinkFaults:
    memory_of(asyncio.get_running_loop()).lines[HOST] = faults.line
    return faults


def test_websockets_keep_a_connection_alive_for_an_hour_and_notice_a_silent_line() -> None:
    async def test(report: Report) -> None:
        async def answer(socket: Any) -> None:
            async for message in socket:
                await socket.send(f"{message}!")

        faults = faulty(LinkFaults())
        async with serve(answer, HOST, 80) as server, connect(f"ws://{HOST}") as socket:
            for number in range(36):
                await asyncio.sleep(100.0)  # meanwhile both ends ping each other every 20 s
                await socket.send(str(number))
                report(await socket.recv(), round(socket.latency, 6))
            faults.silent = True
            with pytest.raises(ConnectionClosed, match="keepalive ping timeout"):
                await socket.recv()
            report("noticed")
            server.close()

    log = twice(test)
    assert log[35] == (3600.0, "35!", 0.0)
    assert log[36] == (3650.0, "noticed"), "ping after 20 s, no pong for 20 s, no close frame for 10 s"


def test_httpx_and_uvicorn_with_starlette_for_ten_minutes() -> None:
    uvicorn = pytest.importorskip("uvicorn")
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def test(report: Report) -> None:
        async def slow(request: Any) -> PlainTextResponse:
            await asyncio.sleep(2.0)
            return PlainTextResponse(f"{await request.body()!r} at {now():.3f}")

        app = Starlette(routes=[Route("/slow", slow, methods=["POST"])])
        # The header "Date" and the expiry of idle connections are the two places that read the wall clock.
        config = uvicorn.Config(app, host=HOST, port=80, log_config=None, date_header=False, lifespan="off")
        server = uvicorn.Server(config)
        server.capture_signals = nullcontext
        serving = asyncio.ensure_future(server.serve())
        await asyncio.sleep(1.0)
        limits = httpx.Limits(keepalive_expiry=None)
        async with httpx.AsyncClient(base_url=f"http://{HOST}", limits=limits, trust_env=False) as client:
            for number in range(100):
                answer = await client.post("/slow", content=f"part {number}")
                report(answer.status_code, answer.text, sorted(answer.headers))
                await asyncio.sleep(4.0)
            with pytest.raises(httpx.ReadTimeout):
                await client.post("/slow", timeout=0.5)
            report("timed out")
        server.should_exit = True
        await serving

    log = twice(test)
    assert len(log) == 101
    assert log[-1][0] == pytest.approx(601.5, abs=0.2)


def test_tls_streams_of_asyncio_for_an_hour() -> None:
    identity = self_signed("localhost")
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE

    async def test(report: Report) -> None:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while line := await reader.readline():
                await asyncio.sleep(1.0)
                writer.write(line.upper())
                await writer.drain()
            writer.close()

        server = await asyncio.start_server(echo, "localhost", 443, ssl=identity.context)
        reader, writer = await asyncio.open_connection("localhost", 443, ssl=trusting)
        for number in range(600):
            writer.write(b"%d: " % number + b"x" * number * 100 + b"\n")
            report(len(await reader.readline()))
            await asyncio.sleep(5.0)
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()

        plain_reader, plain = await asyncio.open_connection(HOST, await upgrading(report))
        plain.write(b"STARTTLS\n")
        await plain_reader.readline()
        await plain.start_tls(trusting)
        plain.write(b"secret\n")
        report(await plain_reader.readline())
        plain.close()

    async def upgrading(report: Report) -> int:
        async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            report(await reader.readline())
            writer.write(b"go ahead\n")
            await writer.start_tls(identity.context)
            writer.write(await reader.readline())
            await writer.drain()
            writer.close()

        return (await asyncio.start_server(upgrade, HOST, 0)).sockets[0].getsockname()[1]

    log = twice(test)
    assert log[599][0] == pytest.approx(600 * 6.0 - 5.0)
    assert log[-1][1] == b"secret\n"


class Table:
    """A ``ModbusUnit`` of ten holding registers."""

    def __init__(self) -> None:
        self.values = [0] * 10

    def read(self, _table: str, address: int, count: int) -> list[int]:
        if address + count > len(self.values):
            raise KeyError(address)
        return self.values[address : address + count]

    def write(self, _table: str, address: int, values: Any) -> None:
        self.values[address : address + len(values)] = values


def test_a_strangers_client_against_our_device_suffers_every_fault_and_is_recorded() -> None:
    async def test(report: Report) -> None:
        network, passed, faults = MemoryNetwork(shared=True), [], LinkFaults()

        async def serve_unit(stream: ByteStream) -> None:
            await ModbusServer({1: Table()}, "tcp").serve(stream)

        listener = await network.listen(HOST, 502, serve_unit)
        memory_of(asyncio.get_running_loop()).lines[HOST, 502] = lambda protocol: faults.line(
            RecordedEnd(protocol, passed.append)
        )
        client = AsyncModbusTcpClient(HOST, port=502, timeout=1.0, retries=0, reconnect_delay=0.5)
        assert await client.connect()
        await client.write_register(3, 77)
        report((await client.read_holding_registers(3)).registers)
        faults.delay = 0.4
        report("late", (await client.read_holding_registers(3)).registers)
        faults.delay, faults.silent = 0.0, True
        with pytest.raises(ModbusException):
            await client.read_holding_registers(3)
        report("silent")
        faults.restore()
        await asyncio.sleep(5.0)  # the client reconnects by itself
        faults.garbage(b"\xff" * 9)
        await asyncio.sleep(1.0)
        report("garbage", client.connected)
        faults.drop()
        await asyncio.sleep(0)
        report("cut", client.connected)
        await asyncio.sleep(3.0)
        faults.restore()
        await asyncio.sleep(5.0)
        report("back", (await client.read_holding_registers(3)).registers)
        client.close()
        listener.close()
        report(passed)
        assert all(isinstance(one, Passed) for one in passed)

    log = twice(test)
    assert [entry[1:] for entry in log[:3]] == [([77],), ("late", [77]), ("silent",)]
    assert [entry[0] for entry in log[:3]] == pytest.approx([0.0, 0.4, 1.4])
    assert ("cut", False) in [entry[1:] for entry in log]
    assert log[-2][1:] == ("back", [0]), "of a new connection: every one has a table of its own"


def test_our_client_against_a_strangers_device() -> None:
    async def test(report: Report) -> None:
        words = [SimData(address=0, count=8, values=5, datatype=DataType.REGISTERS)]
        server = ModbusTcpServer(SimDevice(1, words), address=(HOST, 502))
        await server.serve_forever(background=True)
        stream = await MemoryNetwork(shared=True).connect(HOST, 502)
        client = ModbusClient("coupler", stream, 1, "tcp")
        for _ in range(720):
            report(await client.read_holding(2, 3))
            await asyncio.sleep(5.0)
        stream.close()
        await server.shutdown()

    log = twice(test)
    assert log[-1] == (3595.0, [5, 5, 5])
