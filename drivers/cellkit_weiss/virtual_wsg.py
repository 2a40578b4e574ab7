"""A WSG as a virtual device, behind either language: requests, refusals, sequences, states and faults.

The states follow the vendor's diagram (manual of the WSG 32, figure 23; of the WSG 50, chapter 7.5), with one
exception: fingers may be moved (not gripped with) while a part is held, as several clients of others do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from cellkit.controller.plants.parallel_gripper import JawPlant
from cellkit.models.gripper import ParallelGripperModel
from cellkit_weiss.protocol.status import GRIPPED, Flags, Grasping, Status, WsgRefused

REACHED = 0.0012
"""m off its goal at which a finger that stands has met something."""
HOMING_SPEED = 0.1
TOLERANCE = TRAVEL = 0.01
PULL_BACK = 0.01
BLOCK_NOTICED = 0.05
ACCELERATIONS = 0.1, 5.0
"""m/s, m, m and s are assumptions of ours; the range of accelerations (m/s²) is that of roboticslibrary/rl."""
_ROUNDING = 1e-6


@dataclass(slots=True)
class WebSettings:
    """The settings of the gripper's web page: widths in m (GCL may override them), homing direction."""

    part_width_tolerance: float = TOLERANCE
    clamping_travel: float = TRAVEL
    home_outwards: bool = True


