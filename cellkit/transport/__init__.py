"""Bytes between a driver and a controller: in memory (virtual time) or over sockets, through the same calls."""

from cellkit.transport.faults import FaultyNetwork, LinkFaults
from cellkit.transport.memory import MemoryNetwork
from cellkit.transport.network import Address, ByteStream, Datagram, Handler, Line, Listener, Network
from cellkit.transport.recording import RecordingNetwork
from cellkit.transport.sockets import SocketNetwork

__all__ = [
    "Address",
    "ByteStream",
    "Datagram",
    "FaultyNetwork",
    "Handler",
    "Line",
    "LinkFaults",
    "Listener",
    "MemoryNetwork",
    "Network",
    "RecordingNetwork",
    "SocketNetwork",
]
