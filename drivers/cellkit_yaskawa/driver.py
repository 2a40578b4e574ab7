"""The driver of Yaskawa arms over the High-Speed Ethernet Server.

The server answers a move when it has accepted it; whether the arm moves, and where it is, has to be asked for. Joint
and straight motions are single commands (0x8B, 0x8A); arcs, paths and reduced acceleration are jobs of the driver's
own. A stop holds the arm and then takes the drive power away, because releasing the hold might resume the motion.
"""

from __future__ import annotations

import asyncio
import contextlib

import numpy as np

from cellkit.devices import ArmState, Fault, Load, Motion, OperationalMode, SafetyStatus, StopCategory, Tool
from cellkit.devices.device import Lifecycle
from cellkit.errors import (
    CommandRejected,
    ConnectionFailed,
    DeviceError,
    DeviceFault,
    EmergencyStop,
    MotionAborted,
    ProtectiveStop,
)
from cellkit.geometry import Array, Pose, largest
from cellkit.joints import JointState
from cellkit.models.arm import ArmModel
from cellkit.timing import now
from cellkit.transport.network import Network
from cellkit_yaskawa.client import CARTESIAN_POSITION, HOLD, HsesClient, HsesRefused
from cellkit_yaskawa.config import YaskawaConfig
from cellkit_yaskawa.link import HsesLink
from cellkit_yaskawa.motion import Run, resumable, send
from cellkit_yaskawa.protocol.axes import axes_of
from cellkit_yaskawa.protocol.codes import CANCEL_ERROR, RESET_ALARM, Added, Switch
from cellkit_yaskawa.protocol.frames import FILE, ROBOT
from cellkit_yaskawa.protocol.inform import InformError
from cellkit_yaskawa.protocol.records import BASE, StatusInfo
from cellkit_yaskawa.protocol.signals import emergency_stop, safeguard_open
from cellkit_yaskawa.protocol.tools import FILE as TOOL_FILE
from cellkit_yaskawa.protocol.tools import read_tools
from cellkit_yaskawa.signals import YaskawaSignals
from cellkit_yaskawa.tooldata import tool_file, tool_of

HEARTBEAT = 0.25  # s between two questions while nothing else is asked: silence must be noticed
STARTED = 0.5  # s in which an accepted motion has to begin
SWITCHED = 5.0  # s that drive power may take to go on or off
ARRIVED = (5e-3, 5e-3, 2e-2)  # rad of a joint, m and rad of the TCP that an arm may stand off its goal
STILL = (5e-4, 5e-4, 2e-3)  # the same, of an arm that does not move
AGREEMENT = (2e-3, 5e-3)  # m, rad between the controller's Cartesian position and that of the pulses


