"""What a control box remembers of its settings, and what follows from them for motions."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cellkit.geometry import Array, inverse_transform
from cellkit.models.arm import ArmModel
from cellkit_ufactory.protocol.commands import AXES
from cellkit_ufactory.protocol.units import MM, pose_matrix

SENSITIVITIES = range(6)
_FAR = 10_000  # mm


@dataclass(slots=True)
class ControlBoxSettings:
    """Lengths in mm, angles in rad, as on the wire."""

    tcp_offset: tuple[float, ...] = (0.0,) * 6
    load: tuple[float, ...] = (0.0,) * 4
    gravity: tuple[float, ...] = (0.0, 0.0, -1.0)
    world_offset: tuple[float, ...] = (0.0,) * 6
    collision_sensitivity: int = 3
    teach_sensitivity: int = 3
    safe_level: int = 0
    tcp_jerk: float = 1000.0
    tcp_max_acceleration: float = 50000.0
    joint_jerk: float = 20.0
    joint_max_acceleration: float = 20.0
    reduced: bool = False
    reduced_tcp_speed: float = 200.0
    reduced_joint_speed: float = 1.0
    reduced_ranges: tuple[float, ...] = (-2 * np.pi, 2 * np.pi) * AXES
    boundary: tuple[int, ...] = (_FAR, -_FAR) * 3
    fence: bool = False
    rebound: bool = False
    self_collision: bool = False
    collision_tool: int = 0
    collision_tool_size: tuple[float, ...] = (0.0,) * 6
    simulated: bool = False
    continuous: bool = False
    approximate: bool = False
    reports_current: bool = False
    counter: int = 0
    io_reset: list[int] = field(default_factory=lambda: [0, 0])

    @classmethod
    def of(cls, model: ArmModel) -> ControlBoxSettings:
        """Those of a new arm: its own joint ranges."""
        limits = model.joint_limits()
        ranges = np.zeros(2 * AXES)
        ranges[0 : 2 * model.dof : 2], ranges[1 : 2 * model.dof : 2] = limits.lower, limits.upper
        return cls(reduced_ranges=tuple(ranges.tolist()))

    def from_base(self, matrix: Array) -> Array:
        """A pose in the base as clients see it: in the frame that function 73 has set."""
        return pose_matrix(self.world_offset) @ matrix if any(self.world_offset) else matrix

    def to_base(self, matrix: Array) -> Array:
        """A client's pose in the base."""
        return inverse_transform(pose_matrix(self.world_offset)) @ matrix if any(self.world_offset) else matrix

    def outside(self, matrix: Array) -> bool:
        """Whether a TCP pose in the base is beyond the safety boundary, and the boundary is on."""
        if not (self.fence or self.reduced):
            return False
        x, y, z = (MM * value for value in matrix[:3, 3].tolist())
        x_high, x_low, y_high, y_low, z_high, z_low = self.boundary
        return not (x_low <= x <= x_high and y_low <= y <= y_high and z_low <= z <= z_high)

    def beyond_range(self, joints: Array) -> bool:
        """Whether joints are beyond the ranges of the reduced mode, and it is on."""
        if not self.reduced:
            return False
        ranges = np.array(self.reduced_ranges).reshape(AXES, 2)[: len(joints)]
        return bool((joints < ranges[:, 0] - 1e-5).any() or (joints > ranges[:, 1] + 1e-5).any())
