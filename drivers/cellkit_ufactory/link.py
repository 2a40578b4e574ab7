"""The driver's end of the control port: requests with their replies, and unsolicited messages of the control box."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cellkit.devices.requests import Requests
from cellkit.devices.wired import read_frames
from cellkit.errors import ProtocolError
from cellkit.transport import ByteStream
from cellkit_ufactory.protocol.frames import FEEDBACK, PRIVATE, Feedback, Frame, FrameReader, Reply
from cellkit_ufactory.protocol.numbers import Function, State

STOP = Frame(1, PRIVATE, Function.SET_STATE, bytes((State.STOPPED,))).encode()
"""The request for a stop, from a client that sends nothing else."""
ANSWER_TIME = 2.0  # s; the time that the vendor's SDK allows for a reply


class ControlLink:
    """One connection. Requests are matched by transaction, so a stop need not wait for the reply to another one."""

    def __init__(self, device: str, stream: ByteStream, lost: Callable[[str], None]) -> None:
        self.protocol = PRIVATE
        self.ends: Requests[int, int] = Requests(device)
        """Motions that were accepted and have not ended, each with its future result (0: done)."""
        self._device = device
        self._stream = stream
        self._lost = lost
        self._replies: Requests[int, Frame] = Requests(device, lost)
        self._transaction = 0
        self._one_by_one = asyncio.Lock()

    async def run(self) -> None:
        """Read until the control box closes. Raises ``TransportError`` and ``ProtocolError``."""
        await read_frames(self._stream, FrameReader().feed, self._take)

    def fail(self, why: str) -> None:
        """Let every pending request and motion fail with ``ConnectionLost``."""
        self._replies.fail(why)
        self.ends.fail(why)

    def _take(self, frame: Frame) -> None:
        if frame.function == FEEDBACK:
            self.ends.answer(frame.transaction, Feedback.of(frame).result)
        else:
            self._replies.answer(frame.transaction, frame)

    async def request(self, function: int, parameters: bytes = b"", *, at_once: bool = False) -> Reply:
        """Send a request and wait for its reply, one at a time; ``at_once``: a stop, which does not queue.

        Raises ``ConnectionLost`` when no reply comes or the link is down, and ``ProtocolError``.
        """
        if at_once:
            return await self._ask(function, parameters, self._next())
        async with self._one_by_one:
            return await self._ask(function, parameters, self._next())

    async def motion(self, function: int, parameters: bytes) -> tuple[Reply, asyncio.Future[int]]:
        """Request a motion; the future, one of ``ends``, has its result when the control box reports its end."""
        async with self._one_by_one:
            transaction = self._next()
            end = self.ends.expect(transaction)
            try:
                reply = await self._ask(function, parameters, transaction)
            except BaseException:
                self.ends.forget(end)
                raise
            if reply.not_ready or reply.invalid:
                self.ends.forget(end)
            return reply, end

    def send_stop(self) -> None:
        """Ask for a stop without waiting for the reply. Raises ``TransportError``."""
        self._stream.write(Frame(self._next(), self.protocol, Function.SET_STATE, bytes((State.STOPPED,))).encode())

    async def _ask(self, function: int, parameters: bytes, transaction: int) -> Reply:
        request = Frame(transaction, self.protocol, function, parameters)
        label = f"function {function} from the control box"
        frame = await self._replies.ask(transaction, lambda: self._stream.write(request.encode()), label, ANSWER_TIME)
        if (frame.function, frame.protocol) != (function, request.protocol):
            why = f"function {frame.function} answers function {function}"
            self._lost(why)
            raise ProtocolError(self._device, why, data=frame.encode())
        return Reply.of(frame)

    def _next(self) -> int:
        self._transaction = self._transaction % 0xFFFF + 1
        return self._transaction
