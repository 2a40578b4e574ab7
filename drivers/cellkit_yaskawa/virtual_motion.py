"""What moves the virtual controller's arm: moves, jobs, holds, drive power; and what forbids it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from cellkit.controller.arm_controller import ArmController
from cellkit.devices.motion import Motion
from cellkit.devices.safety import Fault, OperationalMode, SafetyStatus, StopCategory
from cellkit.errors import CommandRejected, DeviceError, PlanningError
from cellkit.geometry import largest
from cellkit_yaskawa.protocol.axes import Axes
from cellkit_yaskawa.protocol.codes import Added
from cellkit_yaskawa.protocol.inform import Job, MoveLine, TimerLine
from cellkit_yaskawa.protocol.records import Alarm
from cellkit_yaskawa.virtual_data import Memory, Refusal
from cellkit_yaskawa.virtual_jobs import motions_of

AT_REST = 1e-3  # rad/s of any joint
STEP, ONE_CYCLE, CONTINUOUS = 1, 2, 3
FOLLOWING_ERROR = 4328
UNREACHABLE = 4416  # "pulse limit": where a job leads to a place that the arm cannot reach


class Playback:
    """Plays single moves and jobs on the kernel, one at a time."""

    def __init__(
        self,
        kernel: ArmController,
        axes: Axes,
        memory: Memory,
        background: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self.kernel = kernel
        self.axes = axes
        self.memory = memory
        self.remote = True
        self.cycle = ONE_CYCLE
        self.override = 1.0
        """The pendant's speed override."""
        self.held_by_command = False
        self.held_externally = False
        self.held_by_pendant = False
        self.jobs: dict[str, Job] = {}
        self.selected: str | None = None
        self.line = 0
        self._paused = False  # a held job stays where it is until START, also after the hold
        self._playing: asyncio.Task[None] | None = None
        self._background = background
        kernel.on_change(self._note_fault)

    # --- what it is doing -------------------------------------------------------------------------------------

    @property
    def held(self) -> bool:
        """Whether any hold is on."""
        return self.held_by_command or self.held_externally or self.held_by_pendant

    @property
    def servo_on(self) -> bool:
        """Whether there is drive power."""
        return self.kernel.powered and self.kernel.safety is SafetyStatus.NORMAL

    @property
    def busy(self) -> bool:
        """Whether a move or job has begun and not ended, held or not."""
        return self.kernel.moving or (self._playing is not None and not self._playing.done())

    @property
    def running(self) -> bool:
        """The running bit: not while a hold or a pause has brought the arm to rest."""
        if not self.busy:
            return False
        return not (self.held or self._paused) or largest(self.kernel.joints().velocity) > AT_REST

    @property
    def teach(self) -> bool:
        """Whether the key switch is on teach."""
        return not self.kernel.mode.accepts_programs

    @property
    def reduced_speed(self) -> bool:
        """Whether the safe speed is in force."""
        return self.kernel.mode is OperationalMode.MANUAL_REDUCED_SPEED

    def note(self) -> str:
        """For the line of state."""
        parts = ["hold"] if self.held else []
        if self._playing is not None and not self._playing.done():
            parts.append(f"job {self.selected} line {self.line}")
        return "".join(f", {part}" for part in parts)

    def alarm(self) -> Alarm | None:
        """Return the active alarm."""
        fault = self.kernel.fault
        if fault is None:
            return None
        code = int(fault.code) if fault.code.isdigit() else FOLLOWING_ERROR
        return Alarm(code, 1, 1, "2025/01/01 00:00", fault.text.upper()[:32])

    def _note_fault(self) -> None:
        alarm = self.alarm()
        if alarm is not None and (not self.memory.alarms or self.memory.alarms[0] != alarm):
            self.memory.alarms.appendleft(alarm)

    # --- holds and power --------------------------------------------------------------------------------------

    def set_override(self, share: float) -> None:
        """Set the pendant's speed override, 0 to 1."""
        self.override = share
        self._apply_override()

    def _apply_override(self) -> None:
        still = self.held or self._paused
        share = 0.0 if still else self.override
        if self.kernel.speed_override != share:
            self.kernel.set_speed_override(share)

    def hold(self, on: bool) -> None:
        """Hold by command. A held job needs START to go on; a held move goes on by itself when the hold ends."""
        self.held_by_command = on
        if on and self._playing is not None and not self._playing.done():
            self._paused = True
        self._apply_override()

    def servo(self, on: bool) -> None:
        """Drive power. Raises ``Refusal`` when it cannot be had; without it what was held is given up."""
        if on:
            if self.kernel.emergency_pressed:
                raise Refusal(Added.NO_SERVO_POWER)
            if self.kernel.fault is not None:
                raise Refusal(Added.ALARM)
            self._background(self._power())
        else:
            self._background(self._cut())

    async def _power(self) -> None:
        await self.kernel.reset()

    async def _cut(self) -> None:
        await self.kernel.stop(StopCategory.ONE)
        self._paused = False
        self._apply_override()

    def reset_alarm(self) -> None:
        """Clear an alarm; the drive power stays off. Raises ``Refusal`` for a lasting one."""
        fault = self.kernel.fault
        if fault is not None and not fault.recoverable:
            raise Refusal(Added.ALARM)
        self.kernel.fault = None

    # --- moves and jobs ---------------------------------------------------------------------------------------

    def require_ready(self) -> None:
        """Raise the ``Refusal`` of whatever forbids a motion."""
        if not self.remote:
            raise Refusal(Added.NOT_REMOTE)
        if self.teach:
            raise Refusal(Added.WRONG_MODE)
        if self.kernel.fault is not None:
            raise Refusal(Added.ALARM)
        for hold, added in (
            (self.held_by_pendant, Added.HELD_BY_PENDANT),
            (self.held_externally, Added.HELD_EXTERNALLY),
            (self.held_by_command, Added.HELD_BY_COMMAND),
        ):
            if hold:
                raise Refusal(added)
        if not self.servo_on:
            raise Refusal(Added.SERVO_OFF)

    def move(self, motion: Motion) -> None:
        """Begin a single move. Raises ``Refusal``."""
        self.require_ready()
        if self.busy:
            raise Refusal(Added.MOVING)
        try:
            future = self.kernel.submit(motion)
        except CommandRejected:
            raise Refusal(Added.TOO_MANY) from None
        except DeviceError:
            raise Refusal(Added.ALARM) from None
        if future.done() and isinstance(future.exception(), PlanningError):
            raise Refusal(Added.DATA_RANGE)
        future.add_done_callback(_heard)

    def select(self, job: str, line: int) -> None:
        """Make a job the one that START plays. Raises ``Refusal``."""
        if not self.remote:
            raise Refusal(Added.NOT_REMOTE)
        if self.busy and not self._paused:
            raise Refusal(Added.MOVING)
        if job not in self.jobs:
            raise Refusal(Added.NO_JOB)
        if line > len(self.jobs[job].lines) + 1:
            raise Refusal(Added.DATA_RANGE)
        self._forget()
        self.selected, self.line = job, line

    def _forget(self) -> None:
        """Give up the rest of a held job."""
        playing, self._playing = self._playing, None
        if playing is not None and not playing.done():
            playing.cancel()
            self._background(self.kernel.stop(StopCategory.TWO))
        self._paused = False
        self._apply_override()

    def start(self) -> None:
        """Play the selected job from where it is, or go on with a held one. Raises ``Refusal``."""
        self.require_ready()
        if self._paused and self.busy:
            self._paused = False
            self._apply_override()
            return
        if self.busy:
            raise Refusal(Added.MOVING)
        job = self.jobs.get(self.selected or "")
        if job is None:
            raise Refusal(Added.NO_JOB)
        if self.line > len(job.lines):
            self.line = 0
        if self.kernel.queue_depth == 0:
            raise Refusal(Added.TOO_MANY)
        self._playing = self._background(self._play(job))

    async def _play(self, job: Job) -> None:
        try:
            while True:
                while self.line <= len(job.lines):
                    await self._step(job)
                if self.cycle != CONTINUOUS:
                    return
                self.line = 0
                await asyncio.sleep(0.01)  # the controller's own cycle, so that an empty job cannot spin
        except PlanningError as error:
            self._fail(str(error))
        except DeviceError:
            return  # a stop or fault; the job stays at its line

    def _fail(self, text: str) -> None:
        self.kernel.raise_fault(Fault(str(UNREACHABLE), f"PULSE LIMIT ({text})"))

    async def _step(self, job: Job) -> None:
        """One instruction, or as many as belong together. Line 0 is NOP, the one after the last END."""
        lines = job.lines
        index = self.line - 1
        line = lines[index] if index >= 0 else "NOP"
        if isinstance(line, TimerLine):
            await asyncio.sleep(line.seconds)
        if not isinstance(line, MoveLine):
            self.line += 1
            return
        here = self.kernel.kinematics.forward(self.kernel.joints().position) @ self.kernel.tool.tcp.matrix
        for motion, taken in motions_of(self.kernel, self.axes, job, index, here):
            await self.kernel.submit(motion)
            self.line += taken


def _heard(future: asyncio.Future[None]) -> None:
    if not future.cancelled():
        future.exception()
