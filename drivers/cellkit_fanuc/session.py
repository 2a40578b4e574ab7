"""The client's end of an RMI session: commands one by one, instructions up to eight at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from cellkit.devices.requests import Requests
from cellkit.devices.wired import read_frames
from cellkit.errors import ConnectionLost, MotionAborted, ProtocolError, TransportError
from cellkit.transport import ByteStream
from cellkit_fanuc.protocol.catalogue import DEPTH, LAST_SEQUENCE, next_sequence, whole
from cellkit_fanuc.protocol.codec import Kind, Lines, Packet, decode, encode
from cellkit_fanuc.protocol.errors import RmiRefused

Fields: TypeAlias = Mapping[str, Any]
Line: TypeAlias = tuple[str, dict[str, Any]]

WHOLE = whole(0, LAST_SEQUENCE)


class SystemFault(Exception):
    """The controller has paused the program because of an alarm; ``sequence`` is the line that it hit."""

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence
        super().__init__(f"the controller stopped at line {sequence}")


class RmiSession:
    """Requests and what comes back. ``read`` has to run beside it."""

    def __init__(self, device: str, stream: ByteStream, timeout: float, silent: Callable[[str], None]) -> None:
        self._device = device
        self._stream = stream
        self._timeout = timeout
        self._turn = asyncio.Lock()
        self._commands: Requests[str, Fields] = Requests(device, silent, in_order=True)
        self._lines: Requests[int, None] = Requests(device)
        self._next = 1

    @property
    def outstanding(self) -> int:
        """Instructions that were sent and are not done."""
        return len(self._lines)

    async def read(self) -> None:
        """Take in what comes until the controller closes. Raises ``TransportError`` and ``ProtocolError``."""
        await read_frames(self._stream, Lines().feed, lambda line: self._take(decode(line)))

    def fail(self, why: str) -> None:
        """Let every pending command and instruction fail with ``ConnectionLost``."""
        self._commands.fail(why)
        self._lines.fail(why)

    def _take(self, packet: Packet) -> None:
        if packet.name == "FRC_SystemFault":
            sequence = _integer(packet, "SequenceID")
            self._lines.abandon(lambda: SystemFault(sequence))
        elif packet.name == "FRC_Terminate":
            raise ProtocolError(self._device, "the controller ended the session: nothing was asked for too long")
        elif packet.kind == "Instruction" or (packet.name == "Unknown" and "SequenceID" in packet.fields):
            sequence, code = _integer(packet, "SequenceID"), _integer(packet, "ErrorID")
            self._lines.answer(sequence, RmiRefused(code) if code else None)
        else:
            self._answer(packet)

    def _answer(self, packet: Packet) -> None:
        name = self._commands.oldest
        if name is None:
            raise ProtocolError(self._device, f"{packet.name} came unasked", data=encode(packet))
        if packet.name not in (name, "Unknown"):
            raise ProtocolError(self._device, f"{packet.name} came in answer to {name}", data=encode(packet))
        code = _integer(packet, "ErrorID")
        self._commands.answer(name, RmiRefused(code) if code else packet.fields)

    def _send(self, packet: Packet) -> None:
        self._stream.write(encode(packet))

    async def command(self, name: str, kind: Kind = "Command", *, within: float | None = None, **fields: Any) -> Fields:
        """Send a command and return the fields of its answer, which has to come ``within`` s.

        Raises ``RmiRefused``, and ``ConnectionLost`` when none comes in time.
        """
        async with self._turn:  # the controller takes one command at a time (RMIT-027)
            packet = Packet(kind, name, fields)
            return await self._commands.ask(name, lambda: self._send(packet), name, within or self._timeout)

    def restart(self) -> None:
        """Restart the count of lines at 1, as the program was restarted. Earlier lines get no more answers."""
        self._lines.abandon(lambda: MotionAborted(self._device, "the program was begun anew"))
        self._next = 1

    async def run(self, lines: Sequence[Line]) -> None:
        """Send instructions, never more than the controller holds, and wait until all are done.

        Raises ``RmiRefused``, ``SystemFault`` and ``ConnectionLost`` as soon as one of them ends so.
        """
        waiting: set[asyncio.Future[None]] = set()
        for name, fields in lines:
            while self.outstanding >= DEPTH:
                waiting = await _first(waiting)
            sequence, self._next = self._next, next_sequence(self._next)
            waiting.add(self._lines.expect(sequence))
            try:
                self._send(Packet("Instruction", name, {"SequenceID": sequence, **fields}))
            except TransportError as error:
                raise ConnectionLost(self._device, str(error)) from None
        while waiting:
            waiting = await _first(waiting)


async def _first(waiting: set[asyncio.Future[None]]) -> set[asyncio.Future[None]]:
    """Wait for the next of them to end; those left. Raises what one has failed with."""
    done, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    failed = [error for one in done if (error := one.exception()) is not None]
    if failed:
        for one in left:
            one.cancel()
        raise failed[0]
    return left


def _integer(packet: Packet, key: str) -> int:
    value = packet.fields.get(key)
    if not isinstance(value, int | float) or not WHOLE(value):
        raise ProtocolError("RMI", f"{packet.name} without a proper {key}", data=encode(packet))
    return int(value)
