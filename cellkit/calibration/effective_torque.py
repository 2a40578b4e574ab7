"""The torque that a controller drives its joints with, where the acceleration varies with the pose.

A controller that uses the arm to its limits accelerates a joint by a = torque / (M + J): M is the inertia that the
joint turns in that pose, J that of its drive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cellkit.calibration.shape import Shape
from cellkit.geometry import Array
from cellkit.motion.dynamics import ArmDynamics

LEAST_MOVES = 4
LEAST_INERTIA_SPREAD = 1.3
LEAST_ACCELERATION_SPREAD = 1.15
"""With less difference between the poses, torque and inertia cannot be separated."""

HOLDS = 0.05
"""The law holds where it leaves accelerations by less than this share (root mean square); settings leave it by more."""


@dataclass(frozen=True)
class EffectiveTorque:
    """One joint's torque (N m) and the inertia (kg m²) that its drive adds."""

    torque: float
    inertia: float

    def acceleration(self, axis_inertia: Array) -> Array:
        """Return the acceleration (m,) in rad/s² for inertias (m,) of the links in kg m²."""
        result: Array = self.torque / (axis_inertia + self.inertia)
        return result


def inertias(dynamics: ArmDynamics, shapes: Sequence[Shape], joint: int) -> Array:
    """Return the inertia (m,) in kg m² that a joint turns in moves (m), the mean of their beginnings and ends."""
    ends = np.array([(shape.move.start, shape.move.end) for shape in shapes])
    result: Array = dynamics.axis_inertia(ends.reshape(-1, dynamics.dof))[:, joint].reshape(-1, 2).mean(axis=1)
    return result


def fit_torque(axis_inertia: Array, accelerations: Array) -> EffectiveTorque | None:
    """Fit 1/a = (M + J) / torque to moves (m,); None where the poses differ too little, or it does not hold."""
    if len(accelerations) < LEAST_MOVES:
        return None
    if np.ptp(np.log(axis_inertia)) < np.log(LEAST_INERTIA_SPREAD):
        return None
    if np.ptp(np.log(accelerations)) < np.log(LEAST_ACCELERATION_SPREAD):
        return None
    # Errors of an acceleration are in proportion to it, so every equation is weighted with its acceleration.
    design = np.stack([axis_inertia, np.ones(len(axis_inertia))], axis=1) * accelerations[:, None]
    (slope, offset), *_ = np.linalg.lstsq(design, np.ones(len(accelerations)), rcond=None)
    errors = design @ np.array([slope, offset]) - 1.0
    if slope <= 0.0 or offset < 0.0 or float(np.sqrt((errors**2).mean())) > HOLDS:
        return None
    return EffectiveTorque(float(1.0 / slope), float(offset / slope))
