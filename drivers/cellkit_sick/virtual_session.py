"""One client of a virtual scanner: its user level, what it is answered, and the scans it has asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cellkit.transport import ByteStream
from cellkit_sick.protocol.commands import (
    FIELD_EVENTS,
    IDENT,
    METHODS,
    PASSWORDS,
    SCANS,
    U8,
    VARIABLES,
    Layout,
    Level,
    Values,
    read_values,
    write_values,
)
from cellkit_sick.protocol.errors import BadValue, Sfa
from cellkit_sick.protocol.scandata import encode_scan
from cellkit_sick.protocol.telegrams import ANSWERS, IDENT_INDEX, Dialect, Telegram, decode
from cellkit_sick.virtual_head import Head


class ColaSession:
    """``logged_in``: whether a client is; ``switch`` sets the dialect of later connections; ``restart`` restarts."""

    def __init__(
        self,
        head: Head,
        dialect: Dialect,
        stream: ByteStream,
        logged_in: Callable[[], bool],
        switch: Callable[[int], None],
        restart: Callable[[], None],
    ) -> None:
        self.dialect = dialect
        self.level = Level.RUN
        self.subscribed = False
        self._head = head
        self._stream = stream
        self._logged_in, self._switch, self._restart = logged_in, switch, restart
        self._newest: bytes | None = None
        self._news = asyncio.Event()

    # --- scans ------------------------------------------------------------------------------------------------

    def offer(self, telegram: bytes) -> None:
        """Queue a scan to send; it replaces one that still waits for a slow client."""
        self._newest = telegram
        self._news.set()

    async def send_scans(self) -> None:
        """Send what is offered, for as long as the connection lives."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self._newest is not None and self.subscribed:
                self._stream.write(self._newest)
            self._newest = None
            await self._stream.drain()

    def close(self) -> None:
        """End the connection."""
        self._stream.close()

    # --- requests ---------------------------------------------------------------------------------------------

    def answer(self, content: bytes) -> bytes:
        """Return the bytes that a telegram is answered with."""
        try:
            request = decode(content)
            name, body = self._carry_out(request)
            return self.dialect.encode(Telegram(ANSWERS[request.letters], name, body))
        except BadValue as refusal:
            return self.dialect.failure(refusal.code)

    def _carry_out(self, request: Telegram) -> tuple[str, bytes]:
        name = request.name
        if request.letters == "sRN":
            return name, self._read(name, request.body)
        if request.letters == "sWN":
            self._write(name, request.body)
            return name, b""
        if request.letters == "sMN":
            return name, self._call(name, request.body)
        if request.letters == "sEN":
            return name, self._event(name, request.body)
        if request.letters == "sRI":
            if name != IDENT_INDEX:
                raise BadValue(Sfa.UNKNOWN_VARIABLE, f"no variable {name}")
            return name, self._values(self._head.read("DeviceIdent", False), IDENT)
        raise BadValue(Sfa.UNKNOWN_BY_NAME, f"no command {request.letters}")

    def _values(self, values: Values, layout: Layout) -> bytes:
        return write_values(self.dialect, values, layout)

    def _read(self, name: str, body: bytes) -> bytes:
        if name == SCANS:
            read_values(self.dialect, body, ())
            return encode_scan(self.dialect, self._head.scan())
        variable = VARIABLES.get(name)
        if variable is None or not variable.readable:
            raise BadValue(Sfa.UNKNOWN_VARIABLE, f"no variable {name}")
        read_values(self.dialect, body, ())
        if name == "EIHstCola":
            return self._values((self.dialect.number,), variable.layout)
        try:
            return self._values(self._head.read(name, self._logged_in()), variable.layout)
        except KeyError:
            raise BadValue(Sfa.UNKNOWN_VARIABLE, f"no variable {name}") from None

    def _write(self, name: str, body: bytes) -> None:
        variable = VARIABLES.get(name)
        if variable is None:
            raise BadValue(Sfa.UNKNOWN_VARIABLE, f"no variable {name}")
        if variable.level is None or self.level < variable.level:
            raise BadValue(Sfa.WRITE_DENIED, f"{name} must not be written on level {self.level}")
        values = read_values(self.dialect, body, variable.layout)
        if name != "EIHstCola":
            self._head.write(name, values)
        elif values[0] in (0, 1) and self._head.ready:
            self._switch(int(values[0]))
        else:
            raise BadValue(Sfa.CONDITION_FAILED, "no such dialect, or not ready")

    def _event(self, name: str, body: bytes) -> bytes:
        if name != SCANS and not (name in FIELD_EVENTS and self._head.evaluates_fields):
            raise BadValue(Sfa.UNKNOWN_EVENT, f"no event {name}")
        (on,) = read_values(self.dialect, body, (U8,))
        if on not in (0, 1):
            raise BadValue(Sfa.CONDITION_FAILED, f"{on} is neither on nor off")
        if name == SCANS:  # without fields, inputs and outputs that change, the others never come
            self.subscribed = bool(on)
        return self._values((on,), (U8,))

    # --- methods ----------------------------------------------------------------------------------------------

    def _call(self, name: str, body: bytes) -> bytes:
        method = METHODS.get(name)
        if method is None:
            raise BadValue(Sfa.UNKNOWN_METHOD, f"no method {name}")
        if self.level < method.level:
            raise BadValue(Sfa.METHOD_DENIED, f"{name} must not be called on level {self.level}")
        arguments = read_values(self.dialect, body, method.arguments)
        return self._values(self._do(name, arguments), method.result)

    def _do(self, name: str, arguments: Values) -> Values:
        head = self._head
        if name in ("SetAccessMode", "CheckPassword"):
            level, password = map(int, arguments)
            right = PASSWORDS.get(Level(level)) == password if level in PASSWORDS else False
            if right and name == "SetAccessMode":
                self.level = Level(level)
            return (int(right),)
        if name == "Run":
            self.log_out()
            return (1,)
        if name == "mSCreboot":
            self._restart()
            return ()
        if not head.ready:
            raise BadValue(Sfa.CONDITION_FAILED, "the scanner is not ready")
        if name == "mLMPsetscancfg":
            return head.configure(arguments)
        if name.startswith("LMC"):
            head.measuring = name == "LMCstartmeas"
            return (0,)
        if name == "mEEwriteall":
            head.saved = head.pending
            return (1,)
        head.pending = head.factory
        return ()

    def log_out(self) -> None:
        """Back to level 0: what was written counts."""
        if self.level > Level.RUN:
            self._head.apply()
        self.level = Level.RUN
