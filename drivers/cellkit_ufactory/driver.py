"""The driver of UFACTORY's arms: commands over the control port, state from the report stream of port 30003."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np
from typing_extensions import override

from cellkit.devices import (
    ArmState,
    Fault,
    Freedrive,
    Load,
    Motion,
    OperationalMode,
    SafetyStatus,
    Servoing,
    StopCategory,
    Tool,
)
from cellkit.errors import (
    CommandRejected,
    ConnectionFailed,
    ConnectionLost,
    DeviceError,
    DeviceFault,
    EmergencyStop,
    MotionAborted,
    ProtectiveStop,
    ProtocolError,
)
from cellkit.geometry import Array, Pose
from cellkit.joints import JointState
from cellkit.models.arm import ArmModel
from cellkit.timing import now
from cellkit.transport import Network
from cellkit_ufactory.config import UfactoryConfig
from cellkit_ufactory.feed import STANDING, ReportFeed, takes_motions
from cellkit_ufactory.link import STOP, ControlLink
from cellkit_ufactory.motions import commands
from cellkit_ufactory.protocol.commands import JointMove, floats, pack_floats
from cellkit_ufactory.protocol.frames import PRIVATE_ALIVE, FeedbackKind, FeedbackResult, Reply
from cellkit_ufactory.protocol.numbers import (
    BY_HAND,
    EMERGENCY_STOPS,
    LASTING,
    PROTECTIVE_STOPS,
    Function,
    Mode,
    State,
    error_text,
    warning_text,
)
from cellkit_ufactory.protocol.units import MM, pose_matrix, pose_values
from cellkit_ufactory.protocol.version import ControllerVersion
from cellkit_ufactory.signals import UfactorySignals

LOOK = 0.25  # s between two checks whether a request is due
POLL = 1.0  # s between two requests for errors, which keep the connection alive as well
ASTRAY = 1e-3  # rad by which repeated reports may differ from the joints that the control port states
CONFIRMING = 3  # reports that may come late, after the joints that the control port states
IDLE_LOOK = 0.5  # s between two checks whether a motion has ended without a report (firmware below 2.0.102)
IDLE_LOOKS = 2  # checks with the arm idle after which the motion has ended
ALL_AXES = 8


class UfactoryArm(UfactorySignals, Servoing, Freedrive):
    """An xArm or Lite 6.

    The control box has no speed override: the driver scales the motions that it sends, and holds the one that runs
    where the override is zero.
    """

    def __init__(self, name: str, model: ArmModel, config: UfactoryConfig, network: Network) -> None:
        super().__init__(name, model, config, network)
        self._error = 0
        self._override = 1.0
        self._offset: tuple[float, ...] | None = None
        self._trouble: asyncio.Future[None] | None = None

    # --- the link ---------------------------------------------------------------------------------------------

    async def _open_link(self) -> None:
        self._feed = self._pending(ReportFeed(self.name))
        self._error, self._offset = 0, None
        control = await self._open_stream(self.config.control_port, "control port")
        self._control = self._pending(ControlLink(self.name, control, self._link_lost))
        self._last_word = self._control.send_stop  # the control box does not watch its client
        self._guard(self.config.control_port, STOP)
        self._background(self._control.run(), "control port")
        await self._introduce(self._control)
        reports = await self._open_stream(self.config.report_real_port, "report port")
        self._background(self._feed.run(reports), "report port")
        await self._feed.next()
        self._background(self._feed.guard(), "report port")
        await self._ask_for_error()
        if self._error == 0 and self._feed.newest.mode not in BY_HAND:
            await self._send_offset(self._tool)
            await self._make_ready(Mode.POSITION, enable=True)
        self._background(self._watch(), "control port")
        self._background(self._compare_reports(), "report port")

    async def _introduce(self, control: ControlLink) -> None:
        version = self._version = ControllerVersion.parse((await self._request(Function.GET_VERSION)).data)
        if version.axes != self.model.dof:
            raise ConnectionFailed(
                self.name,
                f"the control box drives an arm of {version.axes} axes, a {self.model.name} has {self.model.dof}",
            )
        if version.keeps_alive:
            control.protocol = PRIVATE_ALIVE
        if version.tells_of_ends:
            await self._request(Function.SET_FEEDBACK, bytes((FeedbackKind.FINISH,)))

    async def _watch(self) -> None:
        """Request errors when the arm stops, and at intervals."""
        asked = now()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._feed.changed.wait()
            if self._feed.changed.is_set() or now() - asked >= POLL:
                self._feed.changed.clear()
                asked = now()
                await self._ask_for_error()
                if self._feed.latched:
                    self._give_up()

    async def _compare_reports(self) -> None:
        """Compare reports that repeat themselves with the joints that the control port states, to detect a dead port.

        Reports have neither time stamp nor counter: those of an arm at rest may all be the same. Raises
        ``ConnectionLost`` when the arm has moved and the reports do not show it.
        """
        asked = now()
        while True:
            await asyncio.sleep(LOOK)
            news_at = self._feed.news_at
            moves = self._trouble is not None or self._feed.newest.state == State.MOVING
            if now() - news_at < LOOK or (not moves and now() - asked < POLL):
                continue
            asked = now()
            reply = await self._request(Function.GET_JOINTS)
            stated = np.array(floats(reply.data, self.model.dof))
            if np.abs(stated - self._feed.newest.joints[: self.model.dof]).max() < ASTRAY:
                continue
            for _ in range(CONFIRMING):
                await self._feed.next()
            if self._feed.news_at == news_at:
                raise ConnectionLost(self.name, "the reports repeat themselves although the arm has moved")

    async def _request(self, function: Function, parameters: bytes = b"", *, at_once: bool = False) -> Reply:
        """Send a request. Raises ``ConnectionLost`` when the control box does not answer."""
        return await self._control.request(function, parameters, at_once=at_once)

    # --- state ------------------------------------------------------------------------------------------------

    async def _read_state(self) -> ArmState:
        stamp, report = self._feed.stamp, self._feed.newest
        velocity = self._feed.velocity(self.model.dof)
        joints = JointState(stamp, np.array(report.joints[: self.model.dof]), velocity)
        return ArmState(
            stamp,
            joints,
            Pose(pose_matrix(report.pose), "base"),
            OperationalMode.MANUAL_REDUCED_SPEED if report.mode in BY_HAND else OperationalMode.AUTOMATIC,
            self._safety(),
            self._override,
            report.state == State.MOVING or (self._feed.latched and bool(np.abs(velocity).max() > 2 * STANDING)),
            self._fault(),
        )

    def _safety(self) -> SafetyStatus:
        if self._error in EMERGENCY_STOPS:
            return SafetyStatus.EMERGENCY_STOP
        if self._error in PROTECTIVE_STOPS:
            return SafetyStatus.PROTECTIVE_STOP
        return SafetyStatus.NORMAL

    def _fault(self) -> Fault | None:
        if self._error == 0 or self._error in EMERGENCY_STOPS or self._error in PROTECTIVE_STOPS:
            return None
        return Fault(str(self._error), error_text(self._error), self._error not in LASTING)

    def _raised(self) -> DeviceError:
        """Return the error that the control box reports, as one of this device."""
        text = f"{error_text(self._error)} (error {self._error})"
        if self._error in EMERGENCY_STOPS:
            return EmergencyStop(self.name, text)
        if self._error in PROTECTIVE_STOPS:
            return ProtectiveStop(self.name, text)
        fault = self._fault()
        if fault is not None:
            return DeviceFault(self.name, fault.text, code=fault.code, recoverable=fault.recoverable)
        return MotionAborted(self.name, "another client or a person has stopped the arm")

    async def _ask_for_error(self) -> int:
        """Return the pending warning, and store the error."""
        reply = await self._request(Function.GET_ERROR)
        if len(reply.data) < 2:
            raise ProtocolError(self.name, "an answer contains no error and warning", data=reply.data)
        self._error = reply.data[0]
        return reply.data[1]

    def _give_up(self) -> None:
        """Let the caller that waits for a motion fail."""
        if self._trouble is not None and not self._trouble.done():
            self._trouble.set_result(None)

    # --- motions ----------------------------------------------------------------------------------------------

    async def _make_ready(self, mode: Mode, *, enable: bool = False) -> None:
        """Prepare the control box so that it accepts motions in ``mode``; do nothing if it accepts them already.

        Raises the error of the control box that prevents it, or ``CommandRejected``.
        """
        report = self._feed.newest
        if report.mode == mode and takes_motions(report):
            return
        if enable:
            await self._request(Function.MOTION_ENABLE, bytes((ALL_AXES, 1)))
        await self._request(Function.SET_MODE, bytes((mode, 0)))
        reply = await self._request(Function.SET_STATE, bytes((State.READY,)))
        if reply.not_ready or not await self._feed.shows(lambda report: report.mode == mode and takes_motions(report)):
            await self._refused()
        await self._hold_if_override_is_zero()

    async def _hold_if_override_is_zero(self) -> None:
        if self._override == 0.0:
            await self._request(Function.SET_STATE, bytes((State.SUSPENDED,)))

    async def _refused(self) -> NoReturn:
        """Raise the reason why a command was refused."""
        warning = await self._ask_for_error()
        if self._error:
            raise self._raised()
        if warning:
            await self._request(Function.CLEAR_WARNING)
            raise CommandRejected(self.name, f"{warning_text(warning)} (warning {warning})", state=self._state_text())
        raise CommandRejected(self.name, "the control box does not accept motions now", state=self._state_text())

    async def _execute(self, motion: Motion) -> None:
        await self._make_ready(Mode.POSITION)
        trouble = self._trouble = asyncio.get_running_loop().create_future()
        sent: list[asyncio.Future[int]] = []
        try:
            for function, parameters in commands(motion, self._feed.newest, self.limits, self._override or 1.0):
                sent.append(await self._send(function, parameters))
            await self._ended(sent[-1], trouble)
        except CommandRejected:
            if sent:  # the path is invalid: the lines of it that were accepted must not run
                await self._stop()
            raise
        finally:
            self._trouble = None
            for finished in sent:
                self._control.ends.forget(finished)

    async def _send(self, function: Function, parameters: bytes) -> asyncio.Future[int]:
        """Put a motion into the queue; the future ends with it."""
        reply, finished = await self._control.motion(function, parameters)
        if reply.not_ready or reply.invalid:
            await self._refused()
        return finished

    async def _ended(self, finished: asyncio.Future[int], trouble: asyncio.Future[None]) -> None:
        """Wait until the arm is at rest at the end, and until a report shows it."""
        either: set[asyncio.Future[Any]] = {finished, trouble}
        idle = 0
        while not finished.done() and not trouble.done() and idle < IDLE_LOOKS:
            await asyncio.wait(either, timeout=IDLE_LOOK, return_when=asyncio.FIRST_COMPLETED)
            report = self._feed.newest
            idle = idle + 1 if report.state == State.SLEEPING and report.commands == 0 else 0
        if trouble.done() or (finished.done() and finished.result() != FeedbackResult.SUCCESS):
            await self._ask_for_error()
            await self._feed.next()  # the state that belongs to the end
            raise self._raised()
        await self._feed.shows(lambda report: report.state != State.MOVING)

    # --- stops ------------------------------------------------------------------------------------------------

    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        await self._request(Function.SET_STATE, bytes((State.STOPPED,)), at_once=True)
        await self._feed.wait_for_rest()
        if self._error == 0 and self._feed.newest.mode not in BY_HAND:
            reply = await self._request(Function.SET_STATE, bytes((State.READY,)), at_once=True)
            if not reply.not_ready:
                await self._feed.shows(takes_motions, within=0.5)
                await self._hold_if_override_is_zero()

    async def _recover(self) -> None:
        await self._request(Function.CLEAR_ERROR)
        await self._request(Function.CLEAR_WARNING)
        await self._ask_for_error()
        if self._error:
            raise self._raised()
        await self._request(Function.MOTION_ENABLE, bytes((ALL_AXES, 1)))
        await self._feed.shows(lambda report: not takes_motions(report), within=0.1)
        await self._make_ready(Mode.POSITION)

    # --- settings ---------------------------------------------------------------------------------------------

    async def _set_speed_override(self, share: float) -> None:
        before, self._override = self._override, share
        if share == 0.0:
            await self._hold_if_override_is_zero()
        elif before == 0.0 and self._feed.newest.state == State.SUSPENDED:
            await self._request(Function.SET_STATE, bytes((State.READY,)))

    async def _set_load(self, tool: Tool, payload: Load) -> None:
        both = tool.load + payload
        centre = (MM * both.centre_of_gravity).tolist()
        reply = await self._request(Function.SET_LOAD, pack_floats((both.mass, *centre)))
        if reply.invalid:
            await self._refused()
        if await self._send_offset(tool):
            await self._make_ready(Mode.POSITION)

    async def _send_offset(self, tool: Tool) -> bool:
        """Send the TCP offset; a change resets the arm, which then is not ready."""
        values = pose_values(tool.tcp.matrix)
        if values == self._offset:
            return False
        reply = await self._request(Function.SET_TCP_OFFSET, pack_floats(values))
        if reply.invalid:
            await self._refused()
        self._offset = values
        await self._feed.shows(lambda report: not takes_motions(report), within=0.1)
        return True

    # --- abilities --------------------------------------------------------------------------------------------

    @override
    async def servo_joint(self, joints: Sequence[float] | Array) -> None:
        """Send a set-point in the control box's mode 6, which plans anew for every set-point."""
        target = await self._servo_target(joints)
        await self._make_ready(Mode.JOINT_ONLINE)
        share = self._override or 1.0
        speed, acceleration = float(self.limits.velocity.min()), float(self.limits.acceleration.min())
        move = JointMove(tuple(target.tolist()), speed * share, acceleration * share**2)
        reply = await self._request(*move.encode())
        if reply.not_ready or reply.invalid:
            await self._refused()

    @override
    async def set_freedrive(self, on: bool) -> None:
        """Switch hand guiding, which the control box calls manual mode."""
        self._require_idle("set_freedrive")
        if on:
            await self._ready()
        await self._make_ready(Mode.TEACHING if on else Mode.POSITION)
