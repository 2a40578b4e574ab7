"""Where a Robotiq gripper is, and how it counts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from cellkit.devices.wired import DriverConfig, SerialConfig

Count = Annotated[int, Field(ge=0, le=255)]
Seconds = Annotated[float, Field(gt=0, le=1)]


class UrcapConfig(DriverConfig):
    """The URCap's server runs on the robot's controller. The two positions differ a little from gripper to gripper."""

    urcap_port: int = 63352
    open_position: Count = Field(default=3, description="counts at which the fingers stand when fully open")
    closed_position: Count = Field(default=230, description="counts at which they stand when fully closed")
    poll_period: Seconds = Field(default=0.02, description="s between two looks at the gripper")
    answer_timeout: Seconds = Field(default=0.5, description="s until an answer that does not come is a lost link")


class RtuConfig(SerialConfig):
    """RS-485, 8 data bits, no parity, one stop bit; as the vendor ships it."""

    rtu_line: str = Field(default="/dev/ttyUSB0", description="serial port")
    unit: Annotated[int, Field(ge=1, le=247)] = 9
    open_position: Count = Field(default=3, description="counts at which the fingers stand when fully open")
    closed_position: Count = Field(default=230, description="counts at which they stand when fully closed")
    poll_period: Seconds = Field(default=0.02, description="s between two looks at the gripper")
    answer_timeout: Seconds = Field(default=0.2, description="s until a request that is not answered is sent again")

    @property
    @override
    def line(self) -> str:
        return self.rtu_line
