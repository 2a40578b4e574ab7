"""Pretended masters and raw ones for the tests of the IO-Link driver, in memory and virtual time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from cellkit_iolink.config import IotCoreConfig, IotCoreIoConfig, JsonConfig
from cellkit_iolink.driver import IotCoreSensor, JsonSensor, MasterSensor
from cellkit_iolink.signals import IotCoreDigitalIO
from cellkit_iolink.virtual import VirtualIotCoreIo, VirtualIotCoreSensor, VirtualJsonSensor, VirtualMaster

from cellkit.cell.kinds.digital_io import BENCH_INPUTS as INPUTS
from cellkit.cell.kinds.digital_io import BENCH_OUTPUTS as OUTPUTS
from cellkit.controller.plants.proximity import BenchBeam
from cellkit.controller.plants.signal_image import IoImage
from cellkit.models.load import load_sensor
from cellkit.models.sensor import DistanceModel
from cellkit.timing import run
from cellkit.transport import ByteStream, FaultyNetwork, LinkFaults, MemoryNetwork
from cellkit.transport.http_client import http_client

HOST = "127.0.0.1"
PROTOCOLS = ("iotcore", "json")
Test = Callable[[Any], Awaitable[None]]


@dataclass
class SensorBench:
    """A pretended master with a sensor, its driver, and a client of the tests' own."""

    protocol: str
    model: str = "ogd592"
    beam: BenchBeam = field(default_factory=BenchBeam)
    network: MemoryNetwork = field(default_factory=MemoryNetwork)
    faults: LinkFaults = field(default_factory=LinkFaults)

    def __post_init__(self) -> None:
        make = VirtualIotCoreSensor if self.protocol == "iotcore" else VirtualJsonSensor
        self.virtual: VirtualMaster = make(load_sensor(self.model, DistanceModel), self.beam)

    def sensor(self, **settings: Any) -> MasterSensor[Any]:
        network, model = FaultyNetwork(self.network, self.faults), load_sensor(self.model, DistanceModel)
        if self.protocol == "iotcore":
            return IotCoreSensor("sensor", model, IotCoreConfig(host=HOST, **settings), network)
        return JsonSensor("sensor", model, JsonConfig(host=HOST, **settings), network)

    def throw(self, line: str) -> None:
        word, *rest = line.split()
        self.virtual.switches()[word](*rest)


@dataclass
class IoBench:
    """A pretended master with signals, and its driver."""

    inputs: Mapping[str, int] = field(default_factory=lambda: INPUTS)
    outputs: Mapping[str, int] = field(default_factory=lambda: OUTPUTS)
    network: MemoryNetwork = field(default_factory=MemoryNetwork)
    faults: LinkFaults = field(default_factory=LinkFaults)

    def __post_init__(self) -> None:
        self.image = IoImage([*self.inputs, *self.outputs])
        self.virtual = VirtualIotCoreIo(self.inputs, self.outputs, self.image)

    def io(self, **settings: Any) -> IotCoreDigitalIO:
        network = FaultyNetwork(self.network, self.faults)
        return IotCoreDigitalIO("io", self.inputs, self.outputs, IotCoreIoConfig(host=HOST, **settings), network)

    def throw(self, line: str) -> None:
        word, *rest = line.split()
        self.virtual.switches()[word](*rest)


def play(bench: SensorBench | IoBench, test: Test) -> None:
    """Run a test against a started bench."""

    async def main() -> None:
        async with asyncio.timeout(600.0):
            await bench.virtual.start(bench.network, HOST)
            try:
                await test(bench)
            finally:
                await bench.virtual.stop()

    run(main())


class Core:
    """A client of an IoT Core, written for these tests."""

    def __init__(self, bench: SensorBench | IoBench) -> None:
        self.http = http_client(bench.network, f"http://{HOST}", certificate="any")
        self.cid = 4710

    async def post(self, message: Any) -> dict[str, Any]:
        content = message if isinstance(message, bytes) else json.dumps(message).encode()
        answer = await self.http.post("/", content=content)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        found: dict[str, Any] = answer.json()
        return found

    async def call(self, adr: str, data: Any = None, **extra: Any) -> dict[str, Any]:
        self.cid += 1
        message = {"code": "request", "cid": self.cid, "adr": adr} | ({} if data is None else {"data": data}) | extra
        answer = await self.post(message)
        assert answer["cid"] == self.cid
        return answer

    async def value(self, path: str) -> Any:
        answer = await self.call(f"{path}/getdata")
        return answer["data"]["value"] if answer["code"] == 200 else answer["code"]

    async def set(self, path: str, value: Any) -> int:
        code: int = (await self.call(f"{path}/setdata", {"newvalue": value}))["code"]
        return code


@asynccontextmanager
async def core_of(bench: SensorBench | IoBench) -> AsyncIterator[Core]:
    client = Core(bench)
    try:
        yield client
    finally:
        await client.http.aclose()


class Rest:
    """A client of JSON for IO-Link, written for these tests."""

    def __init__(self, bench: SensorBench) -> None:
        self.http = http_client(bench.network, f"http://{HOST}/iolink/v1")

    async def get(self, path: str, status: int = 200, **query: Any) -> Any:
        answer = await self.http.get(path, params=query or None)
        return self.body(answer, status)

    async def post(self, path: str, body: Any, status: int = 204, **query: Any) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = await self.http.post(
            path, content=content, params=query or None, headers={"Content-Type": "application/json"}
        )
        return self.body(answer, status)

    def body(self, answer: httpx.Response, status: int) -> Any:
        assert answer.status_code == status, f"{answer.request.url}: {answer.status_code} {answer.text}"
        if status == 204:
            assert not answer.content
            return None
        assert answer.headers["content-type"] == "application/json"
        return answer.json()


@asynccontextmanager
async def rest_of(bench: SensorBench) -> AsyncIterator[Rest]:
    client = Rest(bench)
    try:
        yield client
    finally:
        await client.http.aclose()


class RawMaster:
    """Answers every request with the next of some bytes, whatever was asked; the last one again and again.

    An answer that ends with ``CUT`` is followed by the end of the connection.
    """

    CUT = b"<cut>"

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []

    async def serve(self, stream: ByteStream) -> None:
        pending = b""
        while data := await stream.read():
            pending += data
            head, separator, body = pending.partition(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-len")), 0
            )
            if not separator or len(body) < length:
                continue
            self.requests.append(pending)
            pending = b""
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            stream.write(answer.removesuffix(self.CUT))
            if answer.endswith(self.CUT):
                return


def http_answer(content: bytes, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content
