"""Where a Compute Box is, and how the tool behind it is used."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cellkit.devices.wired import DriverConfig
from cellkit_onrobot.protocol.box import TOOL
from cellkit_onrobot.protocol.vg import MOST_PERCENT

Seconds = Annotated[float, Field(gt=0, le=10)]


class OnRobotConfig(DriverConfig):
    """The box takes one connection at a time; ``host`` of a new one is 192.168.1.1."""

    modbus_port: int = 502
    unit: Annotated[int, Field(ge=1, le=247)] = Field(
        default=TOOL, description="65 on a single quick changer; 66 (primary side) or 67 (secondary side) on a dual one"
    )
    poll_period: Seconds = Field(default=0.02, description="s between two looks at the gripper")
    answer_timeout: Seconds = Field(default=0.5, description="s until an answer that does not come is a lost link")


class RgConfig(OnRobotConfig):
    """RG2 and RG6."""

    fingertips: bool = Field(
        default=True,
        description="widths are between the fingertips, by the offset set in the gripper; false: between bare fingers",
    )
    power_cycle: bool = Field(
        default=False,
        description="recover() may switch the tool off and on at the box after a safety switch of the gripper has "
        "tripped, which is the only way back; false: that is left to a person",
    )


class VgConfig(OnRobotConfig):
    """VG10; both channels do the same."""

    vacuum: Annotated[int, Field(ge=1, le=MOST_PERCENT)] = Field(
        default=MOST_PERCENT, description="per cent of vacuum to grip with; what a part may weigh is counted at 80"
    )
    grip_time: Seconds = Field(default=1.0, description="s after which no vacuum means no part")
    release_time: Seconds = Field(default=1.0, description="s in which the vacuum must be gone after a release")
    settle_time: Annotated[float, Field(ge=0, le=10)] = Field(
        default=0.05, description="s from the end of the vacuum until the part is free"
    )
