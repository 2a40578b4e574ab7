"""What can go wrong on a wire, as switches: the same for every protocol, in memory and on sockets."""

from __future__ import annotations

import asyncio
from collections import deque

from typing_extensions import override

from cellkit.errors import TransportError
from cellkit.timing import now
from cellkit.transport.network import Address, ByteStream, Datagram, Handler, Line, Listener, Network

CUT = "the line was cut"


class LinkFaults:
    """The switches of one line; ``FaultyNetwork`` puts them between a driver and its controller.

    ``silent``: half-open, nothing arrives on either side and nobody is told. ``delay``: s that everything from the
    controller comes late.
    """

    def __init__(self) -> None:
        self.silent = False
        self.delay = 0.0
        self.cut = False
        self._ends: list[_FaultyEnd] = []

    def drop(self) -> None:
        """Cut the line: both ends of every connection hear of it at once, and new ones fail."""
        self.cut = True
        ends, self._ends = self._ends, []
        for end in ends:
            end.cut()

    def restore(self) -> None:
        """Mend the line: no fault is left."""
        self.cut = self.silent = False
        self.delay = 0.0

    def garbage(self, data: bytes) -> None:
        """Put bytes that nobody has sent into every connection, on their way to the driver."""
        for end in tuple(self._ends):
            end.inject(data)

    def add(self, end: _FaultyEnd) -> None:
        """A connection that these switches act on."""
        self._ends.append(end)

    def remove(self, end: _FaultyEnd) -> None:
        """A connection that was closed."""
        if end in self._ends:
            self._ends.remove(end)


class _Arrivals:
    """What has come from the controller, each with the time at which the driver may see it."""

    def __init__(self) -> None:
        self.queue: deque[tuple[float, bytes, Address]] = deque()
        self.error: TransportError | None = None
        self.ended = False
        self._waiting: asyncio.Future[None] | None = None

    def wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def next(self) -> tuple[bytes, Address] | None:
        """The next one, when its time has come; None at the end."""
        while True:
            if self.error is not None:
                raise self.error
            if self.queue:
                wait = self.queue[0][0] - now()
                if wait <= 0:
                    _, data, sender = self.queue.popleft()
                    return data, sender
                await self._sleep(wait)
            elif self.ended:
                return None
            else:
                await self._sleep(None)

    async def _sleep(self, seconds: float | None) -> None:
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        timer = None if seconds is None else loop.call_later(seconds, self.wake)
        try:
            await self._waiting
        finally:
            if timer is not None:
                timer.cancel()


class _FaultyEnd:
    """The driver's end of a line that can fail: what arrives goes through the switches first."""

    def __init__(self, inner: ByteStream | Datagram, faults: LinkFaults) -> None:
        self._faults = faults
        self._close_inner = inner.close
        self._arrivals = _Arrivals()
        self._pump = asyncio.get_running_loop().create_task(self._watched())
        faults.add(self)

    async def _receive(self) -> None:
        """Hand over with ``_put`` what comes in, until it ends."""
        raise NotImplementedError

    @property
    def _far(self) -> Address:
        """Who is at the other end."""
        raise NotImplementedError

    async def _watched(self) -> None:
        try:
            await self._receive()
        except TransportError as error:
            self._arrivals.error = error
        self._arrivals.wake()

    def _put(self, data: bytes) -> None:
        self._arrivals.queue.append((now() + self._faults.delay, data, self._far))
        self._arrivals.wake()

    def _gets_through(self) -> bool:
        """Whether what is sent now arrives. Raises ``TransportError`` when this end is closed or cut."""
        if self._arrivals.error is not None:
            raise self._arrivals.error
        return not self._faults.silent

    def inject(self, data: bytes) -> None:
        """Bytes that the controller has not sent."""
        self._put(data)

    def cut(self) -> None:
        """The line breaks (a datagram socket hears of it when the other side's port is reported unreachable)."""
        self._end(TransportError(CUT))

    def close(self) -> None:
        """Close this end of the line. Does nothing the second time."""
        self._end(TransportError(f"{self._name()} is closed"))

    def _name(self) -> str:
        raise NotImplementedError

    def _end(self, error: TransportError) -> None:
        self._faults.remove(self)
        self._arrivals.error = self._arrivals.error or error
        self._arrivals.wake()
        self._pump.cancel()
        self._close_inner()


