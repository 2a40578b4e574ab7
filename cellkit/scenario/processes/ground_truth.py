"""Where an arm really is, whatever its controller says: for processes that judge."""

from __future__ import annotations

from cellkit.cell.build import BuiltCell
from cellkit.geometry import Array
from cellkit.motion.kinematics import ArmKinematics

STANDS = 0.01
"""rad/s below which a joint stands."""


class GroundTruth:
    """The arm in role ``role``: its ``plant``, its ``kinematics``, and its ``base`` (4, 4) in frame ``world``."""

    def __init__(self, built: BuiltCell, role: str) -> None:
        self.plant = built.plants[role].arm
        self.kinematics = ArmKinematics(built.plan.arms[role])
        self.base = built.plan.layout.frame(role).matrix

    def flange(self) -> Array:
        """(4, 4) pose of the flange in frame ``world``, now."""
        return self.base @ self.kinematics.forward(self.plant.state().position)

    def stands(self) -> bool:
        """Whether no joint moves."""
        return float(abs(self.plant.state().velocity).max()) <= STANDS
