"""A driver's dealings with an agent: the device model, everything as it is now, and the stream of what follows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cellkit.errors import CommandRejected, ProtocolError, TransportError
from cellkit.transport import Network
from cellkit_mtconnect.config import MTConnectConfig
from cellkit_mtconnect.http import Answer, Exchange
from cellkit_mtconnect.protocol.choosing import Chosen, choose
from cellkit_mtconnect.protocol.documents import Devices, Document, Errors, Streams
from cellkit_mtconnect.protocol.multipart import PartReader, boundary_of
from cellkit_mtconnect.protocol.reading import read_document
from cellkit_mtconnect.protocol.requests import current_target, sample_target

ResultT = TypeVar("ResultT")
_FAILED = 400


class AgentRefused(CommandRejected):
    """The agent answered with an error document; ``code`` is its first error's."""

    def __init__(self, device: str, document: Errors) -> None:
        self.code = document.errors[0].code
        super().__init__(device, "the agent refused: " + "; ".join(map(str, document.errors)))


class OutOfStep(Exception):
    """What the stream would tell does not follow on what is known: everything has to be asked anew."""


class AgentSession:
    """Raises ``TransportError`` when the line fails, ``AgentRefused`` and ``ProtocolError``."""

    def __init__(self, device: str, network: Network, config: MTConnectConfig) -> None:
        self._device = device
        self._network = network
        self._config = config
        self._stream: SampleStream | None = None

    async def probe(self) -> Chosen:
        """Return the devices of the agent and the selected one. Raises ``Unsuited`` too."""
        document = await self._get("/probe")
        if not isinstance(document, Devices):
            raise ProtocolError(self._device, f"the answer to a probe is {type(document).__name__}")
        config = self._config
        named = {"door": config.door, "chuck": config.chuck, "execution": config.execution, "mode": config.mode}
        return choose(document, config.device, named)

    async def current(self, chosen: Chosen) -> Streams:
        """Everything as it is now."""
        document = await self._get(current_target(chosen.path))
        if not isinstance(document, Streams):
            raise ProtocolError(self._device, f"the answer to a current request is {type(document).__name__}")
        return document

    async def sample(self, chosen: Chosen, start: int) -> SampleStream:
        """Return the stream of what happens from ``start`` on; one at a time."""
        self.close()
        config = self._config
        exchange = await self._open(sample_target(chosen.path, start, config.interval, config.heartbeat))
        try:
            boundary = boundary_of(exchange.content_type)
            if boundary is None:
                document = self._read(await self._in_time(exchange.rest))
                raise ProtocolError(self._device, f"the agent does not stream, it answers {type(document).__name__}")
        except BaseException:
            exchange.close()
            raise
        self._stream = SampleStream(self._device, exchange, PartReader(boundary))
        return self._stream

    def close(self) -> None:
        """End the stream."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    async def _get(self, target: str) -> Document:
        exchange = await self._open(target)
        try:
            answer = await self._in_time(exchange.rest)
        finally:
            exchange.close()
        return self._read(answer)

    def _read(self, answer: Answer) -> Document:
        try:
            document = read_document(answer.body)
        except ProtocolError:
            if answer.status >= _FAILED:
                raise ProtocolError(self._device, f"HTTP status {answer.status}", data=answer.body[:200]) from None
            raise
        if isinstance(document, Errors):  # agents of version 1 send them with status 200
            raise AgentRefused(self._device, document)
        return document

    async def _open(self, target: str) -> Exchange:
        config = self._config
        return await self._in_time(lambda: Exchange.open(self._network, config.host, config.http_port, target))

    async def _in_time(self, work: Callable[[], Awaitable[ResultT]]) -> ResultT:
        limit = self._config.answer_timeout
        try:
            async with asyncio.timeout(limit):
                return await work()
        except TimeoutError:
            raise TransportError(f"no answer for {limit:g} s") from None


class SampleStream:
    """Documents as they come."""

    def __init__(self, device: str, exchange: Exchange, reader: PartReader) -> None:
        self._device = device
        self._exchange = exchange
        self._reader = reader
        self._ready: list[bytes] = []

    async def next(self) -> Streams:
        """Return the next document.

        Raises ``TransportError`` when the stream has ended or is broken, ``OutOfStep`` when the agent cannot continue,
        and ``ProtocolError``.
        """
        while not self._ready:
            data = await self._exchange.read()
            if not data:
                raise TransportError("the agent ended its stream")
            try:
                self._ready += self._reader.feed(data)
            except ProtocolError as error:  # what is behind it can't be found any more
                raise TransportError(f"the stream is broken: {error.message}") from None
            if self._reader.ended and not self._ready:
                raise TransportError("the agent ended its stream")
        document = read_document(self._ready.pop(0))
        if isinstance(document, Errors):
            raise OutOfStep("; ".join(map(str, document.errors)))
        if not isinstance(document, Streams):
            raise ProtocolError(self._device, f"{type(document).__name__} in a stream")
        return document

    def close(self) -> None:
        """End it."""
        self._exchange.close()
