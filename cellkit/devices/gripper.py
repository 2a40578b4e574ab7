"""The open interfaces of grippers: parallel jaws and vacuum, as equals behind one ``Gripper``."""

from __future__ import annotations

import asyncio
import contextlib
import math
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import Enum

from cellkit.devices.device import Actuator
from cellkit.devices.workpiece import Workpiece
from cellkit.errors import GraspLost, LimitViolation
from cellkit.geometry import Pose
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel

DEFAULT_TIMEOUT = 30.0  # s
GRAVITY = 9.81  # m/s²
GRIP_SAFETY = 2.0  # a friction or suction grip must hold this many times the weight
DYNAMIC_MARGIN = 6.0  # times that force, so that fast moves do not shake the part loose
OPENING = 0.012  # m of air beside a part when the jaws go over it, both sides together
TIP_CLEARANCE = 0.004  # m between a fingertip and what the part stands on
WIDTH_TOLERANCE = 0.004  # m by which a gripped part may differ from its workpiece's width


class Grip(Enum):
    """What ``grip()`` found."""

    PART = "part"
    NO_PART = "no part"
    WRONG_WIDTH = "wrong width"


@dataclass(frozen=True, slots=True)
class GripResult:
    """Outcome of a grip: ``measure`` is the opening width in m for jaws, the vacuum in Pa for suction."""

    grip: Grip
    measure: float

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
        self._loss_listeners: list[Callable[[], None]] = []

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

        Raises ``GraspLost`` at once when no part is held.
        """
        if not self._holding:
            raise GraspLost(self.name, "no part is held")
        task = asyncio.current_task()
        assert task is not None
        lost = False

        def on_loss() -> None:
            nonlocal lost
            if not lost:
                lost = True
                task.cancel()

        self._loss_listeners.append(on_loss)
        try:
            yield
            if lost:  # in the block's last step: its cancellation is still to come and must not strike later
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            if lost and task.uncancel() == 0:
                raise GraspLost(self.name, "the part was lost") from None
            raise
        except BaseException:
            if lost:  # the block turned the cancellation into an error of its own, which says more
                task.uncancel()
            raise
        finally:
            self._loss_listeners.remove(on_loss)

    def _part_lost(self) -> None:
        """For drivers: a part that was held is gone."""
        if self._holding:
            self._holding = False
            self._emit("grasp_lost")
            for listener in tuple(self._loss_listeners):
                listener()

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


@dataclass(frozen=True, slots=True)
class JawsState:
    """Jaws at one moment: opening width in m, force in N."""

    stamp: float
    width: float
    force: float
    moving: bool


class ParallelGripper(Gripper):
    """Two jaws that close along the x axis of the tool."""

    def __init__(self, name: str, model: ParallelGripperModel) -> None:
        super().__init__(name)
        self.model: ParallelGripperModel = model

    async def state(self) -> JawsState:
        """The jaws as the device last reported them."""
        self._require_open()
        return await self._read_state()

    async def move(
        self,
        width: float,
        *,
        speed: float | None = None,
        force: float | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        replace: bool = False,
    ) -> JawsState:
        """Open or close to ``width`` (m) at ``speed`` (m/s); stops early against a part, at ``force`` (N)."""
        stroke = self.model.stroke.known()
        if not 0.0 <= width <= stroke + 1e-9:
            raise LimitViolation(self.name, f"width {width * 1000:.4g} mm is outside 0 to {stroke * 1000:.4g} mm")
        v = self._speed(speed)
        newtons = self._grip_force(None, force)
        return await self._run(
            "move", lambda: self._moved(width, v, newtons), timeout=timeout, replace=replace, width=width
        )

    async def _moved(self, width: float, speed: float, force: float) -> JawsState:
        self._holding, self._held = False, None  # what the jaws meet on such a move is nobody's grip
        return await self._drive(width, speed, force)

    def check(self, part: Workpiece) -> None:
        """Raise ``LimitViolation`` when the part is too wide, too heavy or too slippery for the jaws."""
        stroke = self.model.stroke.known()
        width, _ = self._across(part)
        if width + OPENING > stroke:
            raise LimitViolation(
                self.name,
                f"{part.kind} is {width * 1000:.4g} mm wide and needs {(width + OPENING) * 1000:.4g} mm of opening; "
                f"{self.model.name} opens {stroke * 1000:.4g} mm",
            )
        self._check_payload(part)
        needed, allowed = self._friction_force(part), self.model.force_max.known()
        if needed > allowed:
            raise LimitViolation(
                self.name,
                f"{part.kind} ({part.mass:g} kg, friction {part.friction:g}) needs {needed:.3g} N per pad; "
                f"{self.model.name} gives {allowed:g} N",
            )

    def grasp(self, part: Workpiece) -> Pose:
        """From above, jaws across the narrower side, pads as near to the part's middle as the ground allows."""
        _, across_y = self._across(part)
        yaw = math.pi / 2 if across_y else 0.0
        overhang = self._fingertip_overhang()
        height = max(0.0, -part.size[2] / 2 + overhang + TIP_CLEARANCE)
        return Pose.from_rpy((0.0, 0.0, height), (math.pi, 0.0, yaw), frame="part")

    def _across(self, part: Workpiece) -> tuple[float, bool]:
        """Width (m) between the pads, and whether they close along the part's y axis."""
        x, y, _ = part.size
        return (x, False) if x <= y else (y, True)

    def _fingertip_overhang(self) -> float:
        return max(0.0, self.model.body_size[2] + self.model.finger_size[2] - self.model.tcp)

    def _friction_force(self, part: Workpiece) -> float:
        """N per pad: weight with its safety factor over two friction contacts."""
        return GRIP_SAFETY * part.mass * GRAVITY / (2 * part.friction)

    def _grip_force(self, part: Workpiece | None, force: float | None) -> float:
        low, high = self.model.force_min.known(), self.model.force_max.known()
        if force is None:
            wanted = (low + high) / 2 if part is None else DYNAMIC_MARGIN * self._friction_force(part)
            return min(high, max(low, wanted))
        if not low <= force <= high:
            raise LimitViolation(self.name, f"force {force:g} N is outside {low:g} to {high:g} N")
        return force

    def _speed(self, speed: float | None) -> float:
        low, high = self.model.speed_min.known(), self.model.speed_max.known()
        if speed is None:
            return high
        if not low <= speed <= high:
            raise LimitViolation(self.name, f"speed {speed:g} m/s is outside {low:g} to {high:g} m/s")
        return speed

    async def _grip(self, part: Workpiece | None, force: float) -> GripResult:
        state = await self._drive(0.0, self._speed(None), force)
        if state.width <= 0.001:
            return GripResult(Grip.NO_PART, state.width)
        if part is not None and abs(state.width - self._across(part)[0]) > WIDTH_TOLERANCE:
            return GripResult(Grip.WRONG_WIDTH, state.width)
        return GripResult(Grip.PART, state.width)

    async def _release(self, part: Workpiece | None) -> None:
        stroke = self.model.stroke.known()
        width = stroke if part is None else min(stroke, self._across(part)[0] + OPENING)
        await self._drive(width, self._speed(None), self._grip_force(None, None))

    @abstractmethod
    async def _read_state(self) -> JawsState:
        """Hook: the newest state the device has reported."""

    @abstractmethod
    async def _drive(self, width: float, speed: float, force: float) -> JawsState:
        """Hook: move and return the state once the jaws stand, at the width or against a part."""


