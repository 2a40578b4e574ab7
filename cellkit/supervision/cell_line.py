"""The front end's end of the line to the cell: messages as they arrive, and requests with their answers."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
from collections.abc import AsyncIterator, Mapping
from typing import Any

LONGEST = 64 * 1024 * 1024
PATIENCE = 10.0
"""s after which a request without an answer counts as failed."""


class CellGone(Exception):
    """The cell has ended, or its line broke."""


class CellRefused(Exception):
    """The cell refused a request: ``why`` is a ``RefusalCode``'s value, ``argument`` the wrong one's index."""

    def __init__(self, why: str, message: str, argument: int | None) -> None:
        self.why = why
        self.message = message
        self.argument = argument
        super().__init__(message)


class CellLine:
    """The line from one front end to one cell."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._numbers = itertools.count(1)
        self._pending: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self.is_open = False

    async def open(self) -> None:
        """Take the line into use."""
        self._reader, self._writer = await asyncio.open_connection(sock=self._socket, limit=LONGEST)
        self.is_open = True

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        """Yield all messages except answers, until the line ends."""
        assert self._reader is not None
        try:
            while line := await self._reader.readline():
                message = json.loads(line)
                if message["kind"] == "end":
                    return
                if message["kind"] == "answer":
                    waiting = self._pending.pop(message["number"], None)
                    if waiting is not None and not waiting.done():
                        waiting.set_result(message)
                else:
                    yield message
        except OSError:
            return
        finally:
            self.is_open = False
            for future in self._pending.values():
                if not future.done():
                    future.set_exception(CellGone("the cell has ended"))

    async def request(self, name: str, user: str, session: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request to the cell and return its answer. Raises ``CellRefused`` and ``CellGone``."""
        if not self.is_open or self._writer is None:
            raise CellGone("the cell has ended")
        number = next(self._numbers)
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._pending[number] = future
        asked = {"number": number, "request": name, "user": user, "session": session, "arguments": dict(arguments)}
        self._writer.write(json.dumps(asked).encode() + b"\n")
        try:
            async with asyncio.timeout(PATIENCE):
                message = await future
        except TimeoutError:
            raise CellGone(f"the cell did not answer within {PATIENCE:g} s") from None
        finally:
            self._pending.pop(number, None)
        if "refused" in message:
            raise CellRefused(message["refused"], message["says"], message["argument"])
        answer: dict[str, Any] = message["answer"]
        return answer

    def report(self, **status: Any) -> None:
        """Report the front end's state to the process that started it: serving and where, or failed and why."""
        if self._writer is not None:
            self._writer.write(json.dumps({"gateway": status}).encode() + b"\n")

    def close(self) -> None:
        """Close the line."""
        if self._writer is not None:
            self._writer.close()
