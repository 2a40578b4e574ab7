"""The client's side of both languages: requests, their answers, and what the gripper sends by itself."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Generic, TypeVar

from cellkit.errors import ConnectionLost, DeviceError, TransportError
from cellkit.transport import ByteStream
from cellkit_weiss.protocol import binary, gcl
from cellkit_weiss.protocol import gcl_requests as requests
from cellkit_weiss.protocol.frames import FrameReader, encode_frame
from cellkit_weiss.protocol.status import Status

AnswerT = TypeVar("AnswerT")
KeyT = TypeVar("KeyT", str, int)


class _Exchange(Generic[AnswerT]):
    """A request that was sent: its first answer and, of a motion, its last one."""

    def __init__(self, motion: bool) -> None:
        loop = asyncio.get_running_loop()
        self.motion = motion
        self.first: asyncio.Future[AnswerT] = loop.create_future()
        self.last: asyncio.Future[AnswerT] = loop.create_future()

    def fail(self, error: DeviceError) -> None:
        for future in (self.first, self.last):
            if not future.done():
                future.set_exception(error)
                future.exception()  # heard of, also where nobody waits any more


class Link(ABC, Generic[KeyT, AnswerT]):
    """Requests go out at once; answers find them by name or number, in order.

    Whoever is cancelled meanwhile leaves his request behind, so that its answer is not taken for the next one's.
    ``lost`` is called when an answer does not come within ``patience`` (s).
    """

    def __init__(self, name: str, stream: ByteStream, patience: float, lost: Callable[[str], None]) -> None:
        self.name = name
        self._stream, self._patience, self._lost = stream, patience, lost
        self._asked: defaultdict[KeyT, deque[_Exchange[AnswerT]]] = defaultdict(deque)
        self._running: defaultdict[KeyT, deque[_Exchange[AnswerT]]] = defaultdict(deque)
        self._broken: DeviceError | None = None

    @property
    def whole(self) -> bool:
        """Whether somebody still reads what comes."""
        return self._broken is None

    async def listen(self) -> None:
        """Read until the gripper closes the connection. Raises ``ConnectionLost`` and ``ProtocolError``."""
        while True:
            try:
                data = await self._stream.read()
            except TransportError as error:
                raise ConnectionLost(self.name, str(error)) from None
            if not data:
                raise ConnectionLost(self.name, "the gripper has closed the connection")
            self._feed(data)

    def fail(self, error: DeviceError) -> None:
        """Nothing more will come: everything that is pending fails with ``error``."""
        self._broken = error
        for waiting in (*self._asked.values(), *self._running.values()):
            while waiting:
                waiting.popleft().fail(error)

    @abstractmethod
    def _feed(self, data: bytes) -> None:
        """Hook: hand what has come to ``_answer_first`` and ``_answer_last``. Raises ``ProtocolError``."""

    def _answer_first(self, key: KeyT, answer: AnswerT, more: bool) -> None:
        """The first answer to a request, or the only one; one that nobody waits for is no matter."""
        if self._asked[key]:
            exchange = self._asked[key].popleft()
            exchange.first.set_result(answer)
            if more and exchange.motion:
                self._running[key].append(exchange)

    def _answer_last(self, key: KeyT, answer: AnswerT) -> bool:
        """A motion has ended; False: none of that kind runs."""
        if not self._running[key]:
            return False
        self._running[key].popleft().last.set_result(answer)
        return True

    async def _exchange(self, key: KeyT, data: bytes, motion: bool) -> _Exchange[AnswerT]:
        """Send, and wait for the first answer. Raises ``ConnectionLost``."""
        if self._broken is not None:
            raise ConnectionLost(self.name, self._broken.message)
        try:
            self._stream.write(data)
        except TransportError as error:
            raise ConnectionLost(self.name, str(error)) from None
        exchange: _Exchange[AnswerT] = _Exchange(motion)
        self._asked[key].append(exchange)
        done, _ = await asyncio.wait({exchange.first}, timeout=self._patience)
        if not done:
            why = f"no answer for {self._patience:g} s"
            self._lost(why)
            raise ConnectionLost(self.name, why)
        exchange.first.result()
        return exchange


class GclLink(Link[str, gcl.Answer]):
    """Text. ``told`` is called with every value, asked for or not."""

    def __init__(
        self,
        name: str,
        stream: ByteStream,
        patience: float,
        lost: Callable[[str], None],
        told: Callable[[gcl.Value], None],
    ) -> None:
        super().__init__(name, stream, patience, lost)
        self._lines = gcl.LineReader()
        self._told = told

    def _feed(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            answer = gcl.decode_answer(line)
            match answer:
                case gcl.Value(name, _, _, spontaneous):
                    self._told(answer)
                    if not spontaneous:
                        self._answer_first(name, answer, False)
                case gcl.Acknowledged(name):
                    self._answer_first(name, answer, True)
                case gcl.Finished(name):
                    self._answer_last(name, answer)
                case gcl.Failed(name):
                    if not self._answer_last(name, answer):
                        self._answer_first(name, answer, False)

    async def ask(self, request: requests.Request) -> gcl.Answer:
        """The answer to what is answered once; ``Failed`` is one. Raises ``ConnectionLost`` and ``ProtocolError``."""
        return (await self._exchange(request.name, requests.encode_request(request), False)).first.result()

    async def carry_out(self, request: requests.Request) -> int:
        """The status that a motion ends with, however long it takes. Raises ``ConnectionLost``."""
        exchange = await self._exchange(request.name, requests.encode_request(request), True)
        answer = exchange.first.result()
        if isinstance(answer, gcl.Acknowledged):
            answer = await exchange.last
        return answer.status if isinstance(answer, gcl.Failed) else Status.SUCCESS


class BinaryLink(Link[int, binary.Answer]):
    """Frames. ``told`` is called with every answer."""

    def __init__(
        self,
        name: str,
        stream: ByteStream,
        patience: float,
        lost: Callable[[str], None],
        told: Callable[[binary.Answer], None],
    ) -> None:
        super().__init__(name, stream, patience, lost)
        self._frames = FrameReader()
        self._told = told

    def _feed(self, data: bytes) -> None:
        for frame in self._frames.feed(data):
            answer = binary.decode_answer(frame)
            self._told(answer)
            if answer.status == Status.CMD_PENDING:
                self._answer_first(answer.command, answer, True)
            elif not self._answer_last(answer.command, answer):
                self._answer_first(answer.command, answer, False)

    async def ask(self, command: binary.Command) -> binary.Answer:
        """The answer to what is answered once. Raises ``ConnectionLost`` and ``ProtocolError``."""
        data = encode_frame(binary.encode_command(command))
        return (await self._exchange(binary.id_of(command), data, False)).first.result()

    async def carry_out(self, command: binary.Command) -> int:
        """The status that a motion ends with, however long it takes. Raises ``ConnectionLost``."""
        exchange = await self._exchange(binary.id_of(command), encode_frame(binary.encode_command(command)), True)
        answer = exchange.first.result()
        return (await exchange.last if answer.status == Status.CMD_PENDING else answer).status
