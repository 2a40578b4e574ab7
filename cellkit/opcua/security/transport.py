"""The listening socket and its connections: limits on frame size, on connections and on unread data."""

from __future__ import annotations

import asyncio
import struct
import time
from typing import Any

from asyncua.server.binary_server_asyncio import BinaryServer, OPCUAProtocol
from asyncua.ua.ua_binary import header_from_binary

from cellkit.opcua.security.decoding import BoundedBuffer
from cellkit.opcua.security.internal_server import GatewayInternalServer
from cellkit.opcua.security.processor import GatewayProcessor, Progress

HEADER = struct.Struct("<3scI")
MESSAGE_TYPES = (b"HEL", b"OPN", b"MSG", b"CLO")
CHUNK_TYPES = (b"F", b"C", b"A")
QUEUED_FRAMES = 64
UNSENT_BYTES = 4 * 1024 * 1024


class GatewayProtocol(OPCUAProtocol):
    """One client connection."""

    iserver: GatewayInternalServer
    processor: GatewayProcessor | None
    _buffer: bytes

    def connection_made(self, transport: Any) -> None:
        """Accept the connection; at a limit, abort one that has no session, or else this one."""
        peer = transport.get_extra_info("peername")
        if not self._make_room(peer):
            self.iserver.journal.warn(
                "connections", f"a connection of {peer[0] if peer else '?'} was refused: too many connections"
            )
            transport.abort()
            return
        super().connection_made(transport)
        if self.processor is None:
            return
        transport.set_write_buffer_limits(high=UNSENT_BYTES)
        self._reading_paused = False
        self._writable = asyncio.Event()
        self._writable.set()
        self.processor = GatewayProcessor(self.iserver, transport, self.limits)
        self.processor.set_policies(self.policies)

    def _make_room(self, peer: Any) -> bool:
        """Return whether one more connection fits; at a limit the client furthest from a session makes room first.

        OPC 10000-2, 5.1.2.3, and OPC 10000-4, 5.6.2: the server closes the oldest channel without a session.
        """
        limits, others = self.iserver.limits, [client for client in self.clients if isinstance(client, GatewayProtocol)]
        pending = [client for client in others if client.processor is None or not client.processor.is_active()]
        from_there = [client for client in pending if peer and client.peer_name and client.peer_name[0] == peer[0]]
        if len(from_there) >= limits.pending_connections_per_peer:
            self._recycle(from_there)
        elif len(pending) >= limits.pending_connections or (pending and len(others) >= limits.connections):
            self._recycle(pending)
        return len(self.clients) < limits.connections

    def _recycle(self, pending: list[GatewayProtocol]) -> None:
        """Abort the oldest of the connections that have made the least progress."""
        oldest = min(
            pending, key=lambda client: Progress.NONE if client.processor is None else client.processor.progress
        )
        self.clients.remove(oldest)
        if oldest.transport is not None:
            oldest.transport.abort()
        self.iserver.journal.warn(
            "connections", f"a connection of {oldest._peer()} was closed before its session: too many connections"
        )

    def data_received(self, data: bytes) -> None:
        """Cut the stream into frames; a malformed or too large frame ends the connection."""
        if self.transport is None or self.transport.is_closing():
            return
        self._buffer += data
        start = 0
        while len(self._buffer) - start >= HEADER.size:
            kind, chunk, size = HEADER.unpack_from(self._buffer, start)
            least = HEADER.size if kind == b"HEL" else HEADER.size + 4
            if (
                kind not in MESSAGE_TYPES
                or chunk not in CHUNK_TYPES
                or not least < size <= self.iserver.limits.chunk_size
            ):
                self.iserver.journal.warn(
                    "frames", f"{self._peer()} was disconnected: its frame is not OPC UA or is too large"
                )
                self.transport.abort()
                return
            if len(self._buffer) - start < size:
                break
            buffer = BoundedBuffer(self._buffer[start : start + size])
            self.messages.put_nowait((header_from_binary(buffer), buffer))
            start += size
        self._buffer = self._buffer[start:]
        if self.messages.qsize() >= QUEUED_FRAMES and not self._reading_paused:
            self._reading_paused = True
            self.transport.pause_reading()

    def pause_writing(self) -> None:
        """Note that the client does not read the sent data."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Note that the client reads again."""
        self._writable.set()

    async def _process_received_message_loop(self) -> None:
        assert self.transport is not None
        assert self.processor is not None
        try:
            while True:
                header, buffer = await self.messages.get()
                if header is None:
                    return
                if self._reading_paused and self.messages.qsize() < QUEUED_FRAMES // 2:
                    self._reading_paused = False
                    self.transport.resume_reading()
                if not self._writable.is_set():
                    await asyncio.wait_for(self._writable.wait(), self.iserver.limits.stalled_seconds)
                if not await self.processor.process(header, buffer):
                    break
                await asyncio.sleep(0)  # a client that sends without pause must not starve the others
        except TimeoutError:
            self.iserver.journal.warn("stalled", f"{self._peer()} was disconnected: it does not read the sent data")
            self.transport.abort()
        except Exception as error:
            self.iserver.journal.internal_error("a connection", error)
        self.processor.hang_up()

    async def _activation_watchdog(self) -> None:
        """Close a connection that has no active session, or whose client does not read, for too long."""
        limits = self.iserver.limits
        idle_since = stalled_since = time.monotonic()
        while self.transport is not None and self.processor is not None:
            await asyncio.sleep(min(1.0, limits.pending_seconds / 4))
            now = time.monotonic()
            if self._writable.is_set():
                stalled_since = now
            elif now - stalled_since > limits.stalled_seconds:
                self.transport.abort()
                return
            if self.processor.is_active():
                idle_since = now
            elif now - idle_since > self._patience():
                self.processor.hang_up()
                return

    def _patience(self) -> float:
        """Return the time, s, in which the client must make its next step."""
        limits = self.iserver.limits
        has_channel = self.processor is not None and self.processor.progress > Progress.HELLO
        return limits.pending_seconds if has_channel else min(limits.channel_seconds, limits.pending_seconds)

    def _peer(self) -> str:
        return str(self.peer_name[0]) if self.peer_name else "a client"


class GatewayListener(BinaryServer):
    """The listening socket."""

    def _make_protocol(self) -> GatewayProtocol:
        return GatewayProtocol(
            iserver=self.iserver,
            policies=self._policies,
            clients=self.clients,
            closing_tasks=self.closing_tasks,
            limits=self.limits,
        )

    def connections(self) -> list[GatewayProtocol]:
        """Return the open connections."""
        return [client for client in self.clients if isinstance(client, GatewayProtocol)]
