"""What hangs on an arm's flange: tool centre point, mass, centre of gravity; and the flange itself."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cellkit.geometry import Pose
from cellkit.masses import Load
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel

__all__ = ["Load", "Tool"]


@dataclass(frozen=True, slots=True, eq=False)
class Tool:
    """A tool: ``tcp`` is its tool centre point in frame ``flange``, ``load`` what it weighs.

    ``flange_code`` is the ISO 9409-1 code of the flange that it fits; None where that is not known.
    """

    name: str = "flange"
    tcp: Pose = field(default_factory=lambda: Pose(np.eye(4), "flange"))
    load: Load = field(default_factory=Load)
    flange_code: str | None = None

    @classmethod
    def of_gripper(cls, model: ParallelGripperModel | VacuumGripperModel) -> Tool:
        """The tool data that follow from a gripper's model."""
        return cls(
            model.id,
            Pose.from_rpy((0.0, 0.0, model.tcp), (0.0, 0.0, model.turn), frame="flange"),
            model.load(),
            model.flange_code.value,
        )