@dataclass(frozen=True, slots=True)
class VacuumState:
    """A vacuum gripper at one moment: vacuum in Pa below ambient, and the vacuum switch."""

    stamp: float
    vacuum: float
    part_present: bool


class VacuumGripper(Gripper):
    """Suction on a flat face."""

    def __init__(self, name: str, model: VacuumGripperModel) -> None:
        super().__init__(name)
        self.model: VacuumGripperModel = model

    async def state(self) -> VacuumState:
        """Vacuum level and part present, as the device last reported them."""
        self._require_open()
        return await self._read_state()

    def check(self, part: Workpiece) -> None:
        """Raise ``LimitViolation`` when the part's top is too small for the cup or its weight too much."""
        cup = self.model.cup_diameter.known()
        face = min(part.size[0], part.size[1])
        if face < cup:
            raise LimitViolation(
                self.name,
                f"{part.kind} has a face of {face * 1000:.4g} mm; the cup of {self.model.name} "
                f"needs {cup * 1000:.4g} mm",
            )
        self._check_payload(part)
        needed, given = GRIP_SAFETY * part.mass * GRAVITY, self.model.holding_force()
        if needed > given:
            raise LimitViolation(
                self.name,
                f"{part.kind} ({part.mass:g} kg) needs {needed:.3g} N of suction; "
                f"{self.model.name} gives {given:.3g} N",
            )

    def grasp(self, part: Workpiece) -> Pose:
        """From above, on the middle of the top face."""
        return Pose.from_rpy((0.0, 0.0, part.size[2] / 2), (math.pi, 0.0, 0.0), frame="part")

    def _grip_force(self, part: Workpiece | None, force: float | None) -> float:
        given = self.model.holding_force()
        if force is not None and not 0.0 < force <= given:
            raise LimitViolation(self.name, f"force {force:g} N is outside (0, {given:.3g}] N")
        return given

    async def _grip(self, part: Workpiece | None, force: float) -> GripResult:
        state = await self._switch(True)
        return GripResult(Grip.PART if state.part_present else Grip.NO_PART, state.vacuum)

    async def _release(self, part: Workpiece | None) -> None:
        await self._switch(False)

    @abstractmethod
    async def _read_state(self) -> VacuumState:
        """Hook: the newest state the device has reported."""

    @abstractmethod
    async def _switch(self, on: bool) -> VacuumState:
        """Hook: start or end suction and return the state once it is reached (or will not be)."""
