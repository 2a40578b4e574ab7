"""The driver's end of the control port: requests with their replies, and what the control box tells unasked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from cellkit.errors import ProtocolError, TransportError
from cellkit.transport import ByteStream
from cellkit_ufactory.protocol.frames import FEEDBACK, PRIVATE, Feedback, Frame, FrameReader, Reply

ANSWER_TIME = 2.0  # s; what the vendor's SDK allows for a reply


@dataclass(slots=True)
class _Pending:
    function: int
    protocol: int
    reply: asyncio.Future[Reply]


class ControlLink:
    """One connection. Requests are matched by transaction, so a stop need not wait for the reply to another one."""

    def __init__(self, stream: ByteStream) -> None:
        self.protocol = PRIVATE
        self._stream = stream
        self._transaction = 0
        self._pending: dict[int, _Pending] = {}
        self._motions: dict[int, asyncio.Future[int]] = {}
        self._one_by_one = asyncio.Lock()

    async def run(self) -> None:
        """Read until the control box closes. Raises ``TransportError`` and ``ProtocolError``."""
        reader = FrameReader()
        try:
            while data := await self._stream.read():
                for frame in reader.feed(data):
                    self._take(frame)
        finally:
            self._drop()

    def _take(self, frame: Frame) -> None:
        if frame.function == FEEDBACK:
            finished = self._motions.pop(frame.transaction, None)
            if finished is not None and not finished.done():
                finished.set_result(Feedback.of(frame).result)
            return
        pending = self._pending.pop(frame.transaction, None)
        if pending is None:
            return  # the answer to a request that was given up
        if (frame.function, frame.protocol) != (pending.function, pending.protocol):
            raise ProtocolError(
                "ufactory", f"function {frame.function} answers function {pending.function}", data=frame.encode()
            )
        if not pending.reply.done():
            pending.reply.set_result(Reply.of(frame))

    def _drop(self) -> None:
        """Nobody waits in vain; those who do hear of the lost link as well."""
        for pending in self._pending.values():
            pending.reply.cancel()
        for motion in self._motions.values():
            motion.cancel()
        self._pending.clear()
        self._motions.clear()

    async def request(self, function: int, parameters: bytes = b"", *, at_once: bool = False) -> Reply:
        """Ask, and wait for the reply, one request at a time; ``at_once``: a stop, which does not queue.

        Raises ``TimeoutError`` when none comes and ``TransportError`` when the link is down.
        """
        if at_once:
            return await self._ask(function, parameters, self._next())
        async with self._one_by_one:
            return await self._ask(function, parameters, self._next())

    async def motion(self, function: int, parameters: bytes) -> tuple[Reply, asyncio.Future[int]]:
        """Ask for a motion; the future ends with its result (0: done) when the control box tells of its end."""
        async with self._one_by_one:
            transaction = self._next()
            finished: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            self._motions[transaction] = finished
            finished.add_done_callback(lambda _: self._motions.pop(transaction, None))
            try:
                reply = await self._ask(function, parameters, transaction)
            except BaseException:
                finished.cancel()
                raise
            if reply.not_ready or reply.invalid:
                finished.cancel()
            return reply, finished

    async def _ask(self, function: int, parameters: bytes, transaction: int) -> Reply:
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._pending[transaction] = _Pending(function, self.protocol, reply)
        try:
            self._stream.write(Frame(transaction, self.protocol, function, parameters).encode())
            async with asyncio.timeout(ANSWER_TIME):
                await asyncio.wait({reply})
            if reply.cancelled():
                raise TransportError("the link to the control box broke")
            return reply.result()
        finally:
            self._pending.pop(transaction, None)

    def _next(self) -> int:
        self._transaction = self._transaction % 0xFFFF + 1
        return self._transaction
