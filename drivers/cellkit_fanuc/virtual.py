"""A virtual FANUC controller with the RMI option."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import ClassVar

from typing_extensions import override

from cellkit.controller.arm_controller import ArmController
from cellkit.controller.virtual_controller import Endpoint, VirtualController
from cellkit.devices import Fault
from cellkit.errors import ProtocolError, TransportError
from cellkit.timing import now
from cellkit.transport import ByteStream
from cellkit_fanuc.protocol.catalogue import ANALOG_COUNTS, REQUESTS, verify
from cellkit_fanuc.protocol.codec import Lines, Packet, decode, encode
from cellkit_fanuc.protocol.errors import RmiRefused, Rmit
from cellkit_fanuc.virtual_commands import Commands
from cellkit_fanuc.virtual_data import ControllerData
from cellkit_fanuc.virtual_program import Program, ProgramStatus, refusal

MAJOR, MINOR = 7, 0
IDLE_LIMIT = 3600.0  # s without a packet until the controller ends the session ($RMI_CFG.$DISCNT_TIM)
OVERHEATED = Fault("SRVO-046", "OVC alarm (Group:1 Axis:2)")


class VirtualFanuc(VirtualController):
    """One client at a time: it asks for a port at ``rmi`` and talks at ``motion``."""

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {
        "rmi": Endpoint("tcp", 16001, "RMI: where a client asks for its session"),
        "motion": Endpoint("tcp", 16002, "RMI: the session"),
    }

    def __init__(self, kernel: ArmController) -> None:
        super().__init__(kernel)
        self.data = ControllerData()
        self.program = Program(kernel, self.data, self._send, self._background)
        self.commands = Commands(kernel, self.data, self.program)
        self.data.signals.watch(self._outputs_changed)
        self._client: ByteStream | None = None
        self._heard = 0.0
        self._resetting = False

    async def _open(self) -> None:
        await self._serve("rmi", self._reception)
        await self._serve("motion", self._session, client_first=True)

    # --- sessions ---------------------------------------------------------------------------------------------

    async def _reception(self, stream: ByteStream) -> None:
        """Answer one request; the controller then closes the connection."""
        lines = Lines()
        while data := await stream.read():
            for line in lines.feed(data):
                packet = decode(line)
                code, port = 0, self.ports["motion"]
                if packet.name != "FRC_Connect" or packet.kind != "Communication":
                    stream.write(encode(Packet("Command", "Unknown", {"ErrorID": int(Rmit.INVALID_COMMAND)})))
                    continue
                if self._client is not None:
                    code, port = int(Rmit.ALREADY_CONNECTED), 0
                answer = {"ErrorID": code, "PortNumber": port, "MajorVersion": MAJOR, "MinorVersion": MINOR}
                stream.write(encode(Packet("Communication", "FRC_Connect", answer)))
                return

    async def _session(self, stream: ByteStream) -> None:
        if self._client is not None:
            return  # one client at a time; the second finds its connection closed
        self._client = stream
        self._heard = now()
        idle = asyncio.get_running_loop().call_later(IDLE_LIMIT, self._give_up, stream)
        try:
            await self._talk(stream)
        finally:
            idle.cancel()
            self._client = None
            if self.program.status is not ProgramStatus.ABORTED:
                self.program.abort()

    async def _talk(self, stream: ByteStream) -> None:
        lines = Lines()
        while data := await stream.read():
            for line in lines.feed(data):
                self._heard = now()
                try:
                    packet = decode(line)
                except ProtocolError:
                    self._send(Packet("Command", "Unknown", {"ErrorID": int(Rmit.TEXT_STRING)}))
                    continue
                if packet.name == "FRC_Reset" and not self._resetting:
                    self._resetting = True
                    self._background(self._reset(packet, stream))
                    continue
                self._send_all(await self._answer(packet))
                if packet.name == "FRC_Disconnect":
                    await stream.drain()
                    return

    async def _reset(self, packet: Packet, stream: ByteStream) -> None:
        """Reset the controller.

        This command alone takes time, as the arm has to stand. Other commands are refused meanwhile.
        """
        try:
            answers = await self._answer(packet)
        finally:
            self._resetting = False
        if self._client is stream:
            self._send_all(answers)

    async def _answer(self, packet: Packet) -> list[Packet]:
        try:
            if packet.kind == "Instruction":
                self.program.accept(packet)
                return []  # the answer comes when it is done
            fields = verify(packet)
            if self._resetting and packet.name not in ("FRC_Reset", "FRC_Disconnect"):
                raise RmiRefused(Rmit.WAIT_FOR_COMMAND)
            if packet.name == "FRC_Connect":
                raise RmiRefused(Rmit.ALREADY_CONNECTED)
            found = {} if packet.kind == "Communication" else await self.commands.carry_out(packet.name, fields)
        except RmiRefused as error:
            return [_refused(packet, error.code)]
        return [Packet(packet.kind, packet.name, {"ErrorID": 0, **found})]

    def _send(self, packet: Packet) -> None:
        """Send to the client, if a client is connected."""
        if self._client is not None:
            try:
                self._client.write(encode(packet))
            except TransportError:
                self._client.close()

    def _send_all(self, packets: list[Packet]) -> None:
        for packet in packets:
            self._send(packet)

    def _give_up(self, stream: ByteStream) -> None:
        """End a session without a packet for too long."""
        if self._client is not stream:
            return
        left = self._heard + IDLE_LIMIT - now()
        if left > 0.0:
            asyncio.get_running_loop().call_later(left, self._give_up, stream)
            return
        self._send(Packet("Communication", "FRC_Terminate"))
        stream.close()

    # --- signals ----------------------------------------------------------------------------------------------

    @override
    def set_digital_input(self, terminal: int, value: bool) -> None:
        """Set a DI."""
        self.data.signals["DI", terminal] = int(value)

    @override
    def digital_output(self, terminal: int) -> bool:
        """Return a DO."""
        return bool(self.data.signals["DO", terminal])

    @override
    def set_analog_input(self, terminal: int, share: float) -> None:
        """Set an AI, with a module that counts whole steps."""
        self.data.signals["AI", terminal] = round(share * ANALOG_COUNTS)

    @override
    def analog_output(self, terminal: int) -> float:
        """Return an AO."""
        return self.data.signals["AO", terminal] / ANALOG_COUNTS

    # --- switches ---------------------------------------------------------------------------------------------

    @override
    def example_fault(self) -> Fault:
        """Return an overcurrent alarm of axis 2."""
        self.kernel.raise_fault(OVERHEATED)
        return OVERHEATED

    @override
    def status_line(self) -> str:
        client = "client connected" if self._client is not None else "no client"
        return f"{super().status_line()}; {client}, RMI_MOVE {self.program.status.name.lower()}"


def _refused(packet: Packet, code: int) -> Packet:
    """Return the answer to a packet that is not accepted; an unknown packet is answered with Unknown."""
    answer = (
        refusal(packet, code) if packet.kind == "Instruction" else Packet(packet.kind, packet.name, {"ErrorID": code})
    )
    return answer if packet.name in REQUESTS else Packet("Command", "Unknown", answer.fields)
