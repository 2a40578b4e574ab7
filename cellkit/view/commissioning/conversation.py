"""One open page: what is new goes to it, what it asks goes to the cell."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from cellkit.view.commissioning.frontend import Frontend
from cellkit.view.commissioning.sessions import LoginSession
from cellkit.view.commissioning.state_cache import Message

PERIOD = 0.1
"""s between two tellings."""
LOST = 3.0
"""s without a sign of life after which a page no longer keeps command."""
KEPT = 3.0
"""s between two renewals of the lease."""
STALLED = 10.0
"""s after which a page that takes nothing is dropped."""
LONGEST = 4096  # characters of a message
_MOST = 20  # requests of a page that have not been answered
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Conversation:
    """From ``run()`` to its end. ``session`` None: the page only looks."""

    def __init__(self, face: Frontend, socket: WebSocket, session: LoginSession | None, view: str) -> None:
        self._face, self._socket, self._session, self._view = face, socket, session, view
        self._sending = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_sign = 0.0
        self._asking = 0

    async def run(self) -> None:
        """Talk until the page is closed, its session ends, or the cell does."""
        ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def end(why: str) -> None:
            if not ended.done():
                ended.set_result(why)

        if self._session is not None:
            self._session.on_end.append(end)
        self._last_sign = asyncio.get_running_loop().time()
        work = [asyncio.ensure_future(one) for one in (self._tell(), self._listen(), self._keep())]
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

    async def _tell(self) -> None:
        mirror = self._face.mirror
        caller = None if self._session is None else self._session.caller
        await self._send(
            {
                "kind": "hello",
                "cell": mirror.description,
                "user": "" if caller is None else caller.user,
                "role": "observer" if caller is None else caller.role.label,
                "session": "" if caller is None else caller.session,
                "readonly": caller is None,
                "view": self._view,
            }
        )
        version = 0
        while self._face.line.is_open:
            news, version = mirror.since(version), mirror.version
            await self._send({"kind": "news", "news": news})
            await asyncio.sleep(PERIOD)
            await mirror.changed(version)

    async def _send(self, message: Message) -> None:
        if self._socket.application_state is not WebSocketState.CONNECTED:
            return
        async with self._sending, asyncio.timeout(STALLED):
            await self._socket.send_text(_encode(message))

    # --- from the page ----------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            text = await self._socket.receive_text()
            self._last_sign = loop.time()
            if len(text) > LONGEST:
                return
            try:
                said = json.loads(text)
            except (ValueError, RecursionError):
                return
            if not isinstance(said, dict):
                return
            if "ask" in said:
                self._take(said)

    def _take(self, said: dict[str, Any]) -> None:
        name = said.get("ask")
        if self._asking >= _MOST and name != "stop":
            return
        self._asking += 1
        task = asyncio.ensure_future(self._answer(said.get("number"), name, said.get("with")))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, number: Any, name: Any, arguments: Any) -> None:
        try:
            answer = await self._face.ask(self._session, name, arguments)
            if name != "jog_alive" or "refused" in answer:
                await self._send({"kind": "answer", "number": number if isinstance(number, int) else 0, **answer})
        except (WebSocketDisconnect, TimeoutError):
            return
        finally:
            self._asking -= 1

    async def _keep(self) -> None:
        """Keep command for as long as the page gives signs of life."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(KEPT)
            if self._session is not None and loop.time() - self._last_sign < LOST:
                await self._face.keep_command(self._session)
