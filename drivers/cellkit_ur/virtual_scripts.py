"""Ports 30001 to 30003 and their read-only twins: states and messages go out, URScript comes in."""

from __future__ import annotations

from collections.abc import Callable

from cellkit.errors import TransportError
from cellkit.transport.network import ByteStream
from cellkit_ur.control_box import SOFTWARE, ControlBox
from cellkit_ur.controller_state import ControllerState
from cellkit_ur.program_player import ProgramPlayer
from cellkit_ur.protocol import realtime
from cellkit_ur.protocol.state_packets import Message, VersionMessage, encode_message
from cellkit_ur.urscript import ScriptReader
from cellkit_ur.virtual_state_packets import realtime_values, state_packet

_STATE_EVERY = 50  # control steps: 10 Hz
_BUILD_DATE = "01-01-2024, 00:00:00"
_LOOK_AFTER = 100


class _Client:
    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self.sent = 0
        self.draining = False


class ScriptPorts:
    """All clients of these ports. ``wake`` is called when control steps are needed."""

    def __init__(self, box: ControlBox, player: ProgramPlayer, wake: Callable[[], None]) -> None:
        self.box = box
        self.player = player
        self._wake = wake
        self._primary: list[_Client] = []
        self._secondary: list[_Client] = []
        self._realtime: list[_Client] = []

    @property
    def sending(self) -> bool:
        """Whether anybody listens."""
        return bool(self._primary or self._secondary or self._realtime)

    async def primary(self, stream: ByteStream) -> None:
        """States and messages; takes scripts."""
        await self._serve(stream, self._primary, True)

    async def secondary(self, stream: ByteStream) -> None:
        """States; takes scripts."""
        await self._serve(stream, self._secondary, True)

    async def realtime(self, stream: ByteStream) -> None:
        """A packet each control step; takes scripts."""
        await self._serve(stream, self._realtime, True)

    async def primary_read_only(self, stream: ByteStream) -> None:
        """States and messages."""
        await self._serve(stream, self._primary, False)

    async def secondary_read_only(self, stream: ByteStream) -> None:
        """States."""
        await self._serve(stream, self._secondary, False)

    async def realtime_read_only(self, stream: ByteStream) -> None:
        """A packet each control step."""
        await self._serve(stream, self._realtime, False)

    async def _serve(self, stream: ByteStream, clients: list[_Client], takes_scripts: bool) -> None:
        client, reader = _Client(stream), ScriptReader()
        if clients is not self._realtime:
            major, minor, bugfix, build = SOFTWARE
            version = VersionMessage(major, minor, bugfix, build, _BUILD_DATE)
            stream.write(encode_message(version, self.box.stamp()))
        clients.append(client)
        self._wake()
        try:
            while data := await stream.read():
                if takes_scripts:
                    for text in reader.feed(data):
                        self.player.load(text)
                        self._wake()
        finally:
            clients.remove(client)

    def send(self, snapshot: ControllerState) -> None:
        """What goes out in this control step."""
        if self._realtime:
            packet = realtime.encode(realtime_values(snapshot))
            for client in self._realtime:
                self._write(client, packet)
        if snapshot.step % _STATE_EVERY == 0 and (self._primary or self._secondary):
            packet = state_packet(snapshot)
            for client in (*self._primary, *self._secondary):
                self._write(client, packet)

    def tell(self, message: Message) -> None:
        """A message to everybody on the primary port."""
        if self._primary:
            packet = encode_message(message, self.box.stamp())
            for client in self._primary:
                self._write(client, packet)

    def _write(self, client: _Client, data: bytes) -> None:
        if client.draining:
            return  # does not read what it has got so far
        try:
            client.stream.write(data)
        except TransportError:
            return  # its reader hears of it as well
        client.sent += 1
        if client.sent % _LOOK_AFTER == 0:
            client.draining = True
            self.box.spawn(_drained(client))


async def _drained(client: _Client) -> None:
    try:
        await client.stream.drain()
    finally:
        client.draining = False
