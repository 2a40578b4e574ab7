"""The open interface of all grippers, with parallel jaws and with vacuum."""

from __future__ import annotations

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import Enum

from cellkit.devices.actuator import Actuator
from cellkit.devices.device import Lifecycle
from cellkit.devices.workpiece import Workpiece
from cellkit.errors import ConnectionLost, DeviceError, GraspLost, LimitViolation
from cellkit.geometry import Pose
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel

DEFAULT_TIMEOUT = 30.0  # s
GRAVITY = 9.81  # m/s²
GRIP_SAFETY = 2.0  # a friction or suction grip must hold this many times the weight


class Grip(Enum):
    """The result of ``grip()``."""

    PART = "part"
    NO_PART = "no part"
    WRONG_WIDTH = "wrong width"


@dataclass(frozen=True, slots=True)
class GripResult:
    """The outcome of a grip.

    ``measure`` is the opening width (m) of jaws or the vacuum (Pa below ambient) of suction; None: not measured.
    """

    grip: Grip
    measure: float | None

    @property
    def held(self) -> bool:
        """Whether the gripper holds a part, of the right width if ``grip`` was given a part."""
        return self.grip is Grip.PART


class Gripper(Actuator):
    """A gripper of any principle.

    Its TCP lies between the pads of the jaws or on the face of the cup; z points out of the tool. ``timeout`` of all
    commands is in s; after it the gripper stops. ``replace=True`` stops a running command and takes its place;
    otherwise a command during another one raises ``DeviceBusy``.
    """

    model: ParallelGripperModel | VacuumGripperModel

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._held: Workpiece | None = None
        self._holding = False
        self._loss_listeners: list[Callable[[DeviceError], None]] = []

    @property
    def holding(self) -> bool:
        """Whether the last grip found a part that has not been released or lost since then."""
        return self._holding

    async def grip(
        self,
        part: Workpiece | None = None,
        *,
        force: float | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        replace: bool = False,
    ) -> GripResult:
        """Close the jaws or start suction, and return whether a part is held.

        ``part`` is the expected part: with it, a wrong width is reported. ``force`` is in N; its default is the force
        that ``part`` needs, without a part the middle of the jaws' range (suction always gives the model's force).
        Raises ``LimitViolation`` before anything moves when the part or the force does not suit the gripper,
        ``DeviceBusy``, ``MotionAborted``, ``MotionTimeout``, ``DeviceFault`` and ``ConnectionLost``.
        """
        if part is not None:
            self.check(part)
        newtons = self._grip_force(part, force)
        result = await self._run(
            "grip", lambda: self._grip(part, newtons), timeout=timeout, replace=replace, force=newtons
        )
        self._holding, self._held = result.held, part
        self._emit("gripped", grip=result.grip.value, measure=result.measure)
        return result

    async def release(
        self, part: Workpiece | None = None, *, timeout: float = DEFAULT_TIMEOUT, replace: bool = False
    ) -> None:
        """Release the part. Jaws open no further than ``part`` needs, and completely without ``part``.

        Raises ``LimitViolation`` for a part that does not suit the gripper, ``DeviceBusy``, ``MotionAborted``,
        ``MotionTimeout``, ``DeviceFault`` and ``ConnectionLost``.
        """
        if part is not None:
            self.check(part)
        await self._run("release", lambda: self._let_go(part), timeout=timeout, replace=replace)

    async def recover(self) -> None:
        """Clear a fault with the vendor's own sequence; does nothing without a fault. The fingers can move.

        Raises ``DeviceBusy`` while a command runs, and ``DeviceFault`` for a fault that it cannot clear.
        """
        await self._run("recover", self._recover, timeout=DEFAULT_TIMEOUT, replace=False)

    async def _recover(self) -> None:
        """Carry out the vendor's own sequence back to a state that accepts commands (driver hook)."""

    async def _let_go(self, part: Workpiece | None) -> None:
        # Not before: a release that is refused leaves the part held. Opening the gripper is no loss of the part.
        self._holding, self._held = False, None
        await self._release(part)

    @abstractmethod
    def check(self, part: Workpiece) -> None:
        """Raise ``LimitViolation``, with both figures, when this gripper cannot hold the part."""

    @abstractmethod
    def grasp(self, part: Workpiece) -> Pose:
        """Return the pose of the TCP at which this gripper grasps a part, in the part's own frame."""

    def grasp_poses(self, part: Workpiece, at: Pose) -> list[Pose]:
        """Return all TCP poses, equally good, that grasp (or put down) a part whose pose is ``at``.

        The poses are in the frame of ``at``. They differ by the turns that leave the part looking the same.
        """
        grasp = self.grasp(part)
        return [at @ turn @ grasp for turn in part.turns()]

    @contextlib.asynccontextmanager
    async def guard(self) -> AsyncIterator[None]:
        """Guard a block: inside it, the loss of the held part ends the awaited call and raises ``GraspLost``.

        A lost link raises ``ConnectionLost``, because a lost part could no longer be reported. Both are raised at once
        when no part is held or the link is lost already.
        """
        self._require_open()
        if not self._holding:
            raise GraspLost(self.name, "no part is held")
        task = asyncio.current_task()
        assert task is not None
        lost: DeviceError | None = None

        def on_loss(error: DeviceError) -> None:
            nonlocal lost
            if lost is None:
                lost = error
                task.cancel()

        self._loss_listeners.append(on_loss)
        try:
            yield
            if lost is not None:
                # Lost during the block's last step: the cancellation is still to come and must not come later.
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            if lost is not None and task.uncancel() == 0:
                raise lost from None
            raise
        except BaseException:
            if lost is not None:  # the block has replaced the cancellation by its own, more precise error
                task.uncancel()
            raise
        finally:
            self._loss_listeners.remove(on_loss)

    def _part_lost(self) -> None:
        """Report that the held part was lost. Drivers call this."""
        if self._holding:
            self._holding = False
            self._emit("grasp_lost")
            self._end_guards(GraspLost(self.name, "the part was lost"))

    def _link_lost(self, why: str) -> None:
        super()._link_lost(why)
        if self._lifecycle is Lifecycle.LOST:
            self._end_guards(ConnectionLost(self.name, why))

    def _end_guards(self, error: DeviceError) -> None:
        for listener in tuple(self._loss_listeners):
            listener(error)

    def _check_payload(self, part: Workpiece) -> None:
        allowed = self.model.payload.value
        if allowed is not None and part.mass > allowed:
            raise LimitViolation(
                self.name, f"{part.kind} weighs {part.mass:g} kg, above the {allowed:g} kg payload of {self.model.name}"
            )

    @abstractmethod
    def _grip_force(self, part: Workpiece | None, force: float | None) -> float:
        """Return the force (N) for a grip. Raises ``LimitViolation``."""

    @abstractmethod
    async def _grip(self, part: Workpiece | None, force: float) -> GripResult:
        """Carry out a checked grip."""

    @abstractmethod
    async def _release(self, part: Workpiece | None) -> None:
        """Carry out a release."""
