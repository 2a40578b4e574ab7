"""Poses on the wire: mm and degrees; W, P, R turn about the fixed axes x, y, z. And the configuration of an arm.

The WORLD frame, user frame 0, lies at the height of joint 2 and not on the mounting face (FANUC's own description:
frame ``wbase``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from cellkit.geometry import Array, rotation_from_rpy, rpy_from_rotation, transform

FRAME = ("X", "Y", "Z", "W", "P", "R")
DIGITS = 4


def to_wire(matrix: Array, digits: int = DIGITS) -> dict[str, float]:
    """X, Y, Z in mm and W, P, R in degrees of a (4, 4) transform in m."""
    x, y, z = (1000.0 * float(value) for value in matrix[:3, 3])
    w, p, r = (math.degrees(value) for value in rpy_from_rotation(matrix[:3, :3]))
    return {key: round(value, digits) + 0.0 for key, value in zip(FRAME, (x, y, z, w, p, r), strict=True)}


def from_wire(position: Mapping[str, float]) -> Array:
    """(4, 4) transform in m of X, Y, Z, W, P, R. Raises ``KeyError`` when one is missing."""
    x, y, z, w, p, r = (float(position[key]) for key in FRAME)
    rotation = rotation_from_rpy(math.radians(w), math.radians(p), math.radians(r))
    return transform(rotation, (x / 1000.0, y / 1000.0, z / 1000.0))


@dataclass(frozen=True, slots=True)
class Shape:
    """Lengths in m that a configuration depends on: where joint 2 lies, upper arm, elbow offset, forearm, world."""

    shoulder: float
    upper_arm: float
    elbow: float
    forearm: float
    world_height: float


@dataclass(frozen=True, slots=True)
class Configuration:
    """Which of the solutions of a pose is meant (N/F, U/D, T/B on the pendant), and the turns of joints 4, 5, 6.

    ``Left`` is for arms with a second shoulder, never set here.
    """

    Front: int
    Up: int
    Left: int
    Flip: int
    Turn4: int
    Turn5: int
    Turn6: int

    def fields(self, tool: int, frame: int) -> dict[str, int]:
        """With the numbers of tool and user frame, as packets have it."""
        return {"UToolNumber": tool, "UFrameNumber": frame, **asdict(self)}

    def same_solution(self, fields: Mapping[str, int]) -> bool:
        """Whether a packet means the same solution, turns aside."""
        return all(fields[key] == getattr(self, key) for key in ("Front", "Up", "Left", "Flip"))


def configuration(joints: Sequence[float], shape: Shape) -> Configuration:
    """Return the configuration of six joints (rad).

    Front: the wrist is in front of axis 1. Up: the elbow is above the line from joint 2 to the wrist. Flip: joint 5 is
    above zero. A turn number counts half turns away from -180 to 180 degrees. General knowledge, not settled for arms
    whose wrist axes do not meet (CRX).
    """
    _, q2, q3, q4, q5, q6 = joints
    tilt = q2 - q3
    elbow_x, elbow_z = shape.upper_arm * math.sin(q2), shape.upper_arm * math.cos(q2)
    wrist_x = elbow_x + shape.forearm * math.cos(tilt) + shape.elbow * math.sin(tilt)
    wrist_z = elbow_z - shape.forearm * math.sin(tilt) + shape.elbow * math.cos(tilt)
    front = shape.shoulder + wrist_x >= 0.0
    above = wrist_x * elbow_z - wrist_z * elbow_x > 0.0
    return Configuration(int(front), int(above == front), 0, int(q5 > 0.0), _turn(q4), _turn(q5), _turn(q6))


def _turn(angle: float) -> int:
    return math.floor((math.degrees(angle) + 180.0) / 360.0)
