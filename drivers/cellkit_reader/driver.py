"""The driver: one trigger, one answer. What comes without a trigger is an event, and no answer to the next one."""

from __future__ import annotations

import asyncio

from cellkit.devices import CodeReader
from cellkit.devices.requests import Requests
from cellkit.devices.wired import Wired
from cellkit.errors import ConnectionLost, DeviceFault, ProtocolError, TransportError
from cellkit.timing import now
from cellkit.transport import ByteStream, Network
from cellkit_reader.config import TextConfig
from cellkit_reader.protocol.dialects import Heard, Meaning, encode, understand
from cellkit_reader.protocol.lines import LineReader


class TextReader(Wired[TextConfig], CodeReader):
    """A reader behind a TCP port.

    The protocol has no heartbeat: a line that is silent is noticed when a reading gets no answer. After a reading whose
    end was not answered either, the next one raises ``ConnectionLost``, for what comes later could belong to either.
    """

    def __init__(self, name: str, config: TextConfig, network: Network) -> None:
        CodeReader.__init__(self, name)
        self._use(config, network)
        self._dialect = config.spoken()
        self._waiting: asyncio.Future[str | None] | None = None
        self._stop_sent = False
        self._unanswered = False

    def _title(self) -> str:
        return f"code reader ({self._dialect.name})"

    async def _open_link(self) -> None:
        self._unanswered = False
        self._readings = self._pending(Requests[None, str | None](self.name))
        self._stream = await self._open_stream(self.config.text_port, "code reader")
        self._background(self._listen(self._stream), "code reader")

    # --- what comes -----------------------------------------------------------------------------------------------

    async def _listen(self, stream: ByteStream) -> None:
        lines = LineReader(self._dialect.header, self._dialect.terminator, self.config.line_limit)
        deadline: float | None = None
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    data = await stream.read()
            except TimeoutError:
                raise ProtocolError(self.name, "a line that does not end", data=lines.rest[:100]) from None
            if not data:
                return
            whole = lines.feed(data)
            for line in whole:
                self._take(understand(self._dialect, line))
            if not lines.rest:
                deadline = None
            elif whole or deadline is None:
                deadline = now() + self.config.line_timeout

    def _take(self, heard: Heard) -> None:
        if heard.meaning is Meaning.ACKNOWLEDGED:
            return
        if heard.meaning is Meaning.REFUSED:
            if heard.command == self._dialect.stop != "":
                return  # the reading had ended by itself just before
            fault = DeviceFault(self.name, f"the trigger was refused: {heard.text}", code=heard.code)
            self._readings.answer(None, fault)
            return
        code = heard.text if heard.meaning is Meaning.CODE else None
        if not self._readings.answer(None, code) and code is not None:
            self._emit("unexpected_code", text=code)

    # --- readings -------------------------------------------------------------------------------------------------

    async def _read_code(self) -> str | None:
        if self._unanswered:
            why = "the reader answered neither the last trigger nor its end"
            self._link_lost(why)
            raise ConnectionLost(self.name, why)
        waiting = self._waiting = self._readings.expect(None)
        self._stop_sent = False
        try:
            self._send(self._dialect.trigger)
            await asyncio.wait({waiting}, timeout=self.config.read_time)
            if not waiting.done():
                self._send_stop()
            return await waiting
        finally:
            self._waiting = None
            self._readings.forget(waiting)

    async def _stop(self) -> None:
        waiting = self._waiting
        if waiting is None or waiting.done():
            return
        self._send_stop()
        await asyncio.wait({waiting}, timeout=self.config.stop_timeout)
        if not waiting.done():
            self._unanswered = True

    def _send_stop(self) -> None:
        if self._dialect.stop and not self._stop_sent:
            self._stop_sent = True
            self._send(self._dialect.stop)

    def _send(self, text: str) -> None:
        try:
            self._stream.write(encode(self._dialect, text))
        except TransportError as error:
            raise ConnectionLost(self.name, str(error)) from None
