"""The client's side of both languages: requests, their answers, and what the gripper sends by itself."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Container, Iterable
from typing import ClassVar, Generic, TypeVar

from typing_extensions import override

from cellkit.devices.requests import Requests
from cellkit.devices.wired import read_frames
from cellkit.transport import ByteStream
from cellkit_weiss.protocol import binary, gcl
from cellkit_weiss.protocol import gcl_requests as requests
from cellkit_weiss.protocol.binary import Id
from cellkit_weiss.protocol.frames import FrameReader, encode_frame
from cellkit_weiss.protocol.status import Status

AnswerT = TypeVar("AnswerT")
KeyT = TypeVar("KeyT", str, int)


class Link(Generic[KeyT, AnswerT]):
    """Requests go out at once; answers find them by name or number, in order.

    One of ``motions`` has two answers: the first one says that it has begun, the last one how it has ended. ``lost`` is
    called when the first one does not come within ``patience`` (s).
    """

    motions: ClassVar[Container[str | int]]

    def __init__(self, name: str, stream: ByteStream, patience: float, lost: Callable[[str], None]) -> None:
        self._stream, self._patience = stream, patience
        self._asked: Requests[KeyT, tuple[AnswerT, asyncio.Future[AnswerT] | None]] = Requests(
            name, lost, in_order=True
        )
        self._running: Requests[KeyT, AnswerT] = Requests(name, in_order=True)

    async def listen(self) -> None:
        """Read until the gripper closes the connection. Raises ``TransportError`` and ``ProtocolError``."""
        await read_frames(self._stream, self._split, self._take)

    def fail(self, why: str) -> None:
        """Let every pending request and motion fail with ``ConnectionLost``."""
        self._asked.fail(why)
        self._running.fail(why)

    @abstractmethod
    def _split(self, data: bytes) -> Iterable[AnswerT]:
        """Return the answers that bytes complete (hook). Raises ``ProtocolError``."""

    @abstractmethod
    def _take(self, answer: AnswerT) -> None:
        """Hand an answer to ``_first`` or ``_running``."""

    def _first(self, key: KeyT, answer: AnswerT, more: bool = False) -> None:
        """Take the first answer to a request, or the only one."""
        last = self._running.expect(key) if more and key in self.motions else None
        if not self._asked.answer(key, (answer, last)) and last is not None:
            self._running.forget(last)  # the gripper answers what was not asked

    async def _send(self, key: KeyT, what: str, data: bytes) -> tuple[AnswerT, asyncio.Future[AnswerT] | None]:
        """Send a request; its first answer and, of a motion that has begun, the last one to come."""
        return await self._asked.ask(key, lambda: self._stream.write(data), what, self._patience)


class GclLink(Link[str, gcl.Answer]):
    """Text. ``told`` is called with every value, asked for or not."""

    motions = ("HOME", "MOVE", "GRIP", "RELEASE")

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

    @override
    def _split(self, data: bytes) -> Iterable[gcl.Answer]:
        return map(gcl.decode_answer, self._lines.feed(data))

    @override
    def _take(self, answer: gcl.Answer) -> None:
        match answer:
            case gcl.Value(name, _, _, spontaneous):
                self._told(answer)
                if not spontaneous:
                    self._first(name, answer)
            case gcl.Acknowledged(name):
                self._first(name, answer, True)
            case gcl.Finished(name):
                self._running.answer(name, answer)
            case gcl.Failed(name):
                if not self._running.answer(name, answer):
                    self._first(name, answer)

    async def ask(self, request: requests.Request) -> gcl.Answer:
        """Return the one answer to a request, also ``Failed``. Raises ``ConnectionLost`` and ``ProtocolError``."""
        answer, _ = await self._send(request.name, request.name, requests.encode_request(request))
        return answer

    async def carry_out(self, request: requests.Request) -> int:
        """Return the status that a motion ends with, however long it takes. Raises ``ConnectionLost``."""
        answer, last = await self._send(request.name, request.name, requests.encode_request(request))
        if last is not None:
            answer = await last
        return answer.status if isinstance(answer, gcl.Failed) else Status.SUCCESS


class BinaryLink(Link[int, binary.Answer]):
    """Frames. ``told`` is called with every answer."""

    motions = (Id.HOME, Id.PREPOSITION, Id.GRASP, Id.RELEASE)

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

    @override
    def _split(self, data: bytes) -> Iterable[binary.Answer]:
        return map(binary.decode_answer, self._frames.feed(data))

    @override
    def _take(self, answer: binary.Answer) -> None:
        self._told(answer)
        if answer.status == Status.CMD_PENDING:
            self._first(answer.command, answer, True)
        elif not self._running.answer(answer.command, answer):
            self._first(answer.command, answer)

    async def ask(self, command: binary.Command) -> binary.Answer:
        """Return the answer to what is answered once. Raises ``ConnectionLost`` and ``ProtocolError``."""
        answer, _ = await self._exchange(command)
        return answer

    async def carry_out(self, command: binary.Command) -> int:
        """Return the status that a motion ends with, however long it takes. Raises ``ConnectionLost``."""
        answer, last = await self._exchange(command)
        return (answer if last is None else await last).status

    async def _exchange(self, command: binary.Command) -> tuple[binary.Answer, asyncio.Future[binary.Answer] | None]:
        id = binary.id_of(command)
        return await self._send(id, id.name, encode_frame(binary.encode_command(command)))
