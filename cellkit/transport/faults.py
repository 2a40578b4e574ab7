"""What can go wrong on a wire, as switches: the same for every protocol, in memory and on sockets."""

from __future__ import annotations

import asyncio
from collections import deque

from cellkit.errors import TransportError
from cellkit.timing import now
from cellkit.transport.network import Address, ByteStream, Datagram, Handler, Listener, Network

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
        self._ends: list[FaultyStream | FaultyDatagram] = []

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

    def add(self, end: FaultyStream | FaultyDatagram) -> None:
        """A connection that these switches act on."""
        self._ends.append(end)

    def remove(self, end: FaultyStream | FaultyDatagram) -> None:
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


class FaultyStream:
    """The driver's end of a connection whose line can fail (a ``ByteStream``)."""

    def __init__(self, inner: ByteStream, faults: LinkFaults) -> None:
        self._inner = inner
        self._faults = faults
        self._arrivals = _Arrivals()
        self._pump = asyncio.get_running_loop().create_task(self._receive())
        faults.add(self)

    @property
    def local(self) -> Address:
        """See ``ByteStream``."""
        return self._inner.local

    @property
    def peer(self) -> Address:
        """See ``ByteStream``."""
        return self._inner.peer

    async def _receive(self) -> None:
        try:
            while data := await self._inner.read():
                if not self._faults.silent:
                    self._put(data)
            if not self._faults.silent:
                self._arrivals.ended = True
        except TransportError as error:
            self._arrivals.error = error
        self._arrivals.wake()

    def _put(self, data: bytes) -> None:
        self._arrivals.queue.append((now() + self._faults.delay, data, self._inner.peer))
        self._arrivals.wake()

    async def read(self) -> bytes:
        """See ``ByteStream``."""
        arrived = await self._arrivals.next()
        return b"" if arrived is None else arrived[0]

    def write(self, data: bytes) -> None:
        """See ``ByteStream``."""
        if self._arrivals.error is not None:
            raise self._arrivals.error
        if not self._faults.silent:
            self._inner.write(data)

    async def drain(self) -> None:
        """See ``ByteStream``."""
        await self._inner.drain()

    def inject(self, data: bytes) -> None:
        """Bytes that the controller has not sent."""
        self._put(data)

    def cut(self) -> None:
        """The line breaks."""
        self._end(TransportError(CUT))

    def close(self) -> None:
        """See ``ByteStream``."""
        self._end(TransportError(f"the connection to {self.peer[0]}:{self.peer[1]} is closed"))

    def _end(self, error: TransportError) -> None:
        self._faults.remove(self)
        self._arrivals.error = self._arrivals.error or error
        self._arrivals.wake()
        self._pump.cancel()
        self._inner.close()


class FaultyDatagram:
    """The driver's socket on a line that can fail (a ``Datagram``)."""

    def __init__(self, inner: Datagram, faults: LinkFaults) -> None:
        self._inner = inner
        self._faults = faults
        self._arrivals = _Arrivals()
        self._last_peer: Address = ("", 0)
        self._pump = asyncio.get_running_loop().create_task(self._receive())
        faults.add(self)

    @property
    def local(self) -> Address:
        """See ``Datagram``."""
        return self._inner.local

    async def _receive(self) -> None:
        try:
            while True:
                data, sender = await self._inner.receive()
                self._last_peer = sender
                if not self._faults.silent:
                    self._put(data)
        except TransportError as error:
            self._arrivals.error = error
        self._arrivals.wake()

    def _put(self, data: bytes) -> None:
        self._arrivals.queue.append((now() + self._faults.delay, data, self._last_peer))
        self._arrivals.wake()

    def send(self, data: bytes, to: Address) -> None:
        """See ``Datagram``."""
        if self._arrivals.error is not None:
            raise self._arrivals.error
        self._last_peer = to
        if not self._faults.silent:
            self._inner.send(data, to)

    async def receive(self) -> tuple[bytes, Address]:
        """See ``Datagram``."""
        arrived = await self._arrivals.next()
        assert arrived is not None
        return arrived

    def inject(self, data: bytes) -> None:
        """A datagram that the controller has not sent."""
        self._put(data)

    def cut(self) -> None:
        """The line breaks (a socket hears of it when the other side's port is reported unreachable)."""
        self._end(TransportError(CUT))

    def close(self) -> None:
        """See ``Datagram``."""
        self._end(TransportError(f"the socket {self.local[0]}:{self.local[1]} is closed"))

    def _end(self, error: TransportError) -> None:
        self._faults.remove(self)
        self._arrivals.error = self._arrivals.error or error
        self._arrivals.wake()
        self._pump.cancel()
        self._inner.close()


class FaultyNetwork:
    """A ``Network`` whose connections obey the switches of ``faults``. Give it to one end of the line, not to both.

    On the controller's side, "arrives late" and garbage concern what the controller hears.
    """

    def __init__(self, inner: Network, faults: LinkFaults) -> None:
        self._inner = inner
        self._faults = faults

    async def connect(self, host: str, port: int) -> FaultyStream:
        """See ``Network``."""
        self._require_line(host)
        return FaultyStream(await self._inner.connect(host, port), self._faults)

    async def listen(self, host: str, port: int, handler: Handler) -> Listener:
        """See ``Network``."""

        async def handle(stream: ByteStream) -> None:
            if not self._faults.cut:
                await handler(FaultyStream(stream, self._faults))

        return await self._inner.listen(host, port, handle)

    async def datagram(self, host: str, port: int = 0) -> FaultyDatagram:
        """See ``Network``."""
        self._require_line(host)
        return FaultyDatagram(await self._inner.datagram(host, port), self._faults)

    def _require_line(self, host: str) -> None:
        if self._faults.cut:
            raise TransportError(f"{host}: {CUT}")
