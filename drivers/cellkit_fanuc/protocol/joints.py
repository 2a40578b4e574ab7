"""Joint angles. This module alone handles FANUC's coupling of J2 and J3.

FANUC measures J3 against the horizontal: turning J2 alone carries the forearm along parallel to itself, and J3 stays.
cellkit's joint 3 is the angle between the links. So

    joint 3 = J3 + J2        J3 = joint 3 - joint 2

Sources: ros-industrial/fanuc ``fanuc_utils.cpp``; measured on a CRX-10iA/L by airo-ugent/airo-fanuc
(``docs/controller-notes.md``: RMI J3 = -3.975 where the joint is at -1.380 and J2 at 2.595 deg). On the wire angles are
degrees, J7 to J9 are of added axes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

AXES = ("J1", "J2", "J3", "J4", "J5", "J6")
ADDED = ("J7", "J8", "J9")
DIGITS = 5  # decimals of a degree that are sent: far below what a controller resolves


def to_wire(joints: Sequence[float], digits: int = DIGITS) -> dict[str, float]:
    """Return the ``JointAngle`` of six joints in rad."""
    q1, q2, q3, q4, q5, q6 = (math.degrees(q) for q in joints)
    return {axis: round(q, digits) + 0.0 for axis, q in zip(AXES, (q1, q2, q3 - q2, q4, q5, q6), strict=True)}


def from_wire(angles: Mapping[str, float]) -> list[float]:
    """Return six joints in rad. Raises ``KeyError`` when an axis is missing."""
    j1, j2, j3, j4, j5, j6 = (float(angles[axis]) for axis in AXES)
    return [math.radians(q) for q in (j1, j2, j3 + j2, j4, j5, j6)]
