"""A check of a trajectory against the joint limits, by dense sampling. For tests, and as a guard in controllers."""

from __future__ import annotations

import numpy as np

from cellkit.geometry import Array
from cellkit.joints import JointLimits
from cellkit.motion.trajectory import Trajectory


def violations(trajectory: Trajectory, limits: JointLimits, step: float = 0.002, tolerance: float = 0.01) -> list[str]:
    """List the violated limits, one line per joint and quantity, at the worst moment of each; empty without violations.

    The trajectory is sampled every ``step`` s and at the end. Positions may exceed their limits by 1e-6 rad, speeds and
    accelerations by the share ``tolerance``. A number that is not finite is reported too.
    """
    count = max(2, int(np.ceil(trajectory.duration / step)) + 1)
    times = np.linspace(0.0, trajectory.duration, count)
    samples = [trajectory.sample(float(t)) for t in times]
    position = np.array([sample[0] for sample in samples])
    velocity = np.array([sample[1] for sample in samples])
    acceleration = np.array([trajectory.acceleration(float(t)) for t in times])
    if not (np.isfinite(position).all() and np.isfinite(velocity).all() and np.isfinite(acceleration).all()):
        return ["the trajectory holds a number that is not finite"]
    problems: list[str] = []
    for problem, unit, values, bound, excess, allowed in (
        ("is below its lower limit", "rad", position, limits.lower, limits.lower - position, 1e-6),
        ("is above its upper limit", "rad", position, limits.upper, position - limits.upper, 1e-6),
        ("exceeds its speed limit", "rad/s", velocity, limits.velocity, _share(velocity, limits.velocity), tolerance),
        (
            "exceeds its acceleration limit",
            "rad/s²",
            acceleration,
            limits.acceleration,
            _share(acceleration, limits.acceleration),
            tolerance,
        ),
    ):
        for joint, moment in enumerate(np.argmax(excess, axis=0)):
            if excess[moment, joint] > allowed:
                problems.append(
                    f"joint {joint + 1} ({limits.names[joint]}) {problem} at {times[moment]:.3f} s: "
                    f"{values[moment, joint]:.4f} against {bound[joint]:.4f} {unit}"
                )
    return problems


def _share(values: Array, bound: Array) -> Array:
    """Return by which share of the bound the values exceed it."""
    return np.abs(values) / bound - 1.0
