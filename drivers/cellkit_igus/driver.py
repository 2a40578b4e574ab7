"""The driver of arms with Commonplace Robotics' control, over CRI.

The controller plans and interpolates. A motion is one command: acknowledged (CMDACK), carried out, and at its end
reported (EXECEND). CRI knows neither blending nor arcs: a path is a sequence of straight motions, each to standstill,
and an arc one of chords that lie within :data:`CHORD` of it. The tool stays on this side, since CRI has no command
for it: poses go over the wire as those of the flange.
"""

from __future__ import annotations

import asyncio
import math

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
from cellkit.errors import (
    CommandRejected,
    ConnectionFailed,
    ConnectionLost,
    DeviceFault,
    EmergencyStop,
    MotionAborted,
    ProtectiveStop,
    ProtocolError,
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
        self._alive: Periodic | None = None
        self._forget()

    def _forget(self) -> None:
        """What a connection knows, before it knows anything."""
        self._counter = Counter()
        self._answers: dict[str, asyncio.Future[None]] = {}
        self._motion: asyncio.Future[None] | None = None
        self._news: list[asyncio.Future[None]] = []
        self._status: Status | None = None
        self._before: Status | None = None
        self._stamp = self._before_stamp = 0.0
        self._asked = self._stood = 0.0
        self._axes = 0
        self._lost = self._in_control = False
        self._why = ""

    # --- the link ---------------------------------------------------------------------------------------------

    async def _open_link(self) -> None:
        self._forget()
        port = self.config.cri_port
        self._stream = await self._open_stream(port, "CRI server")
        self._asked = self._stamp = now()
        self._background(self._read(self._stream), "CRI")
        try:
            self._send('INFO Hello "cellkit" 0-0-0-0 1970-01-01T00:00:00')
            self._send("CONFIG GetAxes")
            self._send_alive()
            self._alive = Periodic(ALIVE, self._beat)
            await self._fresh()
            await self._answer("CMD SetActive true", "Active_true", ANSWER)
            if self._axes not in (0, self.model.dof):
                text = f"the controller has {self._axes} robot axes, {self.model.name} has {self.model.dof}"
                raise ConnectionFailed(self.name, text)
            if self._idle_but_disabled():
                await self._command("Reset", SLOW_ANSWER)
                await self._command("Enable", SLOW_ANSWER)
            self._asked = now()
            await self._fresh()
        except (ConnectionLost, CommandRejected, ProtocolError) as error:
            where = f"{self.config.host}:{port}"
            raise ConnectionFailed(self.name, f"the CRI server at {where}: {error.message}") from None
        except TransportError as error:
            raise ConnectionFailed(self.name, f"the CRI server at {self.config.host}:{port}: {error}") from None

    def _idle_but_disabled(self) -> bool:
        """Switched on, no stop, no fault: only the motors are still off."""
        status = self._status
        assert status is not None
        return status.opmode == -1 and self._safety(status) is SafetyStatus.NORMAL and self._fault(status) is None

    async def _close(self) -> None:
        if self._alive is not None:
            self._alive.close()
            self._alive = None
        stream, self._stream = self._stream, None
        if stream is not None and not self._lost:
            try:
                stream.write(encode(self._counter.next(), "CMD SetActive false"))
                stream.write(encode(self._counter.next(), "QUIT"))
            except TransportError:
                pass  # it is gone already
        await super()._close()

    def _beat(self) -> None:
        if now() - self._stamp > SILENCE:
            self._link_lost(f"no status for {SILENCE:g} s")
        elif not self._lost:
            try:
                self._send_alive()
            except TransportError as error:
                self._link_lost(str(error))

    def _send_alive(self) -> None:
        self._send("ALIVEJOG 0 0 0 0 0 0 0 0 0")

    def _link_lost(self, why: str) -> None:
        self._lost, self._why = True, why
        if self._alive is not None:
            self._alive.close()
        if self._stream is not None:
            self._stream.close()  # the controller stops a client's motion when it is gone
        super()._link_lost(why)
        pending = [*self._news, *self._answers.values(), *([self._motion] if self._motion else [])]
        for future in pending:
            if not future.done():
                future.set_exception(ConnectionLost(self.name, why))
                future.exception()  # heard of, also where nobody waits any more

    def _send(self, text: str) -> int:
        if self._stream is None:
            raise ConnectionLost(self.name, "the connection is closed")
        number = self._counter.next()
        self._stream.write(encode(number, text))
        return number

    async def _command(self, text: str, timeout: float = ANSWER) -> None:
        """Send a command and wait until it is acknowledged. Raises ``CommandRejected`` and ``ConnectionLost``."""
        await self._answer(f"CMD {text}", None, timeout)

    @override
    async def _tell(self, text: str) -> None:
        await self._command(text)
        self._asked = now()

    async def _answer(self, text: str, event: str | None, timeout: float) -> None:
        if self._lost:
            raise ConnectionLost(self.name, self._why)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            number = self._send(text)
        except TransportError as error:
            self._link_lost(str(error))
            raise ConnectionLost(self.name, str(error)) from None
        keys = (event or f"ok {number}", f"error {number}")
        for key in keys:
            self._answers[key] = future
        try:
            await asyncio.wait_for(future, timeout)
        except TimeoutError:
            why = f"no answer to {text.split()[1]} for {timeout:g} s"
            self._link_lost(why)
            raise ConnectionLost(self.name, why) from None
        finally:
            for key in keys:
                self._answers.pop(key, None)

    async def _fresh(self) -> Status:
        """The newest status, once there is one that came after what was last asked for."""
        while self._status is None or self._stamp <= self._asked:
            if self._lost:
                raise ConnectionLost(self.name, self._why)
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._news.append(future)
            try:
                await asyncio.wait_for(future, SILENCE)
            except TimeoutError:
                self._link_lost(f"no status for {SILENCE:g} s")
                raise ConnectionLost(self.name, f"no status for {SILENCE:g} s") from None
            finally:
                if future in self._news:
                    self._news.remove(future)
        return self._status

    async def _read(self, stream: ByteStream) -> None:
        reader = FrameReader()
        while data := await stream.read():
            for frame in reader.feed(data):
                self._on_frame(frame)

    def _on_frame(self, frame: Frame) -> None:
        match frame.category, frame.words:
            case "STATUS", _:
                self._on_status(parse_status(frame))
            case "CMDACK", (number, *_):
                self._settle(f"ok {number}", None)
            case "CMDERROR", (number, *text):
                error = CommandRejected(self.name, " ".join(text) or "refused", state=self._state_text())
                self._settle(f"error {number}", error)
            case "CMD", ("Active", value, *_):
                self._in_control = value.lower() == "true"
                self._settle(f"Active_{value.lower()}", None)
            case "EXECEND", _:
                self._stood = now()
                if self._motion is not None and not self._motion.done():
                    self._motion.set_result(None)
            case "EXECERROR", words:
                if self._motion is not None and not self._motion.done():
                    self._motion.set_exception(MotionAborted(self.name, " ".join(words[2:]) or "the motion failed"))
            case "CONFIG", ("Axes", *words):
                self._axes = sum(word[:1] == "A" and word[1:].isdigit() for word in words)
            case _:
                pass  # logs, statistics, programs: nothing that a motion needs

    def _settle(self, key: str, error: CommandRejected | None) -> None:
        future = self._answers.get(key)
        if future is not None and not future.done():
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

    def _on_status(self, status: Status) -> None:
        self._before, self._before_stamp = self._status, self._stamp
        self._status, self._stamp = status, now()
        news, self._news = self._news, []
        for future in news:
            if not future.done():
                future.set_result(None)
        trouble = self._trouble(status)
        if trouble is not None and self._motion is not None and not self._motion.done():
            self._motion.set_exception(trouble)

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
        """Why a motion cannot go on, as an error."""
        safety = self._safety(status)
        if safety is SafetyStatus.EMERGENCY_STOP:
            return EmergencyStop(self.name, "the emergency stop is active")
        if safety is SafetyStatus.PROTECTIVE_STOP:
            return ProtectiveStop(self.name, "the controller does not allow motion")
        fault = self._fault(status)
        return None if fault is None else DeviceFault(self.name, fault.text, code=fault.code)

    def _comparable(self) -> Status | None:
        """The status before the newest, if the arm has not come to its goal between the two."""
        return self._before if self._before_stamp >= self._stood else None

    def _moving(self) -> bool:
        before, status = self._comparable(), self._status
        running = self._motion is not None and not self._motion.done()
        return running or (before is not None and status is not None and before.setpoint != status.setpoint)

    async def _read_state(self) -> ArmState:
        status = await self._fresh()
        if now() - self._stamp > SILENCE:
            raise ConnectionLost(self.name, f"no status for {SILENCE:g} s")
        dof = self.model.dof
        position = np.array(self._angles.from_wire(status.current[:dof]))
        velocity = np.zeros(dof)
        before = self._comparable()
        if before is not None and self._stamp > self._before_stamp:
            earlier = np.array(self._angles.from_wire(before.current[:dof]))
            velocity = (position - earlier) / (self._stamp - self._before_stamp)
        tcp = Pose.trusted(self.kinematics.forward(position) @ self.tool.tcp.matrix, "base")
        return ArmState(
            self._stamp,
            JointState(self._stamp, position, velocity),
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
        """TCP poses, straight from one to the next."""
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
        """One motion, to its end."""
        self._motion = asyncio.get_running_loop().create_future()
        try:
            await self._command(move.encode())
            await self._motion
        except MotionAborted as error:
            # The controller has given the motion up; its next status says whether that is more than a bad goal.
            self._asked = now()
            raise self._trouble(await self._fresh()) or CommandRejected(self.name, error.message) from None
        except CommandRejected:
            self._asked = now()
            trouble = self._trouble(await self._fresh())
            if trouble is not None:
                raise trouble from None
            raise
        finally:
            motion, self._motion = self._motion, None
            if motion.done() and not motion.cancelled():
                motion.exception()
            self._asked = now()

    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        if self._in_control:  # otherwise nothing of ours moves: a controller stops what a client has set going
            await self._command("Move Stop")
        self._asked = now()
        await self._fresh()
        while True:
            last = await self._fresh()
            self._asked = self._stamp
            if (await self._fresh()).setpoint == last.setpoint:
                return

    async def _set_speed_override(self, share: float) -> None:
        await self._tell(f"Override {share * 100.0:.2f}")

    async def _set_load(self, tool: Tool, payload: Load) -> None:
        """CRI has no command for tool and load: the tool stays on this side, loads are not known to the controller."""

    async def _recover(self) -> None:
        """Take control again where it was lost; Reset clears the errors, Enable switches the motors on."""
        self._asked = now()
        status = await self._fresh()
        if not status.estop & 1:
            raise EmergencyStop(self.name, "the emergency stop is still pressed", state=self._state_text())
        if not self._in_control:
            await self._answer("CMD SetActive true", "Active_true", ANSWER)
        await self._command("Reset", SLOW_ANSWER)
        await self._command("Enable", SLOW_ANSWER)
        self._asked = now()
        trouble = self._trouble(await self._fresh())
        if trouble is not None:
            raise trouble
