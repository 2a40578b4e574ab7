"""The driver of a Franka arm: joint set-points at 1 kHz over the Franka Control Interface.

The interface takes set-points only, so cellkit's kernel plans on this side. A Move is open while a motion runs; in
between the states are read and nothing is sent. Its limits are the vendor's: faster where a joint is far from its
ends, and every stop is a ramp on the path, because the interface knows no other.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

import numpy as np

from cellkit.controller.arm_controller import ArmController
from cellkit.controller.setpoint_streaming import StreamingArm
from cellkit.devices import (
    ArmState,
    Fault,
    Lifecycle,
    Load,
    Motion,
    OperationalMode,
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
)
from cellkit.geometry import inverse_transform
from cellkit.joints import JointState
from cellkit.models.arm import ArmModel
from cellkit.motion.kinematics import ArmKinematics
from cellkit.motion.stopping import commanded_stop
from cellkit.timing import now
from cellkit.transport import Network
from cellkit_franka.config import FrankaConfig
from cellkit_franka.link import TIMEOUT, RobotLink
from cellkit_franka.move_stream import MoveStream, Phase
from cellkit_franka.planning import PLANNING_SHARE, RAMP_SHARE, FrankaPlanner, with_margin
from cellkit_franka.protocol.errors import COLLISIONS, ERRORS, names
from cellkit_franka.protocol.robot import VERSION, Command, MoveStatus, Plain, RecoveryStatus, SetterStatus, Setting
from cellkit_franka.protocol.state import Report, RobotMode, transform_of
from cellkit_franka.remote import LaggingArm, RobotClock

LATE = 0.1  # s that this side is given to take the states that have come
RECOVERY_TIMEOUT = 10.0  # s; brakes may have to open
LINGER = 500  # cycles for which a Move stays open after the last servo set-point was reached
STANDING = 0.01  # rad/s
EXPLAINED = 0.05  # s within which the state shows why a Move has ended
_NOT_YET = (RobotMode.AUTOMATIC_ERROR_RECOVERY, RobotMode.USER_STOPPED)


class FrankaArm(StreamingArm[FrankaConfig]):
    """A Franka Research 3."""

    def __init__(self, name: str, model: ArmModel, config: FrankaConfig, network: Network) -> None:
        super().__init__(name, model, config, network)
        self.remote: LaggingArm = LaggingArm(model.home)
        self.kernel = ArmController(name, with_margin(model, RAMP_SHARE), self.remote, stop=commanded_stop)
        self.kernel.planner = FrankaPlanner(ArmKinematics(with_margin(model, PLANNING_SHARE)))
        self._link: RobotLink | None = None
        self._stream: MoveStream | None = None
        self._clock: RobotClock | None = None
        self._judged: tuple[int, bytes] = (RobotMode.IDLE, b"")
        self._executing = False
        self._motions = 0
        self._lingered = 0
        self._ender: asyncio.Task[None] | None = None

    # --- the link -------------------------------------------------------------------------------------------------

    async def _open_link(self) -> None:
        stream = await self._open_stream(self.config.robot_port, "Franka Control Interface")
        socket = await self._open_datagram(host=stream.local[0])  # the robot sends its states where commands come from
        link = self._pending(RobotLink(self.name, stream, socket, self._on_report, self._link_lost))
        try:
            async with asyncio.timeout(TIMEOUT):
                answer = await link.connect()
        except TimeoutError:
            raise ConnectionFailed(self.name, f"no answer from {self.config.host} for {TIMEOUT:g} s") from None
        if answer is None:
            raise ConnectionFailed(self.name, "the controller closed the connection; another client may have it")
        status, version = answer
        if status != 0:
            raise ConnectionFailed(self.name, f"the robot speaks version {version} of its interface, not {VERSION}")
        self._link = link
        self._stream = MoveStream(self.name, link, self._setpoint, self._move_ended)
        self._judged = (RobotMode.IDLE, b"")
        self._clock = None
        self._background(link.read_replies(), "robot commands")
        self._background(link.read_states(), "robot states")
        try:
            first = await link.states.until(lambda _: True, TIMEOUT)
        except TimeoutError:
            raise ConnectionFailed(self.name, f"the robot sends no states to port {link.port} of this side") from None
        self._background(link.states.guard(LATE), "robot states")
        if first.mode == RobotMode.IDLE:
            await self._freshen()
            await self._set_load(self.tool, self.payload)

    async def _close(self) -> None:
        self._drop()
        await super()._close()

    def _link_lost(self, why: str) -> None:
        super()._link_lost(why)
        self._drop()

    def _drop(self) -> None:
        if self._ender is not None:
            self._ender.cancel()
            self._ender = None
        if self._link is not None:
            # The old kernel must not be in motion when the link is back.
            self.kernel.protective_stop("communication lost")

    @property
    def _robot(self) -> tuple[RobotLink, MoveStream, Report]:
        link, stream = self._link, self._stream
        if link is None or stream is None:
            raise ConnectionLost(self.name, "is not connected")
        return link, stream, link.states.value

    # --- reports of the robot ---------------------------------------------------------------------------------------

    def _on_report(self, report: Report) -> None:
        clock, stream = self._clock, self._stream
        if clock is None:
            clock = self._clock = RobotClock(report.message_id)
        elif stream is None or stream.phase is Phase.IDLE:
            clock.heard(report.message_id)  # during a Move time must not jump
        joints = report.joints
        self.remote.report(JointState.trusted(clock.at(report.message_id), np.array(joints[:7]), np.array(joints[14:])))
        if (report.mode, report.errors) != self._judged:
            self._judge(report)
        if stream is not None and stream.phase is not Phase.IDLE:
            stream.answer(report)
            self._linger(stream)

    def _setpoint(self, cycle: int) -> list[float]:
        assert self._clock is not None
        return self.remote.setpoint(self._clock.at(cycle))

    def _judge(self, report: Report) -> None:
        """Apply the stops and faults that the robot reports to the kernel: they end the running motion."""
        before, self._judged = self._judged[0], (report.mode, report.errors)
        if report.mode == RobotMode.USER_STOPPED:
            self.kernel.press_emergency_stop()
        elif before == RobotMode.USER_STOPPED:
            self.kernel.release_emergency_stop()
        raised = names(report.errors)
        fault = _fault(raised)
        if fault is not None:
            self.kernel.raise_fault(fault)
        elif raised:
            self.kernel.protective_stop(ERRORS[raised[0]])

    def _move_ended(self, status: MoveStatus) -> None:
        """Handle a Move that the robot ended; when no state gives the reason, the status of the reply is used."""
        asyncio.get_running_loop().call_later(EXPLAINED, self._unexplained, status, self._motions)

    def _unexplained(self, status: MoveStatus, motion: int) -> None:
        kernel = self.kernel
        known = kernel.fault is not None or kernel.safety is not SafetyStatus.NORMAL
        runs = self._executing and motion == self._motions and kernel.moving
        if self.lifecycle is Lifecycle.OPEN and runs and not known:
            name = status.name.lower()
            kernel.raise_fault(Fault(name, f"the robot ended the motion: {name.replace('_', ' ')}"))

    def _linger(self, stream: MoveStream) -> None:
        """End a Move that was opened for servo set-points once the set-points have come to rest."""
        if self._executing or stream.phase is not Phase.RUNNING or self.kernel.moving:
            self._lingered = 0
            return
        self._lingered += 1
        if self._lingered == LINGER:
            self._ender = asyncio.get_running_loop().create_task(stream.end())

    async def _read_state(self) -> ArmState:
        _, _, report = self._robot
        joints = self.remote.state()
        raised = names(report.errors)
        safety = SafetyStatus.NORMAL
        if report.mode == RobotMode.USER_STOPPED:
            safety = SafetyStatus.EMERGENCY_STOP
        elif raised and _fault(raised) is None:
            safety = SafetyStatus.PROTECTIVE_STOP
        return ArmState(
            joints.stamp,
            joints,
            self.kernel.tcp(joints),
            _mode(report.mode),
            safety,
            self.kernel.speed_override,
            self.kernel.moving or not _stands(report),
            _fault(raised),
        )

    # --- motions --------------------------------------------------------------------------------------------------

    async def _set_speed_override(self, share: float) -> None:
        # A ramp that begins within another one jumps in acceleration, which this robot takes for a fault.
        await asyncio.sleep(max(0.0, self.kernel.ramped_at - now()))
        await super()._set_speed_override(share)

    async def _freshen(self) -> None:
        """Release the kernel when the robot is free again, whichever client has cleared the error."""
        kernel = self.kernel
        if kernel.safety is not SafetyStatus.NORMAL or kernel.fault is not None or not kernel.powered:
            await kernel.reset()

    async def _make_ready(self) -> None:
        """Ensure that a Move runs; set-points begin exactly at the robot's last ones."""
        _, stream, report = self._robot
        if self._ender is not None:
            await asyncio.wait({self._ender})
            self._ender = None
        if report.mode in (RobotMode.IDLE, RobotMode.MOVE) and report.clean:
            await self._freshen()
        if await stream.begin():
            _, _, report = self._robot
            desired = np.array(report.joints[7:14])
            self.remote.report(JointState(self.remote.state().stamp, desired, np.zeros(7)))
            self.kernel.hold_here()
            self.remote.forget()
            stream.run()

    async def _execute(self, motion: Motion) -> None:
        self._executing = True
        self._motions += 1
        try:
            await self._make_ready()
            _, stream, _ = self._robot
            try:
                await self.kernel.submit(motion)
            finally:
                if not self.kernel.moving:  # else a stop is under way, and ends the Move itself
                    await stream.end()
        finally:
            self._executing = False

    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        # Whatever was asked for: the interface can't switch power off, and a harder ramp than on the path is a reflex.
        link, stream, _ = self._robot
        await self.kernel.stop(StopCategory.TWO)
        await stream.end()
        await link.states.until(_stands)

    # --- settings -------------------------------------------------------------------------------------------------

    async def _set_load(self, tool: Tool, payload: Load) -> None:
        link, stream, _ = self._robot
        if stream.phase is Phase.RUNNING and not self._executing and not self.kernel.moving:
            await stream.end()  # the robot takes settings only while it is idle
        nominal = np.array(transform_of(link.datagram, "F_T_NE")).reshape(4, 4).T
        end_effector = inverse_transform(nominal) @ tool.tcp.matrix
        await self._set(Setting(Command.SET_NE_TO_EE, tuple(end_effector.T.ravel().tolist())))
        both = tool.load + payload
        tensor = (both.inertia + both.inertia.T) / 2.0  # its last bits may differ, and the robot insists on symmetry
        numbers = (both.mass, *both.centre_of_gravity.tolist(), *tensor.T.ravel().tolist())
        await self._set(Setting(Command.SET_LOAD, numbers))
        self.kernel.set_load(tool, payload)

    async def _set(self, setting: Setting) -> None:
        link, _, _ = self._robot
        status = await link.request(setting)
        if status != SetterStatus.SUCCESS:
            reason = _words(SetterStatus, status)
            raise CommandRejected(self.name, f"{setting.command.name.lower()} was refused: {reason}")

    async def _recover(self) -> None:
        link, _, _ = self._robot
        status = await link.request(Plain(Command.AUTOMATIC_ERROR_RECOVERY), RECOVERY_TIMEOUT)
        if status == RecoveryStatus.EMERGENCY_ABORTED:
            raise EmergencyStop(self.name, "the user stop is pressed")
        if status == RecoveryStatus.MANUAL_REQUIRED:
            text = "the error must be cleared at the robot"
            raise DeviceFault(self.name, text, code="manual_error_recovery_required", recoverable=False)
        _, _, report = self._robot
        if status != RecoveryStatus.SUCCESS and not (status == RecoveryStatus.NOT_POSSIBLE and report.clean):
            raise CommandRejected(self.name, f"the error recovery was refused: {_words(RecoveryStatus, status)}")
        with contextlib.suppress(TimeoutError):
            await link.states.until(lambda report: report.clean and report.mode not in _NOT_YET, TIMEOUT)
        await self._freshen()


def _stands(report: Report) -> bool:
    return all(abs(speed) <= STANDING for speed in report.joints[14:])


def _fault(raised: Sequence[str]) -> Fault | None:
    """Return the first error other than the arm's own collision detection."""
    for name in raised:
        if name not in COLLISIONS:
            return Fault(name, ERRORS[name])
    return None


def _mode(mode: int) -> OperationalMode:
    """Derive the operational mode from hand guiding and locked joints: the interface does not show the mode itself."""
    if mode == RobotMode.GUIDING:
        return OperationalMode.MANUAL_REDUCED_SPEED
    return OperationalMode.OTHER if mode == RobotMode.OTHER else OperationalMode.AUTOMATIC_EXTERNAL


def _words(kind: type[SetterStatus] | type[RecoveryStatus], status: int) -> str:
    return kind(status).name.lower().replace("_", " ") if status in list(kind) else f"status {status}"
