"""What both networks do with a connection that comes in: one handler task, and a stream that is always closed."""

from __future__ import annotations

import asyncio

from cellkit.transport.network import ByteStream, Handler


class Connections:
    """The handlers that run for the connections of one listener."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._running: dict[asyncio.Task[None], ByteStream] = {}

    def accept(self, stream: ByteStream) -> None:
        """Start the handler for a new connection."""
        task = asyncio.get_running_loop().create_task(self._handle(stream))
        self._running[task] = stream
        task.add_done_callback(self._ended)

    async def _handle(self, stream: ByteStream) -> None:
        try:
            await self._handler(stream)
        finally:
            stream.close()

    def _ended(self, task: asyncio.Task[None]) -> None:
        stream = self._running.pop(task)
        stream.close()
        if not task.cancelled() and (error := task.exception()) is not None:
            task.get_loop().call_exception_handler({"message": "a connection's handler failed", "exception": error})

    def close(self) -> None:
        """End all handlers."""
        for task in list(self._running):
            task.cancel()
