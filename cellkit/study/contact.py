"""Power and force limiting: how fast a robot may be where it may touch a person, by the model of ISO/TS 15066 Annex A.

Robot and body region are two masses with a spring between them: m_R = M/2 + m_L, 1/mu = 1/m_H + 1/m_R, and the contact
force of an impact is v sqrt(mu k). The equations as 10218-2:2025 Annex A numbers them are shown by a public calculator;
the limits of the regions are data (``body_regions.yaml``), each with its source and whether it was read there.

Nothing here is a safety certification; verify against the standard and by measurement.

Forces in N, masses in kg, stiffness in N/m, pressure in Pa, areas in m², speeds in m/s.
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
    """What one region of the body bears; ``force`` is the quasi-static limit, ``mass`` its effective mass."""

    force: Positive
    transient_factor: float = Field(ge=1, description="of an impact over a clamping; 1: no impact is allowed for more")
    stiffness: Positive
    mass: Positive
    certainty: Literal["found", "recalled"]
    source: str

    @property
    def transient_force(self) -> float:
        """F_T: what it bears for a moment."""
        return self.force * self.transient_factor

    @property
    def energy(self) -> float:
        """J that the spring holds at F_T: F_T² / 2k."""
        return self.transient_force**2 / (2 * self.stiffness)


class BodyRegions(StrictModel):
    """All regions, by name."""

    schema_: Literal["cellkit/body-regions/1"] = Field(alias="schema")
    sources: dict[str, Source]
    regions: dict[str, BodyRegion]


@cache
def body_regions(file: Path = FILE) -> BodyRegions:
    """The regions of a file, by default the one that comes with cellkit. Raises ``ConfigError``."""
    return validate(BodyRegions, read_yaml(file))


def robot_mass(moving: float, load: float) -> float:
    """m_R: half of what moves of the robot, and all of what it carries, gripper included."""
    return moving / 2 + load


def reduced_mass(robot: float, region: float) -> float:
    """Mu of the two masses that meet."""
    return 1 / (1 / region + 1 / robot)


def impact_force(speed: float, robot: float, region: float, stiffness: float) -> float:
    """The greatest force of the spring when the two masses meet at ``speed``."""
    return speed * math.sqrt(reduced_mass(robot, region) * stiffness)


def allowed_speed(robot: float, region: BodyRegion, pressure: float | None = None, area: float | None = None) -> float:
    """v_max of an impact: by force, and by ``pressure`` on ``area`` (the smaller of tool and body) where both are told.

    ``robot``: m_R. Raises ``ValueError`` for one of the two without the other.
    """
    if (pressure is None) != (area is None):
        raise ValueError("a pressure limit needs the area of contact, and the other way round")
    force = region.transient_force
    if pressure is not None and area is not None:
        force = min(force, pressure * area)
    return force / math.sqrt(reduced_mass(robot, region.mass) * region.stiffness)
