"""Closed-form kinematics of an arm with published speeds but without a model file: enough for a cycle.

Positions in m, the tool pointing down; joint values in rad.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cellkit.geometry import Array


def _elbow(reach: float, drop: float, upper: float, fore: float) -> tuple[float, float] | None:
    """Return the angles of two links in a plane that reach (reach, drop), the second relative to the first."""
    cosine = (reach**2 + drop**2 - upper**2 - fore**2) / (2 * upper * fore)
    if not -0.999 < cosine < 0.999:  # stretched or folded: too near a singularity
        return None
    second = math.acos(cosine)
    first = math.atan2(drop, reach) - math.atan2(fore * math.sin(second), upper + fore * math.cos(second))
    return first, second


@dataclass(frozen=True)
class FiveAxis:
    """A turning base, two links in a vertical plane from the shoulder (at z = 0), wrist pitch and roll."""

    links: tuple[float, float]
    speeds: Array
    """(n,) limits of the axes, in rad/s."""
    accelerations: Array
    """(n,) limits of the axes, in rad/s²; infinite if none is assumed."""

    def joints(self, point: Array) -> Array | None:
        """Return (5,) axis values for a tool position (3,), elbow up, tool down with a fixed heading.

        Return None out of reach.
        """
        x, y, z = point
        both = _elbow(math.hypot(x, y), -z, *self.links)
        if both is None:
            return None
        base = math.atan2(y, x)
        return np.array([base, *both, math.pi / 2 - both[0] - both[1], -base])
