"""The conversation with one open page: news go to the page, its requests go to the cell."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from cellkit.view.commissioning.frontend import Frontend
from cellkit.view.commissioning.sessions import LoginSession
from cellkit.view.commissioning.state_cache import Message

PERIOD = 0.1
"""s between two messages with news."""
SILENCE_LIMIT = 3.0
"""s without a sign of life after which the lease of a page is not renewed."""
RENEWAL_PERIOD = 3.0
"""s between two renewals of the lease."""
SEND_TIMEOUT = 10.0
"""s after which a page that takes no message is disconnected."""
MAX_MESSAGE = 4096  # characters
_MAX_PENDING = 20  # requests of one page without an answer
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Conversation:
    """The conversation with one page. ``session`` None: the page only shows the cell."""

    def __init__(self, frontend: Frontend, socket: WebSocket, session: LoginSession | None, view: str) -> None:
        self._frontend, self._socket, self._session, self._view = frontend, socket, session, view
        self._sending = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_sign = 0.0
        self._pending = 0

    async def run(self) -> None:
        """Run until the page is closed, its session ends, or the cell ends."""
        ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def end(reason: str) -> None:
            if not ended.done():
                ended.set_result(reason)

        if self._session is not None:
            self._session.on_end.append(end)
        self._last_sign = asyncio.get_running_loop().time()
        work = [asyncio.ensure_future(part) for part in (self._send_news(), self._listen(), self._renew_lease())]
        try:
            ending: list[asyncio.Future[Any]] = [*work, ended]
            await asyncio.wait(ending, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                await self._send({"kind": "ended", "why": ended.result()})
                await self._socket.close(4001)
        except (WebSocketDisconnect, TimeoutError):
            pass
        finally:
            if self._session is not None:
                self._session.on_end.remove(end)
            for task in (*work, *self._tasks):
                task.cancel()
            await asyncio.gather(*work, *self._tasks, return_exceptions=True)

    # --- to the page ------------------------------------------------------------------------------------------

    async def _send_news(self) -> None:
        cache = self._frontend.cache
        caller = None if self._session is None else self._session.caller
        await self._send(
            {
                "kind": "hello",
                "cell": cache.description,
                "user": "" if caller is None else caller.user,
                "role": "observer" if caller is None else caller.role.label,
                "session": "" if caller is None else caller.session,
                "readonly": caller is None,
                "view": self._view,
            }
        )
        version = 0
        while self._frontend.line.is_open:
            news, version = cache.since(version), cache.version
            await self._send({"kind": "news", "news": news})
            await asyncio.sleep(PERIOD)
            await cache.changed(version)

    async def _send(self, message: Message) -> None:
        if self._socket.application_state is not WebSocketState.CONNECTED:
            return
        async with self._sending, asyncio.timeout(SEND_TIMEOUT):
            await self._socket.send_text(_encode(message))

    # --- from the page ----------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            text = await self._socket.receive_text()
            self._last_sign = loop.time()
            if len(text) > MAX_MESSAGE:
                return
            try:
                message = json.loads(text)
            except (ValueError, RecursionError):
                return
            if not isinstance(message, dict):
                return
            if "ask" in message:
                self._handle(message)

    def _handle(self, message: dict[str, Any]) -> None:
        name = message.get("ask")
        if self._pending >= _MAX_PENDING and name != "stop":
            return
        self._pending += 1
        task = asyncio.ensure_future(self._answer(message.get("number"), name, message.get("with")))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, number: Any, name: Any, arguments: Any) -> None:
        try:
            answer = await self._frontend.ask(self._session, name, arguments)
            if name != "jog_alive" or "refused" in answer:
                await self._send({"kind": "answer", "number": number if isinstance(number, int) else 0, **answer})
        except (WebSocketDisconnect, TimeoutError):
            return
        finally:
            self._pending -= 1

    async def _renew_lease(self) -> None:
        """Renew the lease of command while the page gives signs of life."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(RENEWAL_PERIOD)
            if self._session is not None and loop.time() - self._last_sign < SILENCE_LIMIT:
                await self._frontend.keep_command(self._session)
