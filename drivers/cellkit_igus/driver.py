"""The driver of arms with Commonplace Robotics' control, over CRI.

The controller plans and interpolates. A motion is one command: acknowledged (CMDACK), carried out, and at its end
reported (EXECEND). CRI knows neither blending nor arcs: a path is a sequence of straight motions, each to standstill,
and an arc one of chords that lie within :data:`CHORD` of it. The driver keeps the tool, since CRI has no command
for it: poses go over the wire as those of the flange.
"""

from __future__ import annotations

import contextlib
import math
from collections import deque

import numpy as np
from typing_extensions import override

from cellkit.devices import (
    ArmState,
    Fault,
    JointMotion,
    LinearMotion,
    Load,
    Motion,
    OperationalMode,
    PathMotion,
    SafetyStatus,
    StopCategory,
    Tool,
)
from cellkit.devices.latest import Latest
from cellkit.devices.requests import Requests
from cellkit.devices.wired import read_frames
from cellkit.errors import (
    CommandRejected,
    ConnectionFailed,
    DeviceFault,
    EmergencyStop,
    MotionAborted,
    ProtectiveStop,
    TransportError,
)
from cellkit.geometry import Array, Pose
from cellkit.joints import JointState
from cellkit.models.arm import ArmModel
from cellkit.motion.path import Arc
from cellkit.timing import Periodic, now
from cellkit.transport import ByteStream, Network
from cellkit_igus.config import IgusConfig
from cellkit_igus.protocol import errors
from cellkit_igus.protocol.angles import Angles, pose_to_wire
from cellkit_igus.protocol.commands import MoveCart, MoveJoint
from cellkit_igus.protocol.errors import AxisError
from cellkit_igus.protocol.frames import Counter, Frame, FrameReader, encode
from cellkit_igus.protocol.status import Status, parse_status
from cellkit_igus.signals import IgusSignals

ALIVE = 0.2  # s between two signs of life; without them a client loses control after about a second
SILENCE = 1.0  # s without a status until the link counts as lost
ANSWER = 1.0  # s that the controller may take to acknowledge
SLOW_ANSWER = 5.0  # s, where motors are switched
CHORD = 5e-4  # m between an arc and its chords

_OPMODES = {0: OperationalMode.AUTOMATIC, -1: OperationalMode.AUTOMATIC, 1: OperationalMode.MANUAL_REDUCED_SPEED}


