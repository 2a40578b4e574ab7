"""A virtual Commonplace Robotics controller: CRI on TCP 3920 over cellkit's kernel.

Strict where the sources state a rule. What they leave open is decided here and listed in quality.toml: a motion
during another one is refused, motors stay off after a reset until they are enabled, a state of the kinematics stays
until it is reset, a client that loses control by silence has its motion stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from typing_extensions import override

from cellkit.controller.arm_controller import ArmController
from cellkit.controller.virtual_controller import Endpoint, VirtualController
from cellkit.devices import Fault, OperationalMode, SafetyStatus
from cellkit.errors import DeviceError, ProtocolError
from cellkit.timing import now
from cellkit.transport import ByteStream
from cellkit_igus.protocol.angles import Angles, pose_to_wire
from cellkit_igus.protocol.commands import CriRefused
from cellkit_igus.protocol.errors import FAULTS, KINEMATICS, MOTION_NOT_ALLOWED, AxisError
from cellkit_igus.protocol.frames import Frame, FrameReader
from cellkit_igus.protocol.status import Status
from cellkit_igus.virtual_client import Client
from cellkit_igus.virtual_commands import Commands

STATUS_PERIOD = 0.1
"""s between two STATUS messages."""
SLOW_BEATS = 10
"""Messages that seldom change go out with every tenth status."""
ALIVE_TIMEOUT = 1.0
"""s without ALIVEJOG until a client is no longer the active one."""
VERSION = "V980-14-004-1"


class VirtualIgus(VirtualController):
    """See the module. One client may be active; the others look on."""

    ENDPOINTS = {"cri": Endpoint("tcp", 3920, "CRI")}

    def __init__(self, kernel: ArmController) -> None:
        super().__init__(kernel)
        self.angles = Angles(kernel.model.id, kernel.model.dof)
        self.clients: list[Client] = []
        self.enabled = True
        self.axis_errors = [AxisError.NONE] * kernel.model.dof
        self.kinstate = 0
        self.motion_type = "joint"
        self.digital = {"DIN": 0, "DOUT": 0, "GSIG": 0}
        self.referenced = [1] * kernel.model.dof
        self.commands = Commands(self)
        self._beats = 0
        kernel.on_change(self._changed)

    async def _open(self) -> None:
        await self._serve("cri", self._client)
        self._every(STATUS_PERIOD, self._beat)

    # --- clients ----------------------------------------------------------------------------------------------

    async def _client(self, stream: ByteStream) -> None:
        client = Client(stream)
        self.clients.append(client)
        try:
            client.send(f"MESSAGE RobotControl Version {VERSION}")
            client.send(f'MESSAGE Configuration: "{self.kernel.model.name}" Type: "igus-REBEL" Gripper: "none"')
            client.send("CONFIG ProjectFile cellkit.xml")
            client.send("CMD Active false")
            reader = FrameReader()
            while data := await stream.read():
                for frame in reader.feed(data):
                    if frame.category == "QUIT":
                        return
                    self._on_frame(client, frame)
                await stream.drain()
        finally:
            self.clients.remove(client)
            self.release(client)

    def _on_frame(self, client: Client, frame: Frame) -> None:
        match frame.category, frame.words:
            case "ALIVEJOG", words:
                if len(words) != 9:
                    raise ProtocolError("CRI", "ALIVEJOG needs nine values", data=frame.rest.encode())
                client.alive = now()
            case "CMD", words:
                client.alive = now()
                self.commands.run(client, frame.counter, words)
            case "CONFIG", ("GetAxes",):
                client.send(self._axes())
            case "CONFIG", ("GetKinematicLimits",):
                client.send(f"CONFIG KinematicLimits {' '.join(f'{a:.1f} {b:.1f}' for a, b in self.ranges())}")
            case "SYSTEM", (("GetBoardTemp" | "GetMotorTemp") as what,):
                name = what.removeprefix("Get")
                client.send(f"INFO {name} {' '.join(['30.0'] * 16)}")
            case "INFO", ("Hello", *_):
                pass
            case _:
                client.send(f"CMDERROR {frame.counter} unknown message {frame.category} {frame.rest}".rstrip())

    def take(self, client: Client) -> bool:
        """Make a client the active one, if no other client is."""
        if any(other.active for other in self.clients if other is not client):
            return False
        client.active = True
        return True

    def release(self, client: Client) -> None:
        """Release the role of active client; a motion that the client has started ends."""
        if client.active:
            client.active = False
            client.send("CMD Active false")
            if self.kernel.moving:
                self._background(self.kernel.stop())

    def broadcast(self, text: str) -> None:
        """Tell every client."""
        for client in self.clients:
            client.send(text)

    # --- reports ----------------------------------------------------------------------------------------------

    def _beat(self) -> None:
        for client in tuple(self.clients):
            if client.active and now() - client.alive > ALIVE_TIMEOUT:
                self.release(client)
        self._beats += 1
        if not self.clients:
            return
        self.broadcast(self.status().encode())
        self.broadcast(self.commands.run_state())
        if self._beats % SLOW_BEATS == 0:
            self.broadcast("CYCLESTAT 10.0 5.0")
            self.broadcast("GRIPPERSTATE 0.0")
            self.broadcast("OPINFO 0 0 0 0 0 0 0")

    def status(self) -> Status:
        """Return the present status of the controller."""
        kernel = self.kernel
        joints = kernel.joints()
        degrees = tuple(self.angles.to_wire(joints.position.tolist()))
        flange = kernel.kinematics.forward(joints.position)
        jacobian = kernel.kinematics.jacobian(joints.position) if kernel.moving else None
        speed = 0.0 if jacobian is None else float(((jacobian[:3] @ joints.velocity) ** 2).sum()) ** 0.5
        emergency = kernel.safety is SafetyStatus.EMERGENCY_STOP
        # Pressed, the chain is open and the main relay off; released, the relay stays off until reset and enable.
        chain = 0 if kernel.emergency_pressed else 1
        return Status(
            mode=self.motion_type,
            setpoint=degrees,
            current=degrees,
            cart=pose_to_wire(flange),
            override=kernel.speed_override * 100.0,
            estop=chain if emergency or not self.enabled else chain | 2,
            errors=tuple(self._errors()),
            kinstate=self.kinematics_state(),
            opmode=self._opmode(),
            din=self.digital["DIN"],
            dout=self.digital["DOUT"],
            gsig=self.digital["GSIG"],
            cartspeed=speed * 1000.0,
        )

    def _errors(self) -> list[AxisError]:
        common = AxisError.NONE if self.enabled else AxisError.DISABLED
        if self.kernel.safety is SafetyStatus.EMERGENCY_STOP:
            common |= AxisError.ESTOP
        return [error | common for error in self.axis_errors]

    def kinematics_state(self) -> int:
        """KINSTATE: a protective stop shows as motion that is not allowed."""
        return MOTION_NOT_ALLOWED if self.kernel.safety is SafetyStatus.PROTECTIVE_STOP else self.kinstate

    def _opmode(self) -> int:
        if self.kernel.mode in (OperationalMode.MANUAL_REDUCED_SPEED, OperationalMode.MANUAL_HIGH_SPEED):
            return 1
        if not self.kernel.mode.accepts_programs:
            return 2
        return 0 if self.enabled else -1

    def ranges(self) -> list[tuple[float, float]]:
        """(n,) lower and upper joint limits in controller degrees."""
        limits = self.kernel.kinematics.limits
        lower, upper = self.angles.to_wire(limits.lower.tolist()), self.angles.to_wire(limits.upper.tolist())
        return list(zip(lower, upper, strict=True))

    def _axes(self) -> str:
        speeds = self.kernel.kinematics.limits.velocity * 57.29577951308232
        parts = [
            f"A{number} {16 * number} {low:.1f} {high:.1f} {speed:.1f}"
            for number, ((low, high), speed) in enumerate(zip(self.ranges(), speeds, strict=True), 1)
        ]
        return f"CONFIG Axes {' '.join(parts)}"

    # --- signals ----------------------------------------------------------------------------------------------

    @override
    def set_digital_input(self, terminal: int, value: bool) -> None:
        bit, signals = 1 << terminal, self.digital
        signals["DIN"] = signals["DIN"] | bit if value else signals["DIN"] & ~bit

    @override
    def digital_output(self, terminal: int) -> bool:
        return bool(self.digital["DOUT"] >> terminal & 1)

    def signals_changed(self) -> None:
        """Apply a signal that a client has set."""
        self._outputs_changed()

    # --- what happens to it -----------------------------------------------------------------------------------

    def _changed(self) -> None:
        """Switch power off and show a fault at an axis after the kernel has stopped by itself."""
        if self.kernel.safety is SafetyStatus.EMERGENCY_STOP or self.kernel.fault is not None:
            self.enabled = False
        fault = self.kernel.fault
        if fault is not None and not any(error & ~AxisError.DISABLED for error in self.axis_errors):
            known = next((bit for bit in FAULTS if bit.name == fault.code), None)
            bit = known or (AxisError.LAG if fault.code == "following-error" else AxisError.DRIVER)
            self.axis_errors[2] |= bit

    def example_fault(self) -> Fault:
        """Axis 3 lags behind: what a collision looks like to this controller."""
        fault = Fault("LAG", f"axis A3: {FAULTS[AxisError.LAG]}")
        self.kernel.raise_fault(fault)
        return fault

    async def reset(self) -> None:
        """Carry out the command Reset. Raises ``EmergencyStop`` and ``DeviceFault``."""
        was_enabled = self.enabled and self.kernel.powered
        await self.kernel.reset()
        self.axis_errors = [AxisError.NONE] * self.kernel.model.dof
        self.kinstate = 0
        self.enabled = was_enabled

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that takes time, until the controller stops."""
        self._background(work)

    def require_healthy(self) -> None:
        """Raise ``CriRefused`` in an emergency stop, with a fault, or with the kinematics in an error."""
        if self.kernel.safety is SafetyStatus.EMERGENCY_STOP:
            raise CriRefused("the emergency stop is active; reset it first")
        if self.kernel.fault is not None:
            raise CriRefused(f"{self.kernel.fault.text}; reset it first")
        if state := self.kinematics_state():
            raise CriRefused(f"{KINEMATICS[state]}; reset it first")

    def watch(self, motion: asyncio.Future[None]) -> None:
        """Report the end of a motion to all clients."""
        motion.add_done_callback(self._ended)

    def _ended(self, motion: asyncio.Future[None]) -> None:
        error = motion.exception()
        if error is None:
            self.broadcast("EXECEND 0 0")
            return
        text = error.message if isinstance(error, DeviceError) else str(error)
        self.broadcast(f"EXECERROR 0 0 {text.encode('ascii', 'replace').decode()}")
