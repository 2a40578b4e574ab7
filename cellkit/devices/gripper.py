"""The open interface of every gripper; parallel jaws and vacuum are equals behind it."""

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
    """What ``grip()`` found."""

    PART = "part"
    NO_PART = "no part"
    WRONG_WIDTH = "wrong width"


@dataclass(frozen=True, slots=True)
class GripResult:
    """Outcome of a grip: ``measure`` is the opening width (m) of jaws, the vacuum (Pa) of suction, None: unknown."""

    grip: Grip
    measure: float | None

    @property
    def held(self) -> bool:
        """Whether a part is held (of the right width, where one was named)."""
        return self.grip is Grip.PART


class Gripper(Actuator):
    """What every gripper does. The TCP lies between the pads or on the face of the cup, z out of the tool."""

    model: ParallelGripperModel | VacuumGripperModel

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._held: Workpiece | None = None
        self._holding = False
        self._loss_listeners: list[Callable[[DeviceError], None]] = []

    @property
    def holding(self) -> bool:
        """Whether the last grip found a part that has not been released or lost since."""
        return self._holding

    async def grip(
        self,
        part: Workpiece | None = None,
        *,
        force: float | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        replace: bool = False,
    ) -> GripResult:
        """Close or suck, and say what was found. ``force`` in N; default: what ``part`` needs, else the model's middle.

        Raises ``LimitViolation`` before anything moves when the part does not suit the gripper.
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
        """Let go, opening no further than ``part`` needs (wide open without one)."""
        if part is not None:
            self.check(part)
        await self._run("release", lambda: self._let_go(part), timeout=timeout, replace=replace)

    async def recover(self) -> None:
        """Clear a fault by the vendor's own sequence; the fingers may move. Does nothing where there is none.

        Raises ``DeviceBusy`` while a command runs and ``DeviceFault`` for what it cannot clear.
        """
        await self._run("recover", self._recover, timeout=DEFAULT_TIMEOUT, replace=False)

    async def _recover(self) -> None:
        """Hook: the vendor's own sequence back to a state that accepts commands."""

    async def _let_go(self, part: Workpiece | None) -> None:
        # Only now: a release that was refused leaves the part held. And opening is no loss.
        self._holding, self._held = False, None
        await self._release(part)

    @abstractmethod
    def check(self, part: Workpiece) -> None:
        """Raise ``LimitViolation``, with both figures, when this gripper cannot hold the part."""

    @abstractmethod
    def grasp(self, part: Workpiece) -> Pose:
        """Where the TCP belongs on a part, as a pose in the part's own frame."""

    def grasp_poses(self, part: Workpiece, at: Pose) -> list[Pose]:
        """TCP poses, all equally good, that grasp (or put down) a part lying at ``at``; in the frame of ``at``."""
        grasp = self.grasp(part)
        return [at @ turn @ grasp for turn in part.turns()]

    @contextlib.asynccontextmanager
    async def guard(self) -> AsyncIterator[None]:
        """Inside this block, losing the part ends whatever is awaited and raises ``GraspLost``.

        So does losing the link, with ``ConnectionLost``: from then on nobody would tell. Raises either at once when it
        is so already.
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
                # In the block's last step: its cancellation is still to come and must not strike later.
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            if lost is not None and task.uncancel() == 0:
                raise lost from None
            raise
        except BaseException:
            if lost is not None:  # the block turned the cancellation into an error of its own, which says more
                task.uncancel()
            raise
        finally:
            self._loss_listeners.remove(on_loss)

    def _part_lost(self) -> None:
        """For drivers: a part that was held is gone."""
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
        """The force (N) to grip with. Raises ``LimitViolation``."""

    @abstractmethod
    async def _grip(self, part: Workpiece | None, force: float) -> GripResult:
        """Carry out a checked grip."""

    @abstractmethod
    async def _release(self, part: Workpiece | None) -> None:
        """Carry out a release."""
