"""The requests that one connection to a device has sent and whose answers are still to come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cellkit.errors import ConnectionLost, DeviceBusy, TransportError

KeyT = TypeVar("KeyT", bound=Hashable)
AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True, slots=True, eq=False)
class _Request(Generic[KeyT, AnswerT]):
    key: KeyT
    answer: asyncio.Future[AnswerT]


class Requests(Generic[KeyT, AnswerT]):
    """Pending requests. An answer belongs to the oldest pending request of its key: an id, or the kind of request.

    A request that its sender gives up is forgotten, and its late answer is dropped. With ``in_order`` the protocol
    has no ids: the request keeps its place until its answer has come, so that no other request gets that answer.
    ``silent`` is called with the reason when an answer does not come in time. At most ``limit`` requests are pending.
    """

    def __init__(
        self,
        device: str,
        silent: Callable[[str], None] = lambda _why: None,
        *,
        in_order: bool = False,
        limit: int = 256,
    ) -> None:
        self._device = device
        self._silent = silent
        self._in_order = in_order
        self._limit = limit
        self._pending: list[_Request[KeyT, AnswerT]] = []
        self._lost: str | None = None
        self._empty: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def keys(self) -> list[KeyT]:
        """The keys of the pending requests, in the order in which they were sent."""
        return [request.key for request in self._pending]

    @property
    def oldest(self) -> KeyT | None:
        """The key of the request that was sent first; None: no request is pending."""
        return self._pending[0].key if self._pending else None

    def expect(self, key: KeyT) -> asyncio.Future[AnswerT]:
        """Register a request before it is sent. Raises ``ConnectionLost`` once the link is lost, and ``DeviceBusy``."""
        if self._lost is not None:
            raise ConnectionLost(self._device, self._lost)
        if len(self._pending) >= self._limit:
            raise DeviceBusy(self._device, f"{self._limit} requests have no answer yet")
        answer: asyncio.Future[AnswerT] = asyncio.get_running_loop().create_future()
        self._pending.append(_Request(key, answer))
        return answer

    async def ask(self, key: KeyT, send: Callable[[], object], what: str, within: float | None) -> AnswerT:
        """Register a request, send it and wait for its answer, at most ``within`` s.

        Raises the error that answers it, and ``ConnectionLost`` when the link breaks or no answer comes in time.
        """
        answer = self.expect(key)
        try:
            send()
        except TransportError as error:
            self.forget(answer)
            self._silent(str(error))
            raise ConnectionLost(self._device, str(error)) from None
        return await self.wait(answer, what, within)

    async def wait(self, answer: asyncio.Future[AnswerT], what: str, within: float | None) -> AnswerT:
        """Wait for the answer to the request that ``expect`` has registered, as ``ask`` does."""
        # A timer of its own: ``asyncio.timeout`` costs more than all the rest of a request.
        timer = None if within is None else asyncio.get_running_loop().call_later(within, _expire, answer)
        try:
            return await answer
        except TimeoutError:
            why = f"no answer to {what} for {within:g} s"
            self._silent(why)
            raise ConnectionLost(self._device, why) from None
        finally:
            if timer is not None:
                timer.cancel()
            if not self._in_order:
                self.forget(answer)

    async def settled(self, within: float) -> None:
        """Wait until no request is pending, at most ``within`` s: a cancelled sender may have left one behind.

        Raises ``ConnectionLost`` when the link breaks or the answer does not come.
        """
        if not self._pending:
            return
        self._empty = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(within):
                await self._empty
        except TimeoutError:
            why = f"no answer to an earlier request for {within:g} s"
            self._silent(why)
            raise ConnectionLost(self._device, why) from None

    def answer(self, key: KeyT, result: AnswerT | Exception) -> bool:
        """Hand an answer, or the error that it stands for, to the oldest request of its key. False: none is pending."""
        for request in self._pending:
            if request.key == key:
                self._pending.remove(request)
                _settle(request.answer, result)
                if self._empty is not None and not self._pending:
                    _settle(self._empty, None)
                return True
        return False

    def fail(self, why: str) -> None:
        """End the connection: every pending request fails at once with ``ConnectionLost``, as do all later ones."""
        self._lost = why
        self.abandon(lambda: ConnectionLost(self._device, why))

    def abandon(self, error: Callable[[], Exception]) -> None:
        """Let every pending request fail with an error; later requests are not concerned."""
        pending, self._pending = self._pending, []
        for request in pending:
            _settle(request.answer, error())
        if self._empty is not None:
            _settle(self._empty, error())

    def forget(self, answer: asyncio.Future[AnswerT]) -> None:
        """Remove a request that has no answer to come."""
        self._pending = [request for request in self._pending if request.answer is not answer]


def _expire(answer: asyncio.Future[AnswerT]) -> None:
    if not answer.done():
        answer.set_exception(TimeoutError())


def _settle(future: asyncio.Future[AnswerT], result: AnswerT | Exception) -> None:
    if future.done():
        return  # its sender has given it up
    if isinstance(result, Exception):
        future.set_exception(result)
        future.exception()  # retrieved: the sender might not wait yet, or no longer
    else:
        future.set_result(result)
