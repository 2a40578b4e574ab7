"""Faults of a line, as switches: the same for every protocol, in memory and over sockets."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from typing_extensions import override

from cellkit.timing import now
from cellkit.timing.memory_transports import Address
from cellkit.transport.interposer import InterposedNetwork, Interposer
from cellkit.transport.network import Network
from cellkit.transport.streams import LineBroken

CUT = "the line was cut"


class LinkFaults:
    """The switches of one line; ``FaultyNetwork`` puts them between a driver and its controller.

    ``silent``: half-open, nothing arrives on either side and no error is reported. ``frozen``: instead of everything
    that the controller sends, the last packet before that arrives again. ``delay``: s that everything from the
    controller comes late. For a library that opens its connections by the event loop, put ``line`` under them:
    ``memory_of(loop).lines[host] = faults.line``.
    """

    def __init__(self) -> None:
        self.silent = self.frozen = False
        self.delay = 0.0
        self.cut = False
        self._ends: list[FaultyEnd] = []

    def drop(self) -> None:
        """Cut the line: both ends of every connection are notified at once, and new ones fail."""
        self.cut = True
        ends, self._ends = self._ends, []
        for end in ends:
            end.cut()

    @property
    def connections(self) -> list[FaultyEnd]:
        """The open connections, in the order in which they were opened: each may fail alone."""
        return list(self._ends)

    def restore(self) -> None:
        """Mend the line: no fault is left."""
        self.cut = self.silent = self.frozen = False
        self.delay = 0.0

    def garbage(self, data: bytes) -> None:
        """Put bytes that neither end has sent into every connection, on their way to the driver."""
        for end in tuple(self._ends):
            end.inject(data)

    def line(self, protocol: Any) -> FaultyEnd:
        """Return the end of a line that can fail, under the protocol of a client. Raises ``LineBroken`` while cut."""
        if self.cut:
            raise LineBroken(CUT)
        return FaultyEnd(protocol, self)

    def add(self, end: FaultyEnd) -> None:
        """Let the switches act on a connection."""
        self._ends.append(end)

    def remove(self, end: FaultyEnd) -> None:
        """Forget a connection that was closed."""
        if end in self._ends:
            self._ends.remove(end)


class FaultyEnd(Interposer):
    """The driver's end of a line that can fail: what arrives goes through the switches first."""

    def __init__(self, protocol: Any, faults: LinkFaults) -> None:
        super().__init__(protocol)
        self._faults = faults
        self._late: deque[tuple[float, Callable[..., object], tuple[Any, ...]]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._held = self._lost = False
        self._sender: Any = ("", 0)
        self._silent = self._frozen = False
        self._packet = b""

    @property
    def silent(self) -> bool:
        """Whether nothing arrives on either side: of all connections, or of this one alone."""
        return self._silent or self._faults.silent

    def fall_silent(self) -> None:
        """Let nothing arrive on either side of this connection any more."""
        self._silent = True

    def freeze(self) -> None:
        """Let the last packet arrive again instead of everything that this connection brings from now on."""
        self._frozen = True

    def _newest(self, data: bytes) -> bytes:
        """Return what arrives for a packet of the controller."""
        if not (self._packet and (self._frozen or self._faults.frozen)):
            self._packet = data
        return self._packet

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        if self._faults.cut:  # a server's end: the protocol above never gets a connection
            self._lost = True
            self.transport.abort()
            return
        self._faults.add(self)
        super().connection_made(transport)

    # --- from the controller --------------------------------------------------------------------------------------

    @override
    def data_received(self, data: bytes) -> None:
        if not self.silent:
            self._arrive(super().data_received, self._newest(data))

    @override
    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._sender = addr
        if not self.silent:
            self._arrive(super().datagram_received, self._newest(data), addr)

    @override
    def eof_received(self) -> bool:
        if not self.silent:
            self._arrive(self._end)
        return True

    def _end(self) -> None:
        if not self.protocol.eof_received():
            self.close()

    def inject(self, data: bytes) -> None:
        """Hand on bytes that the controller has not sent."""
        if hasattr(self.transport, "sendto"):
            self._arrive(super().datagram_received, data, self._sender)
        else:
            self._arrive(super().data_received, data)

    def _arrive(self, hand_on: Callable[..., object], *what: Any) -> None:
        if not (self._faults.delay or self._late or self._held):
            hand_on(*what)
            return
        self._late.append((now() + self._faults.delay, hand_on, what))
        self._hand_on_due()

    def _hand_on_due(self) -> None:
        while self._late and not self._held and not self._lost:
            wait = self._late[0][0] - now()
            if wait > 0:
                if self._timer is None:
                    self._timer = asyncio.get_running_loop().call_later(wait, self._due)
                return
            _, hand_on, what = self._late.popleft()
            hand_on(*what)

    def _due(self) -> None:
        self._timer = None
        self._hand_on_due()

    # --- from the driver ------------------------------------------------------------------------------------------

    @override
    def write(self, data: bytes) -> None:
        if not self.silent and not self._lost:
            super().write(data)

    @override
    def sendto(self, data: bytes, addr: Address | None = None) -> None:
        self._sender = addr or self._sender
        if not self.silent and not self._lost:
            super().sendto(data, addr)

    def pause_reading(self) -> None:
        """Hold back what arrives."""
        self._held = True
        self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Hand on what was held back."""
        self._held = False
        self._hand_on_due()
        if not self._held and not self._lost:
            self.transport.resume_reading()

    def write_eof(self) -> None:
        """Close the driver's side of the stream, unless the line is silent."""
        if not self.silent:
            self.transport.write_eof()

    def close(self) -> None:
        """Close this end: what is on its way is lost, and the switches no longer act on it."""
        self._discard()
        self.transport.close()

    def abort(self) -> None:
        """Close this end at once."""
        self._discard()
        self.transport.abort()

    def is_closing(self) -> bool:
        """Return whether this end is closed; on a silent line the other end's closing is not seen."""
        return self._lost or (not self.silent and bool(self.transport.is_closing()))

    # --- the end --------------------------------------------------------------------------------------------------

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if not self._lost:
            self._lost = True
            self._discard()
            super().connection_lost(exc)

    def cut(self) -> None:
        """Break the line (a datagram socket is notified when the other side's port is reported unreachable)."""
        self._lost = True
        error = LineBroken(CUT)
        if self.eager:
            super().connection_lost(error)
        else:
            asyncio.get_running_loop().call_soon(super().connection_lost, error)
        self.abort()

    def _discard(self) -> None:
        self._faults.remove(self)
        self._late.clear()
        if self._timer is not None:
            self._timer.cancel()


class FaultyNetwork(InterposedNetwork):
    """A ``Network`` whose connections obey the switches of ``faults``. Give it to one end of the line, not to both.

    On the controller's side, "arrives late" and garbage concern what the controller receives.
    """

    def __init__(self, inner: Network, faults: LinkFaults) -> None:
        super().__init__(inner, lambda protocol: FaultyEnd(protocol, faults))
        self._faults = faults

    @override
    async def create_connection(self, factory: Callable[[], Any], host: str, port: int) -> None:
        self._require_line(host)
        await super().create_connection(factory, host, port)

    @override
    async def create_datagram_endpoint(self, factory: Callable[[], Any], local: Address) -> None:
        self._require_line(local[0])
        await super().create_datagram_endpoint(factory, local)

    @override
    async def create_serial(self, factory: Callable[[], Any], path: str, baud: int) -> None:
        self._require_line(path)
        await super().create_serial(factory, path, baud)

    def _require_line(self, host: str) -> None:
        if self._faults.cut:
            raise LineBroken(f"{host}: {CUT}")