class IgusArm(IgusSignals):
    """An arm whose controller speaks CRI."""

    def __init__(self, name: str, model: ArmModel, config: IgusConfig, network: Network) -> None:
        super().__init__(name, model, config, network)
        self._angles = Angles(model.id, model.dof)
        self._stream: ByteStream | None = None

    # --- the link ---------------------------------------------------------------------------------------------

    async def _open_link(self) -> None:
        self._counter = Counter()
        self._answers = self._pending(Requests[str, None](self.name, self._link_lost))
        self._motions = self._pending(Requests[None, None](self.name))
        self._status = self._pending(Latest[Status](self.name, "status", SILENCE))
        self._last_two: deque[tuple[float, Status]] = deque(maxlen=2)
        self._asked = self._stood = now()
        self._taking_control = ""
        self._in_control = False
        self._axes = 0
        self._stream = stream = await self._open_stream(self.config.cri_port, "CRI server")
        self._farewell = self._leave
        self._background(read_frames(stream, FrameReader().feed, self._on_frame), "CRI")
        self._background(self._status.guard(), "CRI")
        self._send('INFO Hello "cellkit" 0-0-0-0 1970-01-01T00:00:00')
        self._send("CONFIG GetAxes")
        self._send_alive()
        self._open_ends.append(Periodic(ALIVE, self._keep_alive))
        await self._fresh()
        await self._take_control()
        if self._axes not in (0, self.model.dof):
            text = f"the controller has {self._axes} robot axes, {self.model.name} has {self.model.dof}"
            raise ConnectionFailed(self.name, text)
        if self._idle_but_disabled():
            await self._command("Reset", SLOW_ANSWER)
            await self._command("Enable", SLOW_ANSWER)
        self._asked = now()
        await self._fresh()

    def _idle_but_disabled(self) -> bool:
        """Return whether only the motors are off: the controller is on, without stop and fault."""
        status = self._status.value
        return status.opmode == -1 and self._safety(status) is SafetyStatus.NORMAL and self._fault(status) is None

    async def _leave(self) -> None:
        self._send("CMD SetActive false")
        self._send("QUIT")

    def _send_alive(self) -> None:
        self._send("ALIVEJOG 0 0 0 0 0 0 0 0 0")

    def _keep_alive(self) -> None:
        with contextlib.suppress(TransportError):  # the reader notices a broken stream
            self._send_alive()

    def _link_lost(self, why: str) -> None:
        if self._stream is not None:
            self._stream.close()  # the controller stops a client's motion when the client disconnects
        super()._link_lost(why)

    def _send(self, text: str) -> str:
        assert self._stream is not None
        number = self._counter.next()
        self._stream.write(encode(number, text))
        return str(number)

    async def _command(self, text: str, timeout: float = ANSWER) -> None:
        """Send a command and wait until it is acknowledged. Raises ``CommandRejected`` and ``ConnectionLost``."""
        number = str(self._counter.upcoming)
        await self._answers.ask(number, lambda: self._send(f"CMD {text}"), text.split(maxsplit=1)[0], timeout)

    async def _take_control(self) -> None:
        """Become the active client, which the controller acknowledges by a message of its own."""
        self._taking_control = str(self._counter.upcoming)
        await self._command("SetActive true")

    @override
    async def _tell(self, text: str) -> None:
        await self._command(text)
        self._asked = now()

    async def _fresh(self) -> Status:
        """Return the newest status that came after the last request."""
        return await self._status.since(self._asked)

    def _on_frame(self, frame: Frame) -> None:
        match frame.category, frame.words:
            case "STATUS", _:
                self._on_status(parse_status(frame), frame.counter)
            case "CMDACK", (number, *_):
                if number != self._taking_control:
                    self._answers.answer(number, None)
            case "CMDERROR", (number, *text):
                error = CommandRejected(self.name, " ".join(text) or "refused", state=self._state_text())
                self._answers.answer(number, error)
            case "CMD", ("Active", value, *_):
                self._in_control = value.lower() == "true"
                if self._in_control:
                    self._answers.answer(self._taking_control, None)
            case "EXECEND", _:
                self._stood = now()
                self._motions.answer(None, None)
            case "EXECERROR", words:
                self._motions.answer(None, MotionAborted(self.name, " ".join(words[2:]) or "the motion failed"))
            case "CONFIG", ("Axes", *words):
                self._axes = sum(word[:1] == "A" and word[1:].isdigit() for word in words)
            case _:
                pass  # logs, statistics, programs: nothing that a motion needs

    def _on_status(self, status: Status, counter: int) -> None:
        self._last_two.append((now(), status))
        self._status.put(status, counter)
        trouble = self._trouble(status)
        if trouble is not None:
            self._motions.answer(None, trouble)

    # --- state ------------------------------------------------------------------------------------------------

    @staticmethod
    def _safety(status: Status) -> SafetyStatus:
        if not status.estop & 1 or any(error & AxisError.ESTOP for error in status.errors):
            return SafetyStatus.EMERGENCY_STOP
        if status.kinstate == errors.MOTION_NOT_ALLOWED:
            return SafetyStatus.PROTECTIVE_STOP
        return SafetyStatus.NORMAL

    @staticmethod
    def _fault(status: Status) -> Fault | None:
        found = errors.fault_of(status.errors, status.kinstate)
        return None if found is None else Fault(*found)

    def _trouble(self, status: Status) -> EmergencyStop | ProtectiveStop | DeviceFault | None:
        """Return the error that keeps a motion from going on, if any."""
        safety = self._safety(status)
        if safety is SafetyStatus.EMERGENCY_STOP:
            return EmergencyStop(self.name, "the emergency stop is active")
        if safety is SafetyStatus.PROTECTIVE_STOP:
            return ProtectiveStop(self.name, "the controller does not allow motion")
        fault = self._fault(status)
        return None if fault is None else DeviceFault(self.name, fault.text, code=fault.code)

    def _comparable(self) -> tuple[float, Status] | None:
        """Return arrival time and content of the last status but one, unless the arm reached its goal in between."""
        before = self._last_two[0] if len(self._last_two) > 1 else None
        return before if before is not None and before[0] >= self._stood else None

    def _moving(self) -> bool:
        before = self._comparable()
        return bool(self._motions) or (before is not None and before[1].setpoint != self._status.value.setpoint)

    async def _read_state(self) -> ArmState:
        status, stamp = await self._fresh(), self._status.stamp
        dof = self.model.dof
        position = np.array(self._angles.from_wire(status.current[:dof]))
        velocity = np.zeros(dof)
        before = self._comparable()
        if before is not None and stamp > before[0]:
            earlier = np.array(self._angles.from_wire(before[1].current[:dof]))
            velocity = (position - earlier) / (stamp - before[0])
        tcp = Pose.trusted(self.kinematics.forward(position) @ self.tool.tcp.matrix, "base")
        return ArmState(
            stamp,
            JointState(stamp, position, velocity),
            tcp,
            _OPMODES.get(status.opmode, OperationalMode.OTHER),
            self._safety(status),
            status.override / 100.0,
            self._moving(),
            self._fault(status),
        )

    # --- motions ----------------------------------------------------------------------------------------------

    async def _execute(self, motion: Motion) -> None:
        top = self.model.cartesian.max_acceleration
        if isinstance(motion, JointMotion):
            joints = tuple(self._angles.to_wire(motion.joints.tolist()))
            await self._go(MoveJoint(joints, motion.speed * 100.0, motion.acceleration * 100.0))
            return
        for pose in await self._stations(motion):
            wire = pose_to_wire(pose @ self._flange)
            await self._go(MoveCart(wire, motion.speed * 1000.0, motion.acceleration / top * 100.0))

    async def _stations(self, motion: Motion) -> list[Array]:
        """Return the TCP poses of a motion, to be joined by straight lines."""
        if isinstance(motion, LinearMotion):
            return [motion.goal.matrix]
        if isinstance(motion, PathMotion):
            return [waypoint.pose.matrix for waypoint in motion.waypoints]
        assert not isinstance(motion, JointMotion)
        start = (await self._read_state()).tcp.matrix
        arc = Arc(start, motion.via.matrix, motion.goal.matrix)
        step = 2.0 * math.acos(max(-1.0, 1.0 - CHORD / arc.radius))
        count = max(2, math.ceil(arc.sweep / step))
        return [*arc.poses(np.linspace(0.0, arc.length, count + 1)[1:-1]), motion.goal.matrix]

    async def _go(self, move: MoveJoint | MoveCart) -> None:
        """Carry out one motion to its end."""
        ended = self._motions.expect(None)
        try:
            await self._command(move.encode())
            await ended
        except (MotionAborted, CommandRejected) as error:
            # The controller has given the motion up; its next status shows whether the cause is more than a bad goal.
            self._asked = now()
            refused = error if isinstance(error, CommandRejected) else CommandRejected(self.name, error.message)
            raise self._trouble(await self._fresh()) or refused from None
        finally:
            self._motions.forget(ended)
            self._asked = now()

    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        # Without control no motion of this client runs: the controller stops the motion of a client that loses it.
        if self._in_control:
            await self._command("Move Stop")
        self._asked = now()
        await self._fresh()
        while True:
            last = await self._fresh()
            self._asked = self._status.stamp
            if (await self._fresh()).setpoint == last.setpoint:
                return

    async def _set_speed_override(self, share: float) -> None:
        await self._tell(f"Override {share * 100.0:.2f}")

    async def _set_load(self, tool: Tool, payload: Load) -> None:
        """Keep tool and load on this side: CRI has no command for them, so the controller does not know the load."""

    async def _recover(self) -> None:
        """Take control again where it was lost; Reset clears the errors, Enable switches the motors on."""
        self._asked = now()
        status = await self._fresh()
        if not status.estop & 1:
            raise EmergencyStop(self.name, "the emergency stop is still pressed", state=self._state_text())
        if not self._in_control:
            await self._take_control()
        await self._command("Reset", SLOW_ANSWER)
        await self._command("Enable", SLOW_ANSWER)
        self._asked = now()
        trouble = self._trouble(await self._fresh())
        if trouble is not None:
            raise trouble
