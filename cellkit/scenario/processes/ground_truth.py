"""The true pose of an arm, whatever its controller reports: for processes that judge."""

from __future__ import annotations

from cellkit.cell.build import BuiltCell
from cellkit.geometry import Array
from cellkit.motion.kinematics import ArmKinematics

STANDSTILL = 0.01
"""Speed (rad/s) below which a joint stands still."""


class GroundTruth:
    """The arm in role ``role``: its ``plant``, its ``kinematics``, and its ``base`` (4, 4) in frame ``world``."""

    def __init__(self, built: BuiltCell, role: str) -> None:
        self.plant = built.plants[role].arm
        self.kinematics = ArmKinematics(built.plan.arms[role])
        self.base = built.plan.layout.frame(role).matrix

    def flange(self) -> Array:
        """Return the present pose (4, 4) of the flange in frame ``world``."""
        return self.base @ self.kinematics.forward(self.plant.state().position)

    def stands_still(self) -> bool:
        """Return whether no joint moves."""
        return float(abs(self.plant.state().velocity).max()) <= STANDSTILL
