"""The cell's end of the line to a front end in another process: JSON, one object a line, over a pair of sockets.

A front end shows the cell to clients: the OPC UA gateway, the commissioning page. The cell never waits for it: readings
that the front end does not read in time are left out; all other messages are buffered. Readings that are equal to those
that were sent last are not sent again: one ``unchanged`` message for all devices carries their newer times.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Callable
from typing import Any

from cellkit.supervision.ownership import Client
from cellkit.supervision.refusal import RequestRefused
from cellkit.supervision.request_handler import RequestHandler
from cellkit.supervision.supervisor import Supervisor

LAGGING = 256 * 1024
"""Number of unread bytes above which readings and samples are left out."""
GIVEN_UP = 16 * 1024 * 1024
"""Number of unread bytes above which the line to the front end is closed."""
LONGEST = 1024 * 1024
"""Number of bytes of one request at most."""
_LATEST = ("readings", "samples", "unchanged")

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class CellLink:
    """Serves one front end over a socket, from ``open()`` to ``close()``.

    ``on_report`` is called with the front end's report of its own state, ``on_end`` when the front end ends by itself;
    ``name`` is the front end's name in that message.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        end: socket.socket,
        on_report: Callable[[dict[str, Any]], None],
        on_end: Callable[[str], None],
        name: str = "gateway",
    ) -> None:
        self._name = name
        self._supervisor = supervisor
        self._handler = RequestHandler(supervisor)
        self._socket = end
        self._on_report = on_report
        self._on_end = on_end
        self._writer: asyncio.StreamWriter | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.left_out = 0
        """Number of messages that were left out because the front end was slow."""
        self._reported_left_out = 0
        self._shown: dict[str, list[tuple[Any, str]]] = {}
        """Values and qualities that were sent last, by device."""
        self._unchanged: dict[str, float] = {}

    async def open(self) -> None:
        """Send the description and the present state of the cell, then answer requests."""
        reader, self._writer = await asyncio.open_connection(sock=self._socket, limit=LONGEST)
        self._send({"kind": "description", "cell": self._supervisor.description()})
        for message in self._supervisor.state_messages():
            self._take(message)
        self._supervisor.listeners.append(self._take)
        self._spawn(self._read(reader))

    async def close(self) -> None:
        """Announce the end and close the line."""
        if self._take in self._supervisor.listeners:
            self._supervisor.listeners.remove(self._take)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._writer is not None:
            with contextlib.suppress(OSError):
                self._send({"kind": "end"})
                self._writer.close()
                await self._writer.wait_closed()

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _take(self, message: dict[str, Any]) -> None:
        """Send a message of the supervisor, or only the time of readings that have not changed."""
        if message["kind"] != "readings":
            self._send(message)
            return
        role, values = message["device"], message["values"]
        shown = [(value, quality) for value, quality, _ in values.values()]
        times = {moment for _, _, moment in values.values()}
        if len(times) > 1 or shown != self._shown.get(role):
            self._unchanged.pop(role, None)
            self._shown.pop(role, None)
            if self._send(message):
                self._shown[role] = shown
        elif times:
            if not self._unchanged:  # the devices that are read in this round of the loop share one message
                asyncio.get_running_loop().call_soon(self._send_unchanged)
            self._unchanged[role] = times.pop()

    def _send_unchanged(self) -> None:
        if self._unchanged:
            self._send({"kind": "unchanged", "times": self._unchanged})
            self._unchanged = {}

    def _send(self, message: dict[str, Any]) -> bool:
        """Send a message; return whether it was sent."""
        writer = self._writer
        if writer is None or writer.is_closing():
            return False
        waiting = writer.transport.get_write_buffer_size()
        if waiting > LAGGING and message["kind"] in _LATEST:
            self.left_out += 1
            return False
        if waiting > GIVEN_UP:
            writer.transport.abort()
            return False
        if self.left_out != self._reported_left_out and waiting < LAGGING:
            self._reported_left_out = self.left_out
            writer.write(_encode({"kind": "left_out", "count": self.left_out}).encode() + b"\n")
        writer.write(_encode(message).encode() + b"\n")
        return True

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                request = json.loads(line)
                if "gateway" in request:
                    self._on_report(request["gateway"])
                    continue
                self._spawn(self._answer(request))
        except (OSError, ValueError) as error:
            self._on_end(f"the line to the {self._name} broke: {error}")
        else:
            self._on_end(f"the {self._name} has ended")

    async def _answer(self, request: dict[str, Any]) -> None:
        asked, number = request["request"], request["number"]
        client = Client(request["user"], request["session"])
        answer: dict[str, Any]
        try:
            answer = {"answer": await self._handler.request(asked, client, request["arguments"])}
        except RequestRefused as refused:
            answer = {"refused": refused.why.value, "says": refused.message, "argument": refused.argument}
        except Exception as error:  # an error in our own code must not leave a client without an answer
            answer = {"refused": "failed", "says": f"{type(error).__name__}: {error}", "argument": None}
            self._send({"kind": "answer", "number": number, **answer})
            raise
        self._send({"kind": "answer", "number": number, **answer})
