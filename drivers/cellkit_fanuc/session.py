"""The client's end of an RMI session: commands one by one, instructions up to eight at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from cellkit.errors import ConnectionLost, ProtocolError, TransportError
from cellkit.transport import ByteStream
from cellkit_fanuc.protocol.catalogue import DEPTH, LAST_SEQUENCE, next_sequence, whole
from cellkit_fanuc.protocol.codec import Kind, Lines, Packet, decode, encode
from cellkit_fanuc.protocol.errors import Refused, Rmit

Fields: TypeAlias = Mapping[str, Any]
Line: TypeAlias = tuple[str, dict[str, Any]]

WHOLE = whole(0, LAST_SEQUENCE)


class SystemFault(Exception):
    """The controller has paused the program because of an alarm; ``sequence`` is the line that it hit."""

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence
        super().__init__(f"the controller stopped at line {sequence}")


class RmiSession:
    """Requests and what comes back. ``read`` has to run beside it; when it ends, whatever is pending fails."""

    def __init__(self, device: str, stream: ByteStream, timeout: float) -> None:
        self._device = device
        self._stream = stream
        self._timeout = timeout
        self._turn = asyncio.Lock()
        self._asked: deque[tuple[str, asyncio.Future[Fields]]] = deque()
        self._lines: dict[int, asyncio.Future[None]] = {}
        self._next = 1
        self._ended: str | None = None

    @property
    def outstanding(self) -> int:
        """Instructions that were sent and are not done."""
        return len(self._lines)

    async def read(self) -> None:
        """Take in what comes until the controller closes. Raises ``TransportError`` and ``ProtocolError``."""
        lines = Lines()
        why = "the controller closed the connection"
        try:
            while data := await self._stream.read():
                for line in lines.feed(data):
                    self._take(decode(line))
        except TransportError as error:
            why = str(error)
            raise
        except ProtocolError as error:
            why = error.message
            raise
        finally:
            self._end(why)

    def _take(self, packet: Packet) -> None:
        if packet.name == "FRC_SystemFault":
            self._fail_lines(SystemFault(_integer(packet, "SequenceID")))
        elif packet.name == "FRC_Terminate":
            raise ProtocolError(self._device, "the controller ended the session: nothing was asked for too long")
        elif packet.kind == "Instruction" or (packet.name == "Unknown" and "SequenceID" in packet.fields):
            self._done(packet)
        else:
            self._answer(packet)

    def _done(self, packet: Packet) -> None:
        line = self._lines.pop(_integer(packet, "SequenceID"), None)
        if line is None or line.done():
            return  # of a program that was aborted meanwhile
        code = _integer(packet, "ErrorID")
        if code:
            line.set_exception(Refused(code))
        else:
            line.set_result(None)

    def _answer(self, packet: Packet) -> None:
        if not self._asked:
            raise ProtocolError(self._device, f"{packet.name} came unasked", data=encode(packet))
        name, answer = self._asked.popleft()
        if packet.name not in (name, "Unknown"):
            raise ProtocolError(self._device, f"{packet.name} came in answer to {name}", data=encode(packet))
        if answer.done():
            return
        code = _integer(packet, "ErrorID")
        if code:
            answer.set_exception(Refused(code))
        else:
            answer.set_result(packet.fields)

    def _end(self, why: str) -> None:
        self._ended = why
        for _, answer in self._asked:
            if not answer.done():
                answer.set_exception(ConnectionLost(self._device, why))
                answer.exception()  # whoever waits still gets it; nobody has to
        self._fail_lines(ConnectionLost(self._device, why))

    def _fail_lines(self, error: Exception) -> None:
        lines, self._lines = self._lines, {}
        for line in lines.values():
            if not line.done():
                line.set_exception(error)
                line.exception()

    def _send(self, packet: Packet) -> None:
        if self._ended is not None:
            raise ConnectionLost(self._device, self._ended)
        try:
            self._stream.write(encode(packet))
        except TransportError as error:
            raise ConnectionLost(self._device, str(error)) from None

    async def command(self, name: str, kind: Kind = "Command", *, within: float | None = None, **fields: Any) -> Fields:
        """Send a command and return the fields of its answer, which has to come ``within`` s.

        Raises ``Refused``, and ``ConnectionLost`` when none comes in time.
        """
        patience = self._timeout if within is None else within
        async with self._turn:  # the controller takes one command at a time (RMIT-027)
            answer: asyncio.Future[Fields] = asyncio.get_running_loop().create_future()
            self._send(Packet(kind, name, fields))
            self._asked.append((name, answer))
            try:
                async with asyncio.timeout(patience):
                    return await answer
            except TimeoutError:
                raise ConnectionLost(self._device, f"no answer to {name} for {patience:g} s") from None

    def restart(self) -> None:
        """The program was begun anew: lines count from 1. Nobody hears any more of those before."""
        self._lines.clear()
        self._next = 1

    async def run(self, lines: Sequence[Line]) -> None:
        """Send instructions, never more than the controller holds, and wait until all are done.

        Raises ``Refused``, ``SystemFault`` and ``ConnectionLost`` as soon as one of them ends so.
        """
        waiting: set[asyncio.Future[None]] = set()
        for name, fields in lines:
            while self.outstanding >= DEPTH:
                waiting = await _first(waiting)
            sequence, self._next = self._next, next_sequence(self._next)
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._lines[sequence] = done
            waiting.add(done)
            self._send(Packet("Instruction", name, {"SequenceID": sequence, **fields}))
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


def is_code(error: Refused, *codes: Rmit) -> bool:
    """Whether a refusal is one of some."""
    return error.code in codes
