"""Power and force limiting: the highest robot speed where it may touch a person, by the model of ISO/TS 15066 Annex A.

Robot and body region are two masses with a spring between them: m_R = M/2 + m_L, 1/mu = 1/m_H + 1/m_R, and the contact
force of an impact is v sqrt(mu k). A public calculator shows the equations as 10218-2:2025 Annex A numbers them. The
limits of the regions are data (``body_regions.yaml``); each has its source and states whether it was read there.

These figures are not a safety certification; verify them against the standard and by measurement.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from cellkit.models.arm import Positive
from cellkit.models.provenance import Source
from cellkit.yamlfile import StrictModel, read_yaml, validate

FILE = Path(__file__).with_name("body_regions.yaml")


class BodyRegion(StrictModel):
    """The limits of one body region; ``force`` is the quasi-static limit, ``mass`` the effective mass."""

    force: Positive
    transient_factor: float = Field(ge=1, description="of an impact over clamping; 1: an impact has no higher limit")
    stiffness: Positive
    mass: Positive
    certainty: Literal["found", "recalled"]
    source: str

    @property
    def transient_force(self) -> float:
        """F_T: the limit of force during an impact."""
        return self.force * self.transient_factor

    @property
    def energy(self) -> float:
        """The energy (J) of the spring at F_T: F_T² / 2k."""
        return self.transient_force**2 / (2 * self.stiffness)


class BodyRegions(StrictModel):
    """All body regions by name."""

    schema_: Literal["cellkit/body-regions/1"] = Field(alias="schema")
    sources: dict[str, Source]
    regions: dict[str, BodyRegion]


@cache
def body_regions(file: Path = FILE) -> BodyRegions:
    """Read the regions of a file, by default the one shipped with cellkit. Raises ``ConfigError``."""
    return validate(BodyRegions, read_yaml(file))


def reduced_mass(robot: float, region: float) -> float:
    """Return mu, the reduced mass of the two colliding masses."""
    return 1 / (1 / region + 1 / robot)


def allowed_speed(robot: float, region: BodyRegion, pressure: float | None = None, area: float | None = None) -> float:
    """Return v_max of an impact: by force, and by ``pressure`` on ``area`` if both are given.

    ``robot``: m_R, half of the robot's moving mass plus all of its load. ``area``: the smaller contact area of tool and
    body. Raises ``ValueError`` if only one of ``pressure`` and ``area`` is given.
    """
    if (pressure is None) != (area is None):
        raise ValueError("a pressure limit needs an area of contact, and an area needs a pressure limit: give both")
    force = region.transient_force
    if pressure is not None and area is not None:
        force = min(force, pressure * area)
    return force / math.sqrt(reduced_mass(robot, region.mass) * region.stiffness)
