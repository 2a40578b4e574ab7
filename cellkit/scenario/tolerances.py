"""When a placed part is good."""

from __future__ import annotations

from cellkit.models.arm import Positive
from cellkit.yamlfile import StrictModel


class Tolerances(StrictModel):
    """When a placed part is good: distance (m) in the plane of the place, tilt and turn (deg), height (m)."""

    position: Positive = 0.003
    height: Positive = 0.003
    angle_deg: Positive = 5.0
