"""RMI_MOVE, the program that an RMI session writes line by line while it runs."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from enum import IntEnum
from typing import Any

from cellkit.controller.arm_controller import ArmController
from cellkit.devices import CircularMotion, OperationalMode, PathMotion, SafetyStatus
from cellkit.errors import DeviceError, PlanningError
from cellkit_fanuc.protocol.alarms import UNREACHABLE
from cellkit_fanuc.protocol.catalogue import next_sequence, verify, whole
from cellkit_fanuc.protocol.codec import Packet
from cellkit_fanuc.protocol.errors import RmiRefused, Rmit
from cellkit_fanuc.virtual_data import ControllerData
from cellkit_fanuc.virtual_motion import Line, MotionReader, refuse_unsupported

CORNER_LOOK = 0.02  # s between two looks at an arm on a blended path
NEAR = 1e-3  # m
Send = Callable[[Packet], None]
Start = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class ProgramStatus(IntEnum):
    """``ProgramStatus`` of FRC_GetStatus."""

    RUNNING = 0
    PAUSED = 1
    ABORTED = 2


class Program:
    """Lines, their order, and how far they are. ``send`` is where replies go, ``start`` begins a background task."""

    def __init__(self, kernel: ArmController, data: ControllerData, send: Send, start: Start) -> None:
        self.kernel = kernel
        self.data = data
        self.status = ProgramStatus.ABORTED
        self.next_id = 1
        self.hold = False
        self.override = 1.0
        self.alarm: str | None = None
        self.callable: set[str] = set()
        self.reader = MotionReader(kernel, data)
        self._send = send
        self._start = start
        self._lines: deque[Line] = deque()
        self._news = asyncio.Event()
        self._go = asyncio.Event()
        self._paused_by_client = False
        self._cannot_resume = False
        self._task: asyncio.Task[None] | None = None
        kernel.on_change(self._on_change)

    # --- commands ---------------------------------------------------------------------------------------------

    @property
    def servo_ready(self) -> bool:
        """Whether the drives have power."""
        kernel = self.kernel
        return kernel.powered and kernel.safety is SafetyStatus.NORMAL and kernel.fault is None

    def initialize(self) -> None:
        """FRC_Initialize. Raises ``RmiRefused``."""
        if self.kernel.mode is OperationalMode.MANUAL_REDUCED_SPEED or self.status is not ProgramStatus.ABORTED:
            raise RmiRefused(Rmit.CONTROLLER_STATE)
        if not self.servo_ready:
            raise RmiRefused(Rmit.SERVO_OFF)
        if self.hold or self.alarm is not None or self.kernel.moving:
            raise RmiRefused(Rmit.CONTROLLER_STATE)
        self.status, self.next_id, self._cannot_resume = ProgramStatus.RUNNING, 1, False
        self._go.set()
        self._task = self._start(self._run())

    def abort(self) -> None:
        """FRC_Abort: the arm stops on its path, the lines are forgotten. Raises ``RmiRefused``."""
        if self.status is ProgramStatus.ABORTED:
            raise RmiRefused(Rmit.NOT_RUNNING)
        self.status = ProgramStatus.ABORTED
        self._lines.clear()
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._start(self._halt())

    async def _halt(self) -> None:
        await self.kernel.stop()
        if self._paused_by_client and self.status is ProgramStatus.ABORTED:
            self._paused_by_client = False
            self.kernel.set_speed_override(self.override)

    def pause(self) -> None:
        """FRC_Pause: the arm holds on its path. Raises ``RmiRefused``."""
        if self.status is ProgramStatus.ABORTED:
            raise RmiRefused(Rmit.NOT_RUNNING)
        if self.status is ProgramStatus.RUNNING:
            self.status = ProgramStatus.PAUSED
            self._go.clear()
            self.override = self.kernel.speed_override
            self._paused_by_client = True
            self.kernel.set_speed_override(0.0)

    def resume(self) -> None:
        """FRC_Continue. Raises ``RmiRefused``."""
        if self.status is not ProgramStatus.PAUSED:
            raise RmiRefused(Rmit.NOT_PAUSED)
        if not self.servo_ready or self.alarm is not None or self._cannot_resume:
            raise RmiRefused(Rmit.CANNOT_RESUME)
        self.status = ProgramStatus.RUNNING
        if self._paused_by_client:
            self._paused_by_client = False
            self.kernel.set_speed_override(self.override)
        self._go.set()

    def set_override(self, share: float) -> None:
        """FRC_SetOverRide; a paused program takes it when it goes on."""
        self.override = share
        if not self._paused_by_client:
            self.kernel.set_speed_override(share)

    @property
    def shown_override(self) -> int:
        """Percent."""
        return round(100 * (self.override if self._paused_by_client else self.kernel.speed_override))

    async def reset(self) -> None:
        """FRC_Reset: alarms and HOLD go. Raises ``RmiRefused`` when the kernel keeps an alarm."""
        try:
            await self.kernel.reset()
        except DeviceError:
            raise RmiRefused(Rmit.CANNOT_RESET) from None
        self.hold, self.alarm = False, None

    def accept(self, packet: Packet) -> None:
        """Queue an instruction. Raises ``RmiRefused``; a wrong one puts the program on HOLD."""
        if self.status is ProgramStatus.ABORTED:
            raise RmiRefused(Rmit.NOT_RUNNING)
        if self.hold:
            raise RmiRefused(Rmit.HOLD)
        if not self.servo_ready:
            raise RmiRefused(Rmit.SERVO_OFF)
        if self.kernel.mode is OperationalMode.MANUAL_REDUCED_SPEED:
            raise RmiRefused(Rmit.CONTROLLER_STATE)
        if len(self._lines) >= self.kernel.queue_depth:
            raise RmiRefused(Rmit.WAIT_FOR_INSTRUCTION)
        try:
            if packet.fields.get("SequenceID") != self.next_id:
                raise RmiRefused(Rmit.SEQUENCE_ID)
            fields = verify(packet)
            refuse_unsupported(packet.name, fields)
            if packet.name == "FRC_Call" and fields["ProgramName"] not in self.callable:
                raise RmiRefused(Rmit.CALL_PROGRAM)
            for key in ("OffsetPRNumber", "ToolOffsetPRNumber"):
                if key in fields:
                    self.data.offset(int(fields[key]))
        except RmiRefused:
            self.hold = True
            raise
        self._lines.append(Line(self.next_id, packet.name, fields))
        self.next_id = next_sequence(self.next_id)
        self._news.set()

    # --- carrying out -----------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            batch = self._batch()
            if not batch:
                self._news.clear()
                await self._news.wait()
                continue
            await self._go.wait()
            if await self._carried_out(batch):
                for line in batch:
                    self._done(line)

    def _done(self, line: Line) -> None:
        """Answer a line, unless that was done when its corner was passed."""
        if self._lines and self._lines[0] is line:
            self._lines.popleft()
            self._send(_reply(line, 0))

    def _batch(self) -> list[Line]:
        """Return the lines to carry out next, together; none while the first line waits for its successor."""
        batch: list[Line] = []
        for line in self._lines:
            if batch and not batch[-1].blends_with(line):
                return batch
            batch.append(line)
            if not line.waits:
                return batch
        # The last line waits for the next one. With a full buffer none can come before others are done.
        return batch[:-1] if len(batch) >= self.kernel.queue_depth else []

    async def _carried_out(self, batch: list[Line]) -> bool:
        """Whether it was; otherwise the program is paused, and the lines stay for FRC_Continue."""
        resumable = True
        try:
            if not batch[0].is_motion:
                await self._logic(batch[0])
                return True
            motion = self.reader.motion(batch)
            resumable = not isinstance(motion, CircularMotion | PathMotion) and "Relative" not in batch[0].name
            self.kernel.set_load(self.data.tool_data(self.reader.load_of(batch[0])), self.data.payload)
            moving = self.kernel.submit(motion)
            if isinstance(motion, PathMotion):
                await self._pass_corners(motion, batch, moving)
            await moving
        except (PlanningError, RmiRefused):
            self.alarm = UNREACHABLE
            resumable = False
        except DeviceError:
            pass  # the kernel's state holds the reason
        else:
            return True
        self._cannot_resume = not resumable
        self._interrupt()
        self._send(Packet("Communication", "FRC_SystemFault", {"SequenceID": self._lines[0].sequence}))
        return False

    async def _pass_corners(self, motion: PathMotion, batch: list[Line], moving: asyncio.Future[None]) -> None:
        """Answer each blended line when the TCP, having been near its end, goes away from it."""
        corners = deque(zip(batch[:-1], motion.waypoints[:-1], strict=True))
        nearest = math.inf
        try:
            while corners and not moving.done():
                await asyncio.wait({moving}, timeout=CORNER_LOOK)
                line, corner = corners[0]
                metres, _ = self.kernel.tcp(self.kernel.joints()).distance(corner.pose)
                if metres > nearest and nearest <= corner.blend_radius + NEAR:
                    self._done(line)
                    corners.popleft()
                    nearest = math.inf
                else:
                    nearest = metres
        except asyncio.CancelledError:
            moving.cancel()  # its result is not needed
            raise

    async def _logic(self, line: Line) -> None:
        fields, data = line.fields, self.data
        if line.name == "FRC_WaitTime":
            await asyncio.sleep(float(fields["Time"]))
        elif line.name == "FRC_WaitDIN":
            await self._wait_for(("DI", int(fields["PortNumber"])), fields["PortValue"] == "ON")
        elif line.name == "FRC_SetUFrame":
            data.user_frame = int(fields["FrameNumber"])
        elif line.name == "FRC_SetUTool":
            data.tool = int(fields["ToolNumber"])
        elif line.name == "FRC_SetPayLoad":
            data.payload = data.payloads[int(fields["ScheduleNumber"])]

    async def _wait_for(self, port: tuple[str, int], value: bool) -> None:
        changed = asyncio.Event()
        forget = self.data.signals.watch(changed.set)
        try:
            while bool(self.data.signals[port]) is not value:
                changed.clear()
                await changed.wait()
        finally:
            forget()

    def _interrupt(self) -> None:
        if self.status is ProgramStatus.RUNNING:
            self.status = ProgramStatus.PAUSED
        self._go.clear()

    def _on_change(self) -> None:
        """Pause the program at a fault, a stop or a turn of the key switch, also between two lines."""
        if not self.servo_ready or self.kernel.mode is OperationalMode.MANUAL_REDUCED_SPEED:
            self._interrupt()


def _reply(line: Line, code: int) -> Packet:
    return Packet("Instruction", line.name, {"ErrorID": code, "SequenceID": line.sequence})


def refusal(packet: Packet, code: int) -> Packet:
    """Return the reply to an instruction that is not accepted."""
    sequence: Mapping[str, Any] = packet.fields
    number = sequence.get("SequenceID")
    fields = {"ErrorID": code, "SequenceID": number if whole(0, 2**31 - 1)(number) else 0}
    return Packet("Instruction", packet.name, fields)
