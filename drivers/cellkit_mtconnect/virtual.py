"""An MTConnect agent with one machine tool as a virtual device: its address and its switches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import ClassVar

from typing_extensions import override

from cellkit.controller.plants.machine import MachinePlant
from cellkit.controller.virtual_device import Endpoint, VirtualDevice
from cellkit.digits import whole_number
from cellkit.transport import ByteStream
from cellkit_mtconnect.protocol.writing import VERSIONS, Version
from cellkit_mtconnect.virtual_agent import LOSABLE, Agent
from cellkit_mtconnect.virtual_http import Server, Switchboard

VERSION: Version = (2, 0)
MOST_BLOCKS = 1_000_000


class VirtualAgent(VirtualDevice):
    """Over a ``MachinePlant``. It acts like version 1 or 2 of the reference agent, by the version of its documents."""

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {"http": Endpoint("tcp", 5000, "MTConnect agent, HTTP")}

    def __init__(self, plant: MachinePlant) -> None:
        super().__init__()
        self.agent = Agent(VERSION)
        self._plant = plant
        self._server: Server | None = None
        plant.on_change(self._changed)

    @property
    @override
    def title(self) -> str:
        return "MTConnect agent of a machine tool"

    @property
    def server(self) -> Server:
        """What answers, once it was started."""
        if self._server is None:
            raise RuntimeError("the virtual device was not started")
        return self._server

    async def _open(self) -> None:
        board = Switchboard(asyncio.Event())
        board.speaking.set()
        self.agent.start(self._plant.report())
        self._server = Server(self.agent, board)
        await self._serve("http", self._client)

    async def _client(self, stream: ByteStream) -> None:
        await self.server.serve(stream)

    def _changed(self) -> None:
        if self._server is not None:
            self.agent.update(self._plant.report())

    @override
    def status_line(self) -> str:
        if self._server is None:
            return "not started"
        report, version = self._plant.report(), ".".join(map(str, self.agent.version))
        words = [
            f"door {report.door.value}, chuck {report.chuck.value}, {report.execution.value}",
            "" if report.available else "not available",
            ", ".join(alarm.code for alarm in report.alarms),
            f"version {version}, next {self.agent.ring.next}, {self.server.streams} streams",
            "" if self.server.board.speaking.is_set() else "mute",
        ]
        return "; ".join(word for word in words if word)

    @override
    def switches(self) -> dict[str, Callable[..., object]]:
        """Return the switches of the agent.

        * ``unavailable [WORD]``: the source of the door, chuck, execution, mode or conditions is gone; without a
          word, of everything. ``available`` brings all back.
        * ``restart``: the agent's process begins anew. ``break``: streams are cut in the middle of a chunk.
        * ``http500 [N]``: the next N requests fail. ``mute`` and ``speak``: it hangs, and goes on.
        * ``flood [N]``: so many observations at once. ``schema VERSION``: documents of another version.
        """
        return {
            "unavailable": self._lose,
            "available": lambda: self.agent.lose(()),
            "restart": self._restart,
            "break": lambda: self.server.cut_streams(halfway=True),
            "http500": self._fail,
            "mute": lambda: self._speak(False),
            "speak": lambda: self._speak(True),
            "flood": self._flood,
            "schema": self._schema,
        }

    def _lose(self, word: str = "all") -> None:
        if word != "all" and word not in LOSABLE:
            raise ValueError(f"unavailable [all|{'|'.join(LOSABLE)}]")
        self.agent.lose(EVERYTHING if word == "all" else {LOSABLE[word]})

    def _restart(self) -> None:
        self.server.cut_streams(halfway=False)
        self.agent.start(self._plant.report())

    def _speak(self, on: bool) -> None:
        speaking = self.server.board.speaking
        speaking.set() if on else speaking.clear()

    def _fail(self, count: str = "1") -> None:
        self.server.board.failing = _whole(count, "http500 [N]", 1000)

    def _flood(self, count: str = "2000") -> None:
        self.agent.flood(_whole(count, "flood [N]", MOST_BLOCKS))

    def _schema(self, text: str) -> None:
        known = {".".join(map(str, version)): version for version in VERSIONS}
        if text not in known:
            raise ValueError(f"schema {'|'.join(known)}")
        self.agent.version = known[text]
        self._restart()


EVERYTHING = frozenset({"avail", *LOSABLE.values()})
"""Data items of which an adapter is the source."""


def _whole(text: str, usage: str, most: int) -> int:
    number = whole_number(text, most)
    if number is None:
        raise ValueError(f"{usage}, N up to {most}")
    return number
