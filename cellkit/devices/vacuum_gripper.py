"""The open interface of vacuum grippers."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

from cellkit.devices.gripper import GRAVITY, GRIP_SAFETY, Grip, Gripper, GripResult
from cellkit.devices.workpiece import Workpiece
from cellkit.errors import LimitViolation
from cellkit.geometry import Pose
from cellkit.models.gripper import VacuumGripperModel


@dataclass(frozen=True, slots=True)
class VacuumState:
    """The state of a vacuum gripper at one moment.

    ``stamp`` is the time of this state in s; ``vacuum`` is in Pa below ambient, None if the gripper has only a vacuum
    switch; ``part_present`` is that of the vacuum switch.
    """

    stamp: float
    vacuum: float | None
    part_present: bool


class VacuumGripper(Gripper):
    """A gripper that holds a part by suction on a flat face."""

    def __init__(self, name: str, model: VacuumGripperModel) -> None:
        super().__init__(name)
        self.model: VacuumGripperModel = model

    async def state(self) -> VacuumState:
        """Return the newest vacuum level and part presence that the device has reported. Raises ``ConnectionLost``."""
        self._require_open()
        return await self._read_state()

    def check(self, part: Workpiece) -> None:
        """Raise ``LimitViolation`` when the part's top is too small for the cup, or the part is too heavy."""
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
        """Return the grasp from above, on the middle of the top face, in the part's own frame."""
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
        """Return the newest state that the device has reported (driver hook)."""

    @abstractmethod
    async def _switch(self, on: bool) -> VacuumState:
        """Start or end suction; return the state when it is reached or cannot be reached (driver hook)."""
