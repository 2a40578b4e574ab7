"""A virtual Yaskawa controller with the High-Speed Ethernet Server: both ports over cellkit's kernel."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from cellkit.controller.arm_controller import ArmController
from cellkit.controller.virtual_controller import Endpoint, VirtualController
from cellkit.devices.safety import Fault
from cellkit.transport.network import Datagram
from cellkit_yaskawa.protocol.axes import axes_of
from cellkit_yaskawa.protocol.codes import Command, Status
from cellkit_yaskawa.protocol.frames import FILE, ROBOT, Answer, FrameError, decode_request
from cellkit_yaskawa.protocol.signals import GENERAL_INPUT, GENERAL_OUTPUT, NETWORK_INPUT, place
from cellkit_yaskawa.virtual_commands import ControlPort
from cellkit_yaskawa.virtual_data import Memory, Refusal
from cellkit_yaskawa.virtual_files import FilePort
from cellkit_yaskawa.virtual_motion import Playback


class VirtualYaskawa(VirtualController):
    """The controller: in remote and play mode, drive power off, as it comes up."""

    ENDPOINTS: ClassVar = {
        "control": Endpoint("udp", 10040, "robot control of the High-Speed Ethernet Server"),
        "file": Endpoint("udp", 10041, "file control of the High-Speed Ethernet Server"),
    }

    def __init__(self, kernel: ArmController) -> None:
        super().__init__(kernel)
        self.axes = axes_of(kernel.model.id, kernel.model.dof)
        self.memory = Memory()
        self.memory.on_signals = self._ladder
        self.ladder_copies = True
        """Whether the ladder program copies network inputs to general outputs, byte by byte: what the driver needs."""
        self.playback = Playback(kernel, self.axes, self.memory, self._background)
        self.control = ControlPort(self.playback)
        self.files = FilePort(self.playback)

    async def _open(self) -> None:
        self.kernel.powered = False
        self._background(self._serve_control(await self._bind("control")))
        self._background(self._serve_files(await self._bind("file")))

    async def _serve_control(self, socket: Datagram) -> None:
        while True:
            datagram, client = await socket.receive()
            answer = self.answer(datagram)
            if answer is not None:
                socket.send(answer.encode(), client)

    def answer(self, datagram: bytes) -> Answer | None:
        """Return the answer of the robot control port to a datagram; None: no answer."""
        try:
            request = decode_request(datagram, ROBOT)
        except FrameError as error:
            return _malformed(datagram, error, ROBOT)
        try:
            data = self.control.carry_out(request)
        except Refusal as refusal:
            return Answer(request.service, refusal.status, refusal.added, b"", request.request_id)
        return Answer(request.service, Status.OK, 0, data, request.request_id)

    async def _serve_files(self, socket: Datagram) -> None:
        while True:
            datagram, client = await socket.receive()
            try:
                answer = self.files.carry_out(decode_request(datagram, FILE), client)
            except FrameError as error:
                answer = _malformed(datagram, error, FILE)
            if answer is not None:
                socket.send(answer.encode(), client)

    # --- signals ----------------------------------------------------------------------------------------------

    @override
    def set_digital_input(self, terminal: int, value: bool) -> None:
        """Set a general input, IN#."""
        self.memory.set_signal(*place(GENERAL_INPUT, terminal), value)

    @override
    def digital_output(self, terminal: int) -> bool:
        """Return a general output, OT#."""
        return self.memory.signal(*place(GENERAL_OUTPUT, terminal))

    def set_output(self, terminal: int, value: bool) -> None:
        """Set a general output, as a job of another user does (DOUT OT#)."""
        self.memory.set_signal(*place(GENERAL_OUTPUT, terminal), value)
        self._outputs_changed()

    def _ladder(self, instance: int) -> None:
        """Run the ladder program after a network input was written."""
        if self.ladder_copies:
            signals = self.memory.values[Command.IO]
            signals[GENERAL_OUTPUT + instance - NETWORK_INPUT] = signals[instance]
            self._outputs_changed()

    # --- switches ---------------------------------------------------------------------------------------------

    @override
    def stall(self) -> None:
        self.playback.set_override(0.0)

    @override
    def example_fault(self) -> Fault:
        fault = Fault("4328", "SERVO TRACKING ERROR")
        self.kernel.raise_fault(fault)
        return fault

    @override
    def status_line(self) -> str:
        return f"{super().status_line()}{self.playback.note()}"


def _malformed(datagram: bytes, error: FrameError, division: int) -> Answer | None:
    """Return the refusal of a datagram whose header is wrong; None for a datagram without a header."""
    if not error.added:
        return None
    return Answer(datagram[29], Status.SEE_ADDED, error.added, b"", datagram[11], division)
