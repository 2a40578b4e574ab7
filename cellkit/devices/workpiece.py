"""A part as the grippers see it: outline, mass, friction, and the turns that leave it looking the same."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

from cellkit.geometry import Pose


@dataclass(frozen=True, slots=True)
class Workpiece:
    """A kind of part. Its frame sits in its middle, z up; ``size`` (m) is x, y, z (cylinder: diameter twice)."""

    kind: str
    shape: Literal["box", "cylinder"]
    size: tuple[float, float, float]
    mass: float
    friction: float

    @cache  # noqa: B019 - frozen and few: one entry a kind of part
    def turns(self) -> tuple[Pose, ...]:
        """Turns about z that leave the part as it was, in the part's own frame."""
        count = 12 if self.shape == "cylinder" else 4 if math.isclose(self.size[0], self.size[1]) else 2
        return tuple(Pose.from_rpy((0, 0, 0), (0, 0, 2 * math.pi * i / count), frame="part") for i in range(count))
