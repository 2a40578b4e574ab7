"""Motions as the controller takes them: slower where a joint comes near its end, with a margin of acceleration.

The controller holds every single command against its limits and stops with an error at the first that is beyond.
Planned motions may exceed an acceleration by 1 %, the kernel's ramps of stops and speed override by 5 %, so both are
given that much less.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from typing_extensions import override

from cellkit.controller.planner import MotionPlanner
from cellkit.devices import Motion
from cellkit.errors import PlanningError
from cellkit.geometry import Array
from cellkit.masses import NO_LOAD, Load
from cellkit.models.arm import ArmModel
from cellkit.motion.kinematics import ArmKinematics
from cellkit.motion.trajectory import Trajectory
from cellkit_franka.protocol.limits import DECELERATION, LOWER_END, UPPER_END, VELOCITY_OFFSET

PLANNING_SHARE = 0.975
RAMP_SHARE = 0.94
SMOOTHING = 0.012
"""s from rest to full acceleration on paths. From there to full braking, the jerk is a third of its limit."""
_PROBE = 0.004  # s between two looks at a trajectory
_MARGIN = 0.99
_SLOWEST = 0.02  # of what was asked for


def with_margin(model: ArmModel, share: float) -> ArmModel:
    """Return the model with a share of its joint accelerations."""
    joints = [
        joint.model_copy(update={"max_acceleration": joint.max_acceleration * share})
        for joint in model.kinematics.joints
    ]
    return model.model_copy(update={"kinematics": model.kinematics.model_copy(update={"joints": joints})})


class FrankaPlanner(MotionPlanner):
    """Plans like any controller, then slows a motion down that would come too fast to the end of a joint."""

    def __init__(self, kinematics: ArmKinematics) -> None:
        super().__init__(kinematics)
        self._path_limits = replace(self._path_limits, smoothing=SMOOTHING)
        self._offset = np.array(VELOCITY_OFFSET)
        self._braking = 2.0 * np.array(DECELERATION)
        self._lower, self._upper = np.array(LOWER_END), np.array(UPPER_END)

    @override
    def plan(self, motion: Motion, start: Array, tool: Array, load: Load = NO_LOAD) -> Trajectory:
        """Plan a motion. Raises ``PlanningError``, also where no speed is low enough."""
        trajectory = super().plan(motion, start, tool)
        slowest = motion.speed * _SLOWEST
        while motion.speed > slowest:
            share = self.allowed(trajectory)
            if share >= 1.0:
                return trajectory
            # Time stretched by a factor takes its square off the accelerations.
            share = max(0.2, share * _MARGIN)
            motion = _slowed(motion, share)
            trajectory = super().plan(motion, start, tool)
        raise PlanningError("a joint comes nearer to its end than the robot lets it move at any reasonable speed")

    def allowed(self, trajectory: Trajectory) -> float:
        """Return the share of its speed at which a trajectory keeps the limits of speed near the ends of the joints."""
        count = max(2, round(trajectory.duration / _PROBE))
        samples = [trajectory.sample(float(t)) for t in np.linspace(0.0, trajectory.duration, count)]
        q, dq = np.array([one for one, _ in samples]), np.array([one for _, one in samples])
        room = np.where(dq > 0.0, self._upper - q, q - self._lower)
        allowed = np.sqrt(np.maximum(self._braking * room, 0.0)) - self._offset
        speed = np.abs(dq)
        ratio = np.where(speed > 1e-3, np.maximum(allowed, 1e-4) / np.maximum(speed, 1e-3), np.inf)
        return float(ratio.min())


def _slowed(motion: Motion, share: float) -> Motion:
    return replace(motion, speed=motion.speed * share, acceleration=motion.acceleration * share * share)
