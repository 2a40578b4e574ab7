"""The tool at an arm's flange: tool centre point, mass, centre of gravity, and the flange that it fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from cellkit.geometry import Pose
from cellkit.masses import Load
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel

__all__ = ["Load", "Tool"]


@dataclass(frozen=True, slots=True, eq=False)
class Tool:
    """A tool: ``tcp`` is its tool centre point in frame ``flange``, ``load`` its mass and centre of gravity.

    ``flange_code`` is the ISO 9409-1 code of the flange that it fits; None if not known.
    """

    name: str = "flange"
    tcp: Pose = field(default_factory=lambda: Pose(np.eye(4), "flange"))
    load: Load = field(default_factory=Load)
    flange_code: str | None = None

    @classmethod
    def of_gripper(
        cls,
        model: ParallelGripperModel | VacuumGripperModel,
        others: Sequence[ParallelGripperModel | VacuumGripperModel] = (),
    ) -> Tool:
        """Make the tool data from a gripper's model; the load includes ``others``, which are on the same flange."""
        tcp = Pose.from_rpy((0.0, 0.0, model.tcp), (0.0, 0.0, model.turn), frame="flange")
        if model.mount is not None:
            tcp = Pose(model.mount.matrix() @ tcp.matrix, "flange")
        load = sum((other.load() for other in others), model.load())
        return cls(model.id, tcp, load, model.flange_code.value)
