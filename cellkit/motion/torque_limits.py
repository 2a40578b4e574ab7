"""The joint accelerations that torque leaves to an arm, by posture and load.

A joint that turns the inertia M(q) of links and load, and its own drive's inertia J, accelerates at a = T / (M(q) + J).
T and J are figures of the model (``acceleration``): either identified from motions, or a share of the published torque
less what gravity takes.
"""

from __future__ import annotations

import numpy as np

from cellkit.errors import PlanningError
from cellkit.geometry import Array
from cellkit.masses import Load
from cellkit.models.arm import Acceleration
from cellkit.motion.dynamics import ArmDynamics

LEAST = 0.02
"""Share of a joint's torque that must be left by gravity for a motion to be planned."""


class TorqueLimits:
    """The accelerations (rad/s²) that torque leaves to an arm with its load, by the ``law`` of its model."""

    def __init__(self, law: Acceleration, dynamics: ArmDynamics) -> None:
        self._law, self._dynamics = law, dynamics
        known = [None not in pair for pair in zip(law.torque, law.inertia, strict=True)]
        self._torque = np.array([torque or 0.0 for torque in law.torque])
        self._inertia = np.array([inertia or 0.0 for inertia in law.inertia])
        self._known = np.array(known)
        self._names = [joint.name for joint in dynamics.model.kinematics.joints]

    def loaded(self, load: Load) -> TorqueLimits:
        """Return the limits of the same arm with a load; the same object for the same load."""
        return self if self._dynamics.load is load else TorqueLimits(self._law, self._dynamics.loaded(load))

    def at(self, q: Array) -> Array:
        """Return the accelerations (m, n) at joints ``q`` (m, n); infinite for a joint of unknown torque.

        Raises ``PlanningError`` where gravity takes all the torque of a joint.
        """
        torque = self._torque
        if self._law.against_gravity:
            torque = torque - np.abs(self._dynamics.gravity(q))
            weak = self._known & (torque < LEAST * self._torque)
            if weak.any():
                row, joint = (int(i) for i in np.argwhere(weak)[0])
                raise PlanningError(
                    f"joint {joint + 1} ({self._names[joint]}) has no torque left to accelerate "
                    f"{self._dynamics.load.mass:.3g} kg at {np.degrees(q[row, joint]):.1f} deg: "
                    f"{self._torque[joint]:.3g} N m, of which the weight takes "
                    f"{self._torque[joint] - torque[row, joint]:.3g} N m. Use a lighter load or another posture"
                )
        left: Array = np.where(self._known, torque / (self._dynamics.axis_inertia(q) + self._inertia), np.inf)
        return left
