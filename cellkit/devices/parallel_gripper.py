"""The open interface of grippers with two parallel jaws."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

from cellkit.devices.gripper import DEFAULT_TIMEOUT, GRAVITY, GRIP_SAFETY, Grip, Gripper, GripResult
from cellkit.devices.workpiece import Workpiece
from cellkit.errors import LimitViolation
from cellkit.geometry import Pose
from cellkit.models.gripper import ParallelGripperModel

DYNAMIC_MARGIN = 6.0  # times the force that holds a part at rest, so that it is not lost in a fast motion
OPENING = 0.012  # m of clearance beside a part when the jaws move over it, sum of both sides
TIP_CLEARANCE = 0.004  # m between a fingertip and the surface on which the part stands
WIDTH_TOLERANCE = 0.004  # m by which a gripped part may differ from its workpiece's width


@dataclass(frozen=True, slots=True)
class JawsState:
    """The state of the jaws at one moment.

    ``stamp`` is the time of this state in s; ``width`` is the opening width in m; ``force`` is in N, None if the
    gripper does not measure it.
    """

    stamp: float
    width: float
    force: float | None
    moving: bool


class ParallelGripper(Gripper):
    """A gripper with two jaws that close along the x axis of the tool."""

    def __init__(self, name: str, model: ParallelGripperModel) -> None:
        super().__init__(name)
        self.model: ParallelGripperModel = model

    async def state(self) -> JawsState:
        """Return the newest state of the jaws that the device has reported. Raises ``ConnectionLost``."""
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
        """Open or close the jaws to ``width`` (m) and return their state.

        ``speed`` is in m/s (default: the model's maximum). The jaws stop early against a part, at ``force`` in N
        (default: the middle of the model's range). Raises ``LimitViolation`` for a value outside the model's range,
        ``DeviceBusy``, ``MotionAborted``, ``MotionTimeout``, ``DeviceFault`` and ``ConnectionLost``.
        """
        stroke = self.model.stroke.known()
        if not 0.0 <= width <= stroke + 1e-9:
            raise LimitViolation(self.name, f"width {width * 1000:.4g} mm is outside 0 to {stroke * 1000:.4g} mm")
        v = self._speed(speed)
        newtons = self._grip_force(None, force)
        return await self._run(
            "move", lambda: self._moved(width, v, newtons), timeout=timeout, replace=replace, width=width
        )

    async def _moved(self, width: float, speed: float, force: float) -> JawsState:
        self._holding, self._held = False, None  # a part that stops the jaws during ``move`` is not gripped
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
        """Return the grasp from above, in the part's own frame.

        The jaws close across the narrower side; the pads are as near to the part's middle as its ground allows.
        """
        _, across_y = self._across(part)
        yaw = math.pi / 2 if across_y else 0.0
        overhang = self._fingertip_overhang()
        height = max(0.0, -part.size[2] / 2 + overhang + TIP_CLEARANCE)
        return Pose.from_rpy((0.0, 0.0, height), (math.pi, 0.0, yaw), frame="part")

    def _across(self, part: Workpiece) -> tuple[float, bool]:
        """Return the width (m) between the pads, and whether they close along the part's y axis."""
        x, y, _ = part.size
        return (x, False) if x <= y else (y, True)

    def _fingertip_overhang(self) -> float:
        return max(0.0, self.model.body_size[2] + self.model.finger_size[2] - self.model.tcp)

    def _friction_force(self, part: Workpiece) -> float:
        """Return the force (N) per pad: the weight, times its safety factor, over two friction contacts."""
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
        """Return the newest state that the device has reported (driver hook)."""

    @abstractmethod
    async def _drive(self, width: float, speed: float, force: float) -> JawsState:
        """Move the jaws to ``width`` (m) at ``speed`` (m/s) with at most ``force`` (N) (driver hook).

        Return the state when the jaws are at rest, at the width or against a part.
        """
