"""A kind of part, as far as grippers need it: outline, mass, friction, and turns that leave it looking the same."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

from cellkit.geometry import Pose


@dataclass(frozen=True, slots=True)
class Workpiece:
    """A kind of part. Its frame is in its middle, z up.

    ``size`` in m is x, y, z (cylinder: diameter, diameter, height); ``mass`` is in kg; ``friction`` is the coefficient
    between pad and part.
    """

    kind: str
    shape: Literal["box", "cylinder"]
    size: tuple[float, float, float]
    mass: float
    friction: float

    @cache  # noqa: B019 - frozen and few: one entry a kind of part
    def turns(self) -> tuple[Pose, ...]:
        """Return the turns about z, in the part's own frame, that leave the part looking the same."""
        count = 12 if self.shape == "cylinder" else 4 if math.isclose(self.size[0], self.size[1]) else 2
        return tuple(Pose.from_rpy((0, 0, 0), (0, 0, 2 * math.pi * i / count), frame="part") for i in range(count))
