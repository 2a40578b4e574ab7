"""Requests to one port of the server: each is sent again until it is answered, for a while.

A datagram may be lost on either way, so a request may be carried out twice. A caller whose request must not
be carried out twice uses ``ask_once``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import cycle

from cellkit.devices.requests import Requests
from cellkit.errors import ConnectionLost, ProtocolError, TransportError
from cellkit.transport.network import Address, Datagram
from cellkit_yaskawa.protocol.frames import LARGEST_DATA, LAST_BLOCK, Answer, Request, decode_answer


class HsesLink:
    """One socket to one port. ``listen`` must run beside the requests; ``silent`` is called when no answer comes."""

    def __init__(
        self,
        device: str,
        socket: Datagram,
        to: Address,
        division: int,
        timeout: float,
        tries: int,
        silent: Callable[[str], None] = lambda _why: None,
    ) -> None:
        self._device = device
        self._socket = socket
        self._to = to
        self._division = division
        self._timeout = timeout
        self._tries = tries
        self._silent = silent
        self._ids = cycle(range(1, 256))
        self._requests: Requests[tuple[int, int, int], Answer] = Requests(device)  # by id, service and block
        self.fail = self._requests.fail

    async def listen(self) -> None:
        """Hand answers to the waiting requests. Other datagrams are dropped. Ends by an error only."""
        while True:
            datagram, sender = await self._socket.receive()
            if sender == self._to:
                self._take(datagram)

    def _take(self, datagram: bytes) -> None:
        try:
            answer = decode_answer(datagram, self._division)
        except ProtocolError:
            return  # late, foreign or damaged: the request is repeated
        for key in self._requests.keys:
            of_it = key[:2] == (answer.request_id, answer.service)
            if of_it and (answer.status or answer.block & ~LAST_BLOCK == key[2]):
                self._requests.answer(key, answer)

    async def ask(
        self, command: int, instance: int, attribute: int, service: int, data: bytes = b""
    ) -> tuple[Answer, int]:
        """Return the answer to a request, and how often it was sent. Raises ``ConnectionLost`` when no answer comes."""
        return await self._exchange(self._request(command, instance, attribute, service, data), 0)

    async def ask_once(
        self, command: int, instance: int, attribute: int, service: int, data: bytes = b""
    ) -> Answer | None:
        """Return the answer to a request that is sent only once; None: no answer has come."""
        request = self._request(command, instance, attribute, service, data)
        return (await self._sent(request, 0, 1))[0]

    def send(self, command: int, instance: int, attribute: int, service: int, data: bytes) -> None:
        """Send a request once and wait for no answer. Raises ``TransportError``."""
        self._socket.send(self._request(command, instance, attribute, service, data).encode(), self._to)

    def _request(self, command: int, instance: int, attribute: int, service: int, data: bytes) -> Request:
        return Request(command, instance, attribute, service, data, next(self._ids), self._division)

    async def _exchange(self, request: Request, block: int) -> tuple[Answer, int]:
        answer, sent = await self._sent(request, block, self._tries)
        if answer is None:
            why = f"no answer for {sent * self._timeout:g} s"
            self._silent(why)
            raise ConnectionLost(self._device, why)
        return answer, sent

    async def _sent(self, request: Request, block: int, tries: int) -> tuple[Answer | None, int]:
        """Send until block number ``block`` (or a refusal) answers, at most so many times."""
        datagram = request.encode()
        future = self._requests.expect((request.request_id, request.service, block))
        try:
            for sent in range(1, tries + 1):
                self._socket.send(datagram, self._to)
                await asyncio.wait({future}, timeout=self._timeout)
                if future.done():
                    return future.result(), sent
        except TransportError as error:
            self._silent(str(error))
            raise ConnectionLost(self._device, str(error)) from None
        finally:
            self._requests.forget(future)
        return None, tries

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
