"""A client that says whatever a test wants, over the pretended scanner in memory and virtual time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from cellkit_sick.protocol.commands import SCANS, Values
from cellkit_sick.protocol.scandata import ScanData, decode_scan
from cellkit_sick.protocol.telegrams import COLA_A, COLA_B, EVENT, Dialect, decode
from cellkit_sick.rig import SickRig
from cellkit_sick.virtual import VirtualCola

from cellkit.testing.wire_rig import WireDeviceRig
from cellkit.timing import run
from cellkit.transport import ByteStream

HOST = "127.0.0.1"
SETTLE = 0.001  # s of cell time in which an answer that is given at once arrives
LOGIN = "sMN SetAccessMode 3 F4724744"


class Raw:
    """One connection; what comes is read in the background."""

    def __init__(self, stream: ByteStream, dialect: Dialect) -> None:
        self.stream = stream
        self.dialect = dialect
        self.answers: list[bytes] = []
        self.scans: list[ScanData] = []
        self.ended = False
        self._news = asyncio.Event()
        self._reading = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        frames = self.dialect.frames()
        with contextlib.suppress(Exception):
            while data := await self.stream.read():
                for content in frames.feed(data):
                    telegram = decode(content)
                    if (telegram.letters, telegram.name) == (EVENT, SCANS):
                        self.scans.append(decode_scan(self.dialect, telegram.body))
                        self._news.set()
                    else:
                        self.answers.append(content)
        self.ended = True

    def send(self, content: bytes | str) -> None:
        self.stream.write(self.dialect.wrap(content.encode("latin-1") if isinstance(content, str) else content))

    async def ask(self, content: bytes | str) -> bytes:
        """Send, and return the one answer."""
        before = len(self.answers)
        self.send(content)
        await asyncio.sleep(SETTLE)
        answers = self.answers[before:]
        assert len(answers) == 1, f"{content!r}: {answers}"
        return answers[0]

    async def say(self, content: bytes | str) -> str:
        """The one answer, as text."""
        return (await self.ask(content)).decode("latin-1")

    async def login(self) -> None:
        assert await self.say(LOGIN) == "sAN SetAccessMode 1"

    async def next_scan(self, within: float = 1.0) -> ScanData:
        """A scan that begins from now on."""
        before = len(self.scans)
        async with asyncio.timeout(within):
            while len(self.scans) < before + 2:
                self._news.clear()
                await self._news.wait()
        return self.scans[-1]

    async def silent(self, seconds: float = 1.0) -> bool:
        """Whether nothing comes."""
        before = len(self.answers), len(self.scans)
        await asyncio.sleep(seconds)
        return (len(self.answers), len(self.scans)) == before

    async def close(self) -> None:
        self.stream.close()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)


class Table:
    """A pretended scanner, the driver that belongs to it, and clients beside it."""

    def __init__(self, rig: WireDeviceRig) -> None:
        self.rig = rig
        self.clients: list[Raw] = []

    @property
    def virtual(self) -> VirtualCola:
        virtual = self.rig.virtual
        assert isinstance(virtual, VirtualCola)
        return virtual

    def throw(self, *words: str) -> None:
        """Throw a switch."""
        self.rig.device_bench.switches()[words[0]](*words[1:])

    async def client(self, endpoint: str = "cola", dialect: Dialect | None = None) -> Raw:
        stream = await self.rig.network.connect(HOST, self.virtual.ports[endpoint])
        client = Raw(stream, dialect or (COLA_B if endpoint == "colab" else COLA_A))
        self.clients.append(client)
        await asyncio.sleep(SETTLE)
        return client


@contextlib.asynccontextmanager
async def laid(model: str, protocol: str) -> AsyncIterator[Table]:
    rig = SickRig(protocol=protocol).rig("scanner", model)
    assert isinstance(rig, WireDeviceRig)
    await rig.start()
    table = Table(rig)
    try:
        yield table
    finally:
        await rig.device.close()
        for client in table.clients:
            await client.close()
        await rig.finish()


def bench(test: Callable[[Table], Coroutine[Any, Any, None]], model: str = "tim571", protocol: str = "cola-a") -> None:
    """Run a test with a pretended scanner, in virtual time."""

    async def play() -> None:
        async with laid(model, protocol) as table:
            await test(table)

    run(play())


def numbers(answer: str) -> Values:
    """The hexadecimal numbers behind the name in an answer."""
    return tuple(int(word, 16) for word in answer.split()[2:])
