"""Speeds at a share of the programmed ones: the server cannot set the controller's speed override, so moves are slower.

An override stretches time: a motion that takes T at full speed takes T / share. A lower top speed alone does not do
that where the arm has to brake before it reaches its top speed, so the speed is chosen by the time that a motion
takes with the accelerations of the model.
"""

from __future__ import annotations

import math

import numpy as np

from cellkit.devices.motion import JointMotion
from cellkit.geometry import Array
from cellkit.joints import JointLimits
from cellkit.models.arm import CartesianLimits


def duration(distance: float, speed: float, acceleration: float, jerk: float) -> float:
    """Return the time (s) of a motion from rest to rest, at most at ``speed``."""
    ramp = acceleration / jerk
    reached = min(speed, 0.5 * acceleration * (math.sqrt(ramp * ramp + 4.0 * distance / acceleration) - ramp))
    return distance / reached + reached / acceleration + ramp if reached > 0.0 else 0.0


def stretched(distance: float, speed: float, acceleration: float, jerk: float, share: float) -> float:
    """Return the speed at which a motion takes 1 / ``share`` of its time at ``speed``."""
    if share >= 1.0 or distance <= 0.0:
        return speed * share
    left = duration(distance, speed, acceleration, jerk) / share - acceleration / jerk
    return 0.5 * acceleration * (left - math.sqrt(max(0.0, left * left - 4.0 * distance / acceleration)))


def joint_share(motion: JointMotion, here: Array, limits: JointLimits, override: float) -> float:
    """Return the share of the joint speeds to request."""
    away = np.abs(motion.joints - here)
    slowest = int(np.argmax(away / limits.velocity))
    speed, scale = float(limits.velocity[slowest]), motion.acceleration
    acceleration, jerk = scale * float(limits.acceleration[slowest]), scale * float(limits.jerk[slowest])
    return stretched(float(away[slowest]), motion.speed * speed, acceleration, jerk, override) / speed


def path_speed(distance: float, speed: float, acceleration: float, limits: CartesianLimits, override: float) -> float:
    """Return the speed (m/s) to request on a straight line of some length (m)."""
    jerk = math.inf if limits.max_jerk is None else limits.max_jerk * acceleration / limits.max_acceleration
    return stretched(distance, speed, acceleration, jerk, override)
