"""Recordings of every byte that passes: for evidence, for golden files, and to see what a client sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from typing_extensions import override

from cellkit.timing import now
from cellkit.timing.memory_transports import Address
from cellkit.transport.interposer import InterposedNetwork, Interposer
from cellkit.transport.network import Network
from cellkit.transport.streams import address_of


@dataclass(frozen=True, slots=True)
class Passed:
    """Bytes that passed at ``time`` (s of cell time), seen from this side of the network."""

    time: float
    direction: Literal["sent", "received"]
    local: Address
    peer: Address
    data: bytes


class RecordingNetwork(InterposedNetwork):
    """A ``Network`` that hands all traffic of ``inner`` to ``note`` as well."""

    def __init__(self, inner: Network, note: Callable[[Passed], None]) -> None:
        super().__init__(inner, lambda protocol: RecordedEnd(protocol, note))


class RecordedEnd(Interposer):
    """One end of a connection, or a datagram socket, whose traffic is recorded."""

    def __init__(self, protocol: Any, note: Callable[[Passed], None]) -> None:
        super().__init__(protocol)
        self._note = note

    def _passed(self, direction: Literal["sent", "received"], data: bytes, peer: Any = None) -> None:
        local = address_of(self.transport.get_extra_info("sockname"))
        peer = address_of(peer or self.transport.get_extra_info("peername"))
        self._note(Passed(now(), direction, local, peer, bytes(data)))

    @override
    def data_received(self, data: bytes) -> None:
        self._passed("received", data)
        super().data_received(data)

    @override
    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._passed("received", data, addr)
        super().datagram_received(data, addr)

    @override
    def write(self, data: bytes) -> None:
        self._passed("sent", data)
        super().write(data)

    @override
    def sendto(self, data: bytes, addr: Address | None = None) -> None:
        self._passed("sent", data, addr)
        super().sendto(data, addr)
