"""A SICK scanner as a virtual device: CoLa A and CoLa B on their ports, several clients, over a plant that measures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from typing_extensions import override

from cellkit.controller.plants.scanner import ScannerPlant
from cellkit.controller.virtual_device import Endpoint, VirtualDevice
from cellkit.devices import Field
from cellkit.errors import ProtocolError
from cellkit.models.sensor import ScannerModel
from cellkit.transport import ByteStream
from cellkit_sick.protocol.commands import SCANS, Level
from cellkit_sick.protocol.scandata import (
    STATUS_CONTAMINATION,
    STATUS_CONTAMINATION_ERROR,
    STATUS_ERROR,
    encode_scan,
)
from cellkit_sick.protocol.telegrams import COLA_A, COLA_B, EVENT, Dialect, Telegram
from cellkit_sick.virtual_head import Head
from cellkit_sick.virtual_session import ColaSession

DIALECTS = (COLA_A, COLA_B)
STATES = {
    "none": 0,
    "warning": STATUS_CONTAMINATION,
    "error": STATUS_CONTAMINATION_ERROR,
}


class VirtualCola(VirtualDevice):
    """Both ports of one scanner. ``fields`` are watched by the driver, not by the scanner, and are not used here."""

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "cola": Endpoint("tcp", 2111, "CoLa A (text)"),
        "colab": Endpoint("tcp", 2112, "CoLa B (binary)"),
    }

    def __init__(self, model: ScannerModel, fields: Mapping[str, Field], plant: ScannerPlant) -> None:
        super().__init__()
        self.model = model
        self.head = Head(model, plant)
        self._dialects = {"cola": 0, "colab": 1}
        self._sessions: list[ColaSession] = []

    @property
    @override
    def title(self) -> str:
        return self.model.name

    async def _open(self) -> None:
        self.head.power_up()
        for endpoint in self.ENDPOINTS:
            await self._serve(endpoint, partial(self._client, endpoint))
        self._every(self.head.period, self._turn)

    # --- clients ----------------------------------------------------------------------------------------------

    async def _client(self, endpoint: str, stream: ByteStream) -> None:
        if self.head.dark:
            return
        session = ColaSession(
            self.head, self._dialect(endpoint), stream, self._logged_in,
            lambda number: self._dialects.update({endpoint: number}), self.restart,
        )  # fmt: skip
        self._sessions.append(session)
        sending = self._background(session.send_scans())
        try:
            await self._talk(session, stream)
        finally:
            sending.cancel()
            session.log_out()
            if session in self._sessions:
                self._sessions.remove(session)

    async def _talk(self, session: ColaSession, stream: ByteStream) -> None:
        frames = session.dialect.frames()
        while data := await stream.read():
            if self.mute:
                continue
            try:
                for content in frames.feed(data):
                    stream.write(session.answer(content))
            except ProtocolError:
                frames.reset()  # what is no telegram of this dialect is not answered at all
            await stream.drain()

    def _dialect(self, endpoint: str) -> Dialect:
        return DIALECTS[self._dialects[endpoint]]

    def _logged_in(self) -> bool:
        return any(session.level > Level.RUN for session in self._sessions)

    # --- turns ------------------------------------------------------------------------------------------------

    def _turn(self) -> None:
        due = self.head.turn()
        listening = [session for session in self._sessions if session.subscribed]
        if not due or self.mute or not listening:
            return
        scan = self.head.scan()
        telegrams: dict[str, bytes] = {}
        for session in listening:
            dialect = session.dialect
            if dialect.name not in telegrams:
                body = encode_scan(dialect, scan)
                telegrams[dialect.name] = dialect.encode(Telegram(EVENT, SCANS, body))
            session.offer(telegrams[dialect.name])

    # --- what can happen --------------------------------------------------------------------------------------

    def restart(self) -> None:
        """Off and on again; every connection ends, once its last answer is out."""
        self.head.power_up(restart=True)
        self._dialects = {"cola": 0, "colab": 1}
        sessions, self._sessions = self._sessions, []
        loop = asyncio.get_running_loop()
        for session in sessions:
            loop.call_soon(session.close)

    def contaminate(self, how: str = "error") -> None:
        """Dirt on the window: ``none``, ``warning`` or ``error``. Raises ``ValueError`` for another word."""
        if how not in STATES:
            raise ValueError(f"contaminated {'|'.join(STATES)}")
        self.head.status = STATES[how]

    @override
    def switches(self) -> dict[str, Callable[..., object]]:

        def dazzle(how: str = "on") -> None:
            if how not in ("on", "off"):
                raise ValueError("dazzle on|off")
            self.head.dazzled = how == "on"

        def fault(how: str = "on") -> None:
            if how not in ("on", "off"):
                raise ValueError("fault on|off")
            self.head.status = STATUS_ERROR if how == "on" else 0

        return {
            "dazzle": dazzle,
            "contaminated": self.contaminate,
            "fault": fault,
            "restart": self.restart,
            **self._mute_switches(),
        }

    @override
    def status_line(self) -> str:
        head = self.head
        words = "starting" if not head.ready else "measuring" if head.measuring else "standing"
        listening = sum(session.subscribed for session in self._sessions)
        words += f", {len(self._sessions)} clients, {listening} of them subscribed"
        words += ", dazzled" if head.dazzled else ""
        return words + (f", device status {head.status}" if head.status else "")
