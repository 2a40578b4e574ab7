"""The limits of a stream of commands, as the vendor publishes them for the FR3.

A joint must be slower near its ends than elsewhere: at ``q`` at most ``sqrt(2 a (end - q)) - v`` towards that end, with
the ``VELOCITY_OFFSET`` v, ``DECELERATION`` a and the ends below. Source: the rate limiter and the robot description
among the tests of libfranka 0.21 (Apache-2.0), which carry the same figures. These ends lie 4 to 8 mrad beyond those of
the arm's public description, which are the limits of position; about there the speed allowed comes down to nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

CYCLE = 1e-3
"""s from one state to the next."""
LOST_CYCLES = 20
"""cycles in a row without a command after which a motion is ended (libfranka's manual)."""

VELOCITY_OFFSET = (0.30, 0.20, 0.20, 0.30, 0.35, 0.35, 0.35)
"""rad/s, a joint each."""
DECELERATION = (6.0, 2.585, 3.5, 4.0, 17.0, 5.5, 17.0)
"""rad/s², a joint each."""

LOWER_END = (-2.7501, -1.7918, -2.9065, -3.0481, -2.8101, 0.54092, -3.0196)
UPPER_END = (2.7501, 1.7918, 2.9065, -0.1458, 2.8101, 4.5205, 3.0196)
"""rad, a joint each: where the allowed speed counts from."""

TRANSLATION = (3.0, 9.0, 4500.0)
"""m/s, m/s² and m/s³ of the end effector."""
ROTATION = (2.5, 17.0, 8500.0)
"""rad/s, rad/s² and rad/s³ of the end effector."""
ELBOW = (1.5, 10.0, 5000.0)
"""rad/s, rad/s² and rad/s³ of the elbow (joint 3)."""
TORQUE_RATE = 1000.0
"""Nm/s of every joint."""


def velocity_bounds(q: Sequence[float], velocity: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return lowest and highest speed (7,) in rad/s at joints ``q`` (7,) with top speeds ``velocity`` (7,)."""
    lowest, highest = [], []
    for at, low, high, top, offset, braking in zip(
        q, LOWER_END, UPPER_END, velocity, VELOCITY_OFFSET, DECELERATION, strict=True
    ):
        up = math.sqrt(max(0.0, 2.0 * braking * (high - at))) - offset
        down = math.sqrt(max(0.0, 2.0 * braking * (at - low))) - offset
        highest.append(min(top, max(0.0, up)))
        lowest.append(-min(top, max(0.0, down)))
    return lowest, highest
