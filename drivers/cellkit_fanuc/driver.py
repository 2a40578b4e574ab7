"""FANUC arms over RMI."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from cellkit.devices import (
    ArmState,
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
    DeviceError,
    DeviceFault,
    EmergencyStop,
    LimitViolation,
    MotionAborted,
    ProtectiveStop,
    ProtocolError,
)
from cellkit.geometry import Array, Pose, largest
from cellkit.joints import JointState
from cellkit.models.arm import ArmModel
from cellkit.transport import Network
from cellkit_fanuc.config import MOTION_PORT, FanucConfig
from cellkit_fanuc.geometry import world_of
from cellkit_fanuc.lines import LineWriter, percent
from cellkit_fanuc.protocol import frames, joints
from cellkit_fanuc.protocol.alarms import Alarms, understand
from cellkit_fanuc.protocol.errors import RmiRefused, Rmit
from cellkit_fanuc.protocol.loads import payload_fields
from cellkit_fanuc.session import Fields, RmiSession, SystemFault
from cellkit_fanuc.signals import FanucSignals

STILL = 1e-4  # rad between two looks at an arm that stands
STILL_STEP = 0.032  # s between the two
SPEED_STEP = 0.02  # s that two readings must lie apart for a speed: they have steps of 0.001 deg
MOVES = 2e-3  # rad/s
RESET_TIMEOUT = 10.0  # s; servo power comes back meanwhile
RESET_TRIES = 10
RESET_STEP = 0.1  # s
SAME_PLACE = 0.005  # m, and 0.02 rad, that the controller's own kinematics may be off the model's


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """The result of one round of requests."""

    stamp: float
    position: Array
    velocity: Array
    mode: OperationalMode
    override: float
    alarms: Alarms


class FanucArm(FanucSignals):
    """A FANUC arm. Its program is begun (FRC_Initialize) with the first motion: until then it can be led by hand."""

    _session: RmiSession

    def __init__(self, name: str, model: ArmModel, config: FanucConfig, network: Network) -> None:
        super().__init__(name, model, config, network)
        self._writer = LineWriter(self.kinematics, config.tool_number)
        self._world = world_of(model)
        self._running = False
        self._held = False
        self._last: tuple[float, Array, Array] | None = None

    # --- link -------------------------------------------------------------------------------------------------

    async def _open_link(self) -> None:
        self._running = self._held = False
        self._last = None
        try:
            named, chosen = await self._ask_for_port(), self.config.motion_port
            stream = await self._open_stream(named if chosen == MOTION_PORT else chosen, "RMI session")
            self._session = self._pending(RmiSession(self.name, stream, self.config.answer_timeout, self._link_lost))
            self._background(self._session.read(), "RMI")
            await self._end_program()
            await self._write_load(self.tool, self.payload)
            await self._check_conventions()
        except RmiRefused as error:
            raise ConnectionFailed(self.name, f"the controller refuses the session: {error}") from None
        self._every(self.config.poll_period, self._look, "RMI")  # so that a silent line is noticed

    async def _ask_for_port(self) -> int:
        stream = await self._open_stream(self.config.rmi_port, "RMI")
        session = RmiSession(self.name, stream, self.config.answer_timeout, self._link_lost)
        reading = asyncio.get_running_loop().create_task(session.read())
        reading.add_done_callback(lambda _: session.fail("the controller closed the connection"))
        try:
            answer = await session.command("FRC_Connect", "Communication")
            return int(answer.get("PortNumber", 0))
        finally:
            stream.close()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _check_conventions(self) -> None:
        """Refuse a controller whose joints, base or tool differ from the model's: J3 may be set up either way."""
        _, position = await self._position()
        answer = await self._ask("FRC_ReadCartesianPosition")
        with _sound(self.name, answer):
            stated = self._world @ frames.from_wire(answer["Position"])
        metres, turn = Pose(stated).distance(self._tcp(position))
        if metres > SAME_PLACE or turn > 4 * SAME_PLACE:
            raise ConnectionFailed(
                self.name,
                f"the controller has its tool {metres * 1000:.1f} mm and {turn:.3f} rad away from where its joint "
                f"angles put it by the model of {self.model.name}: is it that model, and is J3 coupled to J2?",
            )

    async def _ask(self, name: str, **fields: Any) -> Fields:
        return await self._session.command(name, **fields)

    # --- state ------------------------------------------------------------------------------------------------

    async def _look(self) -> _Look:
        status = await self._ask("FRC_GetStatus")
        with _sound(self.name, status):
            mode = OperationalMode.MANUAL_REDUCED_SPEED if status["TPMode"] else OperationalMode.AUTOMATIC
            override, stopped = float(status["Override"]) / 100.0, int(status["ProgramStatus"]) != 0
        if stopped and not self._held:
            self._running = False  # at once: the next command may begin it again
        alarms = understand(_texts(await self._ask("FRC_ReadError", Count=5)))
        stamp, position = await self._position()
        return _Look(stamp, position, self._velocity(stamp, position), mode, override, alarms)

    async def _position(self) -> tuple[float, Array]:
        """Return the controller's time (s) and its joints (n,) in rad."""
        answer = await self._ask("FRC_ReadJointAngles")
        with _sound(self.name, answer):
            return float(answer["TimeTag"]) / 1000.0, np.array(joints.from_wire(answer["JointAngle"]))

    def _velocity(self, stamp: float, position: Array) -> Array:
        if self._last is None:
            self._last = (stamp, position, np.zeros(len(position)))
        before, where, velocity = self._last
        if stamp - before >= SPEED_STEP:
            velocity = (position - where) / (stamp - before)
            self._last = (stamp, position, velocity)
        return velocity

    async def _read_state(self) -> ArmState:
        look = await self._look()
        moving = bool(self._session.outstanding) or largest(look.velocity) > MOVES
        return ArmState(
            look.stamp,
            JointState(look.stamp, look.position, look.velocity),
            self._tcp(look.position),
            look.mode,
            look.alarms.safety,
            0.0 if self._held else look.override,
            moving,
            look.alarms.fault,
        )

    def _tcp(self, position: Array) -> Pose:
        return Pose.trusted(self.kinematics.forward(position) @ self.tool.tcp.matrix, "base")

    # --- motion -----------------------------------------------------------------------------------------------

    async def _execute(self, motion: Motion) -> None:
        await self._begin_program()
        _, start = await self._position()
        lines = self._writer.lines(motion, start, self.tool.tcp.matrix)
        try:
            await self._session.run(lines)
        except SystemFault as fault:
            self._running = False
            await self._raise_why(DeviceFault(self.name, f"{fault}, without a further report", code="FRC_SystemFault"))
        except RmiRefused as error:
            await self._stop()
            await self._raise_why(CommandRejected(self.name, f"the controller refuses the motion: {error}"))

    async def _begin_program(self) -> None:
        if self._running:
            return
        try:
            await self._end_program()
            await self._stands()  # a program is begun by an arm that stands
            await self._ask("FRC_Initialize")
            self._session.restart()
            self._running = True
            if self._held:
                await self._ask("FRC_Pause")
        except RmiRefused as error:
            await self._raise_why(CommandRejected(self.name, f"the controller does not begin its program: {error}"))

    async def _raise_why(self, otherwise: DeviceError) -> NoReturn:
        """Raise the error of the alarms, of a turned key switch, or of another cause."""
        look = await self._look()
        if look.alarms.safety is not SafetyStatus.NORMAL or look.alarms.fault is not None:
            self._raise_alarms(look.alarms)
        if not look.mode.accepts_programs:
            raise MotionAborted(self.name, "the mode was changed on the pendant") from None
        raise otherwise from None

    def _raise_alarms(self, alarms: Alarms, *, recoverable: bool = True) -> NoReturn:
        if alarms.safety is SafetyStatus.EMERGENCY_STOP:
            raise EmergencyStop(self.name, alarms.text)
        if alarms.safety is SafetyStatus.PROTECTIVE_STOP:
            raise ProtectiveStop(self.name, alarms.text)
        fault = alarms.fault
        code, text = (fault.code, fault.text) if fault else ("", alarms.text)
        raise DeviceFault(self.name, text, code=code, recoverable=recoverable)

    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        await self._end_program()
        await self._stands()

    async def _end_program(self) -> None:
        self._running = False
        try:
            await self._ask("FRC_Abort")
        except RmiRefused as error:
            if error.code != Rmit.NOT_RUNNING:
                raise CommandRejected(self.name, f"the controller refuses to stop: {error}") from None
        self._session.restart()

    async def _stands(self) -> None:
        """Wait until two readings are the same; the base class limits how long."""
        before: Array | None = None
        while True:
            _, position = await self._position()
            if before is not None and largest(position - before) <= STILL:
                return
            before = position
            await asyncio.sleep(STILL_STEP)

    # --- settings ---------------------------------------------------------------------------------------------

    async def _set_speed_override(self, share: float) -> None:
        """Set the speed override. RMI has 1 to 100 percent; an override of 0 is a paused program."""
        value = percent(share)
        if value == 0 and share > 0.0:
            raise LimitViolation(self.name, f"speed override {share:g}: the controller begins at 1 %")
        try:
            if value == 0:
                if self._running and not self._held:
                    await self._ask("FRC_Pause")
                self._held = True
                return
            await self._ask("FRC_SetOverRide", Value=value)
            if self._held and self._running:
                await self._ask("FRC_Continue")
            self._held = False
        except RmiRefused as error:
            raise CommandRejected(self.name, f"the controller refuses the speed override: {error}") from None

    async def _set_load(self, tool: Tool, payload: Load) -> None:
        try:
            await self._write_load(tool, payload)
        except RmiRefused as error:
            raise CommandRejected(self.name, f"the controller refuses tool or load: {error}") from None

    async def _write_load(self, tool: Tool, payload: Load) -> None:
        number, schedule = self.config.tool_number, self.config.payload_schedule
        await self._ask("FRC_WriteUToolData", ToolNumber=number, Frame=frames.to_wire(tool.tcp.matrix))
        await self._ask("FRC_SetUFrameUTool", UFrameNumber=0, UToolNumber=number)
        if self.config.write_payload:
            both = payload_fields(tool.load + payload)
            await self._ask("FRC_SetPayloadValue", ScheduleNumber=schedule, **both)
        await self._ask("FRC_SetPayloadID", ScheduleNumber=schedule)

    async def _recover(self) -> None:
        """Abort, reset, and begin the program anew. Servo power takes its time to come back."""
        await self._stop()
        for _ in range(RESET_TRIES):
            try:
                await self._ask("FRC_Reset", within=RESET_TIMEOUT)
            except RmiRefused as error:
                if error.code != Rmit.CANNOT_RESET:
                    raise CommandRejected(self.name, f"the controller refuses a reset: {error}") from None
            look = await self._look()
            if look.alarms.safety is SafetyStatus.NORMAL and look.alarms.fault is None:
                if look.mode.accepts_programs:
                    await self._begin_program()
                return
            await asyncio.sleep(RESET_STEP)
        self._raise_alarms(look.alarms, recoverable=False)


@contextlib.contextmanager
def _sound(device: str, answer: Fields) -> Iterator[None]:
    """Raise ``ProtocolError`` where an answer lacks a field, or has a field of another type."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError(
            device, f"an answer lacks a field or has a wrong one: {error!r}", data=repr(answer).encode()
        ) from None


def _texts(fields: Fields) -> list[str]:
    keys = ("ErrorData", "ErrorData2", "ErrorData3", "ErrorData4", "ErrorData5")
    return [text for key in keys if isinstance(text := fields.get(key), str)]
