"""A virtual UFACTORY control box: its control port and report streams over cellkit's kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from cellkit.controller.arm_controller import ArmController
from cellkit.controller.virtual_controller import Endpoint, VirtualController
from cellkit.devices import Fault, OperationalMode
from cellkit.errors import TransportError
from cellkit.timing import now
from cellkit.transport import ByteStream
from cellkit_ufactory.protocol.frames import (
    HEARTBEAT,
    MODBUS,
    PRIVATE_ALIVE,
    Feedback,
    FeedbackKind,
    FeedbackResult,
    Frame,
    FrameReader,
)
from cellkit_ufactory.protocol.numbers import Function, Mode, State, error_text
from cellkit_ufactory.protocol.signals import STEPS
from cellkit_ufactory.protocol.version import ControllerVersion
from cellkit_ufactory.virtual_box import ControlBox
from cellkit_ufactory.virtual_functions import Functions
from cellkit_ufactory.virtual_io import with_bit
from cellkit_ufactory.virtual_modbus import ModbusMap
from cellkit_ufactory.virtual_queue import DEPTH, Notify
from cellkit_ufactory.virtual_reports import Reporter

CYCLE = 0.01  # s between two reports of ports 30000 and 30003
SLOW_BEATS = 20  # cycles between two reports of ports 30001 and 30002
SILENCE = 90.0  # s after which a client that has promised to keep alive is dropped
FIRMWARE = (2, 3, 0)
ARM_TYPES = {"xarm6": 6, "xarm7": 7, "lite6": 9}
"""Type numbers of the version text, from ``x_config.py`` of the SDK."""
END_EFFECTOR = 19


@dataclass(slots=True, eq=False)
class Client:
    """One connection to the control port."""

    stream: ByteStream
    last_message: float
    keeps_alive: bool = False
    feedback: int = 0


class VirtualUfactory(VirtualController):
    """The control box of an xArm 6, xArm 7 or Lite 6."""

    ENDPOINTS: ClassVar = {
        "control": Endpoint("tcp", 502, "control: private protocol and Modbus TCP"),
        "report_rt": Endpoint("tcp", 30000, "report, RT"),
        "report_normal": Endpoint("tcp", 30001, "report, normal (5 Hz)"),
        "report_rich": Endpoint("tcp", 30002, "report, rich (5 Hz)"),
        "report_real": Endpoint("tcp", 30003, "report, real (100 Hz)"),
    }

    def __init__(self, kernel: ArmController) -> None:
        super().__init__(kernel)
        kernel.queue_depth = DEPTH
        dof = kernel.model.dof
        self.version = ControllerVersion(dof, ARM_TYPES.get(kernel.model.id, dof), "XI1300", "AC1300", FIRMWARE)
        self.box = ControlBox(kernel, self._background)
        self.box.signals.on_outputs = self._outputs_changed
        self.functions = Functions(self.box, self.version)
        self.modbus = ModbusMap(self.box)
        self.reporter = Reporter(self.box, self.version)
        self._clients: list[Client] = []
        self._readers: dict[int, list[ByteStream]] = {}
        self._beats = 0

    async def _open(self) -> None:
        await self._serve("control", self._control)
        for name in ("report_rt", "report_normal", "report_rich", "report_real"):
            await self._serve_reports(name)
        self._background(self.box.queue.run())
        self._every(CYCLE, self._cycle)
        self._every(SILENCE / 10, self._drop_silent)

    # --- the control port -------------------------------------------------------------------------------------

    async def _control(self, stream: ByteStream) -> None:
        client = Client(stream, now())
        reader = FrameReader()
        self._clients.append(client)
        try:
            while data := await stream.read():
                client.last_message = now()
                for frame in reader.feed(data):
                    reply = await self._answer(client, frame)
                    if reply is not None:
                        stream.write(reply.encode())
                await stream.drain()
        finally:
            self._clients.remove(client)

    async def _answer(self, client: Client, frame: Frame) -> Frame | None:
        if frame.protocol == HEARTBEAT:
            return None
        if frame.protocol == MODBUS:
            return Frame(frame.transaction, MODBUS, frame.function, self.modbus.answer(frame.body))
        client.keeps_alive = frame.protocol == PRIVATE_ALIVE
        if frame.function == Function.SET_FEEDBACK and len(frame.body) == 1:
            client.feedback = frame.body[0]
        body = await self.functions.answer(frame.function, frame.body, self._reporter(client, frame))
        return Frame(frame.transaction, frame.protocol, frame.function, body)

    def _reporter(self, client: Client, frame: Frame) -> Notify:
        """Return a callback that reports a command to the client, if the client has requested such reports."""

        def notify(kind: FeedbackKind, result: FeedbackResult) -> None:
            if client.feedback & kind and client in self._clients:
                report = Feedback(kind, result).frame(frame.transaction, frame.protocol)
                try:
                    client.stream.write(report.encode())
                except TransportError:
                    return  # the client's reader is notified of the loss as well

        return notify

    def _drop_silent(self) -> None:
        for client in self._clients:
            if client.keeps_alive and now() - client.last_message > SILENCE:
                client.stream.close()

    # --- reports ----------------------------------------------------------------------------------------------

    async def _serve_reports(self, name: str) -> None:
        readers: list[ByteStream] = []

        async def handle(stream: ByteStream) -> None:
            readers.append(stream)
            try:
                while await stream.read():
                    pass  # clients have nothing to send here
            finally:
                readers.remove(stream)

        self._readers[self.ENDPOINTS[name].port] = readers
        await self._serve(name, handle)

    def _cycle(self) -> None:
        self.box.look_at_places()
        self._beats += 1
        self._report(30000)
        self._report(30003)
        if self._beats % SLOW_BEATS == 0:
            self._report(30001)
            self._report(30002)

    def _report(self, port: int) -> None:
        readers = self._readers[port]
        if not readers:
            return
        packet = self.reporter.packet(port)
        for stream in tuple(readers):
            try:
                stream.write(packet)
            except TransportError:
                continue  # the client's reader is notified of the loss as well

    # --- signals ----------------------------------------------------------------------------------------------

    @override
    def set_digital_input(self, terminal: int, value: bool) -> None:
        """Set an input; a closed contact pulls it to ground."""
        signals = self.box.signals
        signals.inputs = with_bit(signals.inputs, terminal, not value)

    @override
    def digital_output(self, terminal: int) -> bool:
        """Return whether the output is high."""
        return bool(self.box.signals.outputs >> terminal & 1)

    @override
    def set_analog_input(self, terminal: int, share: float) -> None:
        self.box.signals.analog_inputs[terminal] = round(share * STEPS)

    @override
    def analog_output(self, terminal: int) -> float:
        return self.box.signals.analog_outputs[terminal] / STEPS

    # --- switches ---------------------------------------------------------------------------------------------

    @override
    def example_fault(self) -> Fault:
        """Cause the fault of an end effector that does not answer."""
        self.box.fail(END_EFFECTOR)
        return Fault(str(END_EFFECTOR), error_text(END_EFFECTOR))

    @override
    async def set_mode(self, mode: OperationalMode) -> None:
        """Switch hand guiding, as a person does in the vendor's app."""
        by_hand = not mode.accepts_programs
        self.box.set_mode(Mode.TEACHING if by_hand else Mode.POSITION)
        self.box.set_state(State.READY)

    @override
    def status_line(self) -> str:
        return f"{self.box}; {super().status_line()}"