class YaskawaArm(YaskawaSignals):
    """A Yaskawa arm whose controller is in remote mode, with command remote enabled."""

    def __init__(self, name: str, model: ArmModel, config: YaskawaConfig, network: Network) -> None:
        super().__init__(name, model, config, network)
        self.axes = axes_of(model.id, model.dof, config.pulses_per_radian, config.base_height)
        self.override = 1.0
        """Share of the programmed speeds; the server cannot set the controller's own."""
        self._loaded: tuple[Tool, Load] | None = None
        self._run_now: Run | None = None
        self._job_number = 0
        self._orphaned = False  # the link was lost while the arm moved, which goes on with it
        self._switching_power = 0
        self._powered = False  # as far as this side knows; power that goes off by itself is a stop
        self._latched = SafetyStatus.NORMAL
        self._last_joints: JointState | None = None
        self._found_held = False  # at the last look: another client's motion may wait for the end of the hold

    # --- the link ---------------------------------------------------------------------------------------------

    async def _open_link(self) -> None:
        control = await self._open_port(self.config.control_port, ROBOT, "robot control port")
        files = await self._open_port(self.config.file_port, FILE, "file port")
        self.client = HsesClient(self.name, control, files)
        self._last_word = self.client.send_hold  # the server does not watch its client
        self._guard(self.config.control_port, HOLD, datagram=True)
        self._loaded, self._powered = None, False
        status = await self._look()
        await self._check_axes()
        if self._orphaned and (status.running or status.held):
            await self._cancel_remaining()
        self._orphaned = False
        self._every(HEARTBEAT, self._keep_in_touch, "robot control port")

    async def _open_port(self, port: int, division: int, what: str) -> HsesLink:
        socket, config = await self._open_datagram(), self.config
        to = (config.host, port)
        link = HsesLink(self.name, socket, to, division, config.answer_timeout, config.tries, self._link_lost)
        self._background(self._pending(link).listen(), what)
        return link

    async def _keep_in_touch(self) -> None:
        if now() - self.client.heard >= HEARTBEAT / 2:
            await self._look()

    async def _check_axes(self) -> None:
        """Refuse an arm whose position in pulses does not agree with the position that its controller reports."""
        number = self.config.tool_number
        try:
            pulses, cartesian = await self.client.position(), await self.client.position(CARTESIAN_POSITION)
            tool = read_tools(await self.client.save(TOOL_FILE)).get(number)
        except (HsesRefused, InformError):
            return  # nothing to compare with
        if tool is None or cartesian.kind != BASE or cartesian.tool != number:
            return
        ours = Pose.trusted(self.kinematics.forward(self.axes.joints(pulses.values)) @ tool_of(tool).tcp.matrix, "base")
        metres, angle = ours.distance(Pose.trusted(self.axes.pose(cartesian.values), "base"))
        if metres > AGREEMENT[0] or angle > AGREEMENT[1]:
            raise ConnectionFailed(
                self.name,
                f"the position in pulses puts the TCP {metres * 1000:.1f} mm and {angle:.4f} rad off where the "
                f"controller reports it: pulses_per_radian or base_height do not fit, or this is no {self.model.name}",
            )

    # --- what it reports --------------------------------------------------------------------------------------

    async def _look(self) -> StatusInfo:
        """Read the status; a stop in it is remembered until ``recover()``."""
        status = await self.client.status()
        self._found_held = status.held
        if self._switching_power:
            return status
        if status.servo_on:
            self._powered = True
        elif not status.alarm:
            signals = await self.client.safety_signals()
            if emergency_stop(signals):
                self._latched = SafetyStatus.EMERGENCY_STOP
            elif (self._powered or safeguard_open(signals)) and self._latched is SafetyStatus.NORMAL:
                self._latched = SafetyStatus.PROTECTIVE_STOP
            self._powered = False
        return status

    async def joints(self) -> Array:
        """Read the controller's present joints (n,) in rad."""
        return self.axes.joints((await self.client.position()).values)

    async def _read_state(self) -> ArmState:
        status = await self._look()
        joints = self._joint_state(await self.joints())
        info = await self.client.job_info()
        tcp = Pose.trusted(self.kinematics.forward(joints.position) @ self._tool.tcp.matrix, "base")
        share = self.override * info.speed_override / 10_000.0
        return ArmState(
            joints.stamp, joints, tcp, _mode(status), self._latched, share, status.running, await self._fault(status)
        )

    async def _fault(self, status: StatusInfo) -> Fault | None:
        if status.alarm:
            alarm = await self.client.alarm()
            return Fault(str(alarm.code), alarm.name, alarm.recoverable)
        return Fault("error", "operating error") if status.error else None

    def _joint_state(self, position: Array) -> JointState:
        """Derive speeds from the position before, where that is not old: the server reports no speeds."""
        stamp, before = now(), self._last_joints
        speed = np.zeros(len(position))
        if before is not None and 0.0 < stamp - before.stamp <= HEARTBEAT:
            speed = (position - before.position) / (stamp - before.stamp)
        self._last_joints = state = JointState(stamp, position, speed)
        return state

    async def _trouble(self, status: StatusInfo) -> DeviceError | None:
        """Return the error that keeps a motion from beginning or going on."""
        fault = await self._fault(status)
        if fault is not None:
            return DeviceFault(self.name, fault.text, code=fault.code, recoverable=fault.recoverable)
        if self._latched is SafetyStatus.EMERGENCY_STOP:
            return EmergencyStop(self.name, "the emergency stop was pressed")
        if self._latched is SafetyStatus.PROTECTIVE_STOP:
            return ProtectiveStop(self.name, "the drive power went off; recover() switches it on again")
        if not (status.play and status.remote):
            return MotionAborted(self.name, "the controller is not in play mode with command remote")
        return None

    # --- motions ----------------------------------------------------------------------------------------------

    async def _execute(self, motion: Motion) -> None:
        run = self._run_now = Run(motion)
        try:
            while not await self._carried_out(run):
                while self.override == 0.0:
                    await self._pause(run)
        except HsesRefused as error:
            raise await self._explained(error) from None
        finally:
            self._orphaned = run.sent and self.lifecycle is Lifecycle.LOST
            if self._run_now is run:
                self._run_now = None

    async def _explained(self, error: HsesRefused) -> DeviceError:
        if error.added in (Added.ALARM, Added.SERVO_OFF, Added.WRONG_MODE, Added.NOT_REMOTE):
            return await self._trouble(await self._look()) or error
        return error

    async def _pause(self, run: Run) -> StatusInfo:
        """Wait until the next look. After a stop in between, wait for cancellation."""
        await asyncio.sleep(self.config.poll_period)
        status = await self._look()
        await self.still_wanted(run)
        trouble = await self._trouble(status)
        if trouble is not None:
            raise trouble
        return status

    def next_job(self) -> int:
        """Return a number for the next job: the one before may still be the selected one."""
        self._job_number = 1 - self._job_number
        return self._job_number

    async def still_wanted(self, run: Run) -> None:
        """Wait for cancellation if a stop has ended the motion: no more commands for it must be sent."""
        if run.dead:
            await asyncio.get_running_loop().create_future()

    async def _carried_out(self, run: Run) -> bool:
        """Send the motion and follow it. False: the speed override has changed, it must be sent anew."""
        if self.override == 0.0:
            return False
        await self._switch_on(run)
        await self._ensure_tool()
        await self.still_wanted(run)
        share = self.override
        if share == 0.0:
            return False
        await send(self, run, share)
        began, moved = now(), False
        while True:
            status = await self._pause(run)
            if self.override != share:
                share = self.override
                if not resumable(run.motion):
                    await self._cancel_remaining()
                    run.sent = False
                    return False
                await self._hold_job(run, share == 0.0)
            if status.running:
                moved = True
            elif not status.held and await self._arrived(run, moved, began):
                run.sent = False
                return True

    async def _hold_job(self, run: Run, hold: bool) -> None:
        """Hold a job, or continue it.

        A job that cannot restart from its middle is held at override 0, at its own speed.
        """
        if hold is not run.held:
            await self.client.switch(Switch.HOLD, hold)
            run.held = hold
            if not hold:
                await self.still_wanted(run)
                await self.client.start(run.lines)

    async def _arrived(self, run: Run, moved: bool, began: float) -> bool:
        """Return whether an arm that does not run has completed its motion.

        Raises ``MotionAborted`` where it did not.
        """
        joints = await self.joints()
        waited = now() - began >= STARTED
        if self._near(run, joints, ARRIVED):
            begun = moved or (run.job and (await self.client.job_info()).line > 0)
            if begun or waited or (not run.job and self._near(run, joints, STILL)):
                return True
        if moved or waited:
            raise MotionAborted(self.name, "the controller ended the motion before its goal", state=self._state_text())
        return False

    def _near(self, run: Run, joints: Array, tolerance: tuple[float, float, float]) -> bool:
        """Return whether the arm is at its goal.

        A pose is compared as such: the controller has the better arm model.
        """
        if run.pose is None:
            return largest(joints - run.goal) <= tolerance[0]
        metres, angle = Pose.trusted(self.kinematics.forward(joints) @ self._tool.tcp.matrix, "base").distance(run.pose)
        return metres <= tolerance[1] and angle <= tolerance[2]

    async def _switch_on(self, run: Run) -> None:
        """Switch drive power on, unless there is an error."""
        status = await self._look()
        trouble = await self._trouble(status)
        if trouble is not None:
            raise CommandRejected(self.name, trouble.message) if isinstance(trouble, MotionAborted) else trouble
        if not status.servo_on:
            await self.still_wanted(run)
            await self.client.switch(Switch.SERVO, True)
            await self._until_servo(True)

    async def _until_servo(self, on: bool) -> None:
        deadline = now() + SWITCHED
        while (await self.client.status()).servo_on is not on:
            if now() > deadline:
                raise DeviceFault(self.name, f"the drive power did not go {'on' if on else 'off'}", code="servo")
            await asyncio.sleep(self.config.poll_period)
        self._powered = on

    # --- stopping ---------------------------------------------------------------------------------------------

    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        """Hold, wait until the arm stands, give up what is left of the motion. Every category is this one stop."""
        run, found_held = self._run_now, self._found_held
        if run is not None:
            run.dead = True
        try:
            await self.client.switch(Switch.HOLD, True)
        except HsesRefused:
            if (await self.client.status()).running:
                raise
            return  # not in a mode in which this side could have moved it
        if found_held or (run is not None and run.sent) or await self._stand():
            await self._cancel_remaining()
        else:
            await self.client.switch(Switch.HOLD, False)
        if run is not None:
            run.sent = False

    async def _cancel_remaining(self) -> None:
        """Bring the arm to rest for good: no manual states that releasing a hold does not resume a move."""
        self._switching_power += 1
        try:
            await self.client.switch(Switch.HOLD, True)
            await self._stand()
            await self.client.switch(Switch.SERVO, False)
            await self._until_servo(False)
            await self.client.switch(Switch.HOLD, False)
        finally:
            self._switching_power -= 1

    async def _stand(self) -> bool:
        """Wait until nothing runs and two looks show the same joints. Returns whether anything has moved meanwhile."""
        before, moved = await self.joints(), False
        while True:
            await asyncio.sleep(self.config.poll_period)
            running, joints = (await self.client.status()).running, await self.joints()
            if not running and largest(joints - before) <= STILL[0]:
                return moved
            before, moved = joints, True

    # --- settings ---------------------------------------------------------------------------------------------

    async def _set_speed_override(self, share: float) -> None:
        self.override = share  # seen by the running motion at its next look

    async def _set_load(self, tool: Tool, payload: Load) -> None:
        await self.client.load(TOOL_FILE, tool_file(self.config.tool_number, tool, payload).encode())
        self._loaded = (tool, payload)

    async def _ensure_tool(self) -> None:
        if self._loaded is None:
            await self._set_load(self._tool, self._payload)

    async def _recover(self) -> None:
        status = await self.client.status()
        if status.alarm:
            alarm = await self.client.alarm()
            if not alarm.recoverable:
                raise DeviceFault(self.name, alarm.name, code=str(alarm.code), recoverable=False)
            await self.client.reset(RESET_ALARM)
        if status.error:
            await self.client.reset(CANCEL_ERROR)
        if emergency_stop(await self.client.safety_signals()):
            self._latched = SafetyStatus.EMERGENCY_STOP
            raise EmergencyStop(self.name, "the emergency stop is still pressed")
        if status.held:
            with contextlib.suppress(HsesRefused):  # the hold then stays, and with it the arm
                await self._cancel_remaining()
        await self.client.switch(Switch.SERVO, True)
        await self._until_servo(True)
        self._latched = SafetyStatus.NORMAL


def _mode(status: StatusInfo) -> OperationalMode:
    if status.teach:
        return OperationalMode.MANUAL_REDUCED_SPEED if status.reduced_speed else OperationalMode.MANUAL_HIGH_SPEED
    if not status.play:
        return OperationalMode.OTHER
    return OperationalMode.AUTOMATIC_EXTERNAL if status.remote else OperationalMode.AUTOMATIC