class FaultyStream(_FaultyEnd, ByteStream):
    """A connection whose line can fail (a ``ByteStream``)."""

    def __init__(self, inner: ByteStream, faults: LinkFaults) -> None:
        self._inner = inner
        self.local, self.peer = inner.local, inner.peer
        super().__init__(inner, faults)

    @property
    def _far(self) -> Address:
        return self._inner.peer

    def _name(self) -> str:
        return f"the connection to {self.peer[0]}:{self.peer[1]}"

    async def _receive(self) -> None:
        while data := await self._inner.read():
            if not self._faults.silent:
                self._put(data)
        if not self._faults.silent:
            self._arrivals.ended = True

    @override
    async def read(self) -> bytes:
        arrived = await self._arrivals.next()
        return b"" if arrived is None else arrived[0]

    @override
    def write(self, data: bytes) -> None:
        if self._gets_through():
            self._inner.write(data)

    @override
    async def drain(self) -> None:
        await self._inner.drain()


class FaultyDatagram(_FaultyEnd, Datagram):
    """A socket on a line that can fail (a ``Datagram``)."""

    def __init__(self, inner: Datagram, faults: LinkFaults) -> None:
        self._inner = inner
        self.local = inner.local
        self._last_peer: Address = ("", 0)
        super().__init__(inner, faults)

    @property
    def _far(self) -> Address:
        return self._last_peer

    def _name(self) -> str:
        return f"the socket {self.local[0]}:{self.local[1]}"

    async def _receive(self) -> None:
        while True:
            data, self._last_peer = await self._inner.receive()
            if not self._faults.silent:
                self._put(data)

    @override
    def send(self, data: bytes, to: Address) -> None:
        through = self._gets_through()
        self._last_peer = to
        if through:
            self._inner.send(data, to)

    @override
    async def receive(self) -> tuple[bytes, Address]:
        arrived = await self._arrivals.next()
        assert arrived is not None
        return arrived


class FaultyNetwork(Network):
    """A ``Network`` whose connections obey the switches of ``faults``. Give it to one end of the line, not to both.

    On the controller's side, "arrives late" and garbage concern what the controller hears.
    """

    def __init__(self, inner: Network, faults: LinkFaults) -> None:
        self._inner = inner
        self._faults = faults

    @override
    async def connect(self, host: str, port: int) -> FaultyStream:
        self._require_line(host)
        return FaultyStream(await self._inner.connect(host, port), self._faults)

    @override
    async def listen(self, host: str, port: int, handler: Handler) -> Listener:

        return await self._inner.listen(host, port, self._faulty(handler))

    def _faulty(self, handler: Handler) -> Handler:
        async def handle(stream: ByteStream) -> None:
            if not self._faults.cut:
                await handler(FaultyStream(stream, self._faults))

        return handle

    @override
    async def datagram(self, host: str, port: int = 0) -> FaultyDatagram:
        self._require_line(host)
        return FaultyDatagram(await self._inner.datagram(host, port), self._faults)

    @override
    async def serial(self, path: str, baud: int) -> FaultyStream:
        self._require_line(path)
        return FaultyStream(await self._inner.serial(path, baud), self._faults)

    @override
    async def line(self, path: str, handler: Handler) -> Line:
        return await self._inner.line(path, self._faulty(handler))

    def _require_line(self, host: str) -> None:
        if self._faults.cut:
            raise TransportError(f"{host}: {CUT}")
