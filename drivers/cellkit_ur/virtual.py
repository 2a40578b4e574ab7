"""A virtual controller of Universal Robots' e-Series: PolyScope 5's ports over cellkit's kernel."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from cellkit.controller.arm_controller import ArmController
from cellkit.controller.virtual_controller import Endpoint, VirtualController
from cellkit.devices.safety import Fault, OperationalMode
from cellkit.timing import Periodic
from cellkit_ur.control_box import STEPTIME, ControlBox
from cellkit_ur.controller_state import ControllerState
from cellkit_ur.program_player import ProgramPlayer
from cellkit_ur.protocol.rtde import Text
from cellkit_ur.protocol.signals import analog_value
from cellkit_ur.script_machine import KernelMachine
from cellkit_ur.urscript import compile_script
from cellkit_ur.virtual_dashboard import DashboardServer
from cellkit_ur.virtual_rtde import RtdeServer
from cellkit_ur.virtual_scripts import ScriptPorts


class VirtualUr(VirtualController):
    """The virtual controller. It takes control steps of 2 ms only while a client is connected or a program plays."""

    ENDPOINTS: ClassVar = {
        "dashboard": Endpoint("tcp", 29999, "Dashboard server"),
        "primary": Endpoint("tcp", 30001, "primary port: states, messages, URScript"),
        "secondary": Endpoint("tcp", 30002, "secondary port: states, URScript"),
        "realtime": Endpoint("tcp", 30003, "real-time port: states, URScript"),
        "rtde": Endpoint("tcp", 30004, "RTDE"),
        "primary_read_only": Endpoint("tcp", 30011, "primary port, read-only"),
        "secondary_read_only": Endpoint("tcp", 30012, "secondary port, read-only"),
        "realtime_read_only": Endpoint("tcp", 30013, "real-time port, read-only"),
    }

    def __init__(self, kernel: ArmController) -> None:
        super().__init__(kernel)
        self.box = ControlBox(kernel, self._background)
        self.machine = KernelMachine(self.box)
        self.player = ProgramPlayer(self.box, self.machine)
        self.state = self.machine.now = ControllerState(self.box, self.player)
        self.rtde = RtdeServer(self.box, self.machine, self._wake)
        self.scripts = ScriptPorts(self.box, self.player, self._wake)
        self.dashboard = DashboardServer(self.box, self.player)
        self.box.send_message = self.scripts.send_message
        self.player.send_text = self._send_text
        self.box.registers.on_outputs = self._outputs_changed
        self._beat: Periodic | None = None

    async def _open(self) -> None:
        self._closers += [self._rest, self.player.close]
        compile_script(
            "sec nothing():\nend\n", self.machine
        )  # creates the parser, which takes longer than a control step
        await self._serve("dashboard", self.dashboard.serve)
        await self._serve("primary", self.scripts.primary)
        await self._serve("secondary", self.scripts.secondary)
        await self._serve("realtime", self.scripts.realtime)
        await self._serve("rtde", self.rtde.serve)
        await self._serve("primary_read_only", self.scripts.primary_read_only)
        await self._serve("secondary_read_only", self.scripts.secondary_read_only)
        await self._serve("realtime_read_only", self.scripts.realtime_read_only)

    # --- control steps --------------------------------------------------------------------------------------------

    def _wake(self) -> None:
        """Start the control steps."""
        if self._beat is None:
            self._beat = Periodic(STEPTIME, self._cycle)

    def _rest(self) -> None:
        if self._beat is not None:
            self._beat.close()
            self._beat = None

    def _cycle(self) -> None:
        self.state.advance()
        if self.player.active:
            self.machine.remember()
            self.player.step()
        self.rtde.send(self.state)
        self.scripts.send(self.state)
        if not (self.scripts.sending or self.player.active or self.rtde.sending):
            self._rest()

    def _send_text(self, text: Text) -> None:
        self.rtde.send_text(text)

    # --- signals --------------------------------------------------------------------------------------------------

    @override
    def set_digital_input(self, terminal: int, value: bool) -> None:
        self.box.registers.set_digital_input(terminal, value)

    @override
    def digital_output(self, terminal: int) -> bool:
        return bool(self.box.registers.digital_outputs >> terminal & 1)

    @override
    def set_analog_input(self, terminal: int, share: float) -> None:
        """Set an analog input, which is a current."""
        self.box.registers.analog_inputs[terminal] = analog_value(share, voltage=False)

    @override
    def analog_output(self, terminal: int) -> float:
        return self.box.registers.analog_outputs[terminal]

    # --- switches -------------------------------------------------------------------------------------------------

    def example_fault(self) -> Fault:
        """Return the fault of two disagreeing channels of a safety input; restarting the safety system clears it."""
        return self.box.fail()

    async def set_mode(self, mode: OperationalMode) -> None:
        """Set the mode; manual modes take remote control away, as the mode switch of the pendant does."""
        self.box.set_operational("AUTOMATIC" if mode.accepts_programs else "MANUAL")
        await super().set_mode(mode)

    @override
    def status_line(self) -> str:
        state = self.player.state.name.lower()
        return f"{self.box.robot_mode.name}, {self.box.safety_mode.name}, program {state}; {super().status_line()}"
