"""One connection to a scanner: requests, one at a time, and scans that come by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cellkit.devices.requests import Requests
from cellkit.devices.wired import read_frames
from cellkit.errors import CommandRejected, ProtocolError
from cellkit.transport import ByteStream
from cellkit_sick.protocol.commands import (
    IDENT,
    METHODS,
    SCANS,
    U8,
    VARIABLES,
    Layout,
    Values,
    read_values,
    write_values,
)
from cellkit_sick.protocol.errors import BadValue, explain
from cellkit_sick.protocol.telegrams import ANSWERS, EVENT, FAILURE, IDENT_INDEX, Dialect, Telegram, decode


class ColaRefused(CommandRejected):
    """The scanner has answered ``sFA``; ``code`` is its number."""

    def __init__(self, device: str, request: str, code: int) -> None:
        super().__init__(device, f"{request}: {explain(code)}")
        self.code = code


class ColaLink:
    """``listen`` must run beside the requests; ``on_scan`` is called with the body of every scan."""

    def __init__(
        self, device: str, stream: ByteStream, dialect: Dialect, timeout: float, on_scan: Callable[[bytes], None]
    ) -> None:
        self.dialect = dialect
        self._device = device
        self._stream = stream
        self._timeout = timeout
        self._on_scan = on_scan
        self._turn = asyncio.Lock()
        self._requests: Requests[tuple[str, str], Telegram] = Requests(device)
        self.fail = self._requests.fail

    async def listen(self) -> None:
        """Hand out what comes, until the scanner closes. Raises ``TransportError`` and ``ProtocolError``."""
        await read_frames(self._stream, self.dialect.frames().feed, self._take)

    def _take(self, content: bytes) -> None:
        telegram = decode(content)
        if telegram.letters == EVENT:
            if telegram.name == SCANS:  # other subscriptions are not for this driver
                self._on_scan(telegram.body)
            return
        awaited = self._requests.oldest
        if awaited is None:
            raise ProtocolError(self._device, "an answer without a request", data=content[:64])
        if telegram.letters != FAILURE and (telegram.letters, telegram.name) != awaited:
            raise ProtocolError(self._device, f"not the answer {awaited[0]} {awaited[1]}", data=content[:64])
        self._requests.answer(awaited, telegram)

    # --- requests ---------------------------------------------------------------------------------------------

    async def read(self, name: str) -> Values:
        """Return a variable. Raises ``ColaRefused``, ``ConnectionLost`` and ``ProtocolError``, as all requests do."""
        return await self._ask("sRN", name, (), (), VARIABLES[name].layout)

    async def write(self, name: str, *values: int | str) -> None:
        """Write a variable."""
        await self._ask("sWN", name, values, VARIABLES[name].layout, ())

    async def call(self, name: str, *arguments: int | str) -> Values:
        """Call a method; what it returns."""
        method = METHODS[name]
        return await self._ask("sMN", name, arguments, method.arguments, method.result)

    async def ident(self) -> Values:
        """Who it is, by the older request: name and version."""
        return await self._ask("sRI", IDENT_INDEX, (), (), IDENT)

    async def subscribe(self, on: bool) -> None:
        """Begin or end the scans that come by themselves."""
        (answer,) = await self._ask("sEN", SCANS, (int(on),), (U8,), (U8,))
        if answer != int(on):
            raise ProtocolError(self._device, f"sEA {SCANS} {answer} instead of {int(on)}")

    async def _ask(self, letters: str, name: str, values: Values, layout: Layout, expected: Layout) -> Values:
        request = Telegram(letters, name, write_values(self.dialect, values, layout))
        async with self._turn:
            awaited, what = (ANSWERS[letters], name), f"{letters} {name}"
            data = self.dialect.encode(request)
            answer = await self._requests.ask(awaited, lambda: self._stream.write(data), what, self._timeout)
        if answer.letters == FAILURE:
            raise ColaRefused(self._device, f"{letters} {name}", self._code(answer))
        try:
            return read_values(self.dialect, answer.body, expected)
        except BadValue as error:
            text = f"the answer to {letters} {name}: {error.message}"
            raise ProtocolError(self._device, text, data=answer.body[:64]) from None

    def _code(self, answer: Telegram) -> int:
        try:
            return self.dialect.failure_code(answer)
        except ProtocolError as error:
            raise ProtocolError(self._device, error.message, data=answer.body[:64]) from None
