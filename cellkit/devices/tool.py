"""What hangs on an arm's flange: tool centre point, mass, centre of gravity; and the flange itself."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cellkit.geometry import Array, Pose, frozen
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel


@dataclass(frozen=True, slots=True, eq=False)
class Load:
    """A mass (kg) with its centre of gravity (3,) in m, in the flange frame."""

    mass: float = 0.0
    centre_of_gravity: Array = field(default_factory=lambda: frozen((0.0, 0.0, 0.0)))

    def __post_init__(self) -> None:
        object.__setattr__(self, "centre_of_gravity", frozen(self.centre_of_gravity, (3,)))
        if not (np.isfinite(self.mass) and self.mass >= 0):
            raise ValueError(f"a load of {self.mass} kg")


@dataclass(frozen=True, slots=True, eq=False)
class Tool:
    """A tool: ``tcp`` is its tool centre point in frame ``flange``, ``load`` what it weighs."""

    name: str = "flange"
    tcp: Pose = field(default_factory=lambda: Pose(np.eye(4), "flange"))
    load: Load = field(default_factory=Load)
    flange_code: str | None = None

    @classmethod
    def of_gripper(cls, model: ParallelGripperModel | VacuumGripperModel) -> Tool:
        """The tool data that follow from a gripper's model."""
        return cls(
            model.id,
            Pose.from_rpy((0.0, 0.0, model.tcp), frame="flange"),
            Load(model.mass.known(), np.array(model.centre_of_gravity)),
            model.flange_code.value,
        )
