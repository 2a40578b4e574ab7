"""Requests to one port of the server: each is sent again until it is answered, for a while.

A datagram may be lost on either way, so a request may be carried out twice. Whoever asks for something that must not
happen twice says so with ``tries=1``.
"""

from __future__ import annotations

import asyncio
from itertools import cycle

from cellkit.errors import ProtocolError, TransportError
from cellkit.transport.network import Address, Datagram
from cellkit_yaskawa.protocol.frames import LARGEST_DATA, LAST_BLOCK, Answer, Request, decode_answer

Awaited = tuple[int, int, "asyncio.Future[Answer]"]


class HsesLink:
    """One socket to one port. ``listen`` must run beside the requests."""

    def __init__(self, socket: Datagram, to: Address, division: int, timeout: float, tries: int) -> None:
        self._socket = socket
        self._to = to
        self._division = division
        self._timeout = timeout
        self._tries = tries
        self._ids = cycle(range(1, 256))
        self._awaited: dict[int, Awaited] = {}

    async def listen(self) -> None:
        """Hand answers to whoever waits. What is no answer to a pending request is dropped. Ends by an error only."""
        try:
            while True:
                datagram, sender = await self._socket.receive()
                if sender == self._to:
                    self._take(datagram)
        except TransportError as error:
            for _, _, future in self._awaited.values():
                if not future.done():
                    future.set_exception(error)
            raise

    def _take(self, datagram: bytes) -> None:
        try:
            answer = decode_answer(datagram, self._division)
        except ProtocolError:
            return  # late, foreign or damaged: the request is repeated
        service, block, future = self._awaited.get(answer.request_id, (0, 0, None))
        if future is None or future.done() or answer.service != service:
            return
        if answer.status or answer.block & ~LAST_BLOCK == block:
            future.set_result(answer)

    async def ask(
        self, command: int, instance: int, attribute: int, service: int, data: bytes = b"", tries: int | None = None
    ) -> tuple[Answer, int]:
        """The answer to a request, and how often it had to be sent. Raises ``TransportError`` when none comes."""
        request = Request(command, instance, attribute, service, data, next(self._ids), self._division)
        return await self._exchange(request, 0, tries)

    async def _exchange(self, request: Request, block: int, tries: int | None = None) -> tuple[Answer, int]:
        """Send until block number ``block`` (or a refusal) answers."""
        datagram = request.encode()
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._awaited[request.request_id] = (request.service, block, future)
        tries = tries or self._tries
        try:
            for sent in range(1, tries + 1):
                self._socket.send(datagram, self._to)
                await asyncio.wait({future}, timeout=self._timeout)
                if future.done():
                    return future.result(), sent
        finally:
            del self._awaited[request.request_id]
            future.cancel()
        raise TransportError(f"no answer for {tries * self._timeout:g} s")

    # --- file transfers ---------------------------------------------------------------------------------------

    def _block(self, request_id: int, service: int, block: int, data: bytes = b"") -> Request:
        return Request(0, 0, 0, service, data, request_id, self._division, block, ack=1)

    async def send_file(self, service: int, name: str, content: bytes) -> Answer:
        """Send a file in blocks, each acknowledged before the next. Returns the last answer, or the refusal."""
        request_id = next(self._ids)
        request = Request(0, 0, 0, service, name.encode("ascii"), request_id, self._division)
        answer, _ = await self._exchange(request, 0)
        parts = [content[i : i + LARGEST_DATA] for i in range(0, len(content), LARGEST_DATA)] or [b""]
        for number, part in enumerate(parts, 1):
            if answer.status:
                break
            block = number | (LAST_BLOCK if number == len(parts) else 0)
            answer, _ = await self._exchange(self._block(request_id, service, block, part), number)
        return answer

    async def fetch_file(self, service: int, name: str) -> tuple[Answer, bytes]:
        """Receive a file (or a list) in blocks, acknowledging each. Returns the last answer and what was received."""
        request_id, number, content = next(self._ids), 1, bytearray()
        request = Request(0, 0, 0, service, name.encode("ascii"), request_id, self._division)
        while True:
            answer, _ = await self._exchange(request, number)
            if answer.status or not answer.block:
                return answer, bytes(content)
            content += answer.data
            request = self._block(request_id, service, answer.block)
            if answer.block & LAST_BLOCK:
                self._socket.send(request.encode(), self._to)  # nothing answers the last acknowledgement
                return answer, bytes(content)
            number += 1
