"""Where a WSG is, and how it is used. Which of the two languages it speaks is chosen on its own web page."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cellkit.devices.wired import DriverConfig

Period = Annotated[float, Field(ge=0.01, le=0.2)]
Seconds = Annotated[float, Field(gt=0, le=5)]
Metres = Annotated[float, Field(ge=0, le=0.21)]


class WsgConfig(DriverConfig):
    """What both languages have in common."""

    update_period: Period = Field(default=0.02, description="s between two reports of the gripper")
    answer_timeout: Seconds = Field(default=0.5, description="s until an answer that does not come is a lost link")
    silence_limit: Seconds = Field(default=0.5, description="s without any report after which the link is lost")


class GclConfig(WsgConfig):
    """The text interface. Both widths are set for the connection only; ``null`` leaves what the web page says."""

    gcl_port: int = 1000
    part_width_tolerance: Metres | None = Field(
        default=0.11, description="m by which a part may be wider than expected before meeting it is a collision"
    )
    clamping_travel: Metres | None = Field(
        default=0.11, description="m by which a part may be narrower than expected before there is none"
    )


class BinaryConfig(WsgConfig):
    """The binary interface. Part width tolerance and clamping travel are those of the web page."""

    binary_port: int = 1000
