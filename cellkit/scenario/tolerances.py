"""Tolerances of a placed part."""

from __future__ import annotations

from cellkit.models.arm import Positive
from cellkit.yamlfile import StrictModel


class Tolerances(StrictModel):
    """The tolerances within which a placed part is good.

    ``position``: distance (m) in the plane of the place; ``angle_deg``: tilt and turn (deg); ``height``: m.
    """

    position: Positive = 0.003
    height: Positive = 0.003
    angle_deg: Positive = 5.0
