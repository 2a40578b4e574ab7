"""Motions of a program as the interpreter sees them, and set-points that are followed with bounded acceleration."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Protocol

from typing_extensions import override

from cellkit.controller.arm_controller import ArmController
from cellkit.devices.motion import Motion, PathMotion
from cellkit.errors import CellkitError, DeviceFault, EmergencyStop, MotionAborted, ProtectiveStop
from cellkit_ur.urscript import Motion as ScriptMotion


class MovingMachine(Protocol):
    """The machine that a motion is carried out by."""

    kernel: ArmController
    pauses: int

    def settled(self) -> bool:
        """Whether no stop is under way."""

    def brake(self) -> asyncio.Task[None]:
        """Bring the arm to rest."""


class KernelMove(ScriptMotion):
    """A motion of the kernel. It begins once the arm may move, and again after a pause."""

    def __init__(self, machine: MovingMachine, motion: Motion) -> None:
        self._machine = machine
        self._motion = motion
        self._future: asyncio.Future[None] | None = None
        self._cancelled = False
        self._begun = False
        self._pauses = machine.pauses
        self.error: str | None = None
        self._begin()

    def _begin(self) -> None:
        if not self._machine.settled():
            return
        if self._begun and isinstance(self._motion, PathMotion):
            self.error = "a blended path cannot be resumed"
            return
        try:
            self._future = self._machine.kernel.submit(self._motion)
        except (CellkitError, ValueError) as error:
            self.error = getattr(error, "message", str(error))
            return
        self._begun, self._pauses = True, self._machine.pauses
        self._future.add_done_callback(_heard)

    @property
    @override
    def done(self) -> bool:
        if self._cancelled:
            return True
        if self._future is None:
            if self.error is None:
                self._begin()
            return False
        if not self._future.done():
            return False
        error = None if self._future.cancelled() else self._future.exception()
        if error is None:
            return True
        self._future = None
        if isinstance(error, ProtectiveStop | EmergencyStop | DeviceFault):
            return False  # the program is paused or stopped; after a pause the motion begins anew
        if isinstance(error, MotionAborted) and self._machine.pauses != self._pauses:
            return False
        self.error = getattr(error, "message", str(error))
        return False

    @override
    def cancel(self) -> None:
        if not self._cancelled and self.error is None:
            if self._future is not None and not self._future.done():
                self._machine.brake()
            self._cancelled = True


class Blended(ScriptMotion):
    """A move with a blend radius: the program goes on at once, what follows is taken together with it."""

    done = True
    error: str | None = None

    @override
    def cancel(self) -> None:
        pass


class Braking(ScriptMotion):
    """The arm comes to rest."""

    error: str | None = None

    def __init__(self, task: asyncio.Task[None]) -> None:
        self._task = task

    @property
    @override
    def done(self) -> bool:
        return self._task.done()

    @override
    def cancel(self) -> None:
        """A stop is never taken back."""


class Accelerating(ScriptMotion):
    """Joint speeds are being reached."""

    error: str | None = None

    def __init__(self, follower: Follower) -> None:
        self._follower = follower

    @property
    @override
    def done(self) -> bool:
        return self._follower.at_speed

    @override
    def cancel(self) -> None:
        self._follower.release()


class Follower:
    """Joint set-points, one a control step, that keep to limits of speed and acceleration whatever is asked for.

    Smooth set-points are met exactly; a jump is approached as fast as the limits allow.
    """

    def __init__(self, position: Sequence[float], speed: Sequence[float], step: float) -> None:
        self.position = list(position)
        self.speed = list(speed)
        self._step = step
        self._goal: list[float] | None = None
        self._wish: list[float] = [0.0] * len(self.position)
        self._acceleration: float | None = None
        self._left = 0.0

    def towards(self, goal: Sequence[float], seconds: float) -> None:
        """Go to joints (rad); without a new call after ``seconds`` the joints brake."""
        self._goal, self._left = list(goal), seconds
        self._acceleration = None

    def at(self, speed: Sequence[float], acceleration: float) -> None:
        """Take up joint speeds (rad/s) and keep them."""
        self._goal, self._wish, self._acceleration = None, list(speed), acceleration

    def release(self) -> None:
        """Brake."""
        self._goal, self._acceleration = None, None
        self._wish = [0.0] * len(self.position)

    @property
    def at_speed(self) -> bool:
        """Whether the speeds that are wished for have been reached."""
        return all(abs(a - b) < 1e-9 for a, b in zip(self.speed, self._wish, strict=True))

    @property
    def at_rest(self) -> bool:
        """Whether nothing is followed and nothing moves."""
        return self._goal is None and not any(self._wish) and not any(self.speed)

    def next(self, top: Sequence[float], acceleration: Sequence[float]) -> list[float]:
        """The set-point one step on, within top speeds (rad/s) and accelerations (rad/s²)."""
        step = self._step
        if self._goal is not None:
            self._left -= step
            if self._left < -1.5 * step:
                self.release()
        for i, (position, speed, most, bound) in enumerate(
            zip(self.position, self.speed, top, acceleration, strict=True)
        ):
            rate = bound if self._acceleration is None else min(bound, self._acceleration)
            change = rate * step
            if self._goal is None:
                wish = self._wish[i]
            else:
                off = self._goal[i] - position
                wish = off / step
                if abs(wish - speed) > change or abs(wish) > most:
                    wish = math.copysign(math.sqrt(1.6 * rate * abs(off)), off)
            wish = max(-most, min(most, wish))
            self.speed[i] = new = max(speed - change, min(speed + change, wish))
            self.position[i] = position + new * step
        return self.position


def _heard(future: asyncio.Future[None]) -> None:
    """Nobody may wait for this motion any more; its error is known all the same."""
    if not future.cancelled():
        future.exception()