class Wsg:
    """One motion at a time; each is a future that ends with its status. ``WsgRefused``: none has begun."""

    def __init__(self, model: ParallelGripperModel, jaws: JawPlant) -> None:
        self.jaws = jaws
        self.stroke = model.stroke.known()
        self.speeds = model.speed_min.known(), model.speed_max.known()
        self.forces = model.force_min.known(), model.force_max.known()
        self.web = WebSettings()
        self.state = Grasping.IDLE
        self.referenced = self.fast_stopped = self.blocked = False
        self.force_limit = self.forces[1]
        self.acceleration = ACCELERATIONS[1]
        self.soft_limits: tuple[float, float] | None = None
        self._offset = 0.0  # m that reported widths are above true ones: homing took something else for the end stop
        self._task: asyncio.Task[None] | None = None
        self._end: asyncio.Future[Status] | None = None
        self._speed = 0.0
        self._ended = Flags(0)
        jaws.on_slip(self._on_slip)

    def close(self) -> None:
        """End what runs."""
        if self._task is not None:
            self._task.cancel()

    # --- motions ----------------------------------------------------------------------------------------------

    def home(self, outwards: bool | None = None) -> asyncio.Future[Status]:
        """Drive against an end stop and count from there; soft limits do not matter."""
        self._require_ready(referenced=True)
        return self._start(Grasping.POSITIONING, self._home(self.web.home_outwards if outwards is None else outwards))

    def position(
        self, width: float, speed: float | None = None, *, relative: bool = False, stop_on_block: bool = True
    ) -> asyncio.Future[Status]:
        """Drive to ``width`` (m); what is in the way is no part, only a block."""
        self._require_ready()
        goal = self.width + width if relative else width
        pace = self._pace(speed)
        self._require_in(self._range, goal)
        return self._start(Grasping.POSITIONING, self._position(goal, pace, stop_on_block))

    def grip(
        self,
        width: float | None,
        speed: float | None = None,
        force: float | None = None,
        tolerance: float | None = None,
        travel: float | None = None,
    ) -> asyncio.Future[Status]:
        """Close, or open where ``width`` (m) is above the present one, until a part is met.

        Without ``width`` whatever is met is a part, the other finger too. With it a part may be ``tolerance`` (m)
        wider and ``travel`` (m) narrower.
        """
        self._require_ready()
        pace = self._pace(speed)
        if width is not None:
            self._require_in(self._range, width)
        if force is not None:
            self._require_in(self.forces, force)
        if self.state in GRIPPED:
            raise WsgRefused(Status.CMD_FAILED)
        allowed = self.web.part_width_tolerance if tolerance is None else tolerance
        beyond = self.web.clamping_travel if travel is None else travel
        return self._start(Grasping.GRASPING, self._grip(width, pace, force or self.force_limit, allowed, beyond))

    def release(
        self, speed: float | None = None, *, width: float | None = None, distance: float | None = None
    ) -> asyncio.Future[Status]:
        """Open to ``width`` (m), or by ``distance`` (m), after a grip."""
        self._require_ready()
        goal = self.width + (PULL_BACK if distance is None else distance) if width is None else width
        pace = self._pace(speed)
        self._require_in(self._range, goal)
        if self.state not in GRIPPED:
            raise WsgRefused(Status.CMD_FAILED)
        return self._start(Grasping.RELEASING, self._release(goal, pace))

    # --- stops and faults ---------------------------------------------------------------------------------------

    def stop(self) -> None:
        """End a motion; idle afterwards, unless there is an error."""
        self._abort(Status.CMD_ABORTED)
        if self.state is not Grasping.ERROR:
            self.state = Grasping.IDLE
        self._ended = Flags.AXIS_STOPPED

    def fast_stop(self) -> None:
        """End a motion and take no other until it is acknowledged."""
        self.fast_stopped = True
        self._abort(Status.CMD_ABORTED)
        self.state = Grasping.ERROR

    def acknowledge(self) -> None:
        """After a fast stop, or any other error."""
        self.fast_stopped = False
        if self.state is Grasping.ERROR:
            self.state = Grasping.IDLE
        self._ended &= ~Flags.CMD_FAILURE

    def block(self, blocked: bool) -> None:
        """Something holds the fingers, or lets go."""
        self.blocked = blocked
        if blocked and self._end is not None:
            self._abort(Status.AXIS_BLOCKED)
            self.state = Grasping.ERROR

    def _on_slip(self) -> None:
        if self.state is Grasping.HOLDING:
            self.state = Grasping.PART_LOST

    # --- settings -----------------------------------------------------------------------------------------------

    def set_force_limit(self, force: float) -> None:
        """N per pad."""
        self._require_in(self.forces, force)
        self.force_limit = force

    def set_acceleration(self, acceleration: float) -> None:
        """m/s²; it is kept and changes nothing, as the jaws below have no ramps."""
        self._require_in(ACCELERATIONS, acceleration)
        self.acceleration = acceleration

    def set_soft_limits(self, inner: float, outer: float) -> None:
        """m; no finger goes beyond them, but for homing."""
        self._require_in((0.0, self.stroke), inner)
        self._require_in((inner, self.stroke), outer)
        self.soft_limits = inner, outer

    # --- values -------------------------------------------------------------------------------------------------

    @property
    def width(self) -> float:
        """m, as the gripper counts."""
        return self.jaws.state().width + self._offset

    @property
    def speed(self) -> float:
        """m/s."""
        return self._speed if self._end is not None else 0.0

    @property
    def force(self) -> float:
        """N per pad, from the motor's current."""
        return self.jaws.state().force

    @property
    def flags(self) -> Flags:
        """The system state."""
        flags = self._ended
        for flag, on in (
            (Flags.REFERENCED, self.referenced),
            (Flags.MOVING, self._end is not None),
            (Flags.FAST_STOP, self.fast_stopped),
            (Flags.SOFT_LIMIT_MINUS, self.soft_limits is not None and self.width < self.soft_limits[0] + _ROUNDING),
            (Flags.SOFT_LIMIT_PLUS, self.soft_limits is not None and self.width > self.soft_limits[1] - _ROUNDING),
        ):
            flags |= flag if on else Flags(0)
        return flags

    # --- how it is done -----------------------------------------------------------------------------------------

    @property
    def _range(self) -> tuple[float, float]:
        return self.soft_limits or (0.0, self.stroke)

    def _require_ready(self, referenced: bool = False) -> None:
        if self.fast_stopped:
            raise WsgRefused(Status.ACCESS_DENIED)
        if not (self.referenced or referenced):
            raise WsgRefused(Status.NOT_INITIALIZED)
        if self._end is not None:
            raise WsgRefused(Status.ALREADY_RUNNING)

    def _pace(self, speed: float | None) -> float:
        if speed is None:
            return self.speeds[1]
        self._require_in(self.speeds, speed)
        return speed

    def _require_in(self, limits: tuple[float, float], value: float) -> None:
        if not limits[0] - _ROUNDING <= value <= limits[1] + _ROUNDING:
            raise WsgRefused(Status.RANGE_ERROR)

    def _start(self, state: Grasping, work: Coroutine[Any, Any, tuple[Grasping, Status]]) -> asyncio.Future[Status]:
        loop = asyncio.get_running_loop()
        self.state, self._ended = state, Flags(0)
        end = self._end = loop.create_future()
        self._task = loop.create_task(self._carry_out(work, end))
        self._task.add_done_callback(lambda _: work.close())  # one that was cancelled before it began
        return end

    async def _carry_out(self, work: Coroutine[Any, Any, tuple[Grasping, Status]], end: asyncio.Future[Status]) -> None:
        if self.blocked:
            await asyncio.sleep(BLOCK_NOTICED)
            self.state, status = Grasping.ERROR, Status.AXIS_BLOCKED
        else:
            self.state, status = await work
        self._task = self._end = None
        self._note(status)
        end.set_result(status)

    def _abort(self, status: Status) -> None:
        task, end = self._task, self._end
        self._task = self._end = None
        if task is not None and end is not None:
            task.cancel()
            self.jaws.halt()
            self._note(status)
            end.set_result(status)

    def _note(self, status: Status) -> None:
        if status is not Status.SUCCESS:
            self._ended |= Flags.CMD_FAILURE
        elif self.state is Grasping.IDLE:
            self._ended |= Flags.TARGET_POS_REACHED

    async def _drive(self, goal: float, speed: float, force: float) -> bool:
        """Return whether the fingers arrive; ``goal`` in m as the gripper counts."""
        true = min(max(goal - self._offset, 0.0), self.stroke)
        closing = true < self.jaws.state().width
        self._speed = speed
        state = await self.jaws.drive(true, speed, force)
        if abs(state.width - true) <= REACHED:
            return True
        self._ended |= Flags.BLOCKED_MINUS if closing else Flags.BLOCKED_PLUS
        return False

    async def _home(self, outwards: bool) -> tuple[Grasping, Status]:
        self.referenced, self._offset = False, 0.0
        end = self.stroke if outwards else 0.0
        if not await self._drive(end, HOMING_SPEED, self.forces[1]):
            self._offset = end - self.jaws.state().width
        self.referenced = True
        return Grasping.IDLE, Status.SUCCESS

    async def _position(self, goal: float, speed: float, stop_on_block: bool) -> tuple[Grasping, Status]:
        if await self._drive(goal, speed, self.force_limit):
            return Grasping.IDLE, Status.SUCCESS
        if stop_on_block:
            self.jaws.halt()
            return Grasping.ERROR, Status.AXIS_BLOCKED
        return Grasping.IDLE, Status.AXIS_BLOCKED

    async def _grip(
        self, width: float | None, speed: float, force: float, tolerance: float, travel: float
    ) -> tuple[Grasping, Status]:
        low, high = self._range
        inwards = width is None or width <= self.width
        end = low if width is None else max(low, width - travel) if inwards else min(high, width + travel)
        arrived = await self._drive(end, speed, force)
        if width is None:
            return Grasping.HOLDING, Status.SUCCESS
        if arrived:
            return Grasping.NO_PART, Status.CMD_FAILED
        early = self.width - width if inwards else width - self.width
        if early > tolerance + REACHED:
            self.jaws.halt()
            return Grasping.ERROR, Status.AXIS_BLOCKED
        return Grasping.HOLDING, Status.SUCCESS

    async def _release(self, goal: float, speed: float) -> tuple[Grasping, Status]:
        if await self._drive(goal, speed, self.forces[1]):
            return Grasping.IDLE, Status.SUCCESS
        return Grasping.ERROR, Status.AXIS_BLOCKED
