"""Writes down every byte that passes: for evidence, for golden files, and to find out what a client really says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from typing_extensions import override

from cellkit.timing import now
from cellkit.transport.network import Address, ByteStream, Datagram, Handler, Line, Listener, Network


@dataclass(frozen=True, slots=True)
class Passed:
    """Bytes that passed at ``time`` (s of cell time), seen from this side of the network."""

    time: float
    direction: Literal["sent", "received"]
    local: Address
    peer: Address
    data: bytes


class RecordingNetwork(Network):
    """A ``Network`` that hands all traffic of ``inner`` to ``note`` as well."""

    def __init__(self, inner: Network, note: Callable[[Passed], None]) -> None:
        self._inner = inner
        self._note = note

    @override
    async def connect(self, host: str, port: int) -> ByteStream:
        return _Stream(await self._inner.connect(host, port), self._note)

    @override
    async def listen(self, host: str, port: int, handler: Handler) -> Listener:

        return await self._inner.listen(host, port, self._noted(handler))

    def _noted(self, handler: Handler) -> Handler:
        async def handle(stream: ByteStream) -> None:
            await handler(_Stream(stream, self._note))

        return handle

    @override
    async def datagram(self, host: str, port: int = 0) -> Datagram:
        return _Datagram(await self._inner.datagram(host, port), self._note)

    @override
    async def serial(self, path: str, baud: int) -> ByteStream:
        return _Stream(await self._inner.serial(path, baud), self._note)

    @override
    async def line(self, path: str, handler: Handler) -> Line:
        return await self._inner.line(path, self._noted(handler))


class _Stream:
    def __init__(self, inner: ByteStream, note: Callable[[Passed], None]) -> None:
        self._inner = inner
        self._note = note
        self.local, self.peer = inner.local, inner.peer
        self.drain, self.close = inner.drain, inner.close

    async def read(self) -> bytes:
        data = await self._inner.read()
        self._note(Passed(now(), "received", self.local, self.peer, data))
        return data

    def write(self, data: bytes) -> None:
        self._inner.write(data)
        self._note(Passed(now(), "sent", self.local, self.peer, bytes(data)))


class _Datagram:
    def __init__(self, inner: Datagram, note: Callable[[Passed], None]) -> None:
        self._inner = inner
        self._note = note
        self.local, self.close = inner.local, inner.close

    def send(self, data: bytes, to: Address) -> None:
        self._inner.send(data, to)
        self._note(Passed(now(), "sent", self.local, to, bytes(data)))

    async def receive(self) -> tuple[bytes, Address]:
        data, sender = await self._inner.receive()
        self._note(Passed(now(), "received", self.local, sender, data))
        return data, sender
