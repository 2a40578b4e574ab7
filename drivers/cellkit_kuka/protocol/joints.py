"""KUKA's angles and poses: degrees and millimetres.

The only place that knows how KUKA's axes differ from the joints of the models: not at all. The negative axes of A1, A4
and A6 and the zero at A2 = A3 = 0 (arm straight forward) are in the models' own axes (see their ``conventions``).
A seventh axis goes as external axis E1, since RSI knows axes A1 to A6 and E1 to E6.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from cellkit.geometry import Array, rotation_from_rpy, rpy_from_rotation, transform
from cellkit_kuka.protocol.datagrams import Value

_DEG, _RAD = 180.0 / math.pi, math.pi / 180.0
AXES = ("A1", "A2", "A3", "A4", "A5", "A6", "E1")
CART = ("X", "Y", "Z", "A", "B", "C")


class AxisFields:
    """The names of the axes of an arm in a datagram: ``AIPos.A1`` … and, for a seventh one, ``EIPos.E1``."""

    def __init__(self, axes: int, what: str) -> None:
        """Set the element: ``what`` is IPos (actual), SPos (set-point) or Korr (correction)."""
        self.names = [f"{axis[0]}{what}.{axis}" for axis in AXES[:axes]]

    def write(self, values: dict[str, Value], joints: Sequence[float]) -> None:
        """Put (n,) rad into the values of a datagram."""
        for name, q in zip(self.names, joints, strict=True):
            values[name] = q * _DEG

    def read(self, values: Mapping[str, Value]) -> list[float]:
        """(n,) rad from the values of a datagram. Raises ``KeyError`` when one is missing."""
        return [float(values[name]) * _RAD for name in self.names]


def pose_to_kuka(matrix: Array) -> tuple[float, ...]:
    """(4, 4) pose → X, Y, Z in mm and A, B, C in degrees (about z, then y', then x'')."""
    x, y, z = (float(value) * 1000.0 for value in matrix[:3, 3])
    roll, pitch, yaw = rpy_from_rotation(matrix[:3, :3])
    return x, y, z, yaw * _DEG, pitch * _DEG, roll * _DEG


def corrected(base: Array, correction: Sequence[float]) -> Array:
    """Move a (4, 4) pose by RKorr: X, Y, Z in mm along, and A, B, C in degrees about, the axes of the base frame."""
    x, y, z, a, b, c = correction
    turn = rotation_from_rpy(c * _RAD, b * _RAD, a * _RAD)
    shift = (x / 1000.0, y / 1000.0, z / 1000.0)
    return transform(turn @ base[:3, :3], base[:3, 3] + shift)
